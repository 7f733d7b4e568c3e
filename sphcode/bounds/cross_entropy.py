"""The old place of `cross_entropy_bound`, until 0.3; taking it from here warns."""

import warnings
from typing import Any


def __getattr__(name: str) -> Any:
    if name == "cross_entropy_bound":
        from sphcode.bounds.floors.cross_entropy import cross_entropy_bound

        warnings.warn("it is now in sphcode.bounds.floors.cross_entropy", DeprecationWarning, stacklevel=2)
        return cross_entropy_bound
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
