"""The kissing configuration of 1932 points in 14 dimensions, from products of complements of Fano lines.

In norm 8: all (+-2, +-2, 0, ...), 364 of them, and signs on 49 supports of size 8, each the complement of a line of a
Fano plane in the first seven places and of another in the last seven. The signs of a support are 32, a coset c + V of
V = {(s + a 1, s' + b 1)}, where s runs through the simplex code of the opposite plane and s -> s' is linear. Two
supports that share a factor meet in six places, on which V misses one parity check; the leaders c are such that the
signs of two such supports differ in that check, so that they never agree in all six places. (Ganzhinov 2022.)
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from sphcode.codes.constructions.construction import Construction, from_integers, single
from sphcode.codes.constructions.exact import rational
from sphcode.codes.constructions.kissing.binary import annihilator, as_bits, as_vector, solve, span
from sphcode.codes.constructions.kissing.shapes import pairs_of_twos, spectrum

IntArray = NDArray[np.int64]

#: The images s' of the first three complements of lines of the opposite plane, as shifts of the first one.
_IMAGES = (0, 1, 2)


def _complements(step: int) -> IntArray:
    """Return the complements of the lines {0, 1, 3} * step + i of a Fano plane, shape (7, 7)."""
    return np.array([[int((step * (place - i)) % 7 not in (0, 1, 3)) for place in range(7)] for i in range(7)])


def _rows() -> IntArray:
    """Return the integer vectors of the code."""
    factors, simplex = _complements(1), _complements(-1)
    supports = np.array([np.concatenate(pair) for pair in itertools.product(factors, factors)])
    ones, zeros = np.ones(7, dtype=np.int64), np.zeros(7, dtype=np.int64)
    basis = np.array(
        [
            *(np.concatenate([simplex[i], simplex[image]]) for i, image in enumerate(_IMAGES)),
            np.concatenate([ones, zeros]),
            np.concatenate([zeros, ones]),
        ]
    )
    equations = []
    for first, second in itertools.combinations(range(len(supports)), 2):
        common = supports[first] & supports[second]
        if common.sum() == 6:
            check = _missed_check(basis, common)
            equations.append((check << 14 * first | check << 14 * second, 1))
    leaders = solve(equations)
    signs = span(basis)
    rows = [pairs_of_twos(14)]
    for index, support in enumerate(supports):
        leader = as_vector(leaders >> 14 * index, 14)
        rows.append(support * (1 - 2 * (signs ^ leader)))
    return np.concatenate(rows)


def _missed_check(basis: IntArray, common: IntArray) -> int:
    """Return the vector on the six common places that is orthogonal to all words of V."""
    outside = [1 << int(place) for place in np.flatnonzero(common == 0)]
    (check,) = annihilator([*outside, *(as_bits(word & common) for word in basis)], 14)
    return check


def fano_products() -> Construction:
    """Return the kissing configuration of 1932 points in 14 dimensions."""
    unit_rows, integer_rows = from_integers(_rows, 14)
    return Construction(
        name="fano_products",
        params={},
        dim=14,
        n_points=1932,
        cosine=rational(1, 2),
        reference="Ganzhinov 2022 (arXiv 2207.08266)",
        unit_rows=unit_rows,
        integer_rows=integer_rows,
        spectrum_formula=lambda: spectrum("fano_products", 14),
    )


FAMILIES = (single("fano_products", "1932 points at 1/2 from products of Fano lines", 14, fano_products),)
