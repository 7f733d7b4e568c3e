"""Produce codes: starts, descent, refinement, the search driver."""
