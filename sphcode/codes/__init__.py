"""What a spherical code is, and which codes are known."""
