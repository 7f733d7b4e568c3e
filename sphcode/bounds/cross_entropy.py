"""The old place of `cross_entropy_bound`, until 0.3; taking it from here warns."""

from sphcode._deprecated import moved

__getattr__ = moved(__name__, "sphcode.bounds.floors.cross_entropy", "cross_entropy_bound")
