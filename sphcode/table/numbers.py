"""The numbers of a row that follow from others: angle, distance, ceiling, gap, and how it stands to a public value."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq

from sphcode.codes.store import Case
from sphcode.codes.table import TableRow, published
from sphcode.proofs.bound.claim import lower_rational
from sphcode.proofs.certificate import read_points
from sphcode.proofs.code.largest_cosine import largest_cosine
from sphcode.proofs.rounding import decimal, decimal_down, decimal_up, read_exact, to_arb
from sphcode.proofs.verify import bits_for

__all__ = ["DIGITS", "against_public", "ceiling_value", "derived", "proven_cosine", "public_facts", "public_row"]

#: Decimal places of a claimed cosine.
DIGITS = 30
#: Decimal places of angles, ceilings and gaps.
_ANGLE_DIGITS, _CEILING_DIGITS, _GAP_DIGITS = 12, 17, 6
#: Public values are compared to so many places at most: programs compute in float64.
_PUBLIC_DIGITS = 14


def public_row(case: Case) -> TableRow | None:
    """Return the published value of a case."""
    return None if case.kind == "lines" else published().get((case.dim, case.n_points))


def public_facts(claim: str, case: Case) -> dict[str, str]:
    """Return the columns about the published value of a case, and how a proven cosine stands to it."""
    public = public_row(case)
    return {
        "public": "" if public is None else public.digits,
        "public_source": "" if public is None else public.source,
        "public_date": "" if public is None else public.date,
        "status": against_public(claim, public),
    }


def proven_cosine(rows: Any) -> str:
    """Return the largest cosine of points, given in floats or exactly and normalised, rounded up."""
    return decimal_up(largest_cosine(read_points(rows), bits_for(DIGITS)), DIGITS)


def ceiling_value(certificate: Mapping[str, Any] | None, case: Case) -> fmpq | None:
    """Return the lower bound on the max cosine of a case that a certificate claims.

    A bound for fewer points holds for more; a bound n on the points at a cosine makes that the bound for n + 1.
    """
    if certificate is None:
        return None
    claim = certificate["claim"]
    with ctx.workprec(256):
        if "n_points" in claim:
            return lower_rational(claim["max_cosine_at_least"], "cosine") if claim["n_points"] <= case.size else None
        most = lower_rational(claim["n_points_at_most"], "n_points_at_most")
        return lower_rational(claim["max_cosine"], "cosine") if case.size > most else None


def derived(claim: str, ceiling: fmpq | None) -> dict[str, str]:
    """Return angle, distance, ceiling and gap as they follow from claim and bound, rounded to the safe side."""
    cosine = read_exact(claim, "max_cosine")
    with ctx.workprec(256):
        angle = to_arb(min(cosine, fmpq(1))).acos() * 180 / arb.pi()
        numbers = {
            "min_angle_deg": decimal_down(angle, _ANGLE_DIGITS),
            "one_vs_rest_distance": decimal(1 - cosine, len(claim.partition(".")[2]), up=False),
            "ceiling": "" if ceiling is None else decimal(ceiling, _CEILING_DIGITS, up=False),
        }
    numbers["gap_percent"] = "" if ceiling is None else gap_percent(cosine, read_exact(numbers["ceiling"], "ceiling"))
    return numbers


def gap_percent(cosine: fmpq, ceiling: fmpq) -> str:
    """Return 100 (1 - (1 - cosine) / (1 - ceiling)), rounded up."""
    return decimal(100 * (1 - (1 - cosine) / (1 - ceiling)), _GAP_DIGITS, up=True)


def against_public(claim: str, public: TableRow | None) -> str:
    """Return how a proven cosine stands to a public one: equal within the public value's last digit."""
    if public is None:
        return "not listed"
    places = len(public.digits.partition(".")[2])
    difference = Fraction(claim) - Fraction(public.digits)
    if abs(difference) <= Fraction(1, 10 ** min(places, _PUBLIC_DIGITS)):
        return "equal"
    return "better" if difference < 0 else "worse"
