"""Optimal codes: proven here where the bound and the code agree exactly, cited where the proof is in the literature."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from flint import arb, fmpq, fmpq_poly, fmpz_poly

from sphcode.proofs.algebraic import has_root
from sphcode.proofs.check_code import CodeProof
from sphcode.proofs.gegenbauer import values


@dataclass(frozen=True)
class Theorem:
    """A published proof that a code is optimal: the polynomial of its max cosine (constant first), who and when."""

    polynomial: tuple[int, ...]
    citation: str


#: (dim, n_points) of codes whose optimality is proven in print and not by `proven_optimal` below.
THEOREMS = {
    (3, 7): Theorem((1, -3, -9, 3), "K. Schuette, B. L. van der Waerden 1951"),
    (3, 8): Theorem((-1, 2, 7), "K. Schuette, B. L. van der Waerden 1951"),
    (3, 9): Theorem((-1, 3), "K. Schuette, B. L. van der Waerden 1951"),
    (3, 10): Theorem((1, -2, -4, 7), "L. Danzer 1963 (Habilitation; Discrete Math. 60, 1986)"),
    (3, 11): Theorem((-1, 0, 5), "L. Danzer 1963 (Habilitation; Discrete Math. 60, 1986)"),
    (3, 12): Theorem((-1, 0, 5), "L. Fejes Toth 1943"),
    (3, 13): Theorem((1, -8, -12, 24, 38, 8, -12, -24, 1), "O. R. Musin, A. S. Tarasov 2012"),
    (3, 14): Theorem((-1, 0, 3, -2, 4), "O. R. Musin, A. S. Tarasov 2015"),
    (3, 24): Theorem((-1, -3, 1, 7), "R. M. Robinson 1961"),
    (4, 10): Theorem((-1, 6), "C. Bachoc, F. Vallentin 2009"),
    (4, 24): Theorem((-1, 2), "D. de Laat, N. Leijenhorst, W. de Muinck Keizer 2024"),
    (4, 120): Theorem((-1, -2, 4), "K. Boeroeczky 1978"),
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


def proven_optimal(dim: int, n_points: int, n_contacts: int, inner_products: tuple[fmpq, ...] | None) -> str | None:
    """Return why no code of this size has a smaller max cosine than an exact one with these data, or None.

    `inner_products` are exact, ascending, 1 included; None where they are not all rational. The bounds are those of
    R. A. Rankin (1955), and the linear programming bound of P. Delsarte, J. M. Goethals, J. J. Seidel (1977) with
    V. I. Levenshtein's polynomial for sharp codes.
    """
    if dim == 2 and n_points == n_contacts >= 3:
        return "equal arcs"
    if inner_products is None:
        return None
    largest = inner_products[-2]
    if n_points <= dim + 1:
        return "Rankin's bound -1/(n - 1)" if largest == fmpq(-1, n_points - 1) else None
    if n_points <= 2 * dim:
        return "Rankin's bound 0" if largest == 0 else None
    return "the linear programming bound, exactly" if _is_sharp(dim, n_points, inner_products[:-1]) else None


def cited_optimal(dim: int, n_points: int, cosine: arb) -> str | None:
    """Return who proved that no code has a max cosine below the one enclosed, or None.

    The enclosed number is identified with the one of the theorem by all digits of the ball.
    """
    theorem = THEOREMS.get((dim, n_points))
    if theorem is None or not has_root(fmpz_poly(list(theorem.polynomial)), cosine):
        return None
    return theorem.citation


def _is_sharp(dim: int, n_points: int, inner_products: tuple[fmpq, ...]) -> bool:
    """Tell whether f(x) = (x - s) h(x) proves that n_points points need max cosine >= s, the largest inner product.

    h is the product of (x - a)^2 over the other inner products a, with x + 1 instead for a = -1, so f <= 0 on
    [-1, s]; with all Gegenbauer coefficients f_k >= 0 and f(1) / f_0 = n_points a code with max cosine <= s has at most
    n_points points. For s' slightly below s the polynomial (x - s') h = f + (s - s') h does better than n_points
    when h(1) < n_points h_0, provided that h_k >= 0 wherever f_k = 0; so s is least.
    """
    variable = fmpq_poly([0, 1])
    other = fmpq_poly([1])
    for value in inner_products[:-1]:
        other *= (variable + 1) if value == -1 else (variable - value) ** 2
    polynomial = other * (variable - inner_products[-1])
    f, h = _coefficients(dim, polynomial), _coefficients(dim, other)
    positive = all(value > 0 or (value == 0 and (k >= len(h) or h[k] >= 0)) for k, value in enumerate(f))
    return positive and polynomial(1) == n_points * f[0] and other(1) < n_points * h[0]


def _coefficients(dim: int, polynomial: fmpq_poly) -> list[fmpq]:
    """Return the coefficients of a polynomial in the Gegenbauer basis P_0, P_1, ... with P_k(1) = 1."""
    basis = list(islice(values(dim, fmpq_poly([0, 1])), polynomial.degree() + 1))
    rest, coefficients = polynomial, [fmpq(0)] * len(basis)
    for k in range(polynomial.degree(), -1, -1):
        if rest.degree() == k:
            coefficients[k] = rest[k] / basis[k][k]
            rest = rest - basis[k] * coefficients[k]
    return coefficients
