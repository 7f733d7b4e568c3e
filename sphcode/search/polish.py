"""From a rough code to a critical point at machine precision: interior point, then Newton on the contacts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Pairs within this multiple of the smallest angle are constraints.
_WINDOW = 1.6
#: Codes with more unknowns than this are left as the descent ends: dense factorisation would take too long.
MOST_UNKNOWNS = 3000
_MOST_ITERATIONS = 150
#: Contact spread and balance residual of a critical point.
TOLERANCE = 1e-13


@dataclass(frozen=True)
class Polished:
    """A code with its contacts and multipliers.

    Attributes
    ----------
    points : ndarray, shape (n_points, dim)
        Unit rows.
    max_cosine : float
        Their largest inner product.
    first, second : ndarray of int
        Contacts, first > second: the pairs with a positive multiplier.
    multipliers : ndarray
        Their multipliers, mean 1: the stress of the contact graph.
    spread, residual : float
        Largest minus smallest cosine of the contacts, and the largest violation of the balance of multipliers; infinite
        when the code was not polished.
    effort : float
        Work done, in energy evaluations.
    """

    points: NDArray[np.float64]
    max_cosine: float
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    multipliers: NDArray[np.float64]
    spread: float
    residual: float
    effort: float

    @property
    def critical(self) -> bool:
        """Whether the code is a critical point of the largest cosine to machine precision."""
        return self.spread <= TOLERANCE and self.residual <= TOLERANCE

    @property
    def rattlers(self) -> tuple[int, ...]:
        """Indices of the points without a contact, when contacts are known."""
        if not len(self.first):
            return ()
        free = np.ones(len(self.points), bool)
        free[self.first] = free[self.second] = False
        return tuple(int(i) for i in np.nonzero(free)[0])


def polish(points: NDArray[np.float64], gap: float, *, antipodal: bool = False) -> Polished:
    """Move unit rows to the critical point nearby.

    Parameters
    ----------
    points : ndarray, shape (n_points, dim)
        A rough code; not changed.
    gap : float
        About how far its largest cosine is above that of the critical point.
    antipodal : bool
        The points are x and -x in turn, and must stay so.

    Returns
    -------
    Polished
        Its largest cosine is not above that of `points`. `critical` is false if the method failed, or if the code has
        more than 3000 unknowns and was left as it is.
    """
    from sphcode.kernels.active_set import balance, newton
    from sphcode.kernels.contact_system import max_cosine
    from sphcode.kernels.interior_point import interior_point

    n_points, dim = points.shape
    start = max_cosine(points)
    unknowns = n_points * (dim - 1)
    if unknowns > MOST_UNKNOWNS:
        return unpolished(points, start, 0.0)
    # Neighbours get near numbers, so that the matrix has its nonzeros near the diagonal.
    order = np.argsort(points[:, 0], kind="stable")
    inner = points[order]
    antipode = np.zeros(0, np.int64)
    if antipodal:
        # The position of the point that stood beside the one now at each position.
        antipode = np.argsort(order)[order ^ 1]
    capacity = max(20, 5 * unknowns)
    first, second, slack, multipliers, iterations = interior_point(
        inner, antipode, _WINDOW, capacity, gap, 1e-13 * (1.0 - start), _MOST_ITERATIONS
    )
    effort = iterations * step_effort(n_points, dim)
    reached = max_cosine(inner)
    active = multipliers > slack
    if not reached <= start + 1e-14 or not active.any():
        return unpolished(points, start, effort)
    first, second, multipliers = first[active], second[active], multipliers[active]
    exact, exact_multipliers = inner.copy(), multipliers.copy()
    spread, residual = newton(exact, antipode, first, second, exact_multipliers)
    largest = max_cosine(exact)
    # Newton on a wrong set of contacts ends at a worse code or with negative multipliers.
    if largest <= reached + 1e-14 and exact_multipliers.min() > 0.0 and residual <= TOLERANCE:
        inner, multipliers, reached = exact, exact_multipliers, largest
    else:
        cosines = np.einsum("ij,ij->i", inner[first], inner[second])
        spread, residual = float(np.ptp(cosines)), balance(inner, first, second, multipliers)
    unsorted = np.empty_like(inner)
    unsorted[order] = inner
    pair = np.sort(order[[first, second]], axis=0)
    scaled = multipliers / multipliers.mean()
    return Polished(unsorted, float(reached), pair[1], pair[0], scaled, float(spread), float(residual), effort)


def unpolished(points: NDArray[np.float64], max_cosine: float, effort: float = 0.0) -> Polished:
    """Return a code as it is."""
    nothing = np.zeros(0, np.int64)
    return Polished(points.copy(), float(max_cosine), nothing, nothing, np.zeros(0), np.inf, np.inf, effort)


def step_effort(n_points: int, dim: int) -> float:
    """Work of one interior-point step, in energy evaluations, as measured.

    The matrix is dense in high dimensions; with the points sorted along an axis it is a band,
    some 4 N^(-1 / (dim - 1)) of its width.
    """
    dense = (n_points * (dim - 1)) ** 3 / (12.0 * n_points**2 * dim)
    band = min(1.0, 4.0 * math.pow(n_points, -1.0 / (dim - 1)))
    return 3.0 + 0.7 * dense * band**2
