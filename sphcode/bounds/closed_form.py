"""Closed-form bounds, turned into certificates: the theorems' values in ball arithmetic, and their inverses.

The theorems themselves (with sources) are in `sphcode.proofs.closed_forms`; this module decides which of them are
worth evaluating and solves for the cosine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from typing import Any

from flint import arb, ctx, fmpq

from sphcode._validate import fail
from sphcode.proofs.closed_forms import MAX_SIMPLEX_DIM, THEOREMS, evaluate, rankin_cosine, rankin_n_points
from sphcode.proofs.rounding import exact_end, to_arb
from sphcode.proofs.schemas import BOUND_SCHEMA

__all__ = ["cosine_certificates", "n_points_certificates", "theorem_cosine"]

#: Larger numbers of points are refused: Python does not print integers of more than 4300 digits.
MOST_POINTS = fmpq(10) ** 4000

#: The search for a theorem's cosine ends at the float before 1, where the formulas divide by zero.
_LAST_COSINE = math.nextafter(1.0, 0.0)


def cosine_certificates(dim: int, n_points: int, antipodal: bool = False) -> Iterator[dict[str, Any]]:
    """Yield certificates "every code of n_points points has max cosine >= s", each stronger than the one before."""
    if n_points <= 2 * dim:
        exact = str(rankin_cosine(dim, n_points, antipodal))
        yield _certificate("rankin", dim, antipodal, n_points=n_points, max_cosine_at_least=exact)
        return
    start = 0.0
    for theorem in _theorems(dim, antipodal):
        if _is_weaker(theorem, dim, start, n_points):
            continue
        cosine = theorem_cosine(theorem, dim, n_points, start)
        if cosine is not None:
            start = float.fromhex(cosine) if "x" in cosine else float(Fraction(cosine))
            yield _certificate(theorem, dim, antipodal, n_points=n_points, max_cosine_at_least=cosine)
    orthoplex = math.nextafter(math.sqrt(1.0 / dim), 0.0)
    if antipodal and n_points > dim * (dim + 1) and orthoplex > start:
        yield _certificate("orthoplex", dim, antipodal, n_points=n_points, max_cosine_at_least=orthoplex.hex())


def n_points_certificates(dim: int, cosine: Fraction, antipodal: bool = False) -> Iterator[dict[str, Any]]:
    """Yield certificates "every code in R^dim with max cosine <= `cosine` has at most N points", one a theorem."""
    if cosine <= 0:
        most = rankin_n_points(dim, fmpq(cosine.numerator, cosine.denominator))
        yield _certificate("rankin", dim, antipodal, max_cosine=str(cosine), n_points_at_most=str(most))
        return
    values: dict[str, fmpq] = {}
    for theorem in _theorems(dim, antipodal):
        value = evaluate(theorem, dim, fmpq(cosine.numerator, cosine.denominator))
        if value is not None:
            values[theorem] = value if isinstance(value, fmpq) else exact_end(value.upper())
    if values and min(values.values()) > MOST_POINTS:
        raise fail("max_cosine", "so small that fewer than 10^4000 points are possible", float(cosine))
    for theorem, most in values.items():
        if most <= MOST_POINTS:
            yield _certificate(theorem, dim, antipodal, max_cosine=str(cosine), n_points_at_most=str(most))


def theorem_cosine(theorem: str, dim: int, n_points: int, start: float = 0.0) -> str | None:
    """Return the largest cosine above `start` at which the theorem allows at most n_points, as exact text, or None."""
    return _invert(partial(evaluate, theorem, dim), n_points, start)


def _theorems(dim: int, antipodal: bool) -> list[str]:
    if dim == 2:
        return ["polygon"]
    lines = ["welch", "levenshtein-lines"] if antipodal else []
    if dim == 3:
        return ["cap-volume", "fejes-toth", "levenshtein", *lines]
    return ["cap-volume", "levenshtein", *(["coxeter-boeroeczky"] if dim <= MAX_SIMPLEX_DIM else []), *lines]


def _is_weaker(theorem: str, dim: int, cosine: float, n_points: int) -> bool:
    """Return whether the theorem allows more than n_points at the cosine: seen at low precision, so cheaply."""
    found, exact = THEOREMS[theorem], fmpq(*cosine.as_integer_ratio())
    if found.excludes(dim, exact) is not None or found.is_costly(dim, exact):
        return False
    with ctx.workprec(64):
        value = found.bound(dim, arb(cosine))
        return value is not None and bool(value > n_points)


def _certificate(kind: str, dim: int, antipodal: bool, **claim: Any) -> dict[str, Any]:
    certificate = {"schema": BOUND_SCHEMA, "kind": kind, "dim": dim, "claim": claim}
    return {**certificate, "antipodal": True} if antipodal else certificate


def _invert(upper_bound: Callable[[fmpq], Any], n_points: int, start: float) -> str | None:
    """Return the largest cosine above `start` at which `upper_bound` is proven to be <= n_points, as exact text.

    A simple fraction next to the root is taken when the bound is exactly n_points there, as it is at sharp codes.
    """

    def excess(u: float) -> float:
        value = upper_bound(fmpq(*_cosine(u).as_integer_ratio()))
        if value is None:
            return math.nan
        return float((value if isinstance(value, arb) else to_arb(value)).log()) - math.log(n_points)

    root = _illinois(excess, math.log1p(-start), 1e-15 * math.log(n_points))
    if root is None:
        return None
    simple = Fraction(_cosine(root)).limit_denominator(1000)
    if simple < 1 and abs(simple - Fraction(_cosine(root))) < 1e-12:
        value = upper_bound(fmpq(simple.numerator, simple.denominator))
        if isinstance(value, fmpq) and value == n_points:
            return str(simple)
    for exponent in range(-54, -20, 2):
        cosine = _cosine(root) - 2.0**exponent
        value = upper_bound(fmpq(*cosine.as_integer_ratio()))
        if value is not None and value <= n_points:
            return cosine.hex()
    return None


def _cosine(u: float) -> float:
    """Return the cosine 1 - exp(u); the logarithm of a bound on the number of points is nearly linear in u."""
    return min(-math.expm1(u), _LAST_COSINE)


def _illinois(excess: Callable[[float], float], start: float, tolerance: float) -> float | None:
    """Return the root of a decreasing function below `start`, None where it is undefined or positive at `start`."""
    right, at_right = start, excess(start)
    width = 2.0**-6
    left, at_left = right - width, excess(right - width)
    while at_left < 0 and _cosine(left) < _LAST_COSINE:
        width *= 2
        right, at_right, left, at_left = left, at_left, left - width, excess(left - width)
    if math.isnan(at_left) or math.isnan(at_right) or at_right > 0:
        return None
    if at_left < 0:
        return left
    for _ in range(100):
        middle = (left * at_right - right * at_left) / (at_right - at_left)
        if not left < middle < right:
            middle = (left + right) / 2
        value = excess(middle)
        if math.isnan(value):
            return None
        if abs(value) < tolerance or right - left < 1e-15 * abs(left):
            return middle
        if value < 0:
            right, at_right, at_left = middle, value, at_left / 2
        else:
            left, at_left, at_right = middle, value, at_right / 2
    return right
