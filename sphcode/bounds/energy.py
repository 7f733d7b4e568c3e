"""The old place of `energy_bound`, until 0.3; taking it from here warns."""

import warnings
from typing import Any


def __getattr__(name: str) -> Any:
    if name == "energy_bound":
        from sphcode.bounds.floors.energy import energy_bound

        warnings.warn("it is now in sphcode.bounds.floors.energy", DeprecationWarning, stacklevel=2)
        return energy_bound
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
