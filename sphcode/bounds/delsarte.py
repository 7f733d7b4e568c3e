"""The linear programming bound of Delsarte, Goethals and Seidel: solved in floating point, then repaired to a proof.

With c_k >= 0 and g = c_1 P_1 + ... + c_m P_m (Gegenbauer polynomials, P_k(1) = 1), g <= -1 on [-1, s], a code with
max cosine <= s has at most 1 + g(1) points; for antipodal codes, seen as lines, g is even, the inequality is asked on
[0, s], and the number of points is twice that. The program is solved by exchange: the inequality is imposed on finitely
many points, local maxima of g that violate it are added, slack points are dropped. The bound of the inverse problem
(n_points -> cosine) is found by Newton's method with the derivative that the dual solution gives, starting each
program from the points of the last.

No solver status is trusted. Whatever coefficients come back are rounded to decimals, and the statement is made from
what they prove: see `cosine_certificate` and `n_points_certificate`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq
from numpy.typing import NDArray

from sphcode.bounds import linear_program
from sphcode.bounds.gegenbauer import chebyshev, derivatives, gegenbauer, harmonics
from sphcode.proofs.check_bound import SCHEMA
from sphcode.proofs.closed_forms import levenshtein_order
from sphcode.proofs.gegenbauer import expand, sign_change
from sphcode.proofs.rounding import decimal_down

__all__ = ["MAX_DEGREE", "Repaired", "cosine_certificate", "n_points_certificate"]

Floats = NDArray[np.float64]

MAX_DEGREE = 60

_ROUNDS = 40
_NEWTON_STEPS = 25
_GAP = 1e-10
#: Below this gap two rounds that leave more than this part of it are the end: the errors are the solver's.
_NOISE, _CLOSER = 1e-8, 0.9
#: Relative distance kept from the optimum, so that the errors of the solver stay inside the proof.
_MARGIN = 1e-9
_DEGREE_STEP = 4
_DEGREE_RISE = 24
_DEGREE_GAIN = 1e-8


@dataclass(frozen=True)
class Repaired:
    """A certificate made from a float solution, and how that solution came about."""

    certificate: dict[str, Any]
    raw_value: float
    degree: int
    record: dict[str, Any]


@dataclass
class _Program:
    """The linear program of one dimension and degree, in the orthonormal basis sqrt(r_k) P_k."""

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


@dataclass(frozen=True)
class _Solution:
    """Coefficients c_1..c_m, the float bound they give, its logarithmic derivative in the cosine, active points."""

    coefficients: Floats
    value: float
    slope: float
    points: Floats


def _exchange(program: _Program, cosine: float, points: Floats | None) -> _Solution | None:
    """Solve the program for g <= -1 on the whole interval to a relative gap of 1e-10, from the given points on.

    The record tells rounds, gap, the largest violation of g <= -1 in the last round and, if the gap stayed open, why.
    """
    base = chebyshev(program.start, cosine, program.degree)
    kept = chebyshev(program.start, cosine, 4 * program.degree) if points is None else points[points < cosine]
    points = np.union1d(kept, base)
    best: _Solution | None = None
    gap, stalled = math.inf, 0
    program.record["reason"] = f"gap still open after {_ROUNDS} rounds"
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
            at_end = weights[-1] * derivatives(program.dim, coefficients, np.array([cosine]))[1][0]
            active = points[weights > 0]
            best = _Solution(coefficients, value, max(0.0, at_end) / lower, np.union1d(active, places))
        before, gap = gap, float((best.value - lower) / lower)
        program.record.update(rounds=rounds, gap=gap, violation=float(heights.max() + 1.0))
        stalled = stalled + 1 if _CLOSER * before < gap < _NOISE else 0
        if gap <= _GAP or stalled == 2:
            program.record["reason"] = None if gap <= _GAP else "no more progress: the solver's tolerance is reached"
            break
        points = np.unique(np.concatenate([points[weights > 0], places, base]))
    return best


def n_points_certificate(
    dim: int, cosine: Fraction, degree: int | None = None, antipodal: bool = False
) -> Repaired | None:
    """Return a proven upper bound on the number of points of a code with max cosine <= `cosine`, or None."""
    program, solution = _choose_degree(dim, float(cosine), degree, antipodal)
    if solution is None or not math.isfinite(solution.value):
        return None
    texts = [repr(float(c)) for c in solution.coefficients]
    exact = [_rational(text) for text in texts]
    height = sum(solution.coefficients) / (solution.value - 1.0)
    end = fmpq(cosine.numerator, cosine.denominator)
    for exponent in range(14, 5, -1):
        constant = repr(float(height * (1.0 - 10.0**-exponent)))
        polynomial = expand(dim, [_rational(constant), *exact])
        if sign_change(polynomial, fmpq(int(program.start)), end) is not None:
            at_most = program.copies * (1 + sum(map(Fraction, texts)) / Fraction(constant))
            claim = {"max_cosine": str(cosine), "n_points_at_most": str(at_most)}
            return _repaired(program, program.copies * solution.value, claim, [constant, *texts])
    return None


def cosine_certificate(
    dim: int, n_points: int, start: float, degree: int | None = None, antipodal: bool = False
) -> Repaired | None:
    """Return a proven lower bound on the max cosine of `n_points` points, or None.

    `start` is a cosine already known to be a lower bound. The degree is chosen there, and once more at the result.
    """
    repaired = None
    for _ in range(1 if degree is not None else 2):
        program, solution = _choose_degree(dim, start, degree, antipodal, repaired.degree if repaired else 0)
        if repaired is not None and (solution is None or program.degree <= repaired.degree):
            break
        better = _newton(program, solution, n_points, start)
        if better is None or (repaired is not None and better.raw_value <= repaired.raw_value):
            break
        repaired, start = better, better.raw_value
    return repaired


def _newton(program: _Program, solution: _Solution | None, n_points: int, cosine: float) -> Repaired | None:
    """Move the cosine until the bound is n_points but for a small margin, and repair the polynomial found there."""
    start, margin = cosine, _MARGIN
    for _ in range(_NEWTON_STEPS):
        if solution is None or not (solution.slope > 0 and math.isfinite(solution.value)):
            return None
        excess = math.log(n_points / program.copies) - margin - math.log(solution.value)
        if abs(excess) < margin / 4:
            repaired = _repair_cosine(program, solution, n_points, cosine)
            if repaired is not None or margin > 1e-6:
                return repaired
            margin *= 10
            continue
        cosine = min(max(cosine + excess / solution.slope, start - 1e-6), (1.0 + cosine) / 2)
        solution = _exchange(program, cosine, solution.points)
    return None


def _repair_cosine(program: _Program, solution: _Solution, n_points: int, cosine: float) -> Repaired | None:
    """Make the constant term as small as `n_points` allows, and the cosine as large as the polynomial allows."""
    texts = [repr(float(c)) for c in solution.coefficients]
    total = sum(map(Fraction, texts))
    constant = repr(float(total / (Fraction(n_points, program.copies) - 1)) * (1.0 + 2.0**-51))
    polynomial = expand(program.dim, [_rational(constant), *map(_rational, texts)])
    crossing = sign_change(polynomial, fmpq(int(program.start)), fmpq(*cosine.as_integer_ratio()))
    if crossing is None or crossing >= 1:
        return None
    claim = {"n_points": n_points, "max_cosine_at_least": decimal_down(crossing, 20)}
    return _repaired(program, cosine, claim, [constant, *texts])


def _repaired(program: _Program, raw_value: float, claim: dict[str, Any], coefficients: list[str]) -> Repaired:
    certificate: dict[str, Any] = {"schema": SCHEMA, "kind": "delsarte", "dim": program.dim, "claim": claim}
    if program.antipodal:
        certificate["antipodal"] = True
    while Fraction(coefficients[-1]) == 0:
        coefficients = coefficients[:-1]
    certificate["coefficients"] = coefficients
    return Repaired(certificate, raw_value, len(coefficients) - 1, dict(program.record))


def _choose_degree(
    dim: int, cosine: float, degree: int | None, antipodal: bool, least: int = 0
) -> tuple[_Program, _Solution | None]:
    """Solve at the given degree, or at rising degrees from Levenshtein's on; take the least that is as good."""
    order = levenshtein_order(dim, fmpq(*cosine.as_integer_ratio())) or 1
    if antipodal:
        order = max(2, order + order % 2)
    first = max(order, least)
    rising = range(first, min(MAX_DEGREE, order + _DEGREE_RISE) + 1, _DEGREE_STEP) if degree is None else [degree]
    found: list[tuple[_Program, _Solution]] = []
    points: Floats | None = None
    program = _Program(dim, degree or min(first, MAX_DEGREE), antipodal)
    for tried in rising:
        program = _Program(dim, tried, antipodal)
        solution = _exchange(program, cosine, points)
        if solution is None:
            break
        points = solution.points
        found.append((program, solution))
        if len(found) > 3 and min(each.value for _, each in found) > found[-4][1].value * (1.0 - _DEGREE_GAIN):
            break
    if not found:
        return program, None
    best = min(solution.value for _, solution in found)
    return next(pair for pair in found if pair[1].value <= best * (1.0 + _DEGREE_GAIN))


def _local_maxima(program: _Program, coefficients: Floats, cosine: float) -> tuple[Floats, Floats]:
    """Return the local maxima of g up to `cosine`, ends included, polished by Newton's method; places and heights."""
    dim = program.dim
    grid = chebyshev(program.start, cosine, 40 * len(coefficients))
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


def _rational(text: str) -> fmpq:
    number = Fraction(text)
    return fmpq(number.numerator, number.denominator)
