"""The old place of `cross_entropy_bound`, until 0.3; importing it warns."""

import warnings

from sphcode.bounds.floors.cross_entropy import cross_entropy_bound

__all__ = ["cross_entropy_bound"]
warnings.warn("it is now in sphcode.bounds.floors.cross_entropy", DeprecationWarning, stacklevel=2)
