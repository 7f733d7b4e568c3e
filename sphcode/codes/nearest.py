"""Nearest codewords of any code: validation, blocked products, and the search for a row's own number.

A `Decoder` finds the best codewords of vectors without forming the code; `Blocked` is the one for all codes. Those that
know a formula are in `sphcode.codes.constructions.decoders`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_int, fail, shown

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.int64]
Rows = Callable[[int, int], NDArray[Any]]

#: Blocked products take this many coordinates of codewords at a time, and this many scores: some 30 MB each.
_BLOCK_COORDINATES = 2**22
_BLOCK_SCORES = 2**22

#: Vectors with a largest coordinate beyond this, or below its inverse, are scaled; of no consequence but for overflow.
_LARGE = 2.0**60

#: A row is a codeword if no coordinate differs by more than this many units of rounding of its type.
_SAME_ROW = 64


class Decoder(Protocol):
    """Finds the codewords with the largest inner products."""

    @property
    def method(self) -> str:
        """How it works, in a few words."""

    @property
    def most(self) -> int:
        """How many best codewords it finds without blocked products."""

    def best(self, x: FloatArray, m: int) -> tuple[IntArray, FloatArray]:
        """Return the numbers of the m best codewords of each row of x, the best first, and their inner products.

        Inner products are with unit codewords; equal ones come in the order of the numbers.
        """


class Blocked:
    """Inner products with all codewords, formed block by block.

    With `integers`, rows of whole numbers along the unit rows, whole vectors are compared exactly if all have one norm.
    """

    method = "blocked products"
    most = 0

    def __init__(self, n_points: int, rows: Rows, integers: Rows | None = None) -> None:
        self._n_points, self._rows, self._integers = n_points, rows, integers

    def best(self, x: FloatArray, m: int) -> tuple[IntArray, FloatArray]:
        """Return the numbers and inner products of the m best codewords of each row of x."""
        if self._integers is not None and bool((x == np.rint(x)).all()):
            first = self._integers(0, 1)[0]
            found = self._best(x.astype(np.float64), m, self._integers, int(first @ first))
            if found is not None:
                return found
        found = self._best(x, m, self._rows, None)
        assert found is not None
        return found

    def _best(self, x: FloatArray, m: int, rows: Rows, norm: int | None) -> tuple[IntArray, FloatArray] | None:
        """Return the best among given rows, or None if not all have the square norm `norm`."""
        values = np.full((len(x), m), -np.inf)
        numbers = np.zeros((len(x), m), dtype=np.int64)
        step = max(1, min(_BLOCK_COORDINATES // x.shape[1], _BLOCK_SCORES // max(1, len(x))))
        for start in range(0, self._n_points, step):
            stop = min(start + step, self._n_points)
            block = rows(start, stop)
            if norm is not None and (np.einsum("ij,ij->i", block, block) != norm).any():
                return None
            scores = x @ block.astype(x.dtype).T
            if m == 1:
                here = scores.argmax(axis=1)
                value = scores[np.arange(len(x)), here]
                better = value > values[:, 0]
                values[better, 0], numbers[better, 0] = value[better], here[better] + start
            else:
                # A stable sort keeps equal ones in the order of their numbers.
                joined = np.concatenate([values, scores], axis=1)
                all_numbers = np.concatenate([numbers, np.tile(np.arange(start, stop), (len(x), 1))], axis=1)
                order = np.argsort(-joined, axis=1, kind="stable")[:, :m]
                values, numbers = np.take_along_axis(joined, order, 1), np.take_along_axis(all_numbers, order, 1)
        return numbers, values if norm is None else values / np.sqrt(norm)


def check_vectors(x: Any, dim: int) -> tuple[FloatArray, tuple[int, ...]]:
    """Return vectors as rows of float32 or float64, each scaled by a power of two, and the shape without coordinates.

    Raises InvalidInputError for a wrong width, for values that are not finite real numbers, and for rows of zeros.
    """
    array = np.asarray(x.detach().cpu().to(_float_of(x)).numpy() if _is_tensor(x) else x)
    if array.dtype.kind not in "biuf" or array.ndim == 0 or array.shape[-1] != dim:
        got = f"shape {array.shape}" if array.dtype.kind in "biuf" else shown(x)
        raise fail("x", f"real vectors of {dim} coordinates, shape (..., {dim})", got)
    rows = array.reshape(-1, dim)
    rows = np.ascontiguousarray(rows, dtype=np.float32 if array.dtype in (np.float16, np.float32) else np.float64)
    largest = np.abs(rows).max(axis=1, initial=0.0)
    low, high = largest.min(initial=1.0), largest.max(initial=1.0)
    if not math.isfinite(high):
        row = int((~np.isfinite(largest)).argmax())
        raise fail("x", "finite", f"{rows[row][~np.isfinite(rows[row])][0]} in row {row}")
    if low == 0:
        raise fail("x", "free of zero rows, which no codeword is nearest to", f"zeros in row {int(largest.argmin())}")
    if high > _LARGE or low < 1 / _LARGE:
        # Sums would overflow, or lose digits below the smallest number; a power of two changes no digit.
        far = (largest > _LARGE) | (largest < 1 / _LARGE)
        rows = np.ldexp(rows, -np.where(far, np.frexp(largest)[1], 0)[:, None])
    return rows, array.shape[:-1]


def check_numbers(i: Any, n_points: int) -> IntArray:
    """Return numbers of points as an array; raise InvalidInputError unless they are integers from 0 to n_points - 1."""
    numbers = np.asarray(i.detach().cpu() if _is_tensor(i) else i)
    whole = numbers.dtype.kind in "iu" or numbers.size == 0
    if not whole or (numbers.size and not 0 <= numbers.min() <= numbers.max() < n_points):
        raise fail("i", f"integers from 0 to {n_points - 1}", shown(i))
    return numbers.astype(np.int64)


class _Points(Protocol):
    """What a searchable code has."""

    @property
    def dim(self) -> int:
        """Ambient dimension."""

    @property
    def n_points(self) -> int:
        """Number of points."""

    @property
    def decoder(self) -> Decoder:
        """What finds nearest points."""

    def _rows(self, numbers: IntArray) -> NDArray[np.float64]:
        """Return the points of valid numbers, shape (len(numbers), dim)."""


class Searchable:
    """A code that finds points by direction, by number and by value: `SphericalCode` and `Construction`."""

    def nearest(self: _Points, x: Any, m: int | None = None) -> Any:
        """Return the number of the point nearest to each vector, or of the m nearest, without forming the code.

        Parameters
        ----------
        x : array_like or torch.Tensor, shape (dim,) or (..., dim)
            Vectors of any length but 0, float32 or float64 (others are widened).
        m : int, optional
            How many; the best first.

        Returns
        -------
        int or int64 array (a tensor for a tensor), shape (...) or (..., m)
            The point found attains the largest inner product up to 8 dim eps times the length of x, eps of its type,
            and is the very largest if the next one is further away. Where vector and points are whole numbers,
            comparisons are exact and ties go to the smallest number. `decoder.method` says how it is found.

        Raises
        ------
        InvalidInputError
            For vectors of another width, with NaN or infinite entries, or of zeros only, or m above n_points.

        Examples
        --------
        >>> from sphcode import construct
        >>> leech = construct(24, 196560)
        >>> leech.nearest(leech.row(123456))
        123456
        >>> leech.decoder.method
        'octads and Golay words (blocked products for more than one)'
        """
        count = 1 if m is None else check_int("m", m, minimum=1, maximum=self.n_points)
        rows, shape = check_vectors(x, self.dim)
        numbers = self.decoder.best(rows, count)[0] if len(rows) else np.zeros((0, count), dtype=np.int64)
        numbers = numbers.reshape(shape if m is None else (*shape, count))
        if _is_tensor(x):
            return sys.modules["torch"].as_tensor(numbers, device=x.device)
        return int(numbers) if numbers.ndim == 0 else numbers

    def row(self: _Points, i: Any) -> NDArray[np.float64]:
        """Return point number i, shape (dim,), or the points of several numbers, shape (len(i), dim).

        Raises InvalidInputError unless all are integers from 0 to n_points - 1.
        """
        numbers = check_numbers(i, self.n_points)
        return self._rows(numbers.reshape(-1)).reshape(*numbers.shape, self.dim)

    def index(self: _Points, row: Any) -> Any:
        """Return the number of a given point of the code, or of several: the inverse of `row`.

        Raises InvalidInputError for a row that is not in the code (up to rounding of its type).

        Examples
        --------
        >>> from sphcode import construct
        >>> code = construct(16, 288)
        >>> code.index(code.row(17))
        17
        """
        found = Searchable.nearest(self, row)
        given, shape = check_vectors(row, self.dim)
        numbers = np.asarray(found.cpu() if _is_tensor(found) else found).reshape(-1)
        error = np.abs(given - self._rows(numbers)).max(axis=1, initial=0.0)
        if (error > _SAME_ROW * np.finfo(given.dtype).eps).any():
            worst = int(error.argmax())
            place = f"row {worst}" if shape else "the row"
            raise fail("row", "a row of the code", f"{place}, {error[worst]:.3g} off the nearest point")
        return found


def _is_tensor(x: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.Tensor)


def _float_of(x: Any) -> Any:
    torch = sys.modules["torch"]
    return torch.float32 if x.dtype in (torch.bfloat16, torch.float16, torch.float32) else torch.float64
