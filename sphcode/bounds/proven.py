"""Proven: a certificate that the checker accepted, its theorem's name and the exact number that it claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flint import ctx, fmpq

from sphcode.proofs.bound.check import check_bound
from sphcode.proofs.bound.claim import lower_rational
from sphcode.proofs.bound.kinds import theorem

__all__ = ["Proven", "accept", "claimed_value", "method", "theorem"]

_METHODS = {
    "delsarte": "lp",
    "delsarte-zeros": "lp",
    "three-point": "three-point",
    "three-point-exact": "three-point",
}


@dataclass(frozen=True)
class Proven:
    """A certificate that the checker accepted, and the exact number that it claims.

    `value` is a lower bound on the max cosine or an upper bound on the number of points, whichever was asked for.
    """

    method: str
    name: str
    degree: int | None
    value: fmpq
    certificate: Mapping[str, Any]
    raw_value: float | None = None
    solver: Mapping[str, Any] | None = None


def accept(
    method: str,
    certificate: Mapping[str, Any],
    raw_value: float | None = None,
    solver: Mapping[str, Any] | None = None,
) -> Proven | None:
    """Return the certificate with its claim if the checker accepts it, else None."""
    if not check_bound(certificate).accepted:
        return None
    name, degree = theorem(certificate)
    return Proven(method, name, degree, claimed_value(certificate), certificate, raw_value, solver)


def claimed_value(certificate: Mapping[str, Any]) -> fmpq:
    """Return the number that a certificate claims, a surd rounded down."""
    claim = certificate["claim"]
    key = "max_cosine_at_least" if "n_points" in claim else "n_points_at_most"
    with ctx.workprec(256):
        return lower_rational(claim[key], key)


def method(certificate: Mapping[str, Any]) -> str:
    """Return the method of `bound` that makes certificates of this kind."""
    return _METHODS.get(certificate["kind"], "closed-form")
