"""The inequalities of a three-point certificate, sampled at pairs and triples of inner products in high precision.

Only what makes a bound is looked at: the matrices b and F_k are positive semidefinite, the a_k nonnegative,

    g1(u) = 1 + sum a_k P_k(u) + 2 b_12 + b_22 + 3 sum <F_k, S_k(u, u, 1)> <= 0 on [-1, s],
    g2(u, v, t) = b_22 + sum <F_k, S_k(u, v, t)> <= 0 for inner products of three points in [-1, s],

and the value sum a_k + b_11 + <F_0, J>. Sums of squares in the file are one way to show it, and are not read here.
"""

from __future__ import annotations

import base64
import functools
import random
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath as mp
from adversary.exact import Unreadable, real
from adversary.polynomials import gegenbauer, value

_PAIRS = 60
_TRIPLES = 80

#: Factors of this size prove nothing about codes of any size in this folder.
_LARGEST = 1e100


@dataclass(frozen=True)
class Sampled:
    """The value of the bound, and by how much g1 and g2 exceed 0 at most at the samples."""

    value: mp.mpf
    pair_excess: mp.mpf
    triple_excess: mp.mpf


@dataclass(frozen=True)
class _Program:
    dim: int
    degree: int
    linear: Sequence[mp.mpf]
    b: mp.matrix
    zonal: Sequence[mp.matrix]
    chebyshev: bool

    def basis(self, u: mp.mpf, size: int) -> list[mp.mpf]:
        if not self.chebyshev:
            return [u**k for k in range(size)]
        return [mp.chebyt(k, u) for k in range(size)]

    def form(self, u: mp.mpf, v: mp.mpf, t: mp.mpf) -> mp.mpf:
        """Return sum <F_k, Y_k(u, v, t)>, not symmetrised."""
        z, w, total = t - u * v, (1 - u * u) * (1 - v * v), mp.mpf(0)
        left, right = self.basis(u, self.degree + 1), self.basis(v, self.degree + 1)
        for k, matrix in enumerate(self.zonal):
            # The even or odd polynomial of R^(dim-1), made homogeneous.
            radial = sum(
                (_mpf(c) * z**power * w ** ((k - power) // 2) for power, c in enumerate(_inner(self.dim, k)) if c),
                mp.mpf(0),
            )
            n = matrix.rows
            total += radial * sum((left[i] * matrix[i, j] * right[j] for i in range(n) for j in range(n)), mp.mpf(0))
        return total

    def symmetric(self, u: mp.mpf, v: mp.mpf, t: mp.mpf) -> mp.mpf:
        return (self.form(u, v, t) + self.form(t, u, v) + self.form(t, v, u)) / 3

    def pair(self, u: mp.mpf) -> mp.mpf:
        zonal = sum((a * value(gegenbauer(self.dim, k), u) for k, a in enumerate(self.linear)), mp.mpf(0))
        return 1 + zonal + 2 * self.b[0, 1] + self.b[1, 1] + 3 * self.symmetric(u, u, mp.mpf(1))

    def triple(self, u: mp.mpf, v: mp.mpf, t: mp.mpf) -> mp.mpf:
        return self.b[1, 1] + self.symmetric(u, v, t)

    def value(self) -> mp.mpf:
        return sum(self.linear, mp.mpf(0)) + self.b[0, 0] + self.form(mp.mpf(1), mp.mpf(1), mp.mpf(1))


def sampled(certificate: Mapping[str, Any], cosine: mp.mpf) -> Sampled | str:
    """Return what is found at seeded samples, or what is wrong with the matrices."""
    program = _read(certificate)
    if program.dim < 3 or not -1 < cosine < 1:
        return "a three-point bound needs three dimensions and a cosine inside (-1, 1)"
    if min(program.linear) < 0:
        return "a number a_k is negative"
    for matrix in (program.b, *program.zonal):
        if not _semidefinite(matrix):
            return "a matrix is not positive semidefinite"
    rng = random.Random(0)
    pairs = [-1 + (cosine + 1) * mp.mpf(k) / _PAIRS for k in range(_PAIRS + 1)]
    triples: list[tuple[mp.mpf, ...]] = [(cosine, cosine, cosine)] if 1 - 3 * cosine**2 + 2 * cosine**3 >= 0 else []
    while len(triples) < _TRIPLES:
        u, v, t = (-1 + (cosine + 1) * mp.mpf(rng.random()) for _ in range(3))
        if 1 + 2 * u * v * t - u * u - v * v - t * t >= 0:
            triples.append((u, v, t))
    excess = max(program.pair(u) for u in pairs), max(program.triple(*triple) for triple in triples)
    return Sampled(program.value(), max(excess[0], mp.mpf(0)), max(excess[1], mp.mpf(0)))


def pair_polynomial(certificate: Mapping[str, Any]) -> list[mp.mpf]:
    """Return the coefficients of g1, constant first, by interpolation."""
    program = _read(certificate)
    size = 2 * program.degree + 1
    nodes = [mp.cos(mp.pi * (2 * k + 1) / (2 * size)) for k in range(size)]
    vandermonde = mp.matrix([[node**power for power in range(size)] for node in nodes])
    return list(mp.lu_solve(vandermonde, mp.matrix([program.pair(node) for node in nodes])))


@functools.cache
def _inner(dim: int, degree: int) -> tuple[Any, ...]:
    return gegenbauer(dim - 1, degree)


def _mpf(number: Any) -> mp.mpf:
    return mp.mpf(number.numerator) / number.denominator


def _semidefinite(matrix: mp.matrix) -> bool:
    scale = max(abs(entry) for entry in matrix) or mp.mpf(1)
    return bool(min(mp.eigsy(matrix, eigvals_only=True)) >= -scale * mp.mpf(10) ** -40)


def _read(certificate: Mapping[str, Any]) -> _Program:
    dim, degree = certificate["dim"], certificate["degree"]
    sizes = {"b": 2, **{f"F{k}": degree - k + 1 for k in range(degree + 1)}}
    if certificate["kind"] == "three-point":
        linear = _floats(certificate["linear"])
        matrices = {name: _product(_floats(certificate["factors"][name]), size) for name, size in sizes.items()}
    else:
        linear = [real(text) for text in certificate["linear"]]
        matrices = {name: _spanned(certificate["matrices"][name], size) for name, size in sizes.items()}
    if len(linear) != 2 * degree + 1:
        raise Unreadable("linear")
    zonal = [matrices[f"F{k}"] for k in range(degree + 1)]
    return _Program(dim, degree, linear, matrices["b"], zonal, certificate["kind"] == "three-point")


def _floats(text: str) -> list[mp.mpf]:
    data = base64.b64decode(text, validate=True)
    numbers = [number for (number,) in struct.iter_unpack("<d", data)]
    if not all(abs(number) < _LARGEST for number in numbers):
        raise Unreadable("numbers that are not finite, or so large that their squares are not")
    return [mp.mpf(number) for number in numbers]


def _product(lower: list[mp.mpf], size: int) -> mp.matrix:
    if len(lower) != size * (size + 1) // 2:
        raise Unreadable("factor")
    factor, entries = mp.zeros(size), iter(lower)
    for i in range(size):
        for j in range(i + 1):
            factor[i, j] = next(entries)
    return factor * factor.T


def _spanned(content: Mapping[str, Any], size: int) -> mp.matrix:
    """Return V' G V; a G that is not definite makes it what it is, which is tested afterwards."""
    rows = [[real(entry) for entry in row] for row in content["vectors"]]
    if not rows:
        return mp.zeros(size)
    gram, entries = mp.zeros(len(rows)), iter(content["gram"])
    for i in range(len(rows)):
        for j in range(i + 1):
            gram[i, j] = gram[j, i] = real(next(entries))
    vectors = mp.matrix(rows)
    return vectors.T * gram * vectors
