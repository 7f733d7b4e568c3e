"""From a solved three-point program to a certificate: the strongest claim that its floats prove."""

from __future__ import annotations

from typing import Any

from flint import ctx, fmpq

from sphcode.bounds.three_point_solution import ThreePointSolution
from sphcode.errors import NotProvenError
from sphcode.proofs.check_bound import SCHEMA
from sphcode.proofs.rounding import decimal_up
from sphcode.proofs.three_point import PRECISION, encoded, proven_residuals, value_below

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
        excluded = (
            int((1 + residuals.objective).upper().floor().unique_fmpz() or 0) + 1 if n_points is None else n_points
        )
        most = value_below(residuals, max(2, excluded))
    if most is None or (n_points is not None and not most < n_points):
        size = "any number of" if n_points is None else n_points
        raise NotProvenError(f"the three-point program of degree {solution.degree} does not exclude {size} points")
    claim: dict[str, Any]
    if n_points is None:
        with ctx.workprec(PRECISION):
            claim = {"max_cosine": str(solution.cosine), "n_points_at_most": decimal_up(most, _DECIMALS)}
    else:
        claim = {"n_points": n_points, "max_cosine_at_least": str(solution.cosine)}
    return {
        "schema": SCHEMA,
        "kind": "three-point",
        "dim": solution.dim,
        "claim": claim,
        "degree": solution.degree,
        "linear": encoded(solution.linear),
        "factors": {name: encoded(factor) for name, factor in solution.factors.items()},
    }
