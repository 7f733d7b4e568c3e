"""Checks of arguments: one sentence shape for every error, "`name` must be <requirement>, got <value>"."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.errors import InvalidInputError

#: Rows whose norm differs from 1 by more than this are not accepted as unit vectors.
UNIT_NORM_TOLERANCE = 1e-6


def fail(name: str, requirement: str, got: object) -> InvalidInputError:
    """Build (not raise) the error "`name` must be <requirement>, got <got>"."""
    return InvalidInputError(f"`{name}` must be {requirement}, got {got}.")


def check_int(name: str, value: Any, *, minimum: int | None = None, maximum: int | None = None) -> int:
    """Return `value` as an int within [minimum, maximum]; bools and non-integral numbers are refused."""
    requirement = "an integer"
    if minimum is not None and maximum is not None:
        requirement += f" from {minimum} to {maximum}"
    elif minimum is not None:
        requirement += f" >= {minimum}"
    elif maximum is not None:
        requirement += f" <= {maximum}"
    if isinstance(value, (bool, np.bool_)):
        raise fail(name, requirement, repr(value))
    try:
        number = operator.index(value)
    except TypeError:
        raise fail(name, requirement, repr(value)) from None
    if (minimum is not None and number < minimum) or (maximum is not None and number > maximum):
        raise fail(name, requirement, number)
    return number


def check_dim(value: Any, name: str = "dim") -> int:
    """Return the ambient dimension, an integer >= 2."""
    return check_int(name, value, minimum=2)


def check_n_points(value: Any, name: str = "n_points") -> int:
    """Return a number of points, an integer >= 2."""
    return check_int(name, value, minimum=2)


def check_real(
    name: str,
    value: Any,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    open_low: bool = False,
    open_high: bool = False,
) -> float:
    """Return `value` as a finite float in the interval from `low` to `high` (ends included unless open)."""
    requirement = "a finite number"
    if low != -math.inf:
        requirement += f" {'>' if open_low else '>='} {low:g}"
    if high != math.inf:
        requirement += f"{' and' if low != -math.inf else ''} {'<' if open_high else '<='} {high:g}"
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise fail(name, requirement, repr(value)) from None
    bad = not math.isfinite(number) or number < low or number > high
    if bad or (open_low and number == low) or (open_high and number == high):
        raise fail(name, requirement, number)
    return number


def check_choice(name: str, value: Any, choices: Iterable[str]) -> str:
    """Return `value` if it is one of the strings `choices`."""
    allowed = sorted(choices)
    if value not in allowed:
        raise fail(name, "one of " + ", ".join(allowed), repr(value))
    return str(value)


def as_matrix(values: Any, name: str) -> NDArray[np.float64]:
    """Return a C-contiguous float64 matrix with finite entries.

    torch tensors (any device, bfloat16, requires_grad) are recognised by their methods, torch is not imported.
    Shape must be (at least 2, at least 2).
    """
    if hasattr(values, "detach") and hasattr(values, "cpu"):
        values = values.detach().cpu()
        values = (values.double() if hasattr(values, "double") else values).numpy()
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "fiub" and str(array.dtype) != "bfloat16":
            raise TypeError
        matrix = np.ascontiguousarray(array, dtype=np.float64)
    except (TypeError, ValueError):
        raise fail(name, "a matrix of real numbers", type(values).__name__) from None
    if matrix.ndim != 2 or matrix.shape[0] < 2 or matrix.shape[1] < 2:
        raise fail(name, "a matrix of at least 2 rows and 2 columns", f"shape {np.shape(values)}")
    finite = np.isfinite(matrix).all(axis=1)
    if not finite.all():
        row = int(np.argmin(finite))
        raise fail(name, "free of NaN and infinity", f"{int((~finite).sum())} bad rows, the first is row {row}")
    return matrix


def as_points(values: Any, name: str = "points") -> NDArray[np.float64]:
    """Return `values` as unit rows, (n_points, dim) float64, normalised once more to the last bit.

    Rows must be unit vectors within 1e-6 and pairwise different.
    """
    matrix = as_matrix(values, name)
    norms = np.sqrt(np.einsum("ij,ij->i", matrix, matrix))
    off = np.abs(norms - 1.0)
    row = int(np.argmax(off))
    if off[row] > UNIT_NORM_TOLERANCE:
        raise fail(name, f"rows of norm 1 (within {UNIT_NORM_TOLERANCE:g})", f"norm {norms[row]:.6g} in row {row}")
    order = np.lexsort(matrix.T)
    same = (matrix[order[1:]] == matrix[order[:-1]]).all(axis=1)
    if same.any():
        first = int(np.argmax(same))
        pair = sorted((int(order[first]), int(order[first + 1])))
        raise fail(name, "pairwise different rows", f"equal rows {pair[0]} and {pair[1]}")
    unit: NDArray[np.float64] = matrix / norms[:, None]
    return unit
