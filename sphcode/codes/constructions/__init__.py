"""Codes with a formula, one family a file."""
