"""From a solved three-point program to a certificate: the strongest claim that its floats prove."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from flint import ctx, fmpq

from sphcode.bounds.three_point.solution import ThreePointSolution
from sphcode.errors import NotProvenError
from sphcode.proofs.bound.three_point import PRECISION, encoded, proven_residuals, value_below
from sphcode.proofs.bound.three_point_residual import Residuals
from sphcode.proofs.rounding import decimal_up
from sphcode.proofs.schemas import BOUND_SCHEMA

__all__ = ["three_point_certificate"]

#: Decimals of a claimed number of points, rounded up.
_DECIMALS = 10


def three_point_certificate(solution: ThreePointSolution, n_points: int | None = None) -> dict[str, Any]:
    """Return a certificate that no `n_points` points have the solution's cosine, or of the fewest points excluded.

    Raises
    ------
    NotProvenError
        If the solution is too far from feasible, or too weak, for such a claim.
    """
    cosine = fmpq(solution.cosine.numerator, solution.cosine.denominator)
    residuals = proven_residuals(solution.dim, cosine, solution.degree, solution.linear, solution.factors)
    with ctx.workprec(PRECISION):
        claim = _most_points(residuals) if n_points is None else _excluded(residuals, n_points)
    if claim is None:
        size = "any number of" if n_points is None else n_points
        raise NotProvenError(f"the three-point program of degree {solution.degree} does not exclude {size} points")
    key = "max_cosine" if n_points is None else "max_cosine_at_least"
    return {
        "schema": BOUND_SCHEMA,
        "kind": "three-point",
        "dim": solution.dim,
        "claim": {key: str(solution.cosine), **claim},
        "degree": solution.degree,
        "linear": encoded(solution.linear),
        "factors": {name: encoded(factor) for name, factor in solution.factors.items()},
    }


def _excluded(residuals: Residuals, n_points: int) -> dict[str, Any] | None:
    most = value_below(residuals, n_points)
    return {"n_points": n_points} if most is not None and most < n_points else None


def _most_points(residuals: Residuals) -> dict[str, Any] | None:
    """Return the claim "at most N points", N rounded up; the checker finds out if floor(N) + 1 points are excluded."""
    excluded = 2
    while (most := value_below(residuals, excluded)) is not None:
        text = decimal_up(most, _DECIMALS)
        least = math.floor(Fraction(text)) + 1
        if least <= excluded:
            return {"n_points_at_most": text}
        # The errors cost more for more points, and just below an integer that may lead beyond it.
        excluded = least
    return None
