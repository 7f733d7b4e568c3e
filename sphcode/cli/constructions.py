"""sphcode constructions."""
