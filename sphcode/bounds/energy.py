"""The old place of `energy_bound`, until 0.3; taking it from here warns."""

from sphcode._deprecated import moved

__getattr__ = moved(__name__, "sphcode.bounds.floors.energy", "energy_bound")
