"""Class vectors as they are stored, and what screens them in float32 with a proven error.

A score only ever excludes a class: the float32 product of a unit vector with a row errs by at most `margin`, for any
order of its sum, and whatever that leaves open is computed in float64.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.margins import eight_bits
from sphcode.margins.device import LowRows, Scores, residual_of, rounding_of
from sphcode.margins.eight_bits import EightBits
from sphcode.margins.rows import Rows, as_rows

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

#: Rows that are multiplied are kept, in float32 or bfloat16, if they take at most so many bytes in float32; of a larger
#: matrix they are made from the stored rows, slice by slice, for every block of classes.
KEPT_BYTES = 1 << 28
#: Classes that are scored at once: so many bytes of them in float32, within these numbers. Half as many cost 5 % of the
#: rate of bfloat16 products in 4096 dimensions.
STEP_BYTES = 1 << 24
LEAST_STEP, MOST_STEP = 256, 4096
#: A factor above this may take an underflow of float32 into view.
LARGEST_FACTOR = 2.0**60


@dataclass(frozen=True)
class Screen:
    """The class vectors, and float32 rows for screening.

    A score is the product of a vector with a row of the copy, times the row's factor; it stands for the product with
    (row - origin) / unit.

    Attributes
    ----------
    rows : Rows
        The class vectors.
    origin : ndarray, shape (dim,)
        What is subtracted from the rows: their mean, or nothing.
    unit : float
        What they are divided by.
    reach : float
        No row is farther from `origin`.
    scale : float
        The largest norm of a row.
    as_stored : bool
        Whether the copy are the stored rows themselves.
    copy : ndarray of float32, shape (n_classes, dim), or LowRows, or None
        The rows that are multiplied; LowRows holds them in bfloat16; without it they are made slice by slice.
    low : bool
        Whether they are multiplied in bfloat16.
    residual : float
        The largest norm of what rounding to bfloat16 took from a row of the copy, times its factor.
    factors : ndarray of float32, shape (n_classes,)
        What scores are multiplied by.
    half_squares : ndarray of float32, shape (n_classes,)
        Half the squared norms of (row - origin) / unit.
    margin : float
        Bound of the error of a score of a unit vector in float32, beside what bfloat16 adds.
    longest : float
        No (row - origin) / unit is longer.
    floor : float
        What underflow may hide; 0 if all rows are equal.
    root : ndarray of float32, shape (dim, dim), or None
        C^(-1/2) for the first candidates; without it they are the nearest rows.
    middle : ndarray of float32, shape (dim,), or None
        The mean that belongs to it.
    single_rows : Rows or None
        What scores stand for, in float32, where it is kept beside float64 rows.
    eight : EightBits or None
        The rows of the copy in 8 bits, where they are multiplied so to propose classes.
    """

    rows: Rows
    origin: NDArray[np.float64]
    unit: float
    reach: float
    scale: float
    as_stored: bool
    copy: NDArray[np.float32] | LowRows | None
    low: bool
    residual: float
    factors: NDArray[np.float32]
    half_squares: NDArray[np.float32]
    margin: float
    longest: float
    floor: float
    root: NDArray[np.float32] | None = None
    middle: NDArray[np.float32] | None = None
    single_rows: Rows | None = None
    eight: EightBits | None = None

    @classmethod
    def of(cls, weights: NDArray[Any] | Rows, device: str | None = None) -> Screen:
        """Measure the rows; float32 rows are screened as they are, others centred and in float32.

        With a device of torch they are multiplied in bfloat16, there.
        """
        rows = as_rows(weights)
        n_classes, dim = rows.shape
        origin = rows.mean().astype(np.float32).astype(np.float64)
        radius = max(_largest_norm(rows[part] - origin) for part in rows.slices()) * (1.0 + 1e-10)
        floor = 0.0 if radius <= TINY and rows.all_equal() else TINY
        radius = max(radius, floor)
        scale = max(_largest_norm(rows[part]) for part in rows.slices())
        plain = rows.is_narrow and rows.shift is None and rows.column is None
        sized = rows.factors is None or float(np.abs(rows.factors).max()) <= LARGEST_FACTOR
        as_stored = plain and sized and scale <= LONGEST_UNCENTRED * radius
        screen = cls(
            rows=rows,
            origin=np.zeros(dim) if as_stored else origin,
            unit=1.0 if as_stored else radius or 1.0,
            reach=scale * (1.0 + 1e-10) if as_stored else radius,
            scale=scale,
            as_stored=as_stored,
            copy=None,
            low=device is not None,
            residual=0.0,
            factors=np.ones(n_classes, dtype=np.float32),
            half_squares=np.empty(n_classes, dtype=np.float32),
            margin=1.01 * (dim + 16) * EPS32 * (1.0 if device is None else 2.0),  # sums may be truncated
            longest=1.0,
            floor=floor,
        )
        if as_stored:
            factors = screen.factors if rows.factors is None else rows.factors.astype(np.float32)
            screen = replace(screen, factors=factors, margin=screen.margin * screen.reach, longest=screen.reach)
        return screen._filled(device)

    def _filled(self, device: str | None) -> Screen:
        """Measure what is multiplied, and keep it where it is small enough, or on a GPU."""
        n_classes, dim = self.rows.shape
        stored, memory = self.rows.stored, self.rows.memory
        small = 4 * self.rows.size <= KEPT_BYTES
        copy: Any = None
        single: Any = None
        eight = EightBits.empty(n_classes, dim, small) if device == "cpu" and eight_bits.has_unit() else None
        if small and not (self.as_stored and (self.low or stored.dtype == np.float32)):
            single = np.empty((n_classes, dim), dtype=np.float32)
        # To read-only memory torch would object.
        as_they_are = self.as_stored and device == "cpu" and stored.dtype.name == "bfloat16" and memory.flags.writeable
        if as_they_are:
            copy = LowRows.of_bits(memory.view(np.uint16))
        elif device is not None and (device != "cpu" or small):
            copy = LowRows.empty(n_classes, dim, device)
        elif device is None:
            copy = stored if self.as_stored and stored.dtype == np.float32 else single
        residual = 0.0
        for part in self.rows.slices():
            made = self.single(part)
            squares = np.einsum("ij,ij->i", made, made)
            self.half_squares[part] = 0.5 * squares * self.factors[part] ** 2
            if isinstance(copy, LowRows) and not as_they_are:
                copy.fill(part.start, made)
            if eight is not None:
                eight.fill(part, made)
            if single is not None:
                single[part] = made
            if self.low:
                residual = max(residual, float((residual_of(made) * self.factors[part]).max()))
        # The factors, the norms and, where rows are centred, their last rounding are off by a few units of float32.
        residual *= 1.0 + 8.0 * EPS32
        residual = residual if not self.low or self.as_stored else residual + EPS32
        single_rows = None if single is None or self.as_stored else Rows(single)
        return replace(self, copy=copy, residual=residual, single_rows=single_rows, eight=eight)

    def with_root(self, n_measured: int) -> Screen:
        """Return the screen with the root of the covariance, if that is worth while for so many classes."""
        n_classes, dim = self.rows.shape
        n_sample = min(n_classes, COVARIANCE_ROWS * dim)
        cost = 10.0 * dim**3 + float(n_sample) * dim**2  # eigenvectors, then the covariance
        if n_classes < WHITENED_CLASSES or cost > WHITENING_SHARE * n_measured * n_classes * dim:
            return self
        chosen = np.random.default_rng(0).choice(n_classes, n_sample, replace=False, shuffle=False)
        parts = [np.sort(chosen)[start : start + self.step] for start in range(0, n_sample, self.step)]
        mean = np.sum([self.screened(part).sum(axis=0) for part in parts], axis=0) / n_sample
        covariance = np.zeros((dim, dim), dtype=np.float32)
        for part in parts:
            sample = self.screened(part) - mean
            covariance += sample.T @ sample
        covariance /= n_sample
        ridge = COVARIANCE_RIDGE * float(np.trace(covariance)) / dim
        return replace(self, root=_inverse_root(covariance, ridge), middle=mean) if ridge > 0.0 else self

    def single(self, classes: NDArray[np.int64] | slice) -> NDArray[np.float32]:
        """Return rows of the copy in float32."""
        if self.as_stored:
            return self.rows.single(classes)
        single: NDArray[np.float32] = ((self.rows[classes] - self.origin) / self.unit).astype(np.float32)
        return single

    def screened(self, classes: NDArray[np.int64] | slice) -> NDArray[np.float32]:
        """Return what scores stand for: rows of the copy times their factors, in float32."""
        scaled: NDArray[np.float32] = self.single(classes) * self.factors[classes, None]
        return scaled

    @property
    def step(self) -> int:
        """Number of classes that are scored at once."""
        return max(LEAST_STEP, min(MOST_STEP, STEP_BYTES // (4 * self.rows.shape[1])))

    def slices(self) -> Iterator[slice]:
        """Slices of classes that are scored at once."""
        return (slice(start, min(start + self.step, len(self.rows))) for start in range(0, len(self.rows), self.step))

    def scores(self, vectors: NDArray[np.float32], part: slice) -> Scores:
        """Return the products of vectors with some rows of the copy, before their factors."""
        if isinstance(self.copy, LowRows):
            return self.copy.product(vectors, part)
        rows = self.single(part) if self.copy is None else self.copy[part]
        if self.low:
            return LowRows.of(rows).product(vectors, slice(None))
        product: NDArray[np.float32] = vectors @ rows.T
        return product

    def whole_scores(self, vectors: NDArray[np.int8], part: slice) -> NDArray[np.int32]:
        """Return the products of vectors with some rows of the copy in 8 bits, before their grains and factors."""
        assert self.eight is not None
        kept = self.eight.kept
        return eight_bits.product(vectors, self.eight.part(part, self.single(part)) if kept is None else kept[part])

    def errors(self, directions: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Bound the errors of the scores of unit vectors: one a vector, and a share of the score itself."""
        if not self.low:
            return np.full(len(directions), self.margin), 0.0
        rest, residual = rounding_of(directions), self.residual
        grown = (1.0 + rest) * (1.0 + residual / (self.longest or 1.0))  # the lengths that are multiplied
        return 1.01 * (rest * self.longest + (1.0 + rest) * residual + self.margin * grown), OUTPUT_ROUNDING


def _largest_norm(rows: NDArray[np.float64]) -> float:
    return math.sqrt(float(np.einsum("ij,ij->i", rows, rows).max()))


def _inverse_root(covariance: NDArray[np.float32], ridge: float) -> NDArray[np.float32]:
    """Return (C + ridge)^(-1/2), in the memory of C and of as much again; float32 is enough for candidates."""
    from scipy.linalg import eigh

    # Its transpose, which is the same, is in the order that LAPACK takes without a copy.
    values, vectors = eigh(covariance.T, overwrite_a=True, driver="evr", check_finite=False)
    vectors *= (np.maximum(values, 0.0) + np.float32(ridge)) ** np.float32(-0.25)
    root: NDArray[np.float32] = vectors @ vectors.T
    return root
