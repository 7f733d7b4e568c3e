"""Delsarte's linear program, solved by exchange: few points at a time, and Newton's method on the touching points.

With c_k >= 0 and g = c_1 P_1 + ... + c_m P_m (Gegenbauer polynomials, P_k(1) = 1), g <= -1 on [-1, s], a code with
max cosine <= s has at most 1 + g(1) points; for antipodal codes, seen as lines, g is even, the inequality is asked on
[0, s], and the number of points is twice that. The inequality is imposed on finitely many points; local maxima of g
that violate it are added, slack points are dropped. As soon as the touching points show, they are refined to many
digits (`touching`), and the round in which the result is feasible for the program and its dual is the last.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from sphcode.bounds.delsarte import linear_program
from sphcode.bounds.delsarte.touching import PRECISION, Touching, refine
from sphcode.bounds.gegenbauer import chebyshev, derivatives, gegenbauer, harmonics

__all__ = ["Program", "Solution", "exchange", "improving_orders", "resolve"]

Floats = NDArray[np.float64]

#: Rounds of exchange at most (the cases of docs/measurements/bounds_*.csv need 7 at most), and the relative gap that
#: ends them: below it the answer is refined in balls.
_ROUNDS = 40
_GAP = 1e-10
#: Below this gap two rounds that leave more than this part of it are the end: the errors are the solver's.
_NOISE, _CLOSER = 1e-8, 0.9
#: A guess of the same shape is refined again when the gap has fallen by this factor.
_WORTH = 0.05
#: Errors of float64 in the feasibility of a refined solution: of order 1, and relative to the number of points.
_ABSOLUTE, _RELATIVE = 1e-9, 1e-12


@dataclass
class Program:
    """The linear program of one dimension and degree, in the orthonormal basis sqrt(r_k) P_k.

    `record` says how the last solution came about: solver, options, status, number of solves, rounds, largest
    violation of g <= -1, gap left to the dual, and why the gap was not closed, if it was not.
    """

    dim: int
    degree: int
    antipodal: bool = False
    record: dict[str, Any] = field(default_factory=lambda: {"solves": 0})

    def __post_init__(self) -> None:
        self.scale = np.sqrt([harmonics(self.dim, k) for k in range(1, self.degree + 1)])
        self.start = 0.0 if self.antipodal else -1.0
        self.copies = 2 if self.antipodal else 1
        #: The orders k that may occur, as indices into coefficients c_1..c_m.
        self.used = np.arange(1, self.degree, 2) if self.antipodal else np.arange(self.degree)

    def minimise(self, points: Floats) -> tuple[Floats, Floats]:
        """Return coefficients c_1..c_m and the dual weights of the points, for g <= -1 on `points`."""
        import cvxpy as cp

        scale = self.scale[self.used]
        matrix = gegenbauer(self.dim, self.degree, points)[1:][self.used].T * scale
        norms = np.linalg.norm(matrix, axis=1)
        top = scale.max()
        unknown = cp.Variable(len(scale), nonneg=True)
        rows = (matrix / norms[:, None]) @ unknown <= -top / norms
        problem = cp.Problem(cp.Minimize((scale / top) @ unknown), [rows])
        self.record.update(linear_program.solve(problem, unknown), solves=self.record["solves"] + 1)
        weights = np.zeros(len(points)) if rows.dual_value is None else rows.dual_value * top / norms
        coefficients = np.zeros(self.degree)
        coefficients[self.used] = np.maximum(unknown.value, 0.0) * scale / top
        return coefficients, weights

    def grid(self, cosine: float, density: int) -> Floats:
        """Return points from the left end to `cosine`, denser at the ends and, in high dimensions, around 0."""
        count = density * self.degree
        # The zeros of the polynomials are within 2 sqrt(degree / dim) of 0.
        reach = 3.0 * math.sqrt(self.degree / self.dim)
        points = chebyshev(self.start, cosine, count)
        return np.union1d(points, chebyshev(max(self.start, -reach), min(cosine, reach), count))


@dataclass(frozen=True)
class Solution:
    """Coefficients c_1..c_m, the bound they give, its logarithmic derivative in the cosine, points to start from.

    `touching` holds the many digits that the coefficients come from, None when they are floats only.
    """

    coefficients: list[arb]
    value: float
    slope: float
    points: Floats
    cosine: float
    touching: Touching | None = None


def exchange(program: Program, cosine: float, points: Floats | None) -> Solution | None:
    """Solve the program for g <= -1 on the whole interval, from the given points on; None if no solver answers."""
    base = program.grid(cosine, 1)
    points = np.union1d(program.grid(cosine, 4) if points is None else points[points < cosine], base)
    best: Solution | None = None
    gap, stalled = math.inf, 0
    tried, tried_gap = None, math.inf
    program.record.update(refined=False, reason=f"gap still open after {_ROUNDS} rounds")
    for rounds in range(1, _ROUNDS + 1):
        try:
            coefficients, weights = program.minimise(points)
        except ArithmeticError as error:
            program.record["reason"] = str(error)
            break
        places, heights = _local_maxima(program, coefficients, cosine)
        lower = 1.0 + coefficients.sum()
        value = 1.0 + coefficients.sum() / -heights.max() if heights.max() < 0 else math.inf
        if best is None or value < best.value:
            slope = weights[-1] * derivatives(program.dim, coefficients, np.array([cosine]))[1][0] / lower
            active = np.union1d(points[weights > 0], places)
            best = Solution([arb(c) for c in coefficients.tolist()], value, max(0.0, slope), active, cosine)
        before, gap = gap, float((best.value - lower) / lower)
        program.record.update(rounds=rounds, gap=gap, violation=float(heights.max() + 1.0))
        guess = _guess(program, coefficients, points, weights, places)
        shape = (guess.orders, len(guess.points))
        if shape != tried or gap < _WORTH * tried_gap:
            refined = _solution(program, refine(program.dim, guess, None))
            if refined is not None:
                return refined
            tried, tried_gap = shape, gap
        stalled = stalled + 1 if _CLOSER * before < gap < _NOISE else 0
        if abs(gap) <= _GAP or stalled == 2:
            program.record["reason"] = None if abs(gap) <= _GAP else "the solver's tolerance is reached"
            break
        points = np.unique(np.concatenate([points[weights > 0], places, base]))
    return best


def resolve(program: Program, solution: Solution, n_points: float, room: float) -> Solution | None:
    """Move the right end until the bound is n_points less a relative `room`, by Newton's method from `solution`."""
    if solution.touching is None:
        return None
    with ctx.workprec(PRECISION):
        total = (arb(n_points) - 1) * (1 - arb(room))
    return _solution(program, refine(program.dim, solution.touching, total))


def improving_orders(program: Program, touching: Touching, highest: int) -> list[int]:
    """Return the orders above the program's degree, up to `highest`, at which the dual solution is infeasible.

    If there are none, no degree up to `highest` gives a better bound (Boyvalenkov, Danev and Bumova 1996).
    """
    step = 2 if program.antipodal else 1
    orders = range(program.degree + step, highest + 1, step)
    return [k for k, value in zip(orders, _dual(program, touching, orders), strict=True) if value < 0.0]


def _dual(program: Program, touching: Touching, orders: Sequence[int]) -> list[float]:
    """Return 1 + sum_i w_i P_k(z_i), and room for errors, for the orders k: what dual feasibility wants >= 0."""
    points, weights = (np.array([float(x) for x in numbers]) for numbers in (touching.points, touching.weights))
    table = gegenbauer(program.dim, max(orders, default=1), points)
    room = _ABSOLUTE + _RELATIVE * weights.sum()
    return [float(1.0 + weights @ table[k] + room) for k in orders]


def _guess(program: Program, coefficients: Floats, points: Floats, weights: Floats, places: Floats) -> Touching:
    """Put the weight of each active point on the nearest local maximum."""
    active = np.flatnonzero(weights > 0)
    nearest = np.abs(points[active][:, None] - places[None, :]).argmin(axis=1)
    total = np.bincount(nearest, weights[active], minlength=len(places))
    total[-1] = max(total[-1], 1e-300)
    touched = np.flatnonzero(total > 0)
    orders = [k + 1 for k in np.flatnonzero(coefficients > 0).tolist()]
    return Touching(
        orders,
        [arb(coefficients[k - 1].item()) for k in orders],
        [arb(z) for z in places[touched].tolist()],
        [arb(w) for w in total[touched].tolist()],
        fixed=bool(places[touched[0]] == program.start),
    )


def _solution(program: Program, refined: Touching | None) -> Solution | None:
    """Return the refined solution if it is feasible for the program and its dual, in float64."""
    if refined is None:
        return None
    dim, degree = program.dim, program.degree
    coefficients = np.zeros(degree)
    coefficients[[k - 1 for k in refined.orders]] = [float(c) for c in refined.coefficients]
    points, weights = (np.array([float(x) for x in numbers]) for numbers in (refined.points, refined.weights))
    cosine = float(points[-1])
    room = _ABSOLUTE + _RELATIVE * coefficients.sum()
    places, heights = _local_maxima(program, coefficients, cosine)
    if heights.max() > -1.0 + room or min(_dual(program, refined, (program.used + 1).tolist())) < 0.0:
        return None
    value = 1.0 + float(coefficients.sum())
    gap, violation = float(abs(weights.sum() - coefficients.sum()) / value), float(heights.max() + 1.0)
    program.record.update(refined=True, gap=gap, violation=violation, reason=None)
    slope = weights[-1] * derivatives(dim, coefficients, points[-1:])[1][0] / value
    dense = [arb(0)] * degree
    for k, c in zip(refined.orders, refined.coefficients, strict=True):
        dense[k - 1] = c
    return Solution(dense, value, max(0.0, float(slope)), np.union1d(points, places), cosine, refined)


def _local_maxima(program: Program, coefficients: Floats, cosine: float) -> tuple[Floats, Floats]:
    """Return the local maxima of g up to `cosine`, ends included, polished by Newton's method; places and heights."""
    dim = program.dim
    grid = program.grid(cosine, 40)
    heights = coefficients @ gegenbauer(dim, len(coefficients), grid)[1:]
    rising = np.concatenate([[True], heights[1:] >= heights[:-1]])
    falling = np.concatenate([heights[:-1] >= heights[1:], [True]])
    index = np.flatnonzero(rising & falling)
    places = grid[index]
    low, high = grid[np.maximum(index - 1, 0)], grid[np.minimum(index + 1, len(grid) - 1)]
    for _ in range(5):
        _, slope, curvature = derivatives(dim, coefficients, places)
        step = np.divide(slope, -curvature, out=np.zeros_like(slope), where=curvature < 0)
        places = np.clip(places + step, low, high)
    places = np.unique(np.append(places, [program.start, cosine]))
    return places, coefficients @ gegenbauer(dim, len(coefficients), places)[1:]
