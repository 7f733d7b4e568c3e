"""Codes that attain a polynomial bound: exact certificates of their optimality, made from their inner products.

For a sharp code (m inner products, a design of strength at least 2 m - 1) the polynomial that vanishes on the inner
products, doubly but for the largest and -1, proves optimality (Levenshtein 1992; Cohn and Kumar 2007).
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from sphcode.codes.constructions import Construction, construct
from sphcode.errors import TableLookupError
from sphcode.proofs.schemas import BOUND_SCHEMA

__all__ = ["attaining", "certificate_text", "sharp_certificate"]

_SURD = re.compile(r"\(?(?:(-?\d+) ([+-]) |(-?))(?:(\d+)\*)?sqrt\((\d+)\)\)?(?:/(\d+))?")


#: Codes of more points are not looked up: the candidates take longer to construct than the bound.
_LARGEST = 200_000


def sharp_certificate(dim: int, n_points: int) -> dict[str, Any] | None:
    """Return an exact certificate that a known code of n_points points is optimal, None if there is none here."""
    known = _known(dim, n_points) if n_points <= _LARGEST else None
    if known is None or known.spectrum is None or known.design_strength is None:
        return None
    cosines = [certificate_text(str(line.cosine)) for line in known.spectrum]
    if None in cosines or known.design_strength < 2 * len(cosines) - 1:
        return None
    zeros = [[cosine, 1 if cosine in (cosines[0], "-1") else 2] for cosine in cosines]
    claim = {"n_points": n_points, "max_cosine_at_least": cosines[0]}
    return {"schema": BOUND_SCHEMA, "kind": "delsarte-zeros", "dim": dim, "claim": claim, "zeros": zeros}


def attaining(dim: int, n_points: int, cosine: str) -> Construction | None:
    """Return a known code of n_points points whose largest cosine is exactly `cosine`, None if there is none."""
    if "x" in cosine and dim > 2:
        return None
    known = _known(dim, n_points)
    exactly = known is not None and known.attained and (dim == 2 or certificate_text(str(known.cosine)) == cosine)
    return known if exactly else None


def _known(dim: int, n_points: int) -> Construction | None:
    try:
        return construct(dim, n_points)
    except TableLookupError:
        return None


def certificate_text(exact: str) -> str | None:
    """Turn the text of a rational or a surd into the form of certificates, "a" or "a+b*sqrt(r)"; None for others."""
    try:
        return str(Fraction(exact))
    except ValueError:
        match = _SURD.fullmatch(exact)
    if match is None:
        return None
    whole, sign, lone_sign, factor, radicand, denominator = match.groups(default="")
    rational = Fraction(int(whole or 0), int(denominator or 1))
    multiple = Fraction(int(factor or 1), int(denominator or 1)) * (-1 if "-" in (sign, lone_sign) else 1)
    return f"{rational}+{multiple}*sqrt({radicand})"
