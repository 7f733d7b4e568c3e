"""The catalogue: names of groups, how their generators are made, the dimensions of their irreducibles.

Dimensions are those of the real irreducibles of at most 24 dimensions on the coset spaces that `coset_spaces` finds:
they say without any work which groups have a sum of the dimension that is asked for. A test computes them again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from sphcode._validate import fail, shown
from sphcode.symmetry import groups as g
from sphcode.symmetry.groups import Generators


def _over_sixteen(*args: int) -> Generators:
    """Return x -> a x + b over GF(16) with the sign changes of the first Reed-Muller code."""
    return g.monomial(g.affine(16, *args), g.reed_muller(4, 1))


def _over_eight(frobenius: int, degree: int) -> Generators:
    return g.monomial(g.affine(8, 7, frobenius), g.reed_muller(3, degree))


def _signed(permutations: Generators) -> Generators:
    """A group of permutations of axes, and -1."""
    return g.monomial(permutations, [np.ones(len(permutations[0]), np.int64)])


_FORMULAS: dict[str, Callable[[], Generators]] = {
    # Affine lines.
    "5:4": lambda: g.affine(5, 4),
    "7:3": lambda: g.affine(7, 3),
    "7:6": lambda: g.affine(7, 6),
    "2^3:7": lambda: g.affine(8, 7),
    "AGammaL(1,8)": lambda: g.affine(8, 7, 1),
    "3^2:4": lambda: g.affine(9, 4),
    "3^2:8": lambda: g.affine(9, 8),
    "AGammaL(1,9)": lambda: g.affine(9, 8, 1),
    "11:5": lambda: g.affine(11, 5),
    "11:10": lambda: g.affine(11, 10),
    "13:3": lambda: g.affine(13, 3),
    "13:4": lambda: g.affine(13, 4),
    "13:6": lambda: g.affine(13, 6),
    "13:12": lambda: g.affine(13, 12),
    "2^4:3": lambda: g.affine(16, 3),
    "2^4:5": lambda: g.affine(16, 5),
    "2^4:15": lambda: g.affine(16, 15),
    "2^4:3:4": lambda: g.affine(16, 3, 1),
    "2^4:5:4": lambda: g.affine(16, 5, 1),
    "AGammaL(1,16)": lambda: g.affine(16, 15, 1),
    "17:4": lambda: g.affine(17, 4),
    "17:8": lambda: g.affine(17, 8),
    "17:16": lambda: g.affine(17, 16),
    "19:3": lambda: g.affine(19, 3),
    "19:6": lambda: g.affine(19, 6),
    "19:9": lambda: g.affine(19, 9),
    "5^2:3": lambda: g.affine(25, 3),
    "5^2:8": lambda: g.affine(25, 8),
    # Projective lines.
    "PSL(2,7)": lambda: g.projective_line(7),
    "PGL(2,7)": lambda: g.projective_line(7, general=True),
    "PSL(2,8)": lambda: g.projective_line(8),
    "PGammaL(2,8)": lambda: g.projective_line(8, frobenius=1),
    "PGL(2,9)": lambda: g.projective_line(9, general=True),
    "PGammaL(2,9)": lambda: g.projective_line(9, general=True, frobenius=1),
    "PSL(2,11)": lambda: g.projective_line(11),
    "PGL(2,11)": lambda: g.projective_line(11, general=True),
    "PSL(2,13)": lambda: g.projective_line(13),
    "PSL(2,16)": lambda: g.projective_line(16),
    "PGammaL(2,16)": lambda: g.projective_line(16, frobenius=1),
    "PSL(2,17)": lambda: g.projective_line(17),
    "PSL(2,19)": lambda: g.projective_line(19),
    # Linear groups of more dimensions.
    "PSL(3,2)": lambda: g.projective(3, 2),
    "PSL(3,3)": lambda: g.projective(3, 3),
    "PSL(3,4)": lambda: g.projective(3, 4),
    "PSL(4,2)": lambda: g.projective(4, 2),
    "SL(2,3)": lambda: g.linear(2, 3),
    "GL(2,3)": lambda: g.linear(2, 3, general=True),
    "SL(2,5)": lambda: g.linear(2, 5),
    "SL(2,7)": lambda: g.linear(2, 7),
    "SL(2,9)": lambda: g.linear(2, 9),
    "ASL(2,3)": lambda: g.linear(2, 3, translations=True),
    "AGL(2,3)": lambda: g.linear(2, 3, general=True, translations=True),
    "AGL(3,2)": lambda: g.linear(3, 2, translations=True),
    "ASL(2,4)": lambda: g.linear(2, 4, translations=True),
    "PSp(4,3)": lambda: g.symplectic(4, 3),
    "Sp(6,2)": lambda: g.symplectic(6, 2),
    "PSU(3,3)": lambda: g.unitary(3, 3),
    # Mathieu groups.
    "M11": lambda: g.mathieu(11),
    "M12": lambda: g.mathieu(12),
    "M22": lambda: g.mathieu(22),
    "M23": lambda: g.mathieu(23),
    "M24": lambda: g.mathieu(24),
    # Symmetric and alternating groups.
    "A4": lambda: g.alternating(4),
    "S4": lambda: g.symmetric(4),
    "A5": lambda: g.alternating(5),
    "S5": lambda: g.symmetric(5),
    "A6": lambda: g.alternating(6),
    "S6": lambda: g.symmetric(6),
    "A7": lambda: g.alternating(7),
    "S7": lambda: g.symmetric(7),
    # Products.
    "A5xC3": lambda: g.direct_product(g.alternating(5), g.cyclic(3)),
    "A4xS3": lambda: g.direct_product(g.alternating(4), g.symmetric(3)),
    "A4xA4": lambda: g.direct_product(g.alternating(4), g.alternating(4)),
    "S3xS3": lambda: g.direct_product(g.symmetric(3), g.symmetric(3)),
    "7:3xC2": lambda: _signed(g.affine(7, 3)),
    "7:3xC3": lambda: g.direct_product(g.affine(7, 3), g.cyclic(3)),
    "2x2^3:7": lambda: _over_eight(0, 0),
    "2xAGammaL(1,8)": lambda: _over_eight(1, 0),
    "A4wrC2": lambda: g.wreath_product(g.alternating(4), g.cyclic(2)),
    "S3wrS3": lambda: g.wreath_product(g.symmetric(3), g.symmetric(3)),
    "C3wrA4": lambda: g.wreath_product(g.cyclic(3), g.alternating(4)),
    # Signed permutations.
    "2^(1+3):7": lambda: _over_eight(0, 1),
    "2^4:AGammaL(1,8)": lambda: _over_eight(1, 1),
    "2^(1+4).2^4:5": lambda: _over_sixteen(5),
    "2^(1+4).2^4:15": lambda: _over_sixteen(15),
}

#: Dimensions of the real irreducibles, the trivial one first; 6*2: two of 6 dimensions.
_DIMENSIONS = {
    "5:4": "1*2 2 4",
    "7:3": "1 2 6",
    "7:6": "1*2 2*2 6",
    "2^3:7": "1 2*3 7",
    "AGammaL(1,8)": "1 2 6 7 14",
    "3^2:4": "1*2 2 4*2",
    "3^2:8": "1*2 2*3 8",
    "AGammaL(1,9)": "1*4 2 4 8*2",
    "11:5": "1 2*2 10",
    "11:10": "1*2 2*4 10",
    "13:3": "1 2 6*2",
    "13:4": "1*2 2 4*3",
    "13:6": "1*2 2*2 6*2",
    "13:12": "1*2 2*5 12",
    "2^4:3": "1 2 3*5",
    "2^4:5": "1 2*2 5*3",
    "2^4:15": "1 2*7 15",
    "2^4:3:4": "1*2 2*2 3*2 4 6 12",
    "2^4:5:4": "1*2 2 4 5*2 10*3",
    "AGammaL(1,16)": "1*2 2*2 4*2 8 15*2",
    "17:4": "1*2 2 4*4",
    "17:8": "1*2 2*3 8*2",
    "17:16": "1*2 2*7 16",
    "19:3": "1 2 6*3",
    "19:6": "1*2 2*2 6*3",
    "19:9": "1 2*4 18",
    "5^2:3": "1 2 6*4",
    "5^2:8": "1*2 2*3 8*3",
    "PSL(2,7)": "1 6*2 7 8",
    "PGL(2,7)": "1*2 6*3 7*2 8*2",
    "PSL(2,8)": "1 7*4 8 9*3",
    "PGammaL(2,8)": "1 7 8 21",
    "PGL(2,9)": "1*2 8*4 9*2 10*3",
    "PGammaL(2,9)": "1*3 9*3 10*2 16*2 20",
    "PSL(2,11)": "1 10*3 11 12*2",
    "PGL(2,11)": "1 10*5 11*2 12*4",
    "PSL(2,13)": "1 7*2 12*3 13 14*2",
    "PSL(2,16)": "1 15*8 16 17*7",
    "PGammaL(2,16)": "1 16 17",
    "PSL(2,17)": "1 9*2 16*4 17 18",
    "PSL(2,19)": "1 18*3 19 20*4",
    "PSL(3,2)": "1 6*2 7 8",
    "PSL(3,3)": "1 12",
    "PSL(3,4)": "1 20",
    "PSL(4,2)": "1 7 14 20",
    "SL(2,3)": "1 2 3 4*2",
    "GL(2,3)": "1*2 2 3*2 4*2",
    "SL(2,5)": "1 3*2 4*3 5 8 12",
    "SL(2,7)": "1 6*2 7 8*2 12*2 16",
    "SL(2,9)": "1 5*2 8*2 9 10 16*2 20*2",
    "ASL(2,3)": "1 2 3 4*2 8 16",
    "AGL(2,3)": "1*2 2 3*2 4*2 8*2 16",
    "AGL(3,2)": "1 6 7*3 8 14 21*2",
    "ASL(2,4)": "1 3*2 4 5 15*4",
    "PSp(4,3)": "1 15*2 20 24",
    "Sp(6,2)": "1 15",
    "PSU(3,3)": "1 14*2 21",
    "M11": "1 10 11",
    "M12": "1 11",
    "M22": "1 21",
    "M23": "1 22",
    "M24": "1 23",
    "A4": "1 2 3",
    "S4": "1*2 2 3*2",
    "A5": "1 3*2 4 5",
    "S5": "1*2 4*2 5*2 6",
    "A6": "1 5*2 8*2 9 10",
    "S6": "1*2 5*4 9*2 10*2 16",
    "A7": "1 6 14*2 15 21",
    "S7": "1 6 14*2 15 20 21*2",
    "A5xC3": "1 2 3*2 4 5 6*2 8 10",
    "A4xS3": "1*2 2*3 3*2 4 6",
    "A4xA4": "1 2*4 3*2 6*2 9",
    "S3xS3": "1*4 2*4 4",
    "7:3xC2": "1*2 2*2 6*2",
    "7:3xC3": "1 2*4 6*3",
    "2x2^3:7": "1*2 2*6 7*2",
    "2xAGammaL(1,8)": "1*2 2*2 6*2 7*2 14*2",
    "A4wrC2": "1*2 2*3 4 6 9*2 12",
    "S3wrS3": "1*2 2 3*2 6*2 8*2 12*4 16",
    "C3wrA4": "1 2*4 3 6*3 8*9 12 24",
    "2^(1+3):7": "1 2*3 7*9 8 16*3",
    "2^4:AGammaL(1,8)": "1 2 6 7*3 8 14*2 21*2",
    "2^(1+4).2^4:5": "1 2*2 5*21 16",
    "2^(1+4).2^4:15": "1 2*3 15*5 16",
}


def names() -> tuple[str, ...]:
    """Return the names of the catalogue."""
    return tuple(_FORMULAS)


@cache
def generators(name: str) -> tuple[tuple[int, ...], ...]:
    """Return the generators of the group of this name, as rows of a permutation."""
    if name not in _FORMULAS:
        raise fail("symmetry", f"one of the catalogue of {len(_FORMULAS)} groups, such as M22 or PSL(2,7)", shown(name))
    return tuple(tuple(int(x) for x in row) for row in _FORMULAS[name]())


@cache
def degrees(name: str) -> tuple[int, ...]:
    """Return the dimensions of the irreducibles of the group of this name, the trivial one first."""
    found: list[int] = []
    for entry in _DIMENSIONS[name].split():
        degree, _, count = entry.partition("*")
        found += [int(degree)] * int(count or 1)
    return tuple(found)
