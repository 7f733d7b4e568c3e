"""Verify a code or a bound: every statement of a certificate is derived again, none is trusted."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any

from flint import arb, ctx

from sphcode._validate import check_int
from sphcode.errors import FileFormatError, InvalidInputError
from sphcode.proofs.certificate import BOUND_SCHEMA, CODE_SCHEMA, ExactPoints, code_points, read_json, read_points
from sphcode.proofs.largest_cosine import largest_cosine
from sphcode.proofs.rounding import decimal_down, decimal_up, float_down, read_exact, to_arb
from sphcode.proofs.verdict import LEVELS, Verdict

DEFAULT_DIGITS = 18


def verify(source: Any, *, digits: int | None = None) -> Verdict:
    """Check the claim of a code or bound certificate, or find what can be claimed of bare points.

    Parameters
    ----------
    source : path, mapping, SphericalCode or array_like
        A `.json` file, its contents, a code, or an array of shape (n_points, dim). JSON numbers and arrays mean
        exactly these float64 values, strings exact decimals or hex floats; what is judged are the points normalised.
    digits : int, optional
        Decimal places of the stated cosine, 1 to 10000; 18 by default.

    Returns
    -------
    Verdict
        Accepted when the claim is proven; for points without a claim, the strongest statement proven.

    Raises
    ------
    FileFormatError
        If the file or mapping is malformed: truncated, not finite, not of the schema, too large.

    Examples
    --------
    >>> from sphcode import verify
    >>> verify([[1, 0], [0, 1], [-1, 0], [0, -1]], digits=3).claim
    '4 points in dimension 2 with max cosine <= 0.000 (min angle >= 90.000 degrees)'
    """
    if digits is not None:
        digits = check_int("digits", digits, minimum=1, maximum=10_000)
    if isinstance(source, (str, os.PathLike)):
        if os.path.splitext(source)[1] != ".json":
            raise FileFormatError(f"{source}: not a .json certificate; load other formats with SphericalCode.load")
        source = read_json(source)
    if isinstance(source, Mapping):
        schema = source.get("schema")
        if schema == BOUND_SCHEMA:
            from sphcode.proofs.check_bound import check_bound

            verdict: Verdict = check_bound(dict(source))
            return verdict
        if schema != CODE_SCHEMA:
            raise FileFormatError(f"`schema` must be {CODE_SCHEMA!r} or {BOUND_SCHEMA!r}, got {schema!r}")
        return _verify_code(code_points(source), source.get("claim"), digits)
    if hasattr(source, "points"):
        return _verify_code(read_points(source.points), getattr(source, "provenance", {}).get("claim"), digits)
    try:
        return _verify_code(read_points(source), None, digits)
    except FileFormatError as error:
        raise InvalidInputError(str(error)) from None


def _verify_code(points: ExactPoints, claim: Any, digits: int | None) -> Verdict:
    """Check the claim of a code, or state what holds when there is none."""
    n_points, dim = points.floats.shape
    shown = digits or DEFAULT_DIGITS
    bits = math.ceil(3.33 * shown) + 64
    cosine = largest_cosine(points, bits)
    if claim is None:
        return Verdict(True, _statement(n_points, dim, cosine, shown), "exists", "computed in exact arithmetic")
    if not isinstance(claim, Mapping):
        raise FileFormatError(f"`claim` must be an object, got {type(claim).__name__}")
    level = claim.get("level", "exists")
    if level not in LEVELS:
        raise FileFormatError(f"`claim.level` must be one of {', '.join(LEVELS)}, got {level!r}")
    if "max_cosine" not in claim:
        raise FileFormatError("missing key `claim.max_cosine`")
    claimed = read_exact(claim["max_cosine"], "claim.max_cosine")
    with ctx.workprec(max(bits, int(claimed.q.bit_length()) + 64)):
        slack = to_arb(claimed) - cosine
        statement = f"{n_points} points in dimension {dim} with max cosine <= {claim['max_cosine']}"
        if not slack >= 0:
            reason = f"the points have max cosine {decimal_down(cosine, shown)} or more"
            return Verdict(False, statement, "none", reason, float_down(slack))
        reason = "computed in exact arithmetic"
        accepted = LEVELS.index(level) <= LEVELS.index("exists")
        return Verdict(accepted, statement, "exists", reason, float_down(slack))


def _statement(n_points: int, dim: int, cosine: arb, digits: int) -> str:
    with ctx.workprec(math.ceil(3.33 * digits) + 64):
        angle = cosine.min(arb(1)).max(arb(-1)).acos() * 180 / arb.pi()
        return (
            f"{n_points} points in dimension {dim} with max cosine <= {decimal_up(cosine, digits)} "
            f"(min angle >= {decimal_down(angle, digits)} degrees)"
        )
