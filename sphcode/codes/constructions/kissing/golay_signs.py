"""Kissing configurations of 11948, 19448 and 29768 points in 19, 20 and 21 dimensions, from Golay words and signs.

In norm 8: all (+-2, +-2, 0, ...), and +-1 on the octads that lie in n of the 24 places, with an odd number of minus
signs. Against a word c of the Golay code, cut to the n places, an octad vector has inner product +-2 or +-6 with
(-1)^c, so sqrt(8/n) (-1)^c may join if 36 <= 2n, for words c that are n/4 or more apart. Cut words are 24 - n places
closer than Golay words; those below n/4 are the *short* words. A linear map that sends each short word to one of the
`colours`, and words that are sent to a set which no two differ by a colour, make the words that join.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_int
from sphcode.codes.constructions.construction import Construction, Family, from_integers
from sphcode.codes.constructions.exact import rational
from sphcode.codes.constructions.golay import golay_words
from sphcode.codes.constructions.kissing.binary import as_bits, as_vector, solve
from sphcode.codes.constructions.kissing.shapes import odd_signs, pairs_of_twos, spectrum

IntArray = NDArray[np.int64]

#: dimension: number of points.
N_POINTS = {19: 11948, 20: 19448, 21: 29768}

#: sqrt(8/n) = numerator * sqrt(radicand) / n.
_ROOTS = {19: (2, 38), 20: (4, 10), 21: (2, 42)}


def joining_words(dim: int) -> IntArray:
    """Return the words c, zeros and ones, of the points sqrt(8/dim) (-1)^c; any two differ in dim/4 places or more."""
    words = np.unique(golay_words()[:, 24 - dim :], axis=0)
    if dim == 21:  # the short words have weight 5
        return np.asarray(words[words.sum(axis=1) % 2 == 0])
    weights = words.sum(axis=1)
    short = words[(weights > 0) & (4 * weights < dim)]
    colours = _colours(short)
    maps = [solve((as_bits(word), colour >> bit & 1) for word, colour in colours) for bit in range(4)]
    image = sum((words @ as_vector(h, dim) % 2) << bit for bit, h in enumerate(maps))
    # Any two of 1, 2, 4, 8, 15 differ by two of them, and no colour is the sum of two others.
    kept = [0] if dim == 20 else [1, 2, 4, 8, 15]
    return np.asarray(words[np.isin(image, kept)])


def _colours(short: IntArray) -> list[tuple[IntArray, int]]:
    """Colour the short words so that the linear relations between them hold between the colours.

    In 20 dimensions they are five disjoint tetrads, all of colour 1. In 19 they are a triad and twenty tetrads, which
    are the planes of five parallel classes in the affine space of the other 16 places; their quadratic parts, one for
    each class, have no relation but that their sum is 0, and neither have the colours 1, 2, 4, 8, 15.
    """
    if len(short) == 5:
        return [(word, 1) for word in short]
    triad = next(word for word in short if word.sum() == 3)
    classes: list[list[IntArray]] = []
    for word in (word for word in short if word.sum() == 4):
        home = next((c for c in classes if not (c[0] & word).any()), None)
        if home is None:
            classes.append(home := [])
        home.append(word)
    return [(triad, 1), *((w, c) for c, words in zip((1, 2, 4, 8, 15), classes, strict=True) for w in words)]


def _rows(dim: int) -> IntArray:
    """Return `dim` times the points of norm 8: integers, and multiples of sqrt(radicand) for the words."""
    words = golay_words()
    inside = words[(words.sum(axis=1) == 8) & ~words[:, : 24 - dim].any(axis=1)][:, 24 - dim :]
    whole = dim * np.concatenate([pairs_of_twos(dim), odd_signs(inside)])
    roots = _ROOTS[dim][0] * (1 - 2 * joining_words(dim))
    rows = np.zeros((len(whole) + len(roots), dim, 2), dtype=np.int64)
    rows[: len(whole), :, 0] = whole
    rows[len(whole) :, :, 1] = roots
    return rows


def golay_signs(dim: int) -> Construction:
    """Return the kissing configuration of 11948, 19448 or 29768 points in 19, 20 or 21 dimensions."""
    dim = check_int("dim", dim, minimum=min(N_POINTS), maximum=max(N_POINTS))
    radicand = _ROOTS[dim][1]
    unit_rows, integer_rows = from_integers(partial(_rows, dim), dim, radicand=radicand)
    return Construction(
        name="golay_signs",
        params={"dim": dim},
        dim=dim,
        n_points=N_POINTS[dim],
        cosine=rational(1, 2),
        reference="Cohn and Li 2024 (arXiv 2411.04916); in 19 dimensions Ho 2026 (arXiv 2603.10425)",
        unit_rows=unit_rows,
        integer_rows=integer_rows,
        radicand=radicand,
        spectrum_formula=lambda: spectrum("golay_signs", dim),
    )


FAMILIES = (
    Family(
        "golay_signs",
        "kissing configurations from Golay words and odd signs, 11948 to 29768 points at 1/2",
        {"dim": "an integer from 19 to 21"},
        golay_signs,
        lambda dim: [golay_signs(n) for n in N_POINTS if n <= dim],
    ),
)
