"""From a rough code to a critical point at machine precision: interior point, then Newton on the contacts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sphcode.search import costs, regimes
from sphcode.search.descent.engine import descend_large
from sphcode.search.descent.lists import smallest_gap
from sphcode.search.descent.schedules import DEAR, DENSE, Schedule
from sphcode.search.settings import SETTINGS, Settings

if TYPE_CHECKING:
    from sphcode.kernels.interior_point import Iterate

#: A pair is a contact when its multiplier exceeds its slack this many times; the next is tried when Newton is refused.
_CONTACT_RATIOS = (1.0, 1e-3, 1e3)
#: Contacts whose multiplier Newton makes negative are none: it is made again without them, so often
#: ((3, 10000) needs once).
_DROPS = 2
#: Where a step is dear, sharpening begins at exponents this much lower than the gap allows, as descents are cut short
#: before they converge; but not so low that it would leave the optimum found.
_ROUGHER = 2.0**-3
#: Operations between two looks at whether to stop.
_UNINTERRUPTED = 5e10
#: Inner products are rounded by about this much.
_ROUNDING = 1e-14
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


def polish(
    points: NDArray[np.float64],
    gap: float,
    *,
    antipodal: bool = False,
    stop: Callable[[], bool] = lambda: False,
    settings: Settings = SETTINGS,
) -> Polished:
    """Move unit rows to the critical point nearby.

    Parameters
    ----------
    points : ndarray, shape (n_points, dim)
        A rough code; not changed.
    gap : float
        About how far its largest cosine is above that of the critical point.
    antipodal : bool
        The points are x and -x in turn, and must stay so.
    stop : callable
        Asked now and then whether to end early, with what is reached.
    settings : Settings
        Which method is used, and for how long.

    Returns
    -------
    Polished
        Its largest cosine is not above that of `points`. `critical` is false if the method failed, or if the code is
        too large (see `regimes.is_polishable`) and was left as it is.
    """
    from sphcode.kernels.active_set import balance
    from sphcode.kernels.contact_system import max_cosine

    n_points, dim = points.shape
    if not regimes.is_polishable(dim, n_points, settings):
        return unpolished(points, 1.0 - smallest_gap(points), 0.0)
    start = max_cosine(points)
    # Neighbours get near numbers, so that the matrix has its nonzeros near the diagonal.
    order = np.argsort(points[:, 0], kind="stable")
    inner = points[order]
    antipode = np.zeros(0, np.int64)
    if antipodal:
        # The position of the point that stood beside the one now at each position.
        antipode = np.argsort(order)[order ^ 1]
    effort = 0.0
    step, dense = costs.polish_step(dim, n_points, settings), costs.is_dense(dim, n_points, settings)
    solved = dense or costs.is_dissected(dim, n_points, settings)
    if regimes.is_patient(dim, n_points, settings) and step > settings.dear_step and not antipodal:
        gap, effort = _sharpen(inner, gap, start, DENSE if dense else DEAR, stop)
    method: _Method = _Solved(settings, stop) if solved else _Kernels(settings, stop)
    first, second, slack, multipliers, iterations = method.interior_point(inner, antipode, gap, start)
    effort += iterations * step
    reached = max_cosine(inner)
    if not reached <= start + 1e-14:
        return unpolished(points, start, effort)
    active = multipliers > slack
    if not active.any():
        return unpolished(points, start, effort)
    contacts, stress = (first[active], second[active]), multipliers[active]
    cosines = np.einsum("ij,ij->i", inner[contacts[0]], inner[contacts[1]])
    spread, residual = float(np.ptp(cosines)), balance(inner, *contacts, stress)
    found = (inner, contacts, stress, reached, spread, residual)
    # Modes of a large code may be so soft that the balance ends above the tolerance, but better than it was.
    limit = residual if regimes.is_large(dim, n_points, settings) else TOLERANCE
    for ratio in _CONTACT_RATIOS:
        active = multipliers > ratio * slack
        contacts, stress, exact = (first[active], second[active]), multipliers[active], inner.copy()
        if not active.any():
            continue
        spread, residual = method.newton(exact, antipode, *contacts, stress)
        for _ in range(_DROPS):
            kept = stress > 0.0
            if kept.all() or not kept.any():
                break
            contacts, stress = (contacts[0][kept], contacts[1][kept]), stress[kept]
            spread, residual = method.newton(exact, antipode, *contacts, stress)
        largest = max_cosine(exact)
        # Newton on a wrong set of contacts ends at a worse code or with negative multipliers.
        if largest <= reached + 1e-14 and stress.min() > 0.0 and residual <= limit:
            found, limit = (exact, contacts, stress, largest, spread, residual), residual
            if residual <= TOLERANCE:
                break
    inner, contacts, stress, reached, spread, residual = found
    unsorted = np.empty_like(inner)
    unsorted[order] = inner
    pair = np.sort(order[list(contacts)], axis=0)
    scaled = stress / stress.mean()
    return Polished(unsorted, float(reached), pair[1], pair[0], scaled, float(spread), float(residual), effort)


def unpolished(points: NDArray[np.float64], max_cosine: float, effort: float = 0.0) -> Polished:
    """Return a code as it is."""
    nothing = np.zeros(0, np.int64)
    return Polished(points.copy(), float(max_cosine), nothing, nothing, np.zeros(0), np.inf, np.inf, effort)


def _sharpen(
    points: NDArray[np.float64], gap: float, start: float, schedule: Schedule, stop: Callable[[], bool]
) -> tuple[float, float]:
    """Descend in place from exponents above 1 / gap on; return the gap that is left, and the effort."""
    stages = tuple(stage for stage in schedule.stages if gap * 2.0 ** stage[0] > _ROUGHER * (1.0 - start))
    if not stages:
        return gap, 0.0
    reached, evaluations = descend_large(points, Schedule(stages), stop)
    return float(schedule.gap(reached)), evaluations * _evaluation(points.shape[1], len(points))


def _evaluation(dim: int, n_points: int) -> float:
    """Return the cost of an evaluation as `descend_large` makes it."""
    return costs.listed_evaluation(dim, n_points) if regimes.is_large(dim, n_points) else 1.0


class _Method(Protocol):
    """How the interior point and Newton's method are carried out; both move points in place."""

    def interior_point(
        self, points: NDArray[np.float64], antipode: NDArray[np.int64], gap: float, start: float
    ) -> tuple[Any, Any, Any, Any, int]:
        """Return the constraints first > second, their slacks and multipliers, and the steps made."""

    def newton(self, points: NDArray[np.float64], antipode: NDArray[np.int64], *contacts: Any) -> tuple[float, float]:
        """Return spread and balance of the contacts first, second with multipliers, which are changed in place."""


@dataclass(frozen=True)
class _Kernels:
    """In compiled code, with a factorisation in each step; a few steps at a time if they are long."""

    settings: Settings
    stop: Callable[[], bool]

    def interior_point(
        self, points: NDArray[np.float64], antipode: NDArray[np.int64], gap: float, start: float
    ) -> tuple[Any, Any, Any, Any, int]:
        from sphcode.kernels.interior_point import interior_point, starting

        n_points, dim = points.shape
        unknowns = n_points * (dim - 1)
        patient = regimes.is_patient(dim, n_points, self.settings)
        enough = _enough(start)
        most = self.settings.most_iterations[patient]
        steps = int(np.clip(_UNINTERRUPTED / costs.factorisation(dim, n_points), 1, most))
        state: Iterate = starting(gap, unknowns)
        made = 0
        while state.iterations == made < most and not self.stop():
            state = interior_point(points, antipode, state, costs.WINDOW, max(20, 5 * unknowns), enough, patient, steps)
            made += steps
            if not patient and state.slack @ state.multipliers < enough:
                break
        return state.first, state.second, state.slack, state.multipliers, state.iterations

    def newton(self, points: NDArray[np.float64], antipode: NDArray[np.int64], *contacts: Any) -> tuple[float, float]:
        from sphcode.kernels.active_set import newton

        return newton(points, antipode, *contacts)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class _Solved:
    """By `normal_equations`, where a factorisation is dear, in one thread: more would round otherwise."""

    settings: Settings
    stop: Callable[[], bool]

    def interior_point(
        self, points: NDArray[np.float64], antipode: NDArray[np.int64], gap: float, start: float
    ) -> tuple[Any, Any, Any, Any, int]:
        from threadpoolctl import threadpool_limits

        from sphcode.search.barrier import interior_point

        dissected = costs.is_dissected(points.shape[1], len(points), self.settings)
        most = self.settings.most_iterations[True] if dissected else self.settings.most_dense_iterations
        with threadpool_limits(1):
            pairs, made = interior_point(points, antipode, gap, _enough(start), most, self.stop)
        return pairs.first, pairs.second, pairs.slack, pairs.multipliers, made

    def newton(self, points: NDArray[np.float64], antipode: NDArray[np.int64], *contacts: Any) -> tuple[float, float]:
        from threadpoolctl import threadpool_limits

        from sphcode.search.barrier import newton

        with threadpool_limits(1):
            return newton(points, antipode, *contacts, stop=self.stop)


def _enough(start: float) -> float:
    """Return the sum of slack times multiplier at which the interior point ends."""
    return max(1e-13 * (1.0 - start), _ROUNDING)
