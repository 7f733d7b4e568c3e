"""The three-point program at the largest cosine of a code, exactly and on the face that the code determines.

If a code attains the bound, every matrix X of an optimal solution vanishes on vectors that the code's pairs and
triples determine (complementary slackness), so X = V G V' for a known V over the field of the inner products, the
rational numbers or Q(sqrt m). On this face nothing is left to optimise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, islice, permutations
from typing import Any

import numpy as np
from flint import fmpq
from numpy.typing import NDArray

from sphcode.bounds.delsarte.sharp import certificate_text
from sphcode.bounds.three_point.program import (
    chebyshev_points,
    invariant_squares,
    unisolvent_points,
    zonal_matrices,
    zonal_radial,
)
from sphcode.bounds.three_point.quadratic import Exact, Quadratic, null_space, product
from sphcode.codes.constructions import Construction
from sphcode.errors import NotProvenError
from sphcode.proofs.gegenbauer import values
from sphcode.proofs.sharp import read_surd

__all__ = ["Configuration", "Face", "FaceProgram", "Part", "dyadic", "parts_of_matrices"]

Floats = NDArray[np.float64]
#: Exact numbers or floats.
Array = NDArray[Any]

#: Largest code: its inner products are formed once, 200 MB for 5000 points.
_LARGEST = 5000
#: Binary places of the points where the equations are imposed.
_POINT_BITS = 8
#: Matrices whose entries are solved for before those of others: then the numbers stay short.
_SOLVED_FIRST = ("1t", "q0", "1e", "F0")


@dataclass(frozen=True, eq=False)
class Configuration:
    """The inner products of the ordered pairs and triples of different points of a code, with multiplicities."""

    dim: int
    n_points: int
    cosine: Any
    pairs: Mapping[Any, int]
    triples: Mapping[tuple[Any, Any, Any], int]

    @classmethod
    def of(cls, code: Construction) -> Configuration:
        """Return that of a code; NotProvenError if it is too large or its inner products are of no such field."""
        if code.spectrum is None or code.n_points > _LARGEST:
            raise NotProvenError(f"the inner products must be known, of at most {_LARGEST} points")
        texts = [certificate_text(str(line.cosine)) for line in code.spectrum]
        surds = [read_surd(text, "cosine") for text in texts if text is not None]
        if len(surds) < len(texts) or len({surd.radicand for surd in surds} - {1}) > 1:
            raise NotProvenError("the inner products must be rational or lie in one real quadratic field")
        exact = [x.rational if x.factor == 0 else Quadratic(x.rational, x.factor, x.radicand) for x in surds]
        points = code.code().points
        cosines = np.array([float(line.cosine) for line in code.spectrum])
        labels = np.searchsorted(-(cosines[1:] + cosines[:-1]) / 2, -points @ points.T)
        np.fill_diagonal(labels, -1)
        masks = [(labels == index).astype(np.float32) for index in range(len(exact))]
        triples = {}
        for a, b, c in combinations_with_replacement(range(len(exact)), 3):
            count = np.sum(masks[a] * (masks[b] @ masks[c]), dtype=np.float64)
            if count:
                triples[exact[a], exact[b], exact[c]] = int(count) * len(set(permutations((a, b, c))))
        pairs = {value: int(mask.sum(dtype=np.float64)) for value, mask in zip(exact, masks, strict=True)}
        return cls(code.dim, code.n_points, exact[0], pairs, triples)


@dataclass(frozen=True, eq=False)
class Part:
    """What a matrix X adds to the equations `rows`: weight * left X right', one row of each per equation."""

    rows: slice
    weight: Array
    left: Array
    right: Array


@dataclass(frozen=True, eq=False)
class Face:
    """A matrix variable V G V', with its parts in terms of G."""

    name: str
    vectors: Exact
    parts: Sequence[Part]

    @property
    def size(self) -> int:
        """The order of G."""
        return int(self.vectors.shape[1])

    def apply(self, gram: Exact, n_rows: int) -> Exact:
        """Return what the matrix adds to all equations."""
        total = np.full(n_rows, fmpq(0), dtype=object)
        for part in self.parts:
            total[part.rows] += part.weight * np.sum(product(part.left, gram) * part.right, axis=1)
        return total

    def column(self, i: int, j: int, n_rows: int) -> Exact:
        """Return the coefficients of the entries (i, j) and (j, i) of G."""
        total = np.full(n_rows, fmpq(0), dtype=object)
        for part in self.parts:
            total[part.rows] += part.weight * part.left[:, i] * part.right[:, j]
            if i != j:
                total[part.rows] += part.weight * part.left[:, j] * part.right[:, i]
        return total


def parts_of_matrices(
    dim: int, cosine: Any, points: tuple[Array, Array], zonal: tuple[Array, Array], squares: tuple[Array, Array]
) -> Iterator[tuple[str, list[Part]]]:
    """Yield the name and the parts of every matrix.

    `points` are the u of the identity for pairs and the (u, v, t) of that for triples. `zonal` are the values of the
    basis of the F_k at (u, u, 1) and at (u, v, t), `squares` those of the basis of the sums of squares at the points.
    """
    u, triples = points
    degree, ones = len(squares[0]) - 1, 0 * np.concatenate([u, triples[0]]) + 1
    first, second, everywhere = slice(0, len(u)), slice(len(u), len(ones)), slice(0, len(ones))
    one, two = np.stack([ones, 0 * ones], axis=1), np.stack([0 * ones, ones], axis=1)
    yield "b", [Part(first, 2 * ones[first], one[first], two[first]), Part(everywhere, ones, two, two)]
    found: list[list[Part]] = [[] for _ in range(degree + 1)]
    pairs = np.stack([u, u, ones[first]])
    for rows, times, x, basis in ((first, 3, pairs, zonal[0]), (second, 1, triples, zonal[1])):
        for i, j, k in ((0, 1, 2), (2, 0, 1), (2, 1, 0)):
            for order, radial in enumerate(zonal_radial(dim, degree, x[i], x[j], x[k])):
                size = degree - order + 1
                found[order].append(Part(rows, times * ones[rows] * radial / 3, basis[:size, i].T, basis[:size, j].T))
    for order, parts in enumerate(found):
        yield f"F{order}", parts
    for name, size, weight in (("q0", degree + 1, ones[first]), ("q1", degree, (u + 1) * (cosine - u))):
        yield name, [Part(first, weight, squares[0][:size].T, squares[0][:size].T)]
    for name, terms in invariant_squares(cosine, triples, squares[1]):
        yield name, [Part(second, weight, basis, basis) for weight, basis in terms]


class FaceProgram:
    """The equations of the program at rational points, near those where they are well conditioned.

    The unknowns are the a_k that may be positive, k in `powers`, and the G of all `faces`.
    """

    def __init__(self, code: Configuration, degree: int) -> None:
        self.code, self.degree = code, degree
        self.nodes = dyadic(chebyshev_points(2 * degree + 1, float(code.cosine)), _POINT_BITS)
        self.triples = dyadic(unisolvent_points(degree, float(code.cosine)), _POINT_BITS)
        n_first = len(self.nodes)
        self.n_rows = n_first + self.triples.shape[1]
        self.right = np.array([fmpq(-(i < n_first)) for i in range(self.n_rows)], dtype=object)
        moments = [sum(column, fmpq(0)) for column in zip(*self._gegenbauer(), strict=True)]
        self.powers = [k for k, moment in enumerate(moments) if moment == 0]
        self.linear = np.full((self.n_rows, len(self.powers)), fmpq(0), dtype=object)
        for row, u in zip(self.linear, self.nodes, strict=False):
            at_node = list(islice(values(code.dim, u), 2 * degree + 1))
            row[:] = [at_node[k] for k in self.powers]
        order = {name: place for place, name in enumerate(_SOLVED_FIRST)}
        self.faces = sorted(self._faces(), key=lambda face: order.get(face.name, len(order)))

    def _gegenbauer(self) -> Iterator[list[Any]]:
        """Yield multiplicity times P_0, P_1, ... for all inner products of the code, 1 included."""
        for cosine, count in {fmpq(1): self.code.n_points, **self.code.pairs}.items():
            yield [count * value for value in islice(values(self.code.dim, cosine), 2 * self.degree + 1)]

    def _faces(self) -> Iterator[Face]:
        pairs = np.stack([self.nodes, self.nodes, 0 * self.nodes + 1])
        zonal, squares = ((self._monomials(first), self._monomials(self.triples)) for first in (pairs, self.nodes))
        zeros = dict(self._zeros())
        points = (self.nodes, self.triples)
        for name, parts in parts_of_matrices(self.code.dim, self.code.cosine, points, zonal, squares):
            face = null_space(zeros[name], parts[0].left.shape[1])
            inside = [Part(p.rows, p.weight, product(p.left, face), product(p.right, face)) for p in parts]
            yield Face(name, face, inside)

    def _zeros(self) -> Iterator[tuple[str, Exact]]:
        """Yield vectors, as rows, on which the matrices vanish.

        b and F_k vanish on the ranges of the sums over all triples of the code, the sums of squares at its pairs and
        triples where their weight does not.
        """
        code = self.code
        yield "b", np.array([[fmpq(1), fmpq(code.n_points - 1)]], dtype=object)
        columns = [(fmpq(1),) * 3, *((u, u, fmpq(1)) for u in code.pairs), *code.triples]
        counts = [code.n_points, *(3 * count for count in code.pairs.values()), *code.triples.values()]
        everything = np.array(columns, dtype=object).T
        for k, matrices in enumerate(zonal_matrices(code.dim, everything, self._monomials(everything))):
            yield f"F{k}", sum(count * matrix for count, matrix in zip(counts, matrices, strict=True))
        pairs, triples = np.array(list(code.pairs), dtype=object), np.array(list(code.triples), dtype=object).T
        at_pairs = self._monomials(pairs).T
        yield "q0", at_pairs
        yield "q1", at_pairs[(pairs + 1) * (code.cosine - pairs) != 0, : self.degree]
        for name, parts in invariant_squares(code.cosine, triples, self._monomials(triples)):
            yield name, np.concatenate([basis[weight != 0] for weight, basis in parts])

    def _monomials(self, points: Exact) -> Exact:
        return np.stack([0 * points + 1 if k == 0 else np.asarray(points**k) for k in range(self.degree + 1)])

    def residual(self, linear: Exact, grams: Sequence[Exact]) -> Exact:
        """Return the right sides less the left sides."""
        total: Exact = self.right - product(self.linear, linear[:, None])[:, 0]
        for face, gram in zip(self.faces, grams, strict=True):
            total = total - face.apply(gram, self.n_rows)
        return total


def dyadic(numbers: Floats, bits: int) -> Exact:
    """Return the numbers rounded to binary fractions."""
    rounded = np.vectorize(lambda x: fmpq(round(x * 2**bits), 2**bits), otypes=[object])(numbers)
    return np.asarray(rounded, dtype=np.object_)
