"""The kinds of bound certificates: for each its keys, how its claim is read and checked, and what it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sphcode.proofs.bound.claim import exact_claim, lower_rational, rational_claim
from sphcode.proofs.bound.delsarte import check_delsarte
from sphcode.proofs.bound.energy import check_energy, energy_claim
from sphcode.proofs.bound.theorems import check_orthoplex, check_rankin, checker_of
from sphcode.proofs.bound.three_point import check_three_point
from sphcode.proofs.bound.three_point_exact import check_three_point_exact
from sphcode.proofs.closed_forms import THEOREMS, levenshtein_order
from sphcode.proofs.finding import Finding
from sphcode.proofs.sharp import check_sharp

__all__ = ["KINDS", "Kind", "theorem"]


@dataclass(frozen=True)
class Kind:
    """One kind of certificate.

    Attributes
    ----------
    read : callable
        Returns the claim of a certificate; as a string it is the claim in words.
    check : callable
        Takes the claim and the certificate.
    keys : tuple of str
        What certificates of this kind hold besides schema, kind, dim and claim; no other key is accepted.
    name : str
        Name of the theorem; the degree is added where there is one.
    degree : callable or None
        Returns the degree of a certificate.
    exact : str or None
        Name of the bound where it is proven without any loss, so that a code that attains it is optimal.
    """

    read: Callable[[Mapping[str, Any]], Any]
    check: Callable[[Any, Mapping[str, Any]], Finding]
    keys: tuple[str, ...]
    name: str
    degree: Callable[[Mapping[str, Any]], int | None] | None = None
    exact: str | None = None


def _levenshtein_order(certificate: Mapping[str, Any]) -> int | None:
    claim = certificate["claim"]
    cosine = claim.get("max_cosine", claim.get("max_cosine_at_least"))
    return levenshtein_order(certificate["dim"], lower_rational(cosine, "cosine"))


def _degree_of_zeros(certificate: Mapping[str, Any]) -> int:
    return sum(int(power) for _, power in certificate["zeros"]) + len(certificate.get("cofactor", "1")) - 1


def _degree(certificate: Mapping[str, Any]) -> int:
    return int(certificate["degree"])


def _degree_of_coefficients(certificate: Mapping[str, Any]) -> int:
    return len(certificate["coefficients"]) - 1


KINDS: dict[str, Kind] = {
    "rankin": Kind(rational_claim, check_rankin, ("antipodal",), "rankin"),
    "orthoplex": Kind(rational_claim, check_orthoplex, ("antipodal",), "orthoplex"),
    **{
        name: Kind(
            rational_claim,
            checker_of(name),
            ("antipodal",),
            name,
            _levenshtein_order if name == "levenshtein" else None,
        )
        for name in THEOREMS
    },
    "delsarte": Kind(
        rational_claim, check_delsarte, ("antipodal", "coefficients"), "delsarte", _degree_of_coefficients
    ),
    "delsarte-zeros": Kind(
        exact_claim,
        check_sharp,
        ("antipodal", "zeros", "cofactor"),
        "sharp",
        _degree_of_zeros,
        "the linear programming bound",
    ),
    "three-point": Kind(
        rational_claim, check_three_point, ("antipodal", "degree", "linear", "factors"), "three-point", _degree
    ),
    "three-point-exact": Kind(
        exact_claim,
        check_three_point_exact,
        ("antipodal", "degree", "linear", "matrices"),
        "three-point-exact",
        _degree,
        "the three-point bound",
    ),
    "energy": Kind(energy_claim, check_energy, ("coefficients",), "energy", _degree_of_coefficients),
}


def theorem(certificate: Mapping[str, Any]) -> tuple[str, int | None]:
    """Return the name of a certificate's theorem, such as "levenshtein-5", and its degree if it has one."""
    kind = KINDS[certificate["kind"]]
    degree = None if kind.degree is None else kind.degree(certificate)
    return (kind.name if degree is None else f"{kind.name}-{degree}"), degree
