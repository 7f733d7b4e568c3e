"""Families of groups as lists of generators: permutations of a set on which the group acts faithfully, or nearly so."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sphcode.symmetry.fields import Field
from sphcode.symmetry.permutations import Permutation, stabiliser

Generators = list[Permutation]
Move = Callable[[tuple[int, ...]], tuple[int, ...]]
_Point = TypeVar("_Point")


def _acting(points: Sequence[_Point], image: Callable[[_Point], _Point]) -> Permutation:
    number = {point: i for i, point in enumerate(points)}
    return np.array([number[image(point)] for point in points])


def cyclic(n: int) -> Generators:
    """C_n on n points."""
    return [np.roll(np.arange(n), 1)]


def dihedral(n: int) -> Generators:
    """D_n, of order 2 n, on the corners of a polygon."""
    return [np.roll(np.arange(n), 1), -np.arange(n) % n]


def symmetric(n: int) -> Generators:
    """S_n."""
    swap = np.arange(n)
    swap[:2] = 1, 0
    return [swap, np.roll(np.arange(n), 1)]


def alternating(n: int) -> Generators:
    """A_n, n at least 3: the three-cycles (0 1 k)."""
    cycles = []
    for k in range(2, n):
        cycle = np.arange(n)
        cycle[[0, 1, k]] = 1, k, 0
        cycles.append(cycle)
    return cycles


def affine(q: int, order: int, frobenius: int = 0) -> Generators:
    """Return x -> a x + b over GF(q), a of this order; and x -> x^(p^frobenius): q:order, AGammaL(1, q)."""
    field = Field(q)
    generators = [field.add[:, field.p**i] for i in range(field.degree)]
    if order > 1:
        generators.append(field.mul[field.power(field.generator, (q - 1) // order)])
    if frobenius:
        generators.append(np.array([field.frobenius(x, frobenius) for x in range(q)]))
    return [np.array(g) for g in generators]


def projective_line(q: int, *, general: bool = False, frobenius: int = 0) -> Generators:
    """PSL(2, q), PGL(2, q) and with field automorphisms, on the q + 1 points of the projective line."""
    field = Field(q)
    scale = field.generator if general else field.power(field.generator, 2)
    generators = [np.append(field.add[:, field.p**i], q) for i in range(field.degree)]
    generators.append(np.append(field.mul[scale], q))
    generators.append(np.array([q, *(field.neg[field.inv[x]] for x in range(1, q)), 0]))
    if frobenius:
        generators.append(np.array([*(field.frobenius(x, frobenius) for x in range(q)), q]))
    return generators


def _linear_maps(field: Field, dim: int) -> list[Move]:
    """Transvections of the first axis, and the cycle of the axes of determinant 1: SL(dim, q)."""

    def transvection(c: int) -> Move:
        return lambda v: (*field.axpy(c, (v[1],), (v[0],)), *v[1:])

    def cycle(v: tuple[int, ...]) -> tuple[int, ...]:
        return (*v[1:], int(field.neg[v[0]]) if dim % 2 == 0 else v[0])

    return [*(transvection(c) for c in sorted({1, field.generator})), cycle]


def _projected(field: Field, move: Move) -> Move:
    return lambda v: field.projective(move(v))


def projective(dim: int, q: int) -> Generators:
    """PSL(dim, q) on the points of projective space."""
    field = Field(q)
    points = sorted({field.projective(v) for v in field.vectors(dim) if any(v)})
    maps = _linear_maps(field, dim)
    return [_acting(points, _projected(field, move)) for move in maps]


def linear(dim: int, q: int, *, general: bool = False, translations: bool = False) -> Generators:
    """SL(dim, q) or GL(dim, q) on the vectors but 0; with translations ASL or AGL, on all vectors."""
    field = Field(q)
    points = field.vectors(dim) if translations else field.vectors(dim)[1:]
    generators = [_acting(points, move) for move in _linear_maps(field, dim)]
    if general and q > 2:
        generators.append(_acting(points, lambda v: (int(field.mul[field.generator, v[0]]), *v[1:])))
    if translations:
        for step in [field.p**i for i in range(field.degree)]:
            moved = field.add[:, step]
            generators.append(_acting(points, functools.partial(_shifted, moved)))
    return generators


def _shifted(moved: NDArray[np.int64], v: tuple[int, ...]) -> tuple[int, ...]:
    return (int(moved[v[0]]), *v[1:])


def symplectic(dim: int, q: int) -> Generators:
    """PSp(dim, q) on the points of projective space, by transvections."""
    field = Field(q)
    points = sorted({field.projective(v) for v in field.vectors(dim) if any(v)})
    half = dim // 2

    def form(u: tuple[int, ...], v: tuple[int, ...]) -> int:
        return field.dot(u, (*v[half:], *(int(field.neg[x]) for x in v[:half])))

    centres = points[:: max(1, len(points) // 12)]

    def transvection(u: tuple[int, ...], v: tuple[int, ...]) -> tuple[int, ...]:
        return field.projective(field.axpy(form(v, u), u, v))

    return [_acting(points, functools.partial(transvection, u)) for u in centres]


def unitary(dim: int, q: int) -> Generators:
    """PSU(dim, q) on the isotropic points over GF(q^2), by transvections."""
    field = Field(q * q)

    def form(u: tuple[int, ...], v: tuple[int, ...]) -> int:
        return field.dot(u, tuple(field.power(x, q) for x in v))

    points = sorted({field.projective(v) for v in field.vectors(dim) if any(v) and form(v, v) == 0})
    skew = next(x for x in range(1, field.q) if field.add[x, field.power(x, q)] == 0)
    centres = points[:: max(1, len(points) // 6)]

    def transvection(u: tuple[int, ...], v: tuple[int, ...]) -> tuple[int, ...]:
        return field.projective(field.axpy(int(field.mul[skew, form(v, u)]), u, v))

    return [_acting(points, functools.partial(transvection, u)) for u in centres]


def mathieu(degree: int) -> Generators:
    """M11, M12, M22, M23, M24 (Conway 1971): PSL(2, p) and one more permutation of the line; stabilisers."""
    if degree == 12:
        third = np.array([*((4 * x * x - 3 * x**7) % 11 for x in range(11)), 11])
        return [*projective_line(11), third]
    if degree == 24:
        squares = {x * x % 23 for x in range(23)}
        ninth = pow(9, -1, 23)
        delta = np.array([*(x**3 * (ninth if x in squares else 9) % 23 for x in range(23)), 23])
        return [*projective_line(23), delta]
    return stabiliser(mathieu(degree + 1), 0)


def direct_product(*factors: Generators) -> Generators:
    """The product of groups, on the union of their sets."""
    total = sum(len(factor[0]) for factor in factors)
    generators, at = [], 0
    for factor in factors:
        size = len(factor[0])
        for g in factor:
            moved = np.arange(total)
            moved[at : at + size] = g + at
            generators.append(moved)
        at += size
    return generators


def wreath_product(base: Generators, top: Generators) -> Generators:
    """The wreath product base wr top, on copies of the set of `base` that `top` permutes."""
    size, copies = len(base[0]), len(top[0])
    generators = []
    for g in base:
        moved = np.arange(size * copies)
        moved[:size] = g
        generators.append(moved)
    return generators + [(np.asarray(t)[:, None] * size + np.arange(size)).ravel() for t in top]


def monomial(permutations: Generators, words: Sequence[NDArray[np.int64]]) -> Generators:
    """Signed permutations of n axes, on axes i and opposites i + n: permutations, and sign changes as 0/1 words."""
    n = len(permutations[0])
    axes = np.arange(n)
    generators = [np.concatenate([g, g + n]) for g in permutations]
    for word in words:
        generators.append(np.concatenate([np.where(word, axes + n, axes), np.where(word, axes, axes + n)]))
    return generators


def reed_muller(m: int, degree: int) -> list[NDArray[np.int64]]:
    """Return words that span the Reed-Muller code: monomials of at most this degree on the numbers 0..2^m - 1."""
    digits = (np.arange(2**m)[:, None] >> np.arange(m)) & 1
    chosen = (c for size in range(degree + 1) for c in itertools.combinations(range(m), size))
    return [digits[:, list(c)].prod(axis=1) for c in chosen]
