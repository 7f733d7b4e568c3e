"""Minimal vectors of the Leech lattice, their cross-sections, and the sharp codes derived from them.

Vectors are scaled to squared length 32; the inner products of minimal vectors are then 0, +-8, +-16, +-32.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_int
from sphcode.codes.constructions.construction import (
    Construction,
    Family,
    from_integers,
    pairs_of_design,
    single,
)
from sphcode.codes.constructions.decoders import OneOrBlocked, by_kernel
from sphcode.codes.constructions.exact import rational
from sphcode.codes.constructions.golay import golay_words, octads
from sphcode.codes.constructions.root_systems import derived

IntArray = NDArray[np.int64]

_SPLAG = "Leech 1967; Conway and Sloane, Sphere Packings, Lattices and Groups, chapters 4-6"
_COHN_KUMAR = "Cohn and Kumar 2007, Table 1; optimal: Levenshtein"


@cache
def leech_vectors() -> IntArray:
    """Return the 196560 minimal vectors, shape (196560, 24)."""
    axes = 4 * np.eye(24, dtype=np.int64)
    two = [a * axes[i] + b * axes[j] for i, j in itertools.combinations(range(24), 2) for a in (1, -1) for b in (1, -1)]
    signs = np.array([s for s in itertools.product((1, -1), repeat=8) if s.count(-1) % 2 == 0])
    eight = np.zeros((len(octads()), len(signs), 24), dtype=np.int64)
    for block, octad in zip(eight, octads(), strict=True):
        block[:, np.flatnonzero(octad)] = 2 * signs
    word_signs = 1 - 2 * golay_words()
    ones = np.repeat(word_signs[None], 24, axis=0)
    ones[np.arange(24), :, np.arange(24)] *= -3
    return np.concatenate([np.array(two), eight.reshape(-1, 24), ones.reshape(-1, 24)])


def _derived_from_leech(depth: int) -> IntArray:
    """Return the code derived `depth` times at the largest inner product: 4600 points in R^23, 891 in R^22."""
    vectors = leech_vectors()
    for _ in range(depth):
        squared = int(vectors[0] @ vectors[0])
        products = vectors @ vectors[0]
        vectors = derived(vectors, 0, int(products[products < squared].max()))
        vectors //= np.gcd.reduce(vectors, axis=None)
    return vectors


@cache
def equiangular_552() -> IntArray:
    """Return 276 equiangular lines in 23 dimensions as 552 vectors in R^24.

    They are the minimal vectors v for which t - v is minimal too, t a lattice vector of squared length 48, without
    their part along t.
    """
    t = np.ones(24, dtype=np.int64)
    t[0] = 5
    vectors = leech_vectors()
    chosen = vectors[vectors @ t == 24]
    return np.asarray(2 * chosen - t)


def _mclaughlin_275() -> IntArray:
    return _reduced(derived(equiangular_552(), 0, _product(equiangular_552(), 1, 5)))


def _smith_162() -> IntArray:
    vectors = _mclaughlin_275()
    return _reduced(derived(vectors, 0, _product(vectors, 1, 6)))


def _product(vectors: IntArray, numerator: int, denominator: int) -> int:
    return int(vectors[0] @ vectors[0]) * numerator // denominator


def _reduced(vectors: IntArray) -> IntArray:
    return np.asarray(vectors // np.gcd.reduce(vectors, axis=None))


#: name: (dim, n_points, inner products, design strength, vectors)
_SHARP: dict[str, tuple[int, int, list[tuple[int, int]], int, Callable[[], IntArray]]] = {
    "leech": (24, 196560, [(1, 2), (1, 4), (0, 1), (-1, 4), (-1, 2), (-1, 1)], 11, leech_vectors),
    "leech-kissing": (23, 4600, [(1, 3), (0, 1), (-1, 3), (-1, 1)], 7, partial(_derived_from_leech, 1)),
    "leech-kissing-2": (22, 891, [(1, 4), (-1, 8), (-1, 2)], 5, partial(_derived_from_leech, 2)),
    "equiangular-276": (23, 552, [(1, 5), (-1, 5), (-1, 1)], 5, equiangular_552),
    "mclaughlin": (22, 275, [(1, 6), (-1, 4)], 4, _mclaughlin_275),
    "smith": (21, 162, [(1, 7), (-2, 7)], 3, _smith_162),
}


def _sharp(name: str) -> Construction:
    """Return a code derived from the Leech lattice that its table row describes."""
    dim, n_points, products, strength, vectors = _SHARP[name]
    cosines = [rational(*product) for product in products]
    unit_rows, integer_rows = from_integers(vectors, dim)
    return Construction(
        name=name,
        params={},
        dim=dim,
        n_points=n_points,
        cosine=cosines[0],
        reference=_SPLAG if name == "leech" else _COHN_KUMAR,
        unit_rows=unit_rows,
        integer_rows=integer_rows,
        proven_optimal=True,
        design_strength=strength,
        spectrum_formula=lambda: pairs_of_design(dim, n_points, cosines),
        decoder_formula=_leech_decoder if name == "leech" else None,
    )


def _leech_decoder(code: Construction) -> OneOrBlocked:
    places = np.nonzero(octads())[1].reshape(-1, 8)
    words = np.packbits(golay_words().astype(np.uint8), axis=1, bitorder="little")
    return OneOrBlocked("octads and Golay words", by_kernel("leech_words", 32, places, words), code.blocked())


#: Kissing numbers of the laminated lattices of dimension 13, ..., 23 (Conway and Sloane, Table 6.3).
LAMINATED_KISSING = {
    13: 906, 14: 1422, 15: 2340, 16: 4320, 17: 5346, 18: 7398,
    19: 10668, 20: 17400, 21: 27720, 22: 49896, 23: 93150,
}  # fmt: skip


def laminated(dim: int) -> Construction:
    """Return the minimal vectors of a laminated lattice of dimension 13, ..., 23.

    They are the minimal Leech vectors orthogonal to the laminated lattice of dimension 24 - dim; for dim = 16 they are
    those of the Barnes-Wall lattice.
    """
    dim = check_int("dim", dim, minimum=13, maximum=23)
    n_points = LAMINATED_KISSING[dim]
    unit_rows, integer_rows = from_integers(partial(_laminated, dim), dim)
    spectrum = None
    if dim in (16, 23):
        cosines = [rational(1, 2), rational(1, 4), rational(0), rational(-1, 4), rational(-1, 2), rational(-1)]
        spectrum = partial(pairs_of_design, dim, n_points, cosines)
    return Construction(
        name="laminated",
        params={"dim": dim},
        dim=dim,
        n_points=n_points,
        cosine=rational(1, 2),
        reference=_SPLAG,
        unit_rows=unit_rows,
        integer_rows=integer_rows,
        design_strength={16: 7, 23: 7}.get(dim),
        spectrum_formula=spectrum,
    )


def _laminated(dim: int) -> IntArray:
    """Return the minimal Leech vectors orthogonal to the first 24 - dim vectors of a fixed chain.

    Above dimension 16 the chain are roots of the lattice sqrt(2) E8 on one octad, which span A1, A2, A3, D4, D5, E6,
    E7, E8 in turn; its orthogonal complement is the Barnes-Wall lattice. Below, they are minimal vectors of the dual of
    the Barnes-Wall lattice.
    """
    octad = octads()[0]
    inside, outside = np.flatnonzero(octad), np.flatnonzero(octad == 0)
    chain = []
    for coefficients in _E8_CHAIN[: 24 - dim]:
        chain.append(np.zeros(24, dtype=np.int64))
        chain[-1][inside] = coefficients
    for places in _DUAL_CHAIN[: max(0, 16 - dim)]:
        chain.append(np.zeros(24, dtype=np.int64))
        chain[-1][outside[places]] = 1
    vectors = leech_vectors()
    return np.asarray(vectors[(vectors @ np.array(chain).T == 0).all(axis=1)])


#: A basis of E8 (twice the roots) whose first k vectors span A1, A2, A3, D4, D5, E6, E7, E8.
_E8_CHAIN = (
    (2, -2, 0, 0, 0, 0, 0, 0),
    (0, 2, -2, 0, 0, 0, 0, 0),
    (0, 0, 2, -2, 0, 0, 0, 0),
    (2, 2, 0, 0, 0, 0, 0, 0),
    (0, 0, 0, 2, -2, 0, 0, 0),
    (1, 1, 1, 1, 1, -1, -1, -1),
    (0, 0, 0, 0, 0, 2, 2, 0),
    (0, 0, 0, 0, 0, 2, -2, 0),
)

#: Places outside the octad: a point, a tetrad through it, two more points.
_DUAL_CHAIN = ([0], [0, 1, 2, 10], [1])


def coxeter_todd() -> Construction:
    """Return the 756 minimal vectors of the Coxeter-Todd lattice in 12 dimensions.

    Over the Eisenstein integers they are the 270 vectors theta (+-w^a e_i -+ w^b e_j) and the 486 vectors
    +-(w^a1, ..., w^a6) with a1 + ... + a6 = 0 mod 3, theta = w - w^2 for a cube root of unity w.
    """
    unit_rows, integer_rows = from_integers(_coxeter_todd, 12)
    cosines = [rational(1, 2), rational(1, 4), rational(0), rational(-1, 4), rational(-1, 2), rational(-1)]
    return Construction(
        name="coxeter-todd",
        params={},
        dim=12,
        n_points=756,
        cosine=rational(1, 2),
        reference="Coxeter and Todd 1953; Conway and Sloane, Sphere Packings, Lattices and Groups, section 4.9",
        unit_rows=unit_rows,
        integer_rows=integer_rows,
        design_strength=5,
        spectrum_formula=lambda: pairs_of_design(12, 756, cosines),
    )


def _coxeter_todd() -> IntArray:
    # w^a is 3 e_a - (1, 1, 1) in three coordinates, theta w^a then 3 (e_(a+1) - e_(a+2)).
    roots = 3 * np.eye(3, dtype=np.int64) - 1
    turned = 3 * (np.roll(np.eye(3, dtype=np.int64), 1, axis=1) - np.roll(np.eye(3, dtype=np.int64), 2, axis=1))
    vectors = []
    for i, j in itertools.combinations(range(6), 2):
        for sign, a, b in itertools.product((1, -1), range(3), range(3)):
            vector = np.zeros((6, 3), dtype=np.int64)
            vector[i], vector[j] = sign * turned[a], -sign * turned[b]
            vectors.append(vector.ravel())
    for powers in itertools.product(range(3), repeat=6):
        if sum(powers) % 3 == 0:
            vectors.extend(sign * roots[list(powers)].ravel() for sign in (1, -1))
    return np.array(vectors)


FAMILIES = (
    *(
        single(name, f"{row[1]} points of or derived from the Leech lattice", row[0], partial(_sharp, name))
        for name, row in _SHARP.items()
    ),
    Family(
        "laminated",
        "minimal vectors of laminated lattices, cross-sections of the Leech lattice, at 1/2",
        {"dim": "an integer from 13 to 23"},
        laminated,
        lambda dim: [laminated(n) for n in LAMINATED_KISSING if n <= dim],
    ),
    single("coxeter-todd", "756 minimal vectors of the Coxeter-Todd lattice at 1/2", 12, coxeter_todd),
)
