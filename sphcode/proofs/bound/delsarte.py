"""Check the linear programming bound of Delsarte, Goethals and Seidel (1977), given by a polynomial.

`coefficients` c_0, c_1, ... give f = sum c_k P_k: if all c_k >= 0, c_0 > 0 and f <= 0 on [-1, s], then a code with max
cosine <= s has at most f(1) / c_0 points. For antipodal codes f is even, f <= 0 is asked on [-s, s] only, and the bound
is 2 f(1) / c_0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flint import fmpq

from sphcode.errors import FileFormatError
from sphcode.proofs.bound.claim import BoundClaim, read_rational
from sphcode.proofs.bound.theorems import at_most, lower_float
from sphcode.proofs.finding import Finding, Reason
from sphcode.proofs.gegenbauer import expand, sign_change

__all__ = ["check_delsarte"]

#: The producer's polynomials have degree 60 at most.
_MAX_DEGREE = 100

#: Isolating the roots takes about degree^3 times the bits of the integer coefficients in time, one to seven CPU seconds
#: for 10^9. So much is allowed for a certificate of up to a thousand characters, more for longer ones.
_MAX_WORK = 2.5e8
_FREE_CHARACTERS = 1000


def check_delsarte(claim: BoundClaim, certificate: Mapping[str, Any]) -> Finding:
    """Check a claim by the polynomial whose Gegenbauer coefficients the certificate gives."""
    content = certificate.get("coefficients")
    if not isinstance(content, list) or not 2 <= len(content) <= _MAX_DEGREE + 1:
        raise FileFormatError(f"`coefficients` must be a list of 2 to {_MAX_DEGREE + 1} numbers")
    coefficients = [read_rational(value, f"coefficients[{k}]") for k, value in enumerate(content)]
    if coefficients[0] <= 0 or min(coefficients) < 0:
        return Finding(Reason.INVALID, "the coefficients must be >= 0, and the first > 0")
    start = fmpq(-1)
    if claim.antipodal:
        start = fmpq(0)
        if any(coefficients[1::2]) or claim.cosine < 0:
            return Finding(Reason.INVALID, "for antipodal codes the polynomial must be even, and the cosine >= 0")
    polynomial, degree = expand(claim.dim, coefficients), len(coefficients) - 1
    length = sum(len(str(value)) for value in content) / _FREE_CHARACTERS
    if degree**3 * polynomial.numer().height_bits() > _MAX_WORK * max(1.0, length) ** 2:
        return Finding(Reason.TOO_LARGE, f"a polynomial of degree {degree} with these numbers is too large to examine")
    crossing = sign_change(polynomial, start, claim.cosine)
    if crossing is None:
        return Finding(Reason.INVALID, "the polynomial is positive somewhere before the cosine")
    value = (2 if claim.antipodal else 1) * sum(coefficients, fmpq(0)) / coefficients[0]
    reason = f"polynomial of degree {degree}: at most {at_most(value)} points at this cosine"
    if claim.n_points is None:
        return Finding.of(bool(value <= claim.at_most), reason, lower_float(claim.at_most - value))
    return Finding.of(bool(value < claim.n_points), reason, lower_float(crossing - claim.cosine))
