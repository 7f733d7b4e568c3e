"""Check claims that a theorem with a formula proves; see `closed_forms` for the theorems and where they hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flint import arb, fmpq

from sphcode.proofs.bound.claim import BoundClaim
from sphcode.proofs.closed_forms import THEOREMS, evaluate, orthoplex_square, rankin_cosine, rankin_n_points
from sphcode.proofs.finding import Finding, Reason
from sphcode.proofs.rounding import exact_end, float_down, short, to_arb

__all__ = ["at_most", "check_orthoplex", "check_rankin", "checker_of", "lower_float"]


def check_rankin(claim: BoundClaim, certificate: Mapping[str, Any]) -> Finding:
    """Check a claim by Rankin's theorem: on the cosine always, on the number of points at cosines <= 0."""
    if claim.n_points is not None:
        slack = rankin_cosine(claim.dim, claim.n_points, claim.antipodal) - claim.cosine
    elif claim.cosine > 0:
        return Finding(Reason.OUT_OF_RANGE, "Rankin's theorem bounds the number of points only for cosines <= 0")
    else:
        slack = claim.at_most - rankin_n_points(claim.dim, claim.cosine)
    return Finding.of(slack >= 0, "Rankin's theorem", lower_float(slack))


def check_orthoplex(claim: BoundClaim, certificate: Mapping[str, Any]) -> Finding:
    """Check a claim on the cosine of an antipodal code of more than dim (dim + 1) points."""
    square = None if claim.n_points is None else orthoplex_square(claim.dim, claim.n_points)
    if square is None or not claim.antipodal or claim.cosine < 0:
        return Finding(
            Reason.OUT_OF_RANGE,
            "the orthoplex bound is about antipodal codes of more than dim (dim + 1) points, and cosines >= 0",
        )
    slack = lower_float(to_arb(square).sqrt() - to_arb(claim.cosine))
    return Finding.of(bool(claim.cosine**2 <= square), "the orthoplex bound", slack)


def checker_of(theorem: str) -> Callable[[BoundClaim, Mapping[str, Any]], Finding]:
    """Return the check of claims by one of the theorems of `closed_forms`."""

    def check(claim: BoundClaim, certificate: Mapping[str, Any]) -> Finding:
        excluded = THEOREMS[theorem].excludes(claim.dim, claim.cosine, claim.antipodal)
        if excluded is not None:
            return Finding(Reason.OUT_OF_RANGE, f"{theorem} does not apply: {excluded}")
        value = evaluate(theorem, claim.dim, claim.cosine)
        if value is None:
            return Finding(Reason.TOO_LARGE, f"{theorem} is not evaluated here: the computation is too large")
        reason = f"{theorem}: at most {at_most(value)} points at this cosine"
        if claim.n_points is None:
            return Finding.of(bool(value <= claim.at_most), reason, lower_float(claim.at_most - value))
        # The bound increases strictly with the cosine, so fewer than n_points (or just as many) at the claimed cosine
        # means that n_points points with a smaller cosine are impossible.
        step = min(fmpq(1, 2**40), (1 - claim.cosine) / 4)
        above = evaluate(theorem, claim.dim, claim.cosine + step)
        slack = None if above is None else lower_float((claim.n_points - value) / ((above - value) / step))
        return Finding.of(bool(value <= claim.n_points), reason, slack)

    return check


def at_most(value: Any) -> str:
    """Return a number or the upper end of a ball, rounded up; beyond 10^400 as a power of ten."""
    ball = value if isinstance(value, arb) else to_arb(fmpq(value))
    if ball > arb(10) ** 400:
        return f"10^{(ball.log() / arb(10).log()).upper().ceil().unique_fmpz()}"
    return short(exact_end(value.upper()) if isinstance(value, arb) else fmpq(value), up=True)


def lower_float(value: Any) -> float:
    """Return a float not above the number or the ball."""
    return float_down(value if isinstance(value, arb) else to_arb(value))
