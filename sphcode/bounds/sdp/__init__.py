"""A semidefinite solver in extended precision; it knows nothing about codes."""
