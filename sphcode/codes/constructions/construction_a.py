"""Kissing configurations by construction A: +-2 e_i, and +-1 on four places out of a constant-weight code.

If any two blocks of four places share at most two places, all inner products are at most half the squared length 4.
With A blocks in d dimensions there are 2 d + 16 A points (Conway and Sloane, Sphere Packings, Lattices and Groups,
chapter 5).
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_int
from sphcode.codes.constructions.construction import Construction, Family, from_integers
from sphcode.codes.constructions.exact import Exact, rational

Block = tuple[int, ...]

#: Largest codes of blocks of four places, any two of which share at most two: cycle lengths of a permutation of the
#: places, and one block of each of its orbits. For 10 and 14 places they are Steiner quadruple systems.
_CODES: dict[int, tuple[tuple[int, ...], tuple[Block, ...]]] = {
    10: ((10,), ((0, 1, 2, 6), (0, 1, 3, 4), (0, 2, 4, 7))),
    11: (
        (3, 3, 3, 1, 1),
        (
            *((0, 1, 3, 4), (0, 3, 7, 8), (3, 4, 7, 10), (0, 5, 6, 8), (0, 4, 8, 9), (0, 3, 9, 10), (0, 1, 7, 9)),
            *((3, 6, 8, 9), (3, 4, 5, 9), (0, 4, 5, 7), (0, 4, 6, 10), (0, 1, 8, 10), (6, 7, 8, 10)),
        ),
    ),
    12: (
        (6, 6),
        (
            *((0, 1, 3, 4), (0, 1, 2, 6), (0, 1, 7, 10), (0, 2, 8, 10), (0, 2, 9, 11)),
            *((0, 6, 10, 11), (0, 3, 6, 7), (0, 1, 8, 9), (6, 7, 9, 10), (0, 3, 8, 11)),
        ),
    ),
    14: (
        (7, 7),
        (
            *((0, 1, 2, 4), (0, 1, 5, 7), (0, 1, 8, 9), (0, 1, 10, 11), (0, 1, 12, 13), (7, 8, 9, 12), (0, 7, 9, 13)),
            *((0, 2, 7, 11), (0, 3, 7, 12), (0, 3, 10, 13), (0, 2, 10, 12), (0, 2, 8, 13), (0, 3, 8, 11)),
        ),
    ),
}

#: Number of blocks: the constant-weight code numbers A(dim, 4, 4).
_N_BLOCKS = {9: 18, 10: 30, 11: 35, 12: 51, 13: 65, 14: 91}


def blocks(dim: int) -> list[Block]:
    """Return the blocks on `dim` places, 9 <= dim <= 14; for 9 and 13 those of 10 and 14 that avoid the last place."""
    if dim not in _CODES:
        return [block for block in blocks(dim + 1) if dim not in block]
    cycles, representatives = _CODES[dim]
    image: list[int] = []
    for length in cycles:
        first = len(image)
        image += [first + (i + 1) % length for i in range(length)]
    found: dict[Block, None] = {}
    for start in representatives:
        block = start
        while block not in found:
            found[block] = None
            block = tuple(sorted(image[place] for place in block))
    return list(found)


def construction_a(dim: int) -> Construction:
    """Return the kissing configuration of 306, 500, 582, 840, 1066 or 1484 points in 9, ..., 14 dimensions."""
    dim = check_int("dim", dim, minimum=min(_N_BLOCKS), maximum=max(_N_BLOCKS))
    n_points = 2 * dim + 16 * _N_BLOCKS[dim]
    unit_rows, integer_rows = from_integers(partial(_vectors, dim), dim)
    return Construction(
        name="construction_a",
        params={"dim": dim},
        dim=dim,
        n_points=n_points,
        cosine=rational(1, 2),
        reference="Leech and Sloane 1971; Conway and Sloane, chapter 5; constant-weight codes: Brouwer et al. 1990",
        unit_rows=unit_rows,
        integer_rows=integer_rows,
        spectrum_formula=partial(_spectrum, dim),
    )


def _vectors(dim: int) -> NDArray[np.int64]:
    signs = np.array(list(itertools.product((1, -1), repeat=4)))
    quadruples = np.zeros((_N_BLOCKS[dim], 16, dim), dtype=np.int64)
    for rows, block in zip(quadruples, blocks(dim), strict=True):
        rows[:, block] = signs
    axes = 2 * np.eye(dim, dtype=np.int64)
    return np.concatenate([axes, -axes, quadruples.reshape(-1, dim)])


def _spectrum(dim: int) -> Iterable[tuple[Exact, int]]:
    """Count pairs by the number of places that their blocks share; signs on s shared places sum to s - 2j."""
    quarters: Counter[int] = Counter()
    n_blocks = _N_BLOCKS[dim]
    quarters[-4] += dim  # opposite axes
    quarters[0] += 2 * dim * (dim - 1) + 2 * 16 * n_blocks * (dim - 4)  # axes; an axis and a block that avoids it
    quarters[2] += 4 * 16 * n_blocks  # an axis and a block through it
    quarters[-2] += 4 * 16 * n_blocks
    for j in range(1, 5):  # two sign patterns on one block
        quarters[4 - 2 * j] += n_blocks * 16 * math.comb(4, j) // 2
    shared = Counter(len(set(a) & set(b)) for a, b in itertools.combinations(blocks(dim), 2))
    for size, pairs in shared.items():
        for j in range(size + 1):
            quarters[size - 2 * j] += pairs * 256 * math.comb(size, j) // 2**size
    return [(rational(product, 4), pairs) for product, pairs in quarters.items()]


FAMILIES = (
    Family(
        "construction_a",
        "kissing configurations from constant-weight codes, 306 to 1484 points at 1/2",
        {"dim": "an integer from 9 to 14"},
        construction_a,
        lambda dim: [construction_a(n) for n in _N_BLOCKS if n <= dim],
    ),
)
