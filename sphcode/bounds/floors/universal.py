"""The polynomial below a potential that interpolates it at the nodes of Levenshtein's quadrature."""

from __future__ import annotations

from itertools import islice

from flint import arb, arb_poly, ctx, fmpq, fmpq_poly

from sphcode.bounds.closed_form import theorem_cosine
from sphcode.proofs.bound.claim import read_rational
from sphcode.proofs.bound.energy import potential_series
from sphcode.proofs.closed_forms import levenshtein_order
from sphcode.proofs.gegenbauer import coefficients_of, values
from sphcode.proofs.rounding import exact_end, to_arb

__all__ = ["quadrature_nodes", "universal_coefficients"]

#: Bits of the balls, digits of a coefficient in the file, and the largest order of the design: what certificates of
#: delsarte/certificate.py have, with room for differences of high order.
_PRECISION = 512
_DIGITS = 40
_MAX_ORDER = 60


def universal_coefficients(dim: int, n_points: int, potential: str, parameter: float | None) -> list[str] | None:
    """Return decimals c_0, c_1, ... of the polynomial sum c_k P_k; None when its degree would be too large.

    By the error formula of Hermite interpolation it lies below every absolutely monotone potential.
    """
    with ctx.workprec(_PRECISION):
        nodes = quadrature_nodes(dim, n_points)
        if nodes is None:
            return None
        points = [node for node in nodes for _ in range(1 if node == -1 else 2)]
        data = {node: potential_series(potential, arb(parameter or 0), to_arb(node), 2) for node in nodes}
        # Newton's divided differences; a repeated node takes the derivative.
        table = [data[point][0] for point in points]
        newton = [table[0]]
        for width in range(1, len(points)):
            table = [
                data[points[i]][1]
                if points[i] == points[i + width]
                else (table[i + 1] - table[i]) / to_arb(points[i + width] - points[i])
                for i in range(len(points) - width)
            ]
            newton.append(table[0])
        polynomial = arb_poly([newton[-1]])
        for point, difference in zip(points[-2::-1], newton[-2::-1], strict=True):
            polynomial = polynomial * arb_poly([-to_arb(point), 1]) + difference
        exact = fmpq_poly([exact_end(polynomial[j].mid()) for j in range(polynomial.degree() + 1)])
        texts = [to_arb(c).mid().str(_DIGITS, radius=False) for c in coefficients_of(dim, exact)]
        return texts if len(texts) > 1 else [*texts, "0"]


def quadrature_nodes(dim: int, n_points: int) -> list[fmpq] | None:
    """Return the nodes, in increasing order and to about 150 digits, of Levenshtein's quadrature for n_points."""
    cosine = _cosine(dim, n_points)
    order = None if cosine is None else levenshtein_order(dim, cosine)
    if cosine is None or order is None:
        return None
    if order > _MAX_ORDER:
        # Fewer points give a polynomial of smaller degree, whose bound also holds.
        return quadrature_nodes(dim, n_points // 2)
    if order == 1:
        return [cosine]
    # The nodes are the zeros of a kernel in the polynomials P_k - P_{k+1} (odd order) or P_k - P_{k+2} (even order).
    k, gap = (order + 1) // 2, 2 - order % 2
    p = list(islice(values(dim, fmpq_poly([0, 1])), k + 3))
    factor = fmpq_poly([1, -1]) if gap == 1 else fmpq_poly([1, 0, -1])
    here, before = (p[k] - p[k + gap]) // factor, (p[k - 1] - p[k - 1 + gap]) // factor
    kernel = here * before(cosine) - before * here(cosine)
    roots = [root.real.mid() for root, _ in kernel.numer().complex_roots() if root.imag == 0]
    nodes = sorted(exact_end(root) for root in roots)
    if len(nodes) != k:
        return None
    return [fmpq(-1), *nodes] if gap == 2 else nodes


def _cosine(dim: int, n_points: int) -> fmpq | None:
    """Return the cosine at which Levenshtein's bound is n_points, to about machine precision."""
    if n_points <= dim + 1:
        return fmpq(-1, n_points - 1)
    if n_points <= 2 * dim:
        return fmpq(n_points - 2 * dim, dim * (n_points - 2))
    # Levenshtein's bound is not evaluated near cosine 0 for very many points; the volume of caps leads near the root.
    cosine = theorem_cosine("cap-volume", dim, n_points)
    start = 0.0 if cosine is None else float(read_rational(cosine, "cosine"))
    cosine = theorem_cosine("levenshtein", dim, n_points, start)
    return None if cosine is None else read_rational(cosine, "cosine")
