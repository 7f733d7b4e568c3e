"""The linear programming bound of Delsarte, Goethals and Seidel: solved in floating point, then repaired to a proof.

The program itself is in `exchange`; here its degree is chosen, the inverse problem (n_points -> cosine) is solved, and
the solution becomes a certificate. The inverse is Newton's method: on the touching points where they are known to many
digits, else on the logarithm of the bound with the derivative that the dual solution gives; each program starts from
the points of the last.

No solver status is trusted. Whatever coefficients come back are rounded to decimals, and the statement is made from
what they prove: see `cosine_certificate` and `n_points_certificate`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq
from numpy.typing import NDArray

from sphcode.bounds.delsarte.exchange import Program, Solution, exchange, improving_orders, resolve
from sphcode.proofs.bound.claim import read_rational
from sphcode.proofs.closed_forms import levenshtein_order
from sphcode.proofs.gegenbauer import expand, sign_change
from sphcode.proofs.rounding import decimal_down, decimal_up, to_arb
from sphcode.proofs.schemas import BOUND_SCHEMA

__all__ = ["MAX_DEGREE", "Repaired", "cosine_certificate", "n_points_certificate"]

Floats = NDArray[np.float64]

#: Larger degrees are refused: twice the largest that a bound of docs/measurements (bounds_inverse, bounds_kissing)
#: ends with, which is 29.
MAX_DEGREE = 60

#: Newton steps to the cosine at which the bound is n_points: a guard against a loop without end. The cases of
#: docs/measurements/bounds_inverse.csv solve at most 8 programs.
_NEWTON_STEPS = 25
#: Relative distance kept from the optimum, so that errors stay inside the proof: of many digits, and of floats.
_ROOM, _MARGIN = 1e-16, 1e-9
#: Decimal digits of a coefficient in the file: far more than `_ROOM` needs.
_DIGITS = 40
#: Decimal places of the number of points in the claim: finer than `_ROOM`.
_PLACES = 20
#: How the degree is raised where none is given: by steps of this, up to so much above Levenshtein's order, until
#: three steps gain less than this share (docs/measurements/bounds_inverse.csv: no case goes beyond 29).
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


def n_points_certificate(
    dim: int, cosine: Fraction, degree: int | None = None, antipodal: bool = False
) -> Repaired | None:
    """Return a proven upper bound on the number of points of a code with max cosine <= `cosine`, or None."""
    program, solution = _choose_degree(dim, float(cosine), degree, antipodal)
    if solution is None or not math.isfinite(solution.value):
        return None
    texts, exact = _decimals(solution)
    total = sum(exact, fmpq(0))
    height = float(to_arb(total)) / (solution.value - 1.0)
    end = fmpq(cosine.numerator, cosine.denominator)
    for exponent in range(18, 5, -1):
        constant = _fraction(height) * (1 - fmpq(1, 10**exponent))
        if sign_change(expand(dim, [constant, *exact]), fmpq(int(program.start)), end) is not None:
            at_most = program.copies * (1 + total / constant)
            claim = {"max_cosine": str(cosine), "n_points_at_most": decimal_up(to_arb(at_most), _PLACES)}
            return _repaired(program, program.copies * solution.value, claim, [str(constant), *texts])
    return None


def cosine_certificate(
    dim: int, n_points: int, start: float, degree: int | None = None, antipodal: bool = False
) -> Repaired | None:
    """Return a proven lower bound on the max cosine of `n_points` points, or None.

    `start` is a cosine already known to be a lower bound. The degree is chosen there, and raised once more at the
    result if the dual solution says that it should be.
    """
    program, solution = _choose_degree(dim, start, degree, antipodal)
    found = _invert(program, solution, n_points)
    if found is None:
        return None
    repaired, solution = found
    higher = None if degree is not None else _next_degree(program, solution, _highest(dim, start))
    if higher is not None:
        program, solution = _choose_degree(dim, solution.cosine, None, antipodal, higher)
        found = _invert(program, solution, n_points)
        if found is not None and found[0].raw_value > repaired.raw_value:
            return found[0]
    return repaired


def _invert(program: Program, solution: Solution | None, n_points: int) -> tuple[Repaired, Solution] | None:
    """Move the cosine until the bound is n_points but for a small margin, and repair the polynomial found there."""
    margin, target = _MARGIN, n_points / program.copies
    start = solution.cosine if solution is not None else 0.0
    for _ in range(_NEWTON_STEPS):
        if solution is None or not (solution.slope > 0 and math.isfinite(solution.value)):
            return None
        moved = resolve(program, solution, target, _ROOM)
        excess = math.log(target) - margin - math.log(solution.value)
        if moved is None and abs(excess) < margin / 4:
            moved = solution
        if moved is not None:
            repaired = _repair_cosine(program, moved, n_points)
            if repaired is not None:
                return repaired, moved
            margin *= 10
            if margin > 1e-5:
                return None
        cosine = solution.cosine + excess / solution.slope
        cosine = min(max(cosine, start - 1e-6), (1.0 + solution.cosine) / 2)
        solution = exchange(program, cosine, solution.points)
    return None


def _repair_cosine(program: Program, solution: Solution, n_points: int) -> Repaired | None:
    """Make the constant term as small as `n_points` allows, and the cosine as large as the polynomial allows."""
    texts, exact = _decimals(solution)
    constant = sum(exact, fmpq(0)) / (fmpq(n_points, program.copies) - 1) * (1 + fmpq(1, 10**_PLACES))
    inside = _fraction(solution.cosine) - fmpq(1, 10**_PLACES if solution.touching is None else 10**15)
    crossing = sign_change(expand(program.dim, [constant, *exact]), fmpq(int(program.start)), inside)
    if crossing is None or crossing >= 1:
        return None
    claim = {"n_points": n_points, "max_cosine_at_least": decimal_down(crossing, _PLACES)}
    return _repaired(program, solution.cosine, claim, [str(constant), *texts])


def _decimals(solution: Solution) -> tuple[list[str], list[fmpq]]:
    """Return the coefficients as decimal texts, and the rationals that these stand for."""
    texts = [c.str(_DIGITS, radius=False) for c in solution.coefficients]
    return texts, [read_rational(text, "coefficient") for text in texts]


def _fraction(number: float) -> fmpq:
    return fmpq(*number.as_integer_ratio())


def _repaired(program: Program, raw_value: float, claim: dict[str, Any], coefficients: list[str]) -> Repaired:
    certificate: dict[str, Any] = {"schema": BOUND_SCHEMA, "kind": "delsarte", "dim": program.dim, "claim": claim}
    if program.antipodal:
        certificate["antipodal"] = True
    while coefficients[-1] == "0":
        coefficients = coefficients[:-1]
    certificate["coefficients"] = coefficients
    return Repaired(certificate, raw_value, len(coefficients) - 1, dict(program.record))


def _choose_degree(
    dim: int, cosine: float, degree: int | None, antipodal: bool, least: int = 0
) -> tuple[Program, Solution | None]:
    """Solve at the given degree, or at rising degrees from Levenshtein's on; take the least that is as good."""
    order = max(_order(dim, cosine), least)
    tried: int | None = degree or min(MAX_DEGREE, max(2, order + order % 2) if antipodal else order)
    program, points = Program(dim, tried or 1, antipodal), None
    found: list[tuple[Program, Solution]] = []
    while tried is not None:
        program = Program(dim, tried, antipodal)
        solution = exchange(program, cosine, points)
        if solution is None:
            break
        points = solution.points
        found.append((program, solution))
        if degree is not None or (len(found) > 3 and solution.value > found[-4][1].value * (1.0 - _DEGREE_GAIN)):
            break
        tried = _next_degree(program, solution, _highest(dim, cosine))
    if not found:
        return program, None
    best = min(solution.value for _, solution in found)
    return next(pair for pair in found if pair[1].value <= best * (1.0 + _DEGREE_GAIN))


def _next_degree(program: Program, solution: Solution, highest: int) -> int | None:
    """Return a degree that improves the solution, None if no degree up to `highest` does."""
    if solution.touching is None:
        return program.degree + _DEGREE_STEP if program.degree + _DEGREE_STEP <= highest else None
    violated = improving_orders(program, solution.touching, highest)
    return max((k for k in violated if k < violated[0] + _DEGREE_STEP), default=None)


def _order(dim: int, cosine: float) -> int:
    return levenshtein_order(dim, _fraction(cosine)) or 1


def _highest(dim: int, cosine: float) -> int:
    return min(MAX_DEGREE, _order(dim, cosine) + _DEGREE_RISE)
