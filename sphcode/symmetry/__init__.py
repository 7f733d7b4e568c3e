"""Symmetric codes: groups by generators, their coset spaces and real irreducibles, unions of orbits."""
