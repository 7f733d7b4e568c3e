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
from functools import cache, cached_property, partial, reduce

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_int, fail
from sphcode.codes.constructions.construction import Construction, Family, single
from sphcode.codes.constructions.exact import Exact, rational
from sphcode.codes.constructions.finite_field import field
from sphcode.codes.constructions.golay import blocks_of_s3_6_22

IntArray = NDArray[np.int64]


#: Adjacency of the vertices in one index array to those in another, as an array of 0 and 1.
Adjacency = Callable[[IntArray, IntArray], IntArray]


@dataclass(frozen=True)
class StronglyRegularGraph:
    """Parameters (v, k, lambda, mu) of a strongly regular graph with integer eigenvalues, and its adjacency."""

    v: int
    k: int
    lambda_: int
    mu: int
    adjacency: Adjacency

    @cached_property
    def smallest_eigenvalue(self) -> int:
        """The eigenvalue s < 0."""
        difference = self.lambda_ - self.mu
        return (difference - math.isqrt(difference * difference + 4 * (self.k - self.mu))) // 2

    @cached_property
    def dim(self) -> int:
        """Multiplicity of the smallest eigenvalue."""
        r = self.lambda_ - self.mu - self.smallest_eigenvalue
        return (-self.k - (self.v - 1) * r) // (self.smallest_eigenvalue - r)

    @property
    def cosines(self) -> tuple[Exact, Exact]:
        """Inner products of adjacent and of other vertices."""
        s = self.smallest_eigenvalue
        return rational(s, self.k), rational(-(1 + s), self.v - self.k - 1)

    def gram(self, rows: IntArray, columns: IntArray) -> IntArray:
        """Return inner products times an integer: those of the projector's rows, and also its entries."""
        adjacent, other = (cosine.value for cosine in self.cosines)
        scale = math.lcm(adjacent.denominator, other.denominator)
        products = np.where(self.adjacency(rows, columns) == 1, int(adjacent * scale), int(other * scale))
        return np.where(rows[:, None] == columns[None, :], scale, products)

    @cached_property
    def frame(self) -> tuple[IntArray, NDArray[np.float64]]:
        """Vertices S and a triangular matrix C, such that the rows of gram(., S) C^T are coordinates of the points."""
        chosen: list[int] = []
        triangle = np.zeros((self.dim, self.dim))
        for vertex in range(self.v):
            found = len(chosen)
            row = self.gram(np.array([vertex]), np.array([*chosen, vertex]))[0]
            products = row / row[-1]
            projected = triangle[:found, :found] @ products[:-1]
            residual = 1.0 - float(projected @ projected)
            if residual > _INDEPENDENT:
                triangle[found, :found] = -(projected @ triangle[:found, :found])
                triangle[found, found] = 1.0
                triangle[found] /= math.sqrt(residual)
                chosen.append(vertex)
                if found + 1 == self.dim:
                    break
        return np.array(chosen), triangle

    def unit_rows(self, start: int, stop: int) -> NDArray[np.float64]:
        """Return points of R^dim with the inner products of the projected vertices."""
        vertices, triangle = self.frame
        products = self.gram(np.arange(start, stop), vertices)
        scale = int(self.gram(vertices[:1], vertices[:1])[0, 0])
        rows: NDArray[np.float64] = products / scale @ triangle.T
        return rows


#: Squared distance from the span of the points before, beyond which a point is taken as independent of them.
_INDEPENDENT = 1e-3


def eigenspace_code(
    graph: StronglyRegularGraph, *, name: str, params: dict[str, int], reference: str, optimal: bool, strength: int = 2
) -> Construction:
    """Return the code of a strongly regular graph in the eigenspace of its smallest eigenvalue."""
    v, k = graph.v, graph.k
    adjacent, other = graph.cosines

    def spectrum() -> Iterable[tuple[Exact, int]]:
        return [(adjacent, v * k // 2), (other, v * (v - k - 1) // 2)]

    return Construction(
        name=name,
        params=params,
        dim=graph.dim,
        n_points=v,
        cosine=other,
        reference=reference,
        unit_rows=graph.unit_rows,
        integer_rows=lambda start, stop: graph.gram(np.arange(start, stop), np.arange(v)),
        proven_optimal=optimal,
        design_strength=strength,
        spectrum_formula=spectrum,
    )


def _from_matrix(matrix: Callable[[], IntArray]) -> Adjacency:
    stored = cache(matrix)
    return lambda rows, columns: stored()[np.ix_(rows, columns)]


def _disjointness(blocks: IntArray) -> IntArray:
    return np.asarray(blocks @ blocks.T == 0, dtype=np.int64)


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
    "hoffman-singleton": (
        StronglyRegularGraph(50, 7, 0, 1, _from_matrix(_hoffman_singleton)),
        f"Robertson 1969; {_SDP}",
        2,
    ),
    "gewirtz": (StronglyRegularGraph(56, 10, 0, 2, _from_matrix(_gewirtz)), f"Gewirtz 1969; {_SDP}", 2),
    "m22": (StronglyRegularGraph(77, 16, 0, 4, _from_matrix(_m22)), f"Mesner 1956; {_SDP}", 2),
    "higman-sims": (
        StronglyRegularGraph(100, 22, 0, 6, _from_matrix(_higman_sims)),
        "Higman and Sims 1968; Cohn and Kumar 2007, Table 1; optimal: Levenshtein",
        3,
    ),
}


def _graph_code(name: str) -> Construction:
    graph, reference, strength = _GRAPHS[name]
    return eigenspace_code(graph, name=name, params={}, reference=reference, optimal=True, strength=strength)


#: The isotropic points are looked for among all (q^6 - 1) / (q - 1); this bounds q.
_ISOTROPIC_Q = (2, 3, 4, 5, 7, 8, 9, 11, 13)


def isotropic(q: int) -> Construction:
    """Return the (q + 1)(q^3 + 1) points in q (q^2 - q + 1) dimensions at cosine 1/q^2, for a prime power q <= 13.

    They are the totally isotropic planes of the Hermitian space of dimension 4 over the field of q^2 elements, here as
    the isotropic points of the dual elliptic quadric in 6 dimensions over the field of q elements; two are adjacent if
    they are orthogonal.
    """
    q = check_int("q", q, minimum=2)
    if q not in _ISOTROPIC_Q:
        raise fail("q", "a prime power up to 13: one of " + ", ".join(map(str, _ISOTROPIC_Q)), q)
    points = cache(partial(_elliptic_quadric, q))

    def adjacency(rows: IntArray, columns: IntArray) -> IntArray:
        # Two isotropic points are orthogonal exactly when their sum is isotropic.
        f, vectors = field(q), points()
        sums = (f.add(vectors[row], vectors[columns]) for row in rows)
        matrix = np.array([_elliptic_form(q, each) == 0 for each in sums], dtype=np.int64)
        return np.where(rows[:, None] == columns[None, :], 0, matrix)

    return eigenspace_code(
        StronglyRegularGraph((q + 1) * (q**3 + 1), q * (q * q + 1), q - 1, q * q + 1, adjacency),
        name="isotropic",
        params={"q": q},
        reference="Cameron, Goethals and Seidel 1978; Cohn and Kumar 2007, Table 1; optimal: Levenshtein",
        optimal=True,
        strength=4 if q == 2 else 3,
    )


def _elliptic_form(q: int, x: IntArray) -> IntArray:
    """Return x0 x1 + x2 x3 + x4^2 + x4 x5 + c x5^2 with c such that the last three terms vanish only at 0."""
    f = field(q)
    c = next(c for c in range(q) if not _has_root(q, c))
    terms = [f.multiply(x[..., i], x[..., j]) for i, j in ((0, 1), (2, 3), (4, 4), (4, 5))]
    terms.append(f.multiply(c, f.multiply(x[..., 5], x[..., 5])))
    return reduce(f.add, terms)


def _elliptic_quadric(q: int) -> IntArray:
    """Return the isotropic points of the form, as vectors of six coordinates whose first that is not 0 is 1."""
    points = []
    for lead in range(6):
        tails = np.array(list(itertools.product(range(q), repeat=5 - lead)), dtype=np.int64)
        vectors = np.zeros((len(tails), 6), dtype=np.int64)
        vectors[:, lead] = 1
        vectors[:, lead + 1 :] = tails
        points.append(vectors[_elliptic_form(q, vectors) == 0])
    return np.concatenate(points)


def _has_root(q: int, c: int) -> bool:
    """Tell whether x^2 + x + c has a root."""
    f, x = field(q), np.arange(q)
    return bool((f.add(f.add(f.multiply(x, x), x), c) == 0).any())


FAMILIES = (
    *(
        single(
            name,
            f"eigenspace code of a strongly regular graph, {row[0].v} points",
            row[0].dim,
            partial(_graph_code, name),
        )
        for name, row in _GRAPHS.items()
    ),
    Family(
        "isotropic",
        "isotropic subspaces, (q + 1)(q^3 + 1) points in q (q^2 - q + 1) dimensions at 1/q^2",
        {"q": "a prime power from 2 to 13"},
        isotropic,
        lambda dim: [isotropic(q) for q in _ISOTROPIC_Q if q * (q * q - q + 1) <= dim],
    ),
)
