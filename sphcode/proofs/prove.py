"""Write a certificate for a code: the strongest claim that the checker accepts."""

from __future__ import annotations

import math
from typing import Any

from sphcode._validate import as_points, check_int
from sphcode.errors import FileFormatError, InvalidInputError
from sphcode.proofs.certificate import ExactPoints
from sphcode.proofs.code.algebraic import minimal_polynomial
from sphcode.proofs.code.check import CodeProof, again, prove_code
from sphcode.proofs.code.claim import MAX_DIGITS
from sphcode.proofs.code.largest_cosine import largest_cosine
from sphcode.proofs.optimality import cited_optimal, judge
from sphcode.proofs.rounding import decimal_up
from sphcode.proofs.schemas import CODE_SCHEMA
from sphcode.proofs.verify import PROOF_DIGITS, bits_for

#: Digits with which the minimal polynomial is looked for, unless more are asked for.
_ALGEBRA_DIGITS = 250


def prove(points: Any, digits: int | None = None) -> dict[str, Any]:
    """Return a certificate (schema "sphcode.code/1") with the strongest claim that can be proven of a code.

    Parameters
    ----------
    points : SphericalCode or array_like, shape (n_points, dim)
        Unit rows. The certificate holds the exact code nearby rounded to float64, with rattlers moved off contacts.
    digits : int, optional
        Decimal places of the claimed cosine, 1 to 10000 (2 at least with a level above exists); 30 by default.

    Returns
    -------
    dict
        The contents of a certificate file; `verify` accepts it.

    Raises
    ------
    InvalidInputError
        If `points` are not different unit rows, or `digits` is out of range.

    Examples
    --------
    >>> from sphcode import prove
    >>> prove([[1, 0], [0, 1], [-1, 0], [0, -1]], digits=5)["claim"]["max_cosine"]
    '0.00000'
    """
    rows = as_points(getattr(points, "points", points))
    shown = PROOF_DIGITS if digits is None else check_int("digits", digits, minimum=1, maximum=MAX_DIGITS)
    bits = bits_for(max(shown, PROOF_DIGITS))
    proof = prove_code(rows, bits)
    if isinstance(proof, CodeProof):
        rows = as_points(proof.points)
        proof = prove_code(rows, bits, contacts=proof.contacts, symmetries=proof.symmetries or None, free=False)
    if isinstance(proof, CodeProof):
        claim = _claim(proof, shown)
    else:
        try:
            cosine = largest_cosine(ExactPoints(rows), bits)
        except FileFormatError as error:
            raise InvalidInputError(str(error)) from None
        claim = {"max_cosine": decimal_up(cosine, shown), "level": "exists"}
    n_points, dim = rows.shape
    return {"schema": CODE_SCHEMA, "dim": dim, "n_points": n_points, "claim": claim, "points": rows.tolist()}


def _claim(proof: CodeProof, digits: int) -> dict[str, Any]:
    """Return the statements of a proof; bounds get some room, as the points may be rounded once more."""
    level, _ = judge(proof)
    places = digits if level == "exists" else max(digits, 2)  # one place is no claim of a level
    claim: dict[str, Any] = {"max_cosine": decimal_up(proof.cosine, places), "level": level}
    if not proof.enclosed:
        return claim
    n_points, dim = proof.points.shape
    if level == "optimal-cited":
        claim["citation"] = cited_optimal(dim, n_points, proof.cosine)
    polynomial = proof.polynomial
    if polynomial is None:
        polynomial = minimal_polynomial(again(proof), bits_for(max(digits, _ALGEBRA_DIGITS)))
    if polynomial is not None:
        claim["minimal_polynomial"] = [int(coefficient) for coefficient in polynomial.coeffs()]
    if proof.radius < math.inf:
        claim["radius"] = 2 * proof.radius
    claim["rattlers"] = [{"point": point, "clearance": gap / 2} for point, gap in proof.rattlers]
    if not proof.exact:
        return claim
    claim["contacts"] = proof.contacts.tolist()
    if proof.symmetries:
        claim["symmetries"] = [generator.tolist() for generator in proof.symmetries]
    if proof.stress is not None:
        claim["stress"] = proof.stress.tolist()
        claim["stress_error"] = 2 * proof.stress_error
    return claim
