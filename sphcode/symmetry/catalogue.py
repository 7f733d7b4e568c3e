"""The catalogue: names of groups, how their generators are made, the dimensions of their irreducibles.

Dimensions are those of the real irreducibles of at most 24 dimensions on the coset spaces that `coset_spaces` finds: they
say without any work which groups have a sum of the dimension that is asked for. A test computes them again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from sphcode._validate import fail, shown
from sphcode.symmetry import groups as g
from sphcode.symmetry.groups import Generators


def _over_sixteen(*args: int) -> Generators:
    """x -> a x + b over GF(16) with the sign changes of the first Reed-Muller code."""
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


def names() -> tuple[str, ...]:
    """Return the names of the catalogue."""
    return tuple(_FORMULAS)


@cache
def generators(name: str) -> tuple[tuple[int, ...], ...]:
    """Return the generators of the group of this name, as rows of a permutation."""
    if name not in _FORMULAS:
        raise fail("symmetry", f"one of the catalogue of {len(_FORMULAS)} groups, such as M22 or PSL(2,7)", shown(name))
    return tuple(tuple(int(x) for x in row) for row in _FORMULAS[name]())
