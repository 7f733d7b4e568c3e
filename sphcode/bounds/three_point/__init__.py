"""Ceilings by the three-point semidefinite program of Bachoc and Vallentin, and their certificates."""
