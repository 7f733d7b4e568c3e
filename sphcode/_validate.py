"""Checks of arguments: one sentence shape for every error, "`name` must be <requirement>, got <value>"."""

from __future__ import annotations

import difflib
import json
import math
import operator
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.errors import InvalidInputError

#: Rows whose norm differs from 1 by more than this are not accepted as unit vectors.
UNIT_NORM_TOLERANCE = 1e-6
#: The largest dimension that is asked about: ten times the widest layer of any network, and every bound is decided in
#: less than a CPU second there (a cosine very near 1 excepted). From 10^7 on seconds become minutes, from 2^63 on
#: native code of the ball arithmetic fails.
MAX_DIM = 10**6
#: The largest number of points that is asked about: beyond it the number is no finite float64.
MAX_POINTS = 10**300

#: The largest number of threads; more than any machine has cores would only exhaust it.
MAX_THREADS = 1024

#: A matrix of floats that would take so many bytes in float64 is not widened as a whole.
LARGE_BYTES = 1 << 27
#: Types of which float32 holds every number; bfloat16 is that of the package ml_dtypes.
NARROW = ("float32", "float16", "bfloat16")
#: The largest entry of a narrow matrix that is measured as it is stored is from 2^-USUAL_NARROW to 2^USUAL_NARROW.
USUAL_NARROW = 40
#: Rows that are looked at at once: memory only.
_SLICE = 512

#: An error shows at most so many characters of the value that it is about.
_SHOWN = 120
#: ... and lists at most so many values that would be right; of more, those like the given one.
_LISTED = 12


def fail(name: str, requirement: str, got: object) -> InvalidInputError:
    """Build (not raise) the error "`name` must be <requirement>, got <got>"; a string `got` is said as it is."""
    return InvalidInputError(f"`{name}` must be {requirement}, got {got if isinstance(got, str) else shown(got)}.")


def shown(value: object) -> str:
    """Return a value in one short line for an error: its repr, cut, or its type where that has no end or fails."""
    if isinstance(value, np.generic):
        value = value.item()
    try:
        if isinstance(value, int) and abs(value) >= 10**_SHOWN:
            return f"an integer of about {int(value.bit_length() * math.log10(2)) + 1} digits"
        text = " ".join(repr(value).split())
    except Exception:  # The value is anything that a caller may pass; an error about it must not fail itself.
        text = type(value).__name__
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


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
        raise fail(name, requirement, shown(value))
    try:
        number = operator.index(value)
    except Exception:  # Whatever an object does that is asked for its value, it has none.
        raise fail(name, requirement, shown(value)) from None
    if (minimum is not None and number < minimum) or (maximum is not None and number > maximum):
        raise fail(name, requirement, number)
    return number


def check_dim(value: Any, name: str = "dim") -> int:
    """Return the ambient dimension, an integer from 2 to MAX_DIM."""
    return check_int(name, value, minimum=2, maximum=MAX_DIM)


def check_n_points(value: Any, name: str = "n_points") -> int:
    """Return a number of points, an integer from 2 to MAX_POINTS."""
    number = check_int(name, value, minimum=2)
    if number > MAX_POINTS:
        raise fail(name, "an integer from 2 to 10^300", number)
    return number


def check_flag(name: str, value: Any) -> bool:
    """Return `value` if it is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise fail(name, "True or False", shown(value))
    return bool(value)


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
        # A string that float() understands and an array of one number are mistakes more often than numbers.
        if isinstance(value, (str, bytes, bytearray, bool, np.bool_)) or getattr(value, "ndim", None):
            raise TypeError
        number = float(value)
    except Exception:  # As above.
        raise fail(name, requirement, shown(value)) from None
    bad = not math.isfinite(number) or number < low or number > high
    if bad or (open_low and number == low) or (open_high and number == high):
        raise fail(name, requirement, number)
    return number


def check_choice(name: str, value: Any, choices: Iterable[str]) -> str:
    """Return `value` if it is one of the strings `choices`."""
    allowed = sorted(choices)
    if not isinstance(value, str) or value not in allowed:
        if len(allowed) > _LISTED:
            near = (
                difflib.get_close_matches(str(value)[:_SHOWN], allowed, 3, cutoff=0.4) if isinstance(value, str) else []
            )
            known = f" (near to it: {', '.join(near)})" if near else ""
            raise fail(name, f"one of {len(allowed)} names{known}", shown(value))
        raise fail(name, "one of " + ", ".join(allowed), shown(value))
    return value


def check_callable(name: str, value: Any) -> None:
    """Refuse what is neither None nor can be called."""
    if not (value is None or callable(value)):
        raise fail(name, "a function or None", shown(value))


def check_path(value: Any, name: str = "path") -> Path:
    """Return a file name, a string or a path object, as a Path; whether the file is there is not looked at."""
    try:
        text = os.fspath(value)
        if not isinstance(text, str) or "\0" in text:
            raise TypeError
        return Path(text)
    except TypeError:
        raise fail(name, "a file name", shown(value)) from None


def check_strings(name: str, value: Any) -> list[str]:
    """Return a sequence of strings as a list; one string is not a sequence of letters."""
    try:
        if isinstance(value, (str, bytes, Mapping)):
            raise TypeError
        strings = list(value)
        if not all(isinstance(item, str) for item in strings):
            raise TypeError
    except TypeError:
        raise fail(name, "a sequence of strings", shown(value)) from None
    return strings


def check_facts(name: str, value: Any) -> dict[str, Any]:
    """Return a mapping from strings to what JSON can hold as a dict."""
    try:
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise TypeError
        facts = dict(value)
        json.dumps(facts, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise fail(name, "a mapping from names to JSON values", shown(value)) from None
    return facts


def as_array(values: Any, name: str, requirement: str) -> NDArray[Any]:
    """Return `values` as an array of real numbers of any shape, memory-mapped arrays as they are.

    torch tensors (any device, bfloat16, requires_grad) are recognised by their methods, torch is not imported. Of a
    masked array nothing may be masked.
    """
    try:
        if hasattr(values, "detach") and hasattr(values, "cpu"):
            values = values.detach().cpu()
            if str(values.dtype).startswith("torch.complex"):  # torch would leave the imaginary parts out
                raise TypeError
            values = (values.double() if hasattr(values, "double") else values).numpy()
        if np.ma.isMaskedArray(values) and np.ma.getmaskarray(values).any():
            raise TypeError
        array = np.asarray(values)
    except Exception:  # Whatever an object does that is asked for its numbers, it has none.
        raise fail(name, requirement, type(values).__name__) from None
    if array.dtype.kind not in "fiub" and str(array.dtype) != "bfloat16":
        raise fail(name, requirement, f"{type(values).__name__} of {array.dtype}")
    return array


def as_matrix(values: Any, name: str) -> NDArray[np.float64]:
    """Return a C-contiguous float64 matrix with finite entries.

    Arguments as for `as_array`; the shape must be (at least 2, at least 2).
    """
    array = as_array(values, name, "a matrix of real numbers")
    if array.ndim != 2 or array.shape[0] < 2 or array.shape[1] < 2:
        raise fail(name, "a matrix of at least 2 rows and 2 columns", f"shape {array.shape}")
    # Extended numbers beyond the range of float64 become infinite here, and are refused below, as signalling NaNs are.
    with np.errstate(over="ignore", invalid="ignore"):
        matrix = np.ascontiguousarray(array, dtype=np.float64)
    finite = np.isfinite(matrix).all(axis=1)
    if not finite.all():
        row = int(np.argmin(finite))
        raise fail(name, "free of NaN and infinity", f"{int((~finite).sum())} bad rows, the first is row {row}")
    return matrix


def as_stored(values: Any, name: str) -> NDArray[Any]:
    """Return a large matrix of narrow floats as it is, without a copy, and any other in float64.

    The narrow matrix is C-contiguous, its entries are finite and of usual size; arguments and errors as `as_matrix`.
    """
    array = tensor_as_stored(values) if hasattr(values, "detach") and hasattr(values, "cpu") else values
    matrix = type(array) in (np.ndarray, np.memmap) and array.ndim == 2 and min(array.shape) > 1
    if matrix and array.dtype.name in NARROW and 8 * array.size >= LARGE_BYTES:
        rows = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
        with np.errstate(invalid="ignore"):
            parts = (rows[start : start + _SLICE].astype(np.float32) for start in range(0, len(rows), _SLICE))
            sizes = [float(np.abs(part).max()) for part in parts]
        if 2.0**-USUAL_NARROW <= np.max(sizes) <= 2.0**USUAL_NARROW:  # NaN and infinity are not
            return rows
    return as_matrix(values, name)


def tensor_as_stored(tensor: Any) -> Any:
    """Return a tensor of torch as an array of its own type, on its memory where that is possible; torch is there."""
    try:
        tensor = tensor.detach().cpu()
        if str(tensor.dtype) != "torch.bfloat16":
            return tensor.numpy()
        import ml_dtypes

        return tensor.contiguous().view(sys.modules["torch"].int16).numpy().view(ml_dtypes.bfloat16)
    except Exception:  # No numbers as NumPy has them: it is widened by others, or refused.
        return tensor


def as_vector(values: Any, name: str, length: int) -> NDArray[np.float64]:
    """Return `length` finite numbers as float64."""
    requirement = f"{length} finite numbers"
    array = as_array(values, name, requirement)
    if array.shape != (length,):
        raise fail(name, requirement, f"shape {array.shape}")
    with np.errstate(over="ignore", invalid="ignore"):
        vector = np.ascontiguousarray(array, dtype=np.float64)
    if not np.isfinite(vector).all():
        raise fail(name, requirement, f"{vector[np.argmin(np.isfinite(vector))]} at {np.argmin(np.isfinite(vector))}")
    return vector


def divisors(norms: NDArray[np.float64], dim: int) -> NDArray[np.float64]:
    """Return what to divide rows by to normalise them: 1 where a row is of norm 1 as far as float64 can tell."""
    # What the norm of a normalised row is off by: half a unit for each product, the sum, the root and the division.
    rounding = (dim / 2 + 4) * 2.0**-53
    return np.where(np.abs(norms - 1.0) <= rounding, 1.0, norms)


def as_points(values: Any, name: str = "points") -> NDArray[np.float64]:
    """Return `values` as unit rows, (n_points, dim) float64, normalised once more to the last bit.

    Rows must be unit vectors within 1e-6, and pairwise different when normalised. Rows that are of norm 1 as far as
    float64 can tell stay as they are, so that a code that is saved and loaded is the same code.
    """
    matrix = as_matrix(values, name)
    norms = np.sqrt(np.einsum("ij,ij->i", matrix, matrix))
    off = np.abs(norms - 1.0)
    row = int(np.argmax(off))
    if off[row] > UNIT_NORM_TOLERANCE:
        raise fail(name, f"rows of norm 1 (within {UNIT_NORM_TOLERANCE:g})", f"norm {norms[row]:.6g} in row {row}")
    unit: NDArray[np.float64] = matrix / divisors(norms, matrix.shape[1])[:, None]
    order = np.lexsort(unit.T)
    same = (unit[order[1:]] == unit[order[:-1]]).all(axis=1)
    if same.any():
        first = int(np.argmax(same))
        pair = sorted((int(order[first]), int(order[first + 1])))
        raise fail(name, "pairwise different rows", f"equal rows {pair[0]} and {pair[1]}")
    return unit
