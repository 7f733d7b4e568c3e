"""The interior point and Newton's method for codes whose normal matrix is too large for the kernels.

The steps are those of `kernels.interior_point` for large codes and of `kernels.active_set`, but each is solved by
`normal_equations`: by a factor in the order of nested dissection, or by a few matrix products.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sphcode.search import costs
from sphcode.search.descent.lists import near_pairs, smallest_gap
from sphcode.search.normal_equations import normal_equations
from sphcode.search.settings import SETTINGS

#: Pairs that are constraints at most, in units of the unknowns: contacts are one each, and few others come near once
#: a code was sharpened; how much narrower the window gets while they are more; and the narrowest, in units of the
#: smallest angle, as all contacts of a structured code must be within: (16, 256) has 3.7 for each unknown.
_MOST_PAIRS, _NARROWER, _NARROWEST = 2.5, 0.9, 1.01
#: Share of the way to the boundary that a step goes, as is usual; and of the smallest angle that a point moves.
_TO_BOUNDARY, _LONGEST_MOVE = 0.95, 0.2
#: What a step that moves nothing counts as, so that one may divide by it.
_NO_MOVE = 1e-300
#: Slacks must keep this share of themselves when cosines are computed anew, in at most so many halvings.
_KEPT_SLACK, _HALVINGS = 0.005, 12
#: Starting barrier in units of gap / unknowns: about that of a converged energy. One of 30 or 1000 undoes what the
#: descent has done ((16, 512): 45 steps, 60, and more than 85); but thousands of points on a surface are far from the
#: critical code when their energy has converged, and 3 ends with two contacts ((3, 10000)).
_CENTRING, _SURFACE_CENTRING = 3.0, 50.0
#: The barrier stays while steps are short, and is multiplied by this after one longer than that; after each of several
#: in a row longer than the last it is halved once more than after the one before, to no less than these shares: one
#: that falls before the iterate is centred makes all later steps short (150 are not enough at (10, 400), where 89 are).
_SLOWLY, _HALF, _LONG = 0.8, 0.5, 0.9
_LEAST_SHARE, _LEAST_FINE_SHARE = 0.05, 0.01
#: Multipliers are kept within this factor of barrier / slack, down to this sum of slack times multiplier: with 100 and
#: more, which binds nowhere, (3, 10000) takes 409 and over 500 steps in place of 297 and 221 (but (20, 400) 52 for 62).
_CENTRED, _FREE = 10.0, 1e-10
#: The shift of a point, as a share of its forces; and of its diagonal, which is its rounding.
_DAMPING, _LEAST_SHIFT = 1e-2, 1e-15
#: The balance of a step is solved to this share of the norm of its forces, as the next step mends it; and once the sum
#: of slack times multiplier is below a thousandth of that, to so many times the sum: what is left unbalanced moves soft
#: modes far, and must not hide the smallest of the forces ((16, 512): 2e-3 of the mean; 45 steps in place of 74).
_ACCURACY, _FINER, _FINEST_ACCURACY = 1e-3, 1e3, 1e-9
#: Below this sum of slack times multiplier, slacks are followed by their linear changes, down to the second, while
#: pairs are in doubt: those of multiplier over slack between these, in units of the mean multiplier and 1 - cosine.
_FINE, _FINEST = 1e-13, 1e-22
_DOUBTFUL = (1e-3, 1e3)
#: Newton's steps on one set of contacts at most, and corrections of multipliers: each mends what the one before left.
_STEPS, _CORRECTIONS = 6, 4
#: Their shift, and their accuracy: what is left is to be small against the error that is there.
_SHIFT, _FINE_ACCURACY = 1e-11, 1e-4


class Constraints:
    """The near pairs of a code, with slacks and multipliers; how far points may move before they are listed anew."""

    def __init__(self, points: NDArray[np.float64], barrier: float):
        n_points, dim = points.shape
        angle = float(np.arccos(min(1.0, 1.0 - smallest_gap(points))))
        # In few dimensions most pairs are far apart.
        widest = np.pi if dim > SETTINGS.tree_dimensions else min(np.pi, costs.WINDOW * angle)
        while True:
            self.first, self.second = near_pairs(points, widest)
            if len(self.first) <= _MOST_PAIRS * n_points * (dim - 1) or widest <= _NARROWEST * angle:
                break
            widest = angle + _NARROWER * (widest - angle)
        self.reach = np.inf if widest >= np.pi else 0.5 * (widest - angle)
        cosines = self.cosines(points)
        self.level = _centre_level(cosines, barrier)
        self.slack = self.level - cosines
        self.multipliers = barrier / self.slack

    def cosines(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the cosines of the pairs."""
        from sphcode.kernels.contact_system import pair_cosines

        out = np.empty(len(self.first))
        pair_cosines(points, self.first, self.second, out)
        return out

    @property
    def complementarity(self) -> float:
        """The sum of slack times multiplier."""
        return float(self.slack @ self.multipliers)

    def in_doubt(self) -> bool:
        """Whether some pair may be a contact or not."""
        ratio = len(self.slack) * self.multipliers * (1.0 - self.level)
        return bool(np.any((_DOUBTFUL[0] * self.slack < ratio) & (ratio < _DOUBTFUL[1] * self.slack)))


class Rows:
    """The Jacobian of listed pairs at a code, and steps in its tangent spaces."""

    def __init__(self, points: NDArray[np.float64], first: NDArray[np.int64], second: NDArray[np.int64]):
        from sphcode.kernels.contact_system import contact_rows, tangent_bases

        n_points, dim = points.shape
        self.points, self.first, self.second = points, first, second
        self.bases = np.empty((n_points, dim, dim - 1))
        self.at_first, self.at_second = np.empty((2, len(first), dim - 1))
        tangent_bases(points, self.bases)
        contact_rows(points, self.bases, first, second, self.at_first, self.at_second)

    def changes(self, step: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how a step changes cosine minus level of the pairs."""
        from sphcode.kernels.contact_system import apply

        out = np.empty(len(self.first))
        apply(self.first, self.second, self.at_first, self.at_second, step, out)
        return out

    def forces(self, multipliers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sums of the rows, each times its multiplier."""
        from sphcode.kernels.contact_system import apply_transposed

        n_points, _, tangents = self.bases.shape
        out = np.empty(n_points * tangents + 1)
        apply_transposed(self.first, self.second, self.at_first, self.at_second, multipliers, out)
        return out

    def moved(self, step: NDArray[np.float64], length: float, antipode: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the points after a step."""
        from sphcode.kernels.contact_system import moved

        out = np.empty_like(self.points)
        moved(self.points, self.bases, step, length, antipode, out)
        return out

    def shifts(self, multipliers: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what the diagonal is raised by: a share of the forces on each point, and of itself."""
        at_first = _DAMPING * multipliers + _LEAST_SHIFT * weights
        forces = np.bincount(self.first, at_first, len(self.points))
        forces += np.bincount(self.second, at_first, len(self.points))
        return np.repeat(forces, self.at_first.shape[1])


def interior_point(
    points: NDArray[np.float64],
    antipode: NDArray[np.int64],
    gap: float,
    enough: float,
    most: int,
    stop: Callable[[], bool],
) -> tuple[Constraints, int]:
    """Move unit rows in place towards a critical point; return its constraints and the steps made.

    gap: about how far their largest cosine is above the critical value. antipode: see `contact_system.moved`. It ends
    when the sum of slack times multiplier is below `enough` and no contact in doubt, after `most` steps, at `stop`, or
    when it fails.
    """
    from sphcode.kernels.contact_system import longest_move

    n_points, dim = points.shape
    unknowns = n_points * (dim - 1)
    centring = _SURFACE_CENTRING if costs.is_dissected(dim, n_points) else _CENTRING
    barrier = centring * gap / (unknowns + 1)
    pairs = Constraints(points, barrier)
    equations = normal_equations(points, pairs.first, pairs.second, stop)
    streak = 0
    for made in range(most):
        if stop():
            return pairs, made
        rows = Rows(points, pairs.first, pairs.second)
        weights = pairs.multipliers / pairs.slack
        equations.set(rows.at_first, rows.at_second, weights, rows.shifts(pairs.multipliers, weights))
        right = rows.forces(-barrier / pairs.slack)
        right[-1] -= 1.0
        try:
            accuracy = min(_ACCURACY, max(_FINER * pairs.complementarity, _FINEST_ACCURACY))
            step = equations.solve(right, accuracy * float(np.linalg.norm(pairs.multipliers)))
        except np.linalg.LinAlgError:
            return pairs, made
        changes = rows.changes(step)
        directions = (barrier + pairs.multipliers * changes) / pairs.slack - pairs.multipliers
        primal = _longest(pairs.slack, -changes)
        dual = _longest(pairs.multipliers, directions)
        # A symmetric code may be centred as it is: then nothing moves, and the barrier falls.
        longest = max(float(longest_move(step, n_points)), _NO_MOVE)
        if not longest < np.inf:
            return pairs, made
        if min(primal, _LONGEST_MOVE) * longest > pairs.reach and made:
            barrier = pairs.complementarity / len(pairs.first)
            pairs = Constraints(points, barrier)
            equations = normal_equations(points, pairs.first, pairs.second, stop)
            continue
        fine = pairs.complementarity < _FINE
        angle = float(np.arccos(min(1.0, pairs.cosines(points).max())))
        primal = min(primal, _LONGEST_MOVE * angle / longest, pairs.reach / longest)
        for _ in range(_HALVINGS):
            trial = rows.moved(step, primal, antipode)
            if fine:
                slack = pairs.slack - primal * changes
                break
            slack = pairs.level + primal * step[-1] - pairs.cosines(trial)
            if np.all(slack > _KEPT_SLACK * pairs.slack):
                break
            primal *= 0.5
        else:
            return pairs, made + 1
        points[:] = trial
        pairs.level += primal * step[-1]
        pairs.reach -= primal * longest
        pairs.slack = slack
        pairs.multipliers += dual * directions
        left = pairs.complementarity
        doubt = _FINEST < left < _FINE
        if left < enough and not (doubt and pairs.in_doubt()):
            return pairs, made + 1
        mean, shorter = left / len(pairs.first), min(primal, dual)
        streak = streak + 1 if shorter > _LONG else 0
        if streak:
            barrier = mean * max(0.5**streak, _LEAST_FINE_SHARE if left < _FINE else _LEAST_SHARE)
        else:
            barrier = _SLOWLY * mean if shorter > _HALF else mean
        if left > _FREE:
            centred = barrier / pairs.slack
            pairs.multipliers = np.clip(pairs.multipliers, centred / _CENTRED, _CENTRED * centred)
    return pairs, most


def newton(
    points: NDArray[np.float64],
    antipode: NDArray[np.int64],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    multipliers: NDArray[np.float64],
    *,
    stop: Callable[[], bool],
) -> tuple[float, float]:
    """Equalise the cosines of the contacts and balance the multipliers, both in place, as `kernels.active_set` does.

    Return (spread, residual): largest minus smallest contact cosine, and the balance; infinite where it fails.
    """
    from sphcode.kernels.active_set import balance
    from sphcode.kernels.contact_system import pair_cosines

    unknowns = points.shape[0] * (points.shape[1] - 1)
    equations = normal_equations(points, first, second, stop)
    ones, shifts = np.ones(len(first)), np.full(unknowns, _SHIFT)
    trial, spread = points.copy(), np.inf
    cosines = np.empty(len(first))
    try:
        for attempt in range(_STEPS):
            pair_cosines(trial, first, second, cosines)
            settled = attempt == _STEPS - 1 or not np.ptp(cosines) < 0.5 * spread
            if np.ptp(cosines) < spread:
                points[:], spread = trial, float(np.ptp(cosines))
            rows = Rows(points, first, second)
            equations.set(rows.at_first, rows.at_second, ones, shifts)
            if settled:
                break
            right = rows.forces(cosines.mean() - cosines)
            step = equations.solve(right, _FINE_ACCURACY * float(np.linalg.norm(right)))
            trial = rows.moved(step, 1.0, antipode)
        for _ in range(_CORRECTIONS):
            right = -rows.forces(multipliers)
            right[-1] -= 1.0
            multipliers += rows.changes(equations.solve(right, _FINE_ACCURACY * float(np.linalg.norm(right))))
    except np.linalg.LinAlgError:
        return np.inf, np.inf
    return spread, float(balance(points, first, second, multipliers))


def _longest(values: NDArray[np.float64], changes: NDArray[np.float64]) -> float:
    """Return the longest step, at most 1, that keeps positive values positive."""
    falling = changes < 0.0
    return min(1.0, _TO_BOUNDARY * float(np.min(values[falling] / -changes[falling], initial=np.inf)))


def _centre_level(cosines: NDArray[np.float64], barrier: float) -> float:
    """Return the level above all cosines at which the multipliers barrier / (level - cosine) sum to 1: by bisection."""
    largest = float(cosines.max())
    low, high = largest, largest + barrier * len(cosines)
    for _ in range(100):
        level = 0.5 * (low + high)
        if np.sum(barrier / (level - cosines)) > 1.0:
            low = level
        else:
            high = level
    return high
