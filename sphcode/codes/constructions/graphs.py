"""Codes from strongly regular graphs: the vertices projected to an eigenspace of the adjacency matrix.

In a strongly regular graph with parameters (v, k, lambda, mu) and eigenvalues k > r > s, the projection to the
eigenspace of s, of dimension f, turns the v vertices into a two-distance code in R^f: adjacent vertices have inner
product s / k, the others -(1 + s) / (v - k - 1). It is a spherical 2-design, of strength 3 or 4 if Krein's condition is
tight.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_int
from sphcode.codes.constructions.construction import Construction, Family, from_integers, single
from sphcode.codes.constructions.exact import Exact, rational
from sphcode.codes.constructions.finite_field import field
from sphcode.codes.constructions.golay import blocks_of_s3_6_22

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class StronglyRegularGraph:
    """Parameters (v, k, lambda, mu) of a strongly regular graph with integer eigenvalues, and its adjacency matrix."""

    v: int
    k: int
    lambda_: int
    mu: int
    adjacency: Callable[[], IntArray]

    def smallest_eigenvalue(self) -> tuple[int, int]:
        """Return the smallest eigenvalue s and its multiplicity."""
        difference = self.lambda_ - self.mu
        root = math.isqrt(difference * difference + 4 * (self.k - self.mu))
        r, s = (difference + root) // 2, (difference - root) // 2
        return s, (-self.k - (self.v - 1) * r) // (s - r)

    def projector(self) -> IntArray:
        """Return an integer multiple of the projector to the eigenspace of s; its rows are the code."""
        s, _ = self.smallest_eigenvalue()
        others = self.v - self.k - 1
        scale = math.lcm(self.k, others)
        adjacency = self.adjacency()
        identity = np.eye(self.v, dtype=np.int64)
        rest = 1 - identity - adjacency
        return scale * identity + scale * s // self.k * adjacency - scale * (1 + s) // others * rest


def eigenspace_code(
    graph: StronglyRegularGraph, *, name: str, params: dict[str, int], reference: str, optimal: bool, strength: int = 2
) -> Construction:
    """Return the code of a strongly regular graph in the eigenspace of its smallest eigenvalue."""
    s, dim = graph.smallest_eigenvalue()
    v, k = graph.v, graph.k
    adjacent, other = rational(s, k), rational(-(1 + s), v - k - 1)
    unit_rows, integer_rows = from_integers(graph.projector, dim)

    def spectrum() -> Iterable[tuple[Exact, int]]:
        return [(adjacent, v * k // 2), (other, v * (v - k - 1) // 2)]

    return Construction(
        name=name,
        params=params,
        dim=dim,
        n_points=v,
        cosine=other,
        reference=reference,
        unit_rows=unit_rows,
        integer_rows=integer_rows,
        proven_optimal=optimal,
        design_strength=strength,
        spectrum_formula=spectrum,
    )


def _disjointness(blocks: IntArray) -> IntArray:
    return (blocks @ blocks.T == 0).astype(np.int64)


def _m22() -> IntArray:
    return _disjointness(blocks_of_s3_6_22())


def _gewirtz() -> IntArray:
    blocks = blocks_of_s3_6_22()
    return _disjointness(blocks[blocks[:, 0] == 0])


def _higman_sims() -> IntArray:
    """Join one vertex to the 22 points, each point to its blocks, and each block to the blocks disjoint from it."""
    blocks = blocks_of_s3_6_22()
    adjacency = np.zeros((100, 100), dtype=np.int64)
    adjacency[0, 1:23] = adjacency[1:23, 0] = 1
    adjacency[23:, 1:23], adjacency[1:23, 23:] = blocks, blocks.T
    adjacency[23:, 23:] = _disjointness(blocks)
    return adjacency


def _hoffman_singleton() -> IntArray:
    """Robertson's pentagons P_h and pentagrams Q_i: vertex j of P_h is joined to vertex h i + j of Q_i."""
    adjacency = np.zeros((50, 50), dtype=np.int64)
    for h, j in itertools.product(range(5), repeat=2):
        adjacency[5 * h + j, 5 * h + (j + 1) % 5] = 1
        adjacency[25 + 5 * h + j, 25 + 5 * h + (j + 2) % 5] = 1
        for i in range(5):
            adjacency[5 * h + j, 25 + 5 * i + (h * i + j) % 5] = 1
    return adjacency + adjacency.T


_SDP = "optimal: Cohn, de Laat and Leijenhorst 2024"
_GRAPHS = {
    "hoffman-singleton": (StronglyRegularGraph(50, 7, 0, 1, _hoffman_singleton), f"Robertson 1969; {_SDP}", 2),
    "gewirtz": (StronglyRegularGraph(56, 10, 0, 2, _gewirtz), f"Gewirtz 1969; {_SDP}", 2),
    "m22": (StronglyRegularGraph(77, 16, 0, 4, _m22), f"Mesner 1956; {_SDP}", 2),
    "higman-sims": (
        StronglyRegularGraph(100, 22, 0, 6, _higman_sims),
        "Higman and Sims 1968; Cohn and Kumar 2007, Table 1; optimal: Levenshtein",
        3,
    ),
}


def _graph_code(name: str) -> Construction:
    graph, reference, strength = _GRAPHS[name]
    return eigenspace_code(graph, name=name, params={}, reference=reference, optimal=True, strength=strength)


def isotropic(q: int) -> Construction:
    """Return the (q + 1)(q^3 + 1) points in q (q^2 - q + 1) dimensions at cosine 1/q^2, for a prime power q <= 5.

    They are the totally isotropic planes of the Hermitian space of dimension 4 over the field of q^2 elements, here as
    the isotropic points of the dual elliptic quadric in 6 dimensions over the field of q elements; two are adjacent if
    they are orthogonal.
    """
    q = check_int("q", q, minimum=2, maximum=5)
    graph = StronglyRegularGraph(
        (q + 1) * (q**3 + 1), q * (q * q + 1), q - 1, q * q + 1, partial(_elliptic_quadric_graph, q)
    )
    return eigenspace_code(
        graph,
        name="isotropic",
        params={"q": q},
        reference="Cameron, Goethals and Seidel 1978; Cohn and Kumar 2007, Table 1; optimal: Levenshtein",
        optimal=True,
        strength=4 if q == 2 else 3,
    )


def _elliptic_quadric_graph(q: int) -> IntArray:
    """Return the orthogonality graph of the isotropic points of x0 x1 + x2 x3 + N(x4, x5), N anisotropic."""
    f = field(q)
    c = next(c for c in range(q) if not _has_root(q, c))
    vectors = np.array(list(itertools.product(range(q), repeat=6)))
    first = np.array([v[np.flatnonzero(v)[0]] if v.any() else 0 for v in vectors])
    vectors = vectors[first == 1]

    def form(x: IntArray) -> IntArray:
        terms = [f.multiply(x[..., i], x[..., j]) for i, j in ((0, 1), (2, 3), (4, 4), (4, 5))]
        terms.append(f.multiply(c, f.multiply(x[..., 5], x[..., 5])))
        total = terms[0]
        for term in terms[1:]:
            total = f.add(total, term)
        return total

    points = vectors[form(vectors) == 0]
    # Both points being isotropic, they are orthogonal exactly when their sum is isotropic.
    orthogonal = np.array([form(f.add(point, points)) == 0 for point in points])
    return orthogonal.astype(np.int64) - np.eye(len(points), dtype=np.int64) * np.diag(orthogonal)


def _has_root(q: int, c: int) -> bool:
    """Tell whether x^2 + x + c has a root."""
    f, x = field(q), np.arange(q)
    return bool((f.add(f.add(f.multiply(x, x), x), c) == 0).any())


FAMILIES = (
    *(
        single(
            name,
            f"eigenspace code of a strongly regular graph, {row[0].v} points",
            row[0].smallest_eigenvalue()[1],
            partial(_graph_code, name),
        )
        for name, row in _GRAPHS.items()
    ),
    Family(
        "isotropic",
        "isotropic subspaces, (q + 1)(q^3 + 1) points in q (q^2 - q + 1) dimensions at 1/q^2",
        {"q": "2, 3, 4 or 5"},
        isotropic,
        lambda dim: [isotropic(q) for q in (2, 3, 4, 5) if q * (q * q - q + 1) <= dim],
    ),
)
