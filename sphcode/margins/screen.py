"""Class vectors as they are stored, and what screens them in float32 with a proven error.

A score only ever excludes a class: the float32 product of a unit vector with a row errs by at most `margin`, for any
order of its sum, and whatever that leaves open is computed in float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.margins.device import LowRows, rounding_of

#: Unit roundoffs of float64 and float32.
EPS = 2.0**-53
EPS32 = 2.0**-24
#: A score that is returned in bfloat16 is off by at most this share, also where it is truncated.
OUTPUT_ROUNDING = 2.0**-8
#: Squares of differences below this length may underflow, which the bounds then allow for.
TINY = 2.0**-500

#: First candidates are those along C^(-1/2)(w_k - mean), C the covariance of the rows, if there are at least so many
#: rows and the root costs at most this share of one block of scores per class. Rows of language models then need 2.5
#: checks a class instead of 3.5 at (10000, 512), Gaussian rows 2.2 as before (tests/benchmarks/margins_pairs.py).
WHITENED_CLASSES = 4096
WHITENING_SHARE = 0.25
#: Rows per dimension in the sample for C, and the share of its mean diagonal that is added to it.
COVARIANCE_ROWS = 16
COVARIANCE_RIDGE = 1e-3
#: Stored float32 rows are their own screen if no row is longer than this multiple of the largest distance from the
#: mean: the error of a score grows with the length, and with it the number of classes left open.
LONGEST_UNCENTRED = 4.0

#: Rows in a slice that is worked on at once: memory only.
_SLICE = 4096


@dataclass(frozen=True)
class Screen:
    """The class vectors, and float32 rows for screening.

    Attributes
    ----------
    weights : ndarray, shape (n_classes, dim)
        The class vectors, float64 or float32, not copied.
    origin : ndarray, shape (dim,)
        What was subtracted from the rows of `copy`: their mean, or nothing.
    unit : float
        What the rows of `copy` were divided by.
    reach : float
        No row is farther from `origin`.
    scale : float
        The largest norm of a row.
    copy : ndarray of float32, shape (n_classes, dim), or LowRows
        The rows that are multiplied: (weights - origin) / unit, or float32 `weights` themselves; LowRows holds them in
        bfloat16.
    half_squares : ndarray of float32, shape (n_classes,)
        Half the squared norms of `copy`.
    margin : float
        Bound of the error of a float32 product of a unit vector with a row of `copy`, beside what bfloat16 adds.
    longest : float
        No row of `copy` is longer, before it was rounded.
    floor : float
        What underflow may hide; 0 if all rows are equal.
    root : ndarray of float32, shape (dim, dim), or None
        C^(-1/2) for the first candidates; without it they are the nearest rows.
    """

    weights: NDArray[Any]
    origin: NDArray[np.float64]
    unit: float
    reach: float
    scale: float
    copy: NDArray[np.float32] | LowRows
    half_squares: NDArray[np.float32]
    margin: float
    longest: float
    floor: float
    root: NDArray[np.float32] | None = None

    @classmethod
    def of(cls, weights: NDArray[Any], device: str | None = None) -> Screen:
        """Measure the rows; float32 rows are screened as they are, others as a centred float32 copy.

        With a device of torch the copy is in bfloat16, there.
        """
        n_classes, dim = weights.shape
        origin = weights.mean(axis=0, dtype=np.float64)
        slices = [slice(start, start + _SLICE) for start in range(0, n_classes, _SLICE)]
        radius = max(_largest_norm(weights[rows] - origin) for rows in slices) * (1.0 + 1e-10)
        floor = 0.0 if radius <= TINY and (weights == weights[0]).all() else TINY
        radius = max(radius, floor)
        scale = max(_largest_norm(np.asarray(weights[rows], dtype=np.float64)) for rows in slices)
        margin = 1.01 * (dim + 16) * EPS32
        half_squares = np.empty(n_classes, dtype=np.float32)
        as_stored = weights.dtype == np.float32 and scale <= LONGEST_UNCENTRED * radius
        copy: Any = weights if as_stored else None
        if device is not None:
            copy = LowRows(n_classes, dim, device)
            margin *= 2.0  # sums may be truncated
        elif copy is None:
            copy = np.empty((n_classes, dim), dtype=np.float32)
        unit = 1.0 if as_stored else radius or 1.0
        for rows in slices:
            part = weights[rows] if as_stored else (weights[rows] - origin) / unit
            if isinstance(copy, LowRows):
                copy.fill(rows.start, np.asarray(part, dtype=np.float64))
            elif copy is not weights:
                copy[rows] = part
            half_squares[rows] = 0.5 * np.einsum("ij,ij->i", part, part)
        if as_stored:
            reach = scale * (1.0 + 1e-10)
            return cls(weights, np.zeros(dim), 1.0, reach, scale, copy, half_squares, margin * reach, reach, floor)
        return cls(weights, origin, unit, radius, scale, copy, half_squares, margin, 1.0, floor)

    def with_root(self, n_measured: int) -> Screen:
        """Return the screen with the root of the covariance, if that is worth while for so many classes."""
        n_classes, dim = self.weights.shape
        n_sample = min(n_classes, COVARIANCE_ROWS * dim)
        cost = 10.0 * dim**3 + float(n_sample) * dim**2  # eigenvectors, then the covariance
        if n_classes < WHITENED_CLASSES or cost > WHITENING_SHARE * n_measured * n_classes * dim:
            return self
        chosen = np.random.default_rng(0).choice(n_classes, n_sample, replace=False, shuffle=False)
        sample = self.single(np.sort(chosen))
        sample = sample - sample.mean(axis=0)
        covariance = (sample.T @ sample).astype(np.float64) / n_sample
        ridge = COVARIANCE_RIDGE * float(np.trace(covariance)) / dim
        if not ridge > 0.0:
            return self
        values, vectors = np.linalg.eigh(covariance)
        root = (vectors / np.sqrt(np.maximum(values, 0.0) + ridge)) @ vectors.T
        return replace(self, root=root.astype(np.float32))

    def single(self, classes: NDArray[np.int64] | slice) -> NDArray[np.float32]:
        """Return rows as those of `copy` were before they were rounded to bfloat16, in float32."""
        rows = self.weights[classes]
        single = np.empty(rows.shape, dtype=np.float32)
        for start in range(0, len(rows), _SLICE):  # no copy of all of them in float64
            part = slice(start, start + _SLICE)
            single[part] = (rows[part] - self.origin) / self.unit
        return single

    def scores(self, vectors: NDArray[Any]) -> NDArray[np.float32]:
        """Return the products of vectors with all rows of `copy`."""
        if isinstance(self.copy, LowRows):
            return self.copy.product(vectors)
        product: NDArray[np.float32] = vectors.astype(np.float32) @ self.copy.T
        return product

    def errors(self, directions: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Bound the errors of the scores of unit vectors: one a vector, and a share of the score itself."""
        if not isinstance(self.copy, LowRows):
            return np.full(len(directions), self.margin), 0.0
        rest, residual = rounding_of(directions), self.copy.residual
        grown = (1.0 + rest) * (1.0 + residual / (self.longest or 1.0))  # the lengths that are multiplied
        return 1.01 * (rest * self.longest + (1.0 + rest) * residual + self.margin * grown), OUTPUT_ROUNDING

    def rows(self, classes: NDArray[np.int64] | int) -> NDArray[np.float64]:
        """Return rows in float64, which is exact."""
        return np.asarray(self.weights[classes], dtype=np.float64)


def _largest_norm(rows: NDArray[np.float64]) -> float:
    return math.sqrt(float(np.einsum("ij,ij->i", rows, rows).max()))


class StoredRows:
    """A matrix that travels to other processes as the path of its file, if it is memory-mapped, else by value."""

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array

    def __reduce__(self) -> tuple[Callable[..., StoredRows], tuple[Any, ...]]:
        mapped, array = _mapping(self.array), self.array
        if mapped is None or not array.flags.c_contiguous:
            return StoredRows, (array.view(np.ndarray),)
        start = array.__array_interface__["data"][0] - mapped.__array_interface__["data"][0]
        return _opened, (str(mapped.filename), array.dtype.str, int(mapped.offset) + start, array.shape)


def _mapping(array: Any) -> np.memmap[Any, Any] | None:
    """Return the memory map that holds the array."""
    found = None
    while array is not None:
        found = array if isinstance(array, np.memmap) else found
        array = getattr(array, "base", None)
    return found if found is not None and found.filename is not None else None


def _opened(path: str, dtype: str, offset: int, shape: tuple[int, ...]) -> StoredRows:
    return StoredRows(np.memmap(path, dtype=dtype, mode="r", offset=offset, shape=shape))
