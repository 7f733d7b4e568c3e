"""What the inner products of a code say: their values and multiplicities, design strength, energies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import as_points, check_int, check_real

__all__ = ["Spectrum", "design_strength", "riesz_energy", "spectrum"]

#: Rows in a block of inner products: memory only.
_BLOCK = 1024
#: Degrees of a design that are tested in one pass over the pairs.
_DEGREES_PER_PASS = 12


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The different inner products of a code, largest first.

    Attributes
    ----------
    values : ndarray
        The inner products; those closer than the tolerance to a neighbour are one value, their mean.
    counts : ndarray of int
        Number of unordered pairs at each value.
    complete : bool
        False when there are more values than asked for: then only the largest are listed.
    """

    values: NDArray[np.float64]
    counts: NDArray[np.int64]
    complete: bool

    def __repr__(self) -> str:
        more = "" if self.complete else " or more"
        return f"Spectrum({len(self.values)}{more} values, largest {self.values[0]:.12g} at {self.counts[0]} pairs)"

    def to_dict(self) -> dict[str, Any]:
        """Return {"values": [...], "counts": [...], "complete": ...}."""
        return {"values": self.values.tolist(), "counts": self.counts.tolist(), "complete": self.complete}


def spectrum(points: Any, *, tolerance: float = 1e-9, limit: int = 1000) -> Spectrum:
    """Return the inner products of the points with their multiplicities.

    Parameters
    ----------
    points : SphericalCode or array_like, shape (n_points, dim)
        Unit rows.
    tolerance : float
        Inner products closer than this to the next are taken as equal.
    limit : int
        At most so many values, the largest, are listed.

    Raises
    ------
    InvalidInputError
        If `points` are not different unit rows, or `tolerance` or `limit` is not positive.

    Examples
    --------
    >>> from sphcode.codes.spectrum import spectrum
    >>> spectrum([[1, 0], [0, 1], [-1, 0], [0, -1]]).to_dict()
    {'values': [0.0, -1.0], 'counts': [4, 2], 'complete': True}
    """
    rows = as_points(getattr(points, "points", points))
    tolerance = check_real("tolerance", tolerance, low=0.0, open_low=True)
    limit = check_int("limit", limit, minimum=1)
    values, counts = np.empty(0), np.empty(0, dtype=np.int64)
    complete = True
    for cosines in _pair_cosines(rows):
        values = np.concatenate([values, cosines])
        counts = np.concatenate([counts, np.ones(len(cosines), dtype=np.int64)])
        values, counts = _merged(values, counts, tolerance)
        complete = complete and len(values) <= limit
        values, counts = values[:limit], counts[:limit]
    return Spectrum(values, counts, complete)


def design_strength(points: Any, *, limit: int = 60) -> int:
    """Return the largest t <= limit such that the points are a spherical t-design, judged in float64.

    A set is a t-design when the mean of P_k(<x, y>) over all ordered pairs vanishes for k = 1..t, with P_k the
    Gegenbauer polynomials of the dimension; "vanishes" means up to the rounding of unit vectors in float64.

    Source: P. Delsarte, J. M. Goethals, J. J. Seidel, Spherical codes and designs, Geom. Dedicata 6 (1977).

    Raises
    ------
    InvalidInputError
        If `points` are not different unit rows, or `limit` is not a positive integer.

    Examples
    --------
    >>> from sphcode.codes.spectrum import design_strength
    >>> design_strength([[1, 0], [0, 1], [-1, 0], [0, -1]])
    3
    """
    rows = as_points(getattr(points, "points", points))
    limit = check_int("limit", limit, minimum=1)
    dim = rows.shape[1]
    strength = 0
    while strength < limit:
        highest = min(limit, strength + _DEGREES_PER_PASS)
        means = _gegenbauer_means(rows, highest)
        for degree in range(strength + 1, highest + 1):
            slope = degree * (degree + dim - 2) / (dim - 1)
            if abs(means[degree]) > 4 * np.finfo(float).eps * slope:
                return degree - 1
        strength = highest
    return limit


def riesz_energy(points: Any, exponent: float) -> float:
    """Return the Riesz energy: the sum over unordered pairs of |x - y|^-exponent, or of -log |x - y| for exponent 0.

    Smaller is better. Exponent 1 in dimension 3 is the electrostatic energy of the Thomson problem.

    Raises
    ------
    InvalidInputError
        If `points` are not different unit rows, or `exponent` is negative.

    Examples
    --------
    >>> from sphcode.codes.spectrum import riesz_energy
    >>> riesz_energy([[1, 0], [-1, 0]], 1)
    0.5
    """
    rows = as_points(getattr(points, "points", points))
    exponent = check_real("exponent", exponent, low=0.0)
    total = 0.0
    for cosines in _pair_cosines(rows):
        squared = 2.0 - 2.0 * np.minimum(cosines, 1.0)
        total += float(np.sum(squared ** (-exponent / 2) if exponent else -0.5 * np.log(squared)))
    return total


def _pair_cosines(rows: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Yield the inner products of all unordered pairs, a block of the Gram matrix at a time."""
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        for column in range(start, len(rows), _BLOCK):
            cosines = block @ rows[column : column + _BLOCK].T
            yield cosines[np.triu_indices(len(block), 1)] if column == start else cosines.ravel()


def _merged(
    values: NDArray[np.float64], counts: NDArray[np.int64], tolerance: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Join values closer than `tolerance` to the next, largest first."""
    if len(values) == 0:
        return values, counts
    order = np.argsort(-values, kind="stable")
    values, counts = values[order], counts[order]
    first = np.flatnonzero(np.concatenate([[True], values[:-1] - values[1:] > tolerance]))
    sizes = np.add.reduceat(counts, first)
    return np.add.reduceat(values * counts, first) / sizes, sizes


def _gegenbauer_means(rows: NDArray[np.float64], highest: int) -> NDArray[np.float64]:
    """Return the means over all ordered pairs, equal ones included, of P_0..P_highest with P_k(1) = 1."""
    n_points, dim = rows.shape
    sums = np.full(highest + 1, float(n_points))
    for cosines in _pair_cosines(rows):
        before, current = np.ones_like(cosines), cosines
        sums[0] += 2.0 * len(cosines)
        for degree in range(1, highest + 1):
            sums[degree] += 2.0 * current.sum()
            following = ((2 * degree + dim - 2) * cosines * current - degree * before) / (degree + dim - 2)
            before, current = current, following
    means: NDArray[np.float64] = sums / n_points**2
    return means
