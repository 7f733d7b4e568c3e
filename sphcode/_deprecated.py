"""Names that arguments and fields had in 0.1: they work until 0.3, with a DeprecationWarning."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sphcode._validate import fail, shown

_PACKAGE = str(Path(__file__).parent)


def renamed_argument(old: str, value: Any, new: str, new_value: Any) -> Any:
    """Return the value of an argument that was given by its old name or by its new one; both is an error.

    Both have the default None.
    """
    if value is None:
        return new_value
    if new_value is not None:
        raise fail(old, f"left out when `{new}`, its new name, is given", shown(value))
    _warn(f"argument `{old}`", new)
    return value


def renamed_field(new: str) -> property:
    """Return a property that stands under the old name of the field `new` of the same class."""

    def read(self: Any) -> Any:
        _warn("this field", new)
        return getattr(self, new)

    return property(read, doc=f"Old name of `{new}`, until 0.3.")


def moved(here: str, there: str, *names: str) -> Callable[[str], Any]:
    """Return the `__getattr__` of a module `here` that is left in an old place, for names that are in `there` now."""

    def read(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {here!r} has no attribute {name!r}")
        warnings.warn(f"`{name}` is in {there} now; the old place goes in 0.3", DeprecationWarning, stacklevel=2)
        return getattr(importlib.import_module(there), name)

    return read


def outside() -> int:
    """Return the `stacklevel` with which the calling function warns the first caller outside of the package."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    return level


def _warn(what: str, new: str) -> None:
    warnings.warn(f"{what} is called `{new}` now; the old name goes in 0.3", DeprecationWarning, outside())
