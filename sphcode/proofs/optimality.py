"""Optimal codes: proven here where the bound and the code agree exactly, cited where the proof is in the literature."""

from __future__ import annotations

import json
from dataclasses import dataclass

from flint import arb, fmpq, fmpz_poly

from sphcode import _certificates
from sphcode.proofs.code.algebraic import has_root
from sphcode.proofs.code.check import CodeProof
from sphcode.proofs.sharp import Surd, check_zeros, read_surd

#: The polynomial of a theorem has one root within this distance of the theorem's cosine.
_APART = 1e-6


@dataclass(frozen=True)
class Theorem:
    """A published proof that a code is optimal: its max cosine, who and when.

    The cosine is the one root of the polynomial (constant first) within 1e-6 of `near`.
    """

    polynomial: tuple[int, ...]
    near: str
    citation: str


#: (dim, n_points) of codes whose optimality is proven in print, cited where `proven_optimal` below has no proof.
THEOREMS = {
    (3, 7): Theorem((1, -3, -9, 3), "0.2101383127", "K. Schuette, B. L. van der Waerden 1951"),
    (3, 8): Theorem((-1, 2, 7), "0.2612038750", "K. Schuette, B. L. van der Waerden 1951"),
    (3, 9): Theorem((-1, 3), "0.3333333333", "K. Schuette, B. L. van der Waerden 1951"),
    (3, 10): Theorem((1, -2, -4, 7), "0.4043943252", "L. Danzer 1963 (Habilitation; Discrete Math. 60, 1986)"),
    (3, 11): Theorem((-1, 0, 5), "0.4472135955", "L. Danzer 1963 (Habilitation; Discrete Math. 60, 1986)"),
    (3, 12): Theorem((-1, 0, 5), "0.4472135955", "L. Fejes Toth 1943"),
    (3, 13): Theorem((1, -8, -12, 24, 38, 8, -12, -24, 1), "0.5426364868", "O. R. Musin, A. S. Tarasov 2012"),
    (3, 14): Theorem((-1, 0, 3, -2, 4), "0.5639503004", "O. R. Musin, A. S. Tarasov 2015"),
    (3, 24): Theorem((-1, -3, 1, 7), "0.7230784683", "R. M. Robinson 1961"),
    (4, 24): Theorem((-1, 2), "0.5", "D. de Laat, N. Leijenhorst, W. de Muinck Keizer 2024"),
}


def judge(proof: CodeProof) -> tuple[str, str]:
    """Return the final level of a proof, with the reason: optimal, optimal-cited, or the level it has."""
    n_points, dim = proof.points.shape
    if proof.exact:
        reason = proven_optimal(dim, n_points, len(proof.contacts), proof.inner_products)
        if reason is not None:
            return "optimal", f"{proof.reason}; optimal by {reason}"
        citation = cited_optimal(dim, n_points, proof.cosine)
        if citation is not None:
            return "optimal-cited", f"{proof.reason}; optimal by {citation} (cited)"
    return proof.level, proof.reason


def proven_optimal(dim: int, n_points: int, n_contacts: int, inner_products: tuple[Surd, ...] | None) -> str | None:
    """Return why no code of this size has a smaller max cosine than an exact one with these data, or None.

    `inner_products` are those of different points, ascending; None where they are not known exactly. The bounds are
    those of R. A. Rankin (1955), and the linear programming bound of P. Delsarte, J. M. Goethals, J. J. Seidel (1977)
    with V. I. Levenshtein's polynomial for sharp codes: simple zeros at the largest inner product and at -1, double
    zeros at the others. For codes that attain a bound otherwise the package has certificates, which are checked here.
    """
    if dim == 2 and n_points == n_contacts >= 3:
        return "equal arcs"
    if inner_products is None:
        return None
    *rest, largest = inner_products
    if n_points <= 2 * dim:
        attained = fmpq(-1, n_points - 1) if n_points <= dim + 1 else fmpq(0)
        return "Rankin's bound" if largest.rational == attained and largest.factor == 0 else None
    if not rest:
        return None
    zeros = [(value, 1 if value.rational == -1 and value.factor == 0 else 2) for value in rest]
    one = Surd(fmpq(1), fmpq(0), 1)
    finding = check_zeros(dim, n_points, largest, [*zeros, (largest, 1)], [one])
    return "the linear programming bound" if finding.accepted else _stored_bound(dim, n_points, largest)


def _stored_bound(dim: int, n_points: int, cosine: Surd) -> str | None:
    """Return which bound a certificate of the package proves that is this cosine exactly, or None."""
    content = _certificates.content(f"{dim}-{n_points}.json")
    if content is None:
        return None
    certificate = json.loads(content)
    from sphcode.proofs.bound.check import check_bound
    from sphcode.proofs.bound.kinds import KINDS

    exact = KINDS[certificate["kind"]].exact
    if exact is None or certificate["dim"] != dim or certificate["claim"]["n_points"] != n_points:
        return None
    if not read_surd(certificate["claim"]["max_cosine_at_least"], "claim.max_cosine_at_least").same(cosine):
        return None
    return exact if check_bound(certificate).accepted else None


def cited_optimal(dim: int, n_points: int, cosine: arb) -> str | None:
    """Return who proved that no code has a max cosine below the one enclosed, or None.

    The enclosed number is identified with the one of the theorem by all digits of the ball.
    """
    theorem = THEOREMS.get((dim, n_points))
    if theorem is None or not abs(cosine - arb(theorem.near)) < _APART:
        return None
    return theorem.citation if has_root(fmpz_poly(list(theorem.polynomial)), cosine) else None
