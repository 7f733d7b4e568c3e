"""Verify a code or a bound: every statement of a certificate is derived again, none is trusted."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from flint import arb, ctx, fmpq, fmpz_poly

from sphcode._notebook_progress import told_in_notebooks
from sphcode._progress import ProgressCallback
from sphcode._validate import check_callable, check_flag, check_int, fail, shown
from sphcode.errors import FileFormatError, InvalidInputError
from sphcode.proofs.certificate import ExactPoints, code_points, read_json, read_points
from sphcode.proofs.code.algebraic import describe, is_minimal_polynomial, minimal_polynomial
from sphcode.proofs.code.check import CodeProof, again, prove_code
from sphcode.proofs.code.claim import MAX_DIGITS, Claim, read_claim, unproven
from sphcode.proofs.code.largest_cosine import exact_cosine, largest_cosine
from sphcode.proofs.code.streamed import largest_streamed
from sphcode.proofs.finding import Finding
from sphcode.proofs.optimality import cited_optimal, judge, proven_optimal
from sphcode.proofs.rounding import decimal_down, decimal_up, float_down, to_arb
from sphcode.proofs.schemas import BOUND_SCHEMA, CODE_SCHEMA
from sphcode.proofs.sharp import Surd
from sphcode.proofs.verdict import LEVELS, Verdict

#: Decimal places that are printed: one more than float64 holds.
DEFAULT_DIGITS = 18
#: Decimal places with which a proof is made at least: exact numbers are recognised by their digits, and fewer would
#: show less of (3, 8). Twice those of float64.
PROOF_DIGITS = 30
#: Codes with a formula that have more points are examined only if asked for: all pairs of these take seconds.
LARGE = 50_000
#: Exact numbers of more characters than this are not printed.
_SHORT = 200

#: The keys of a code file that a verdict is about.
_EXAMINED = frozenset({"schema", "dim", "n_points", "points", "claim"})


@told_in_notebooks
def verify(
    source: Any, *, digits: int | None = None, large: bool = False, progress: ProgressCallback | None = None
) -> Verdict:
    """Check the claim of a code or bound certificate, or find what can be claimed of bare points.

    Parameters
    ----------
    source : path, mapping, SphericalCode, Construction or array_like
        A `.json` file, its contents, a code, or an array of shape (n_points, dim). JSON numbers and arrays mean
        exactly these float64 values, strings exact decimals, hex floats, fractions or roots ("(1 + sqrt(5))/2"); what
        is judged are the points normalised. Whole numbers, fractions and roots may have any norm.
    digits : int, optional
        Decimal places of the cosine that is stated of points without a claim, 1 to 10000; 18 by default.
    large : bool, optional
        Examine a Construction of more than 50000 points too: every pair is looked at.
    progress : callable, optional
        Called with Progress events while the exact rows of a Construction are compared.

    Returns
    -------
    Verdict
        Accepted when the claim is proven; for points without a claim, the strongest statement proven.

    Raises
    ------
    FileFormatError
        If the file or mapping is malformed: truncated, not finite, not of the schema, too large.
    InvalidInputError
        If the points are no code, or a Construction has more than 50000 points and `large` is not set.

    Examples
    --------
    >>> from sphcode import verify
    >>> verify([[1, 0], [0, 1], [-1, 0], [0, -1]], digits=3).claim
    '4 points in dimension 2 with max cosine <= 0.000 (min angle >= 89.999 degrees)'
    """
    if digits is not None:
        digits = check_int("digits", digits, minimum=1, maximum=MAX_DIGITS)
    large = check_flag("large", large)
    if progress is not None:
        check_callable("progress", progress)
    if isinstance(source, (str, os.PathLike)):
        if os.path.splitext(source)[1] != ".json":
            raise FileFormatError(f"{source}: not a .json certificate; load other formats with SphericalCode.load")
        source = read_json(source)
    if isinstance(source, Mapping):
        schema = source.get("schema")
        if schema == BOUND_SCHEMA:
            from sphcode.proofs.bound.check import check_bound

            verdict: Verdict = check_bound(dict(source))
            return verdict
        if schema != CODE_SCHEMA:
            raise FileFormatError(f"`schema` must be {CODE_SCHEMA!r} or {BOUND_SCHEMA!r}, got {shown(schema)}")
        return _noting(_verify_code(code_points(source), _claim_in(source), digits), source)
    if hasattr(source, "integer_rows"):
        found = _verify_formula(source, digits, large, progress)
        if found is not None:
            return found
    if callable(getattr(source, "code", None)):
        source = source.code()
    if hasattr(source, "points"):
        exact = getattr(source, "exact", None)
        rows = exact if isinstance(exact, np.ndarray) else list(map(list, exact)) if exact else source.points
        provenance = dict(getattr(source, "provenance", {}))
        return _noting(_verify_code(read_points(rows), _claim_in(provenance), digits), provenance)
    try:
        return _verify_code(read_points(source), None, digits)
    except FileFormatError as error:
        raise InvalidInputError(str(error)) from None


def _verify_formula(source: Any, digits: int | None, large: bool, progress: ProgressCallback | None) -> Verdict | None:
    """Examine the exact rows of a Construction; None where its points are to be examined as any others are."""
    n_points, dim = source.n_points, source.dim
    if n_points > LARGE and not large:
        raise fail("large", f"set to look at all pairs of more than {LARGE} points", f"{source.label} with {n_points}")
    if n_points <= LARGE and (digits is not None or source.integer_rows is None):
        return None
    if source.integer_rows is None:
        raise fail("source", f"a code with exact rows above {LARGE} points", f"{source.label} without")
    try:
        found = largest_streamed(n_points, dim, source.integer_rows, source.radicand, progress=progress)
    except InvalidInputError:
        if n_points > LARGE:
            raise
        return None
    places = digits or DEFAULT_DIGITS
    with ctx.workprec(bits_for(places)):
        ball = found.cosine.ball()
        if ball >= 1:
            raise InvalidInputError("`points` must be pairwise different, two rows are the same point")
        statement = f"{n_points} points in dimension {dim} with max cosine <= {_cosine_and_angle(ball, places)}"
    reason = f"the exact rows of {source.label}, block by block; the largest cosine is {found.cosine}"
    products = found.inner_products
    surds = None if products is None else tuple(Surd(value, fmpq(0), 1) for value in products)
    optimal = proven_optimal(dim, n_points, 0, surds)
    if optimal is None:
        return Verdict(True, statement, "exists", reason)
    return Verdict(True, statement, "optimal", f"{reason}; optimal by {optimal}")


def _claim_in(content: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the claim of a code, None where there is none."""
    if "claim" not in content:
        return None
    if not isinstance(content["claim"], Mapping):
        raise FileFormatError(f"`claim` must be an object, got {shown(content['claim'])}")
    claim: Mapping[str, Any] = content["claim"]
    return claim


def _noting(verdict: Verdict, content: Mapping[str, Any]) -> Verdict:
    """Return the verdict with the names of the keys beside the points and the claim, which nothing examined."""
    others = [str(key) for key in content if key not in _EXAMINED]
    return replace(verdict, reason=f"{verdict.reason}; not examined: {shown(', '.join(others))}") if others else verdict


def _verify_code(points: ExactPoints, claim: Mapping[str, Any] | None, digits: int | None) -> Verdict:
    """Check the claim of a code, or state what holds when there is none."""
    n_points, dim = points.floats.shape
    if claim is not None:
        return _verify_claim(points, read_claim(claim, n_points))
    places = digits or DEFAULT_DIGITS
    cosine = largest_cosine(points, bits_for(places))
    statement = f"{n_points} points in dimension {dim} with max cosine <= "
    reason = "the given points, normalised, in exact arithmetic"
    number = exact_cosine(points)
    if number is not None and len(str(number)) <= _SHORT:
        reason = f"the given exact coordinates, normalised; the largest cosine is {number}"
    if digits is None:
        return Verdict(True, statement + _cosine_and_angle(cosine, places), "exists", reason)
    proof = prove_code(points.floats, bits_for(max(places, PROOF_DIGITS)))
    if isinstance(proof, Finding):
        return Verdict(True, statement + _cosine_and_angle(cosine, places), "exists", f"{reason}; {proof.detail}")
    level, reason = judge(proof)
    polynomial = proof.polynomial
    if polynomial is None and proof.enclosed:
        polynomial = minimal_polynomial(again(proof), bits_for(places))
    if polynomial is not None:
        reason += _named(polynomial, proof)
    return Verdict(True, statement + _cosine_and_angle(proof.cosine, places), level, reason)


def _verify_claim(points: ExactPoints, claim: Claim) -> Verdict:
    """Check every statement of a claim; the points themselves prove it where their own cosine is small enough."""
    n_points, dim = points.floats.shape
    bits = bits_for(max(claim.digits, PROOF_DIGITS))
    statement = f"{n_points} points in dimension {dim} with max cosine <= {claim.text}"
    if claim.level not in ("none", "exists"):
        statement += f", {claim.level}"
    given = largest_cosine(points, bits)
    with ctx.workprec(bits):
        claimed = to_arb(claim.max_cosine)
        if claimed >= given and claim.is_bare:
            return Verdict(True, statement, "exists", "the given points, normalised", float_down(claimed - given))
        proof = prove_code(
            points.floats,
            bits,
            contacts=claim.contacts,
            stress=claim.stress,
            symmetries=claim.symmetries,
            free=False,
        )
        if isinstance(proof, Finding):
            return Verdict(False, statement, "none", proof.detail, float_down(claimed - given))
        slack = claimed - (proof.cosine if proof.enclosed else proof.cosine.min(given))
        level, reason = judge(proof)
        failed = unproven(claim, proof)
        if not slack >= 0:
            failed.append(f"max cosine <= {claim.text}, it is {decimal_down(proof.cosine, claim.digits + 4)} or more")
        # A level is that of the exact code: its cosine is the one that is said to have it, rounded up.
        elif LEVELS.index(claim.level) > 1 and not claimed - to_arb(claim.step) < proof.cosine.upper():
            cosine = decimal_up(proof.cosine, claim.digits + 4)
            failed.append(f"{claim.level} at {claim.text}, the max cosine of the code is {cosine} or less")
        elif LEVELS.index(claim.level) > 1 and claimed > proof.cosine:
            statement = statement.replace(f"{claim.text},", f"{claim.text} (rounded up),")
        if LEVELS.index(claim.level) > LEVELS.index(level):
            failed.append(f"the level {claim.level}")
        if claim.citation is not None:
            cited = cited_optimal(dim, n_points, proof.cosine) if proof.exact else None
            if claim.citation != cited:
                failed.append("the citation")
            elif level != "optimal-cited":
                reason += f"; optimal by {cited} (cited)"
        if claim.minimal_polynomial is not None:
            if not (proof.enclosed and _is_minimal(fmpz_poly(claim.minimal_polynomial), proof)):
                failed.append("the minimal polynomial")
            else:
                reason += _named(fmpz_poly(claim.minimal_polynomial), proof)
        if failed:
            reason = f"not proven: {'; '.join(failed)} ({reason})"
        return Verdict(not failed, statement, level if slack >= 0 else "none", reason, float_down(slack))


def _named(polynomial: fmpz_poly, proof: CodeProof) -> str:
    """Say which number the cosine is, proven or recognised by its digits."""
    how = "cosine" if proof.polynomial is not None else "cosine, recognised by its digits:"
    return f"; {how} {describe(polynomial, proof.cosine)}"


def _is_minimal(polynomial: fmpz_poly, proof: CodeProof) -> bool:
    """Tell whether a polynomial is the minimal polynomial of the cosine: exactly, or by the digits of the cosine."""
    if proof.polynomial is not None:
        return bool(polynomial in (proof.polynomial, -proof.polynomial))
    return is_minimal_polynomial([int(coefficient) for coefficient in polynomial.coeffs()], again(proof))


def bits_for(digits: int) -> int:
    """Return a precision at which results are good to well over `digits` decimal places."""
    return math.ceil(3.33 * digits) + 64


def _cosine_and_angle(cosine: arb, digits: int) -> str:
    """Return the cosine rounded up and the angle rounded down."""
    with ctx.workprec(bits_for(digits)):
        top = cosine.upper().min(arb(1))
        angle = arb(0) if top == 1 else top.max(arb(-1)).acos() * 180 / arb.pi()
        return f"{decimal_up(top, digits)} (min angle >= {decimal_down(angle, digits)} degrees)"
