"""The checker of bound certificates."""
