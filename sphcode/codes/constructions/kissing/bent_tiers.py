"""Kissing configurations of 5730 and 8358 points in 17 and 18 dimensions: tiers over bent functions on F_2^4.

Quadratic functions on F_2^4 modulo affine ones are the alternating forms, 64 of them, 28 nonsingular: the *bent* ones.
With the Pfaffian they are the even subsets of {0, ..., 7}, each the same as its complement, with half the size modulo
2, and the bent ones are the pairs. The first 16 coordinates are the points of F_2^4; in norm 8 the points are

- the *equator*: all (+-2, +-2, 0, ...), and +-1 on each octad of RM(1, 4) with an odd number of minus signs;
- *tiers* at |p|^2 = 2 in the other coordinates p: +-1, with an odd number of minus signs, on each of the 16 words of
  weight 6 in a bent coset of RM(1, 4);
- *words* at |p|^2 = 8/9: (2/3) (-1)^c for all c in five or six cosets that differ by bent ones and are orthogonal to
  the tiers less than 90 degrees away: the subsets that meet their pairs evenly;
- *poles* at |p|^2 = 8.

In 17 dimensions both tiers are over {6, 7}. In 18 there are six, 60 degrees apart, over {0, 7}, {1, 7}, {2, 7} and
again, with words between them. (Cohn and Li 2024 for 17 dimensions; Kravatskiy 2026 for 18.)
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_int
from sphcode.codes.constructions.construction import Construction, Family, from_integers
from sphcode.codes.constructions.exact import rational
from sphcode.codes.constructions.kissing.binary import span
from sphcode.codes.constructions.kissing.shapes import odd_signs, pairs_of_twos, spectrum

IntArray = NDArray[np.int64]

#: Seven alternating forms, by their coefficients of x0x1, x0x2, x0x3, x1x2, x1x3, x2x3: nonsingular, as are their
#: differences (a Kerdock set). They are the pairs {0, 7}, ..., {6, 7}.
_KERDOCK_SET = (
    (0, 0, 1, 1, 0, 0),
    (0, 1, 0, 1, 1, 0),
    (0, 1, 1, 0, 1, 1),
    (1, 0, 0, 1, 1, 1),
    (1, 0, 1, 0, 0, 1),
    (1, 1, 0, 1, 0, 1),
    (1, 1, 1, 0, 1, 0),
)

_CUBE = np.array(list(itertools.product((0, 1), repeat=4)))  # the points of F_2^4
_AFFINE = span(np.concatenate([np.ones((1, 16), dtype=np.int64), _CUBE.T]))  # RM(1, 4)


@cache
def _quadratic_functions() -> IntArray:
    """Return the values of the function of each pair {i, 7}, shape (7, 16)."""
    products = np.array([_CUBE[:, i] * _CUBE[:, j] for i, j in itertools.combinations(range(4), 2)])
    return np.asarray(np.array(_KERDOCK_SET) @ products % 2)


def coset(subset: Iterable[int]) -> IntArray:
    """Return the 32 words of the coset of RM(1, 4) that an even subset of {0, ..., 7} stands for."""
    chosen = [i for i in set(subset) if i != 7]
    return np.asarray(_AFFINE ^ (_quadratic_functions()[chosen].sum(axis=0) % 2))


def _tier(pair: Iterable[int]) -> IntArray:
    words = coset(pair)
    return odd_signs(words[words.sum(axis=1) == 6])


def _words(centre: set[int], places: Iterable[int]) -> IntArray:
    """Return (-1)^c for all c in the cosets {centre with i more or less}: any two differ by a pair."""
    return 1 - 2 * np.concatenate([coset(centre ^ {i}) for i in places])


def _equator() -> IntArray:
    return np.concatenate([pairs_of_twos(16), odd_signs(_AFFINE[_AFFINE.sum(axis=1) == 8])])


def _lifted(rows: IntArray, *last: tuple[int, int]) -> IntArray:
    """Return rows of integers with the same coordinates a + b sqrt(radicand), given as (a, b), behind each."""
    lifted = np.zeros((len(rows), rows.shape[1] + len(last), 2), dtype=np.int64)
    lifted[:, : rows.shape[1], 0] = rows
    lifted[:, rows.shape[1] :] = np.array(last)
    return lifted


def _rows_17() -> IntArray:
    """Return three times the points of norm 8, over Q(sqrt 2)."""
    equator, tier, pole = 3 * _equator(), 3 * _tier({6, 7}), np.zeros((1, 16), dtype=np.int64)
    # Both sets of cosets avoid {6, 7}, or contain it: no coset is in both.
    words = {1: 2 * _words({0}, range(6)), -1: 2 * _words({0, 6, 7}, range(6))}
    rows = [_lifted(equator, (0, 0))]
    for side in (1, -1):
        rows += [_lifted(tier, (0, 3 * side)), _lifted(pole, (0, 6 * side)), _lifted(words[side], (0, 2 * side))]
    return np.concatenate(rows)


#: 2 cos and 2 sin of multiples of 30 degrees, as (a, b) for a + b sqrt(3).
_TWICE_COSINES = ((2, 0), (0, 1), (1, 0), (0, 0), (-1, 0), (0, -1), (-2, 0), (0, -1), (-1, 0), (0, 0), (1, 0), (0, 1))


def _direction(twelfth: int, length: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return `length` times (2 cos, 2 sin) of so many twelfths of a turn."""
    (a, b), (c, d) = _TWICE_COSINES[twelfth % 12], _TWICE_COSINES[(twelfth - 3) % 12]
    return (length * a, length * b), (length * c, length * d)


def _turned(rows: IntArray) -> IntArray:
    """Return sqrt(2) times the rows, each pair of coordinates turned by 45 degrees: integers again."""
    first, second = rows[:, ::2], rows[:, 1::2]
    return np.stack([first - second, first + second], axis=2).reshape(rows.shape)


def _rows_18() -> IntArray:
    """Return 3 sqrt(2) times the points of norm 8, over Q(sqrt 3), the first 16 coordinates turned in pairs."""
    rows = [_lifted(3 * _turned(_equator()), (0, 0), (0, 0))]
    pole = np.zeros((1, 16), dtype=np.int64)
    for k in range(6):
        rows.append(_lifted(3 * _turned(_tier({k % 3, 7})), *_direction(2 * k, 3)))
        rows.append(_lifted(pole, *_direction(2 * k, 6)))
        # Orthogonal to the tiers on both sides: subsets of the other five places. The place `own` is in no other
        # tier's words; of {3, 4, 5, 6} each place between tiers takes another half.
        own = (k + 2) % 3
        half = {3, 4 + k % 3} if k < 3 else {4, 5, 6} - {4 + k % 3}
        rows.append(_lifted(2 * _turned(_words({own} | half, (own, 3, 4, 5, 6))), *_direction(2 * k + 1, 2)))
    return np.concatenate(rows)


#: dimension: number of points, radicand, rows.
_CODES: dict[int, tuple[int, int, Callable[[], IntArray]]] = {17: (5730, 2, _rows_17), 18: (8358, 3, _rows_18)}


def bent_tiers(dim: int) -> Construction:
    """Return the kissing configuration of 5730 or 8358 points in 17 or 18 dimensions."""
    dim = check_int("dim", dim, minimum=min(_CODES), maximum=max(_CODES))
    n_points, radicand, rows = _CODES[dim]
    unit_rows, integer_rows = from_integers(rows, dim, radicand=radicand)
    return Construction(
        name="bent_tiers",
        params={"dim": dim},
        dim=dim,
        n_points=n_points,
        cosine=rational(1, 2),
        reference={17: "Cohn and Li 2024 (arXiv 2411.04916)", 18: "Kravatskiy 2026, after Cohn and Li 2024"}[dim],
        unit_rows=unit_rows,
        integer_rows=integer_rows,
        radicand=radicand,
        spectrum_formula=lambda: spectrum("bent_tiers", dim),
    )


FAMILIES = (
    Family(
        "bent_tiers",
        "kissing configurations in tiers over bent functions, 5730 and 8358 points at 1/2",
        {"dim": "17 or 18"},
        bent_tiers,
        lambda dim: [bent_tiers(n) for n in _CODES if n <= dim],
    ),
)
