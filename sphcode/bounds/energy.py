"""The old place of `energy_bound`, until 0.3; importing it warns."""

import warnings

from sphcode.bounds.floors.energy import energy_bound

__all__ = ["energy_bound"]
warnings.warn("it is now in sphcode.bounds.floors.energy", DeprecationWarning, stacklevel=2)
