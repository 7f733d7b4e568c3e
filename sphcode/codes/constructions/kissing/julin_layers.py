"""The kissing configuration of 1154 points in 13 dimensions, in layers over quadruples and the Julin code.

In norm 16 the height is 0 for +-2 on 51 quadruples of 12 places, any two of which share at most two; +-2 for
+-2 sqrt(3) on each axis and for the signs of the 144 words of the Julin code, which are 4 apart: the 132 hexads of the
Steiner system S(5, 6, 12), and six disjoint pairs with their complements; and +-4 for the two poles. (Zinoviev and
Ericson 1999.)
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from sphcode.codes.constructions.construction import Construction, from_integers, single
from sphcode.codes.constructions.construction_a import blocks
from sphcode.codes.constructions.exact import rational
from sphcode.codes.constructions.kissing.shapes import spectrum

IntArray = NDArray[np.int64]


def hexads() -> list[frozenset[int]]:
    """Return the 132 blocks of S(5, 6, 12), the orbit of infinity and the nonzero squares under PSL(2, 11).

    The places are those of the projective line modulo 11, infinity the last one.
    """

    def inverted(x: int) -> int:
        return {0: 11, 11: 0}.get(x) if x in (0, 11) else -pow(x, -1, 11) % 11  # type: ignore[return-value]

    maps = (
        [*((x + 1) % 11 for x in range(11)), 11],
        [*(3 * x % 11 for x in range(11)), 11],
        [*map(inverted, range(12))],
    )
    found = [frozenset({11, 1, 3, 4, 5, 9})]
    for block in found:
        images = (frozenset(image[x] for x in block) for image in maps)
        found.extend(block for block in images if block not in found)
    return found


def julin_words() -> IntArray:
    """Return the 144 words of the Julin code, shape (144, 12): any two differ in four places or more."""
    pairs = [frozenset({2 * i, 2 * i + 1}) for i in range(6)]
    words = [*hexads(), *pairs, *(frozenset(range(12)) - pair for pair in pairs)]
    return np.array([[int(place in word) for place in range(12)] for word in words])


def _rows() -> IntArray:
    """Return the points of norm 16 over Q(sqrt 3)."""
    signs = np.array(list(itertools.product((2, -2), repeat=4)))
    quadruples = np.zeros((51, 16, 13, 2), dtype=np.int64)
    for rows, block in zip(quadruples, blocks(12), strict=True):
        rows[:, block, 0] = signs
    axes = np.zeros((2, 2, 12, 13, 2), dtype=np.int64)
    words = np.zeros((2, 144, 13, 2), dtype=np.int64)
    poles = np.zeros((2, 13, 2), dtype=np.int64)
    for side, height in enumerate((2, -2)):
        axes[side, ..., 12, 0] = words[side, :, 12, 0] = height
        poles[side, 12, 0] = 2 * height
        for sign, length in enumerate((2, -2)):
            axes[side, sign, range(12), range(12), 1] = length
        words[side, :, :12, 0] = 1 - 2 * julin_words()
    return np.concatenate([part.reshape(-1, 13, 2) for part in (quadruples, axes, words, poles)])


def julin_layers() -> Construction:
    """Return the kissing configuration of 1154 points in 13 dimensions."""
    unit_rows, integer_rows = from_integers(_rows, 13, radicand=3)
    return Construction(
        name="julin_layers",
        params={},
        dim=13,
        n_points=1154,
        cosine=rational(1, 2),
        reference="Zinoviev and Ericson 1999",
        unit_rows=unit_rows,
        integer_rows=integer_rows,
        radicand=3,
        spectrum_formula=lambda: spectrum("julin_layers", 13),
    )


FAMILIES = (single("julin_layers", "1154 points at 1/2 in layers over the Julin code", 13, julin_layers),)
