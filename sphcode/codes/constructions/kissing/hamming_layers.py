"""The kissing configuration of 2564 points in 15 dimensions, in layers over quadruples and a Hamming code.

In norm 16 the height is 0 for +-4 on each of 14 axes and +-2 on the 91 blocks of a Steiner quadruple system; +-sqrt(2)
for the signs of the words of a Hamming code of length 14 and distance 4, 512 at each height, those below from another
coset of it, at distance 2; and +-2 sqrt(2) for (+-2, +-2) on seven disjoint pairs of places. (Leech and Sloane 1971.)
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from sphcode.codes.constructions.construction import Construction, from_integers, single
from sphcode.codes.constructions.construction_a import construction_a
from sphcode.codes.constructions.exact import rational
from sphcode.codes.constructions.kissing.shapes import spectrum

IntArray = NDArray[np.int64]


def _words() -> tuple[IntArray, IntArray]:
    """Return two cosets of the Hamming code in the even words: those whose places have the sum 0, or 1, in F_2^4."""
    words = np.array(list(itertools.product((0, 1), repeat=14)))
    words = words[words.sum(axis=1) % 2 == 0]
    sums = np.bitwise_xor.reduce(words * np.arange(14), axis=1)
    return words[sums == 0], words[sums == 1]


def _rows() -> IntArray:
    """Return the points of norm 16 over Q(sqrt 2)."""
    equator = construction_a(14)
    layers = [(2 * equator.integer_rows(0, equator.n_points), 0)] if equator.integer_rows is not None else []
    signs = np.array(list(itertools.product((2, -2), repeat=2)))
    pairs = np.zeros((7, 4, 14), dtype=np.int64)
    for i in range(7):
        pairs[i, :, 2 * i : 2 * i + 2] = signs
    for side, words in zip((1, -1), _words(), strict=True):
        layers += [(1 - 2 * words, side), (pairs.reshape(28, 14), 2 * side)]
    rows = [np.zeros((len(layer), 15, 2), dtype=np.int64) for layer, _ in layers]
    for block, (layer, height) in zip(rows, layers, strict=True):
        block[:, :14, 0] = layer
        block[:, 14, 1] = height
    return np.concatenate(rows)


def hamming_layers() -> Construction:
    """Return the kissing configuration of 2564 points in 15 dimensions."""
    unit_rows, integer_rows = from_integers(_rows, 15, radicand=2)
    return Construction(
        name="hamming_layers",
        params={},
        dim=15,
        n_points=2564,
        cosine=rational(1, 2),
        reference="Leech and Sloane 1971",
        unit_rows=unit_rows,
        integer_rows=integer_rows,
        radicand=2,
        spectrum_formula=lambda: spectrum("hamming_layers", 15),
    )


FAMILIES = (single("hamming_layers", "2564 points at 1/2 in layers over a Hamming code", 15, hamming_layers),)
