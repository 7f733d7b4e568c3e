"""Vertices of regular polytopes: cube, icosahedron, dodecahedron and 600-cell."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sphcode.codes.constructions.construction import Construction, from_integers, pairs_from_counts, single
from sphcode.codes.constructions.exact import Exact, rational, surd

IntArray = NDArray[np.int64]
Surd = tuple[int, int]  # (a, b) stands for a + b sqrt(5)

_GOLDEN, _GOLDEN_INVERSE = (1, 1), (-1, 1)  # 2 phi and 2 / phi, phi = (1 + sqrt 5) / 2


def is_even(permutation: Sequence[int]) -> bool:
    """Tell whether a permutation of 0, ..., n - 1 is even."""
    return sum(a > b for a, b in itertools.combinations(permutation, 2)) % 2 == 0


def signed_arrangements(
    coordinates: Sequence[Surd], accept: Callable[[Sequence[int]], bool] = lambda _: True
) -> list[tuple[Surd, ...]]:
    """Return all different points with these coordinates, permuted by accepted permutations, with all signs."""
    points: dict[tuple[Surd, ...], None] = {}
    for permutation in itertools.permutations(range(len(coordinates))):
        if accept(permutation):
            for signs in itertools.product((1, -1), repeat=len(coordinates)):
                point = tuple(
                    (sign * coordinates[i][0], sign * coordinates[i][1])
                    for sign, i in zip(signs, permutation, strict=True)
                )
                points[point] = None
    return list(points)


def _is_cyclic(permutation: Sequence[int]) -> bool:
    n = len(permutation)
    return all((permutation[(i + 1) % n] - permutation[i]) % n == 1 for i in range(n))


def _icosahedron() -> IntArray:
    return np.array(signed_arrangements([(0, 0), (2, 0), _GOLDEN], _is_cyclic))


def _cube() -> IntArray:
    return np.array(list(itertools.product((1, -1), repeat=3)))


def _dodecahedron() -> IntArray:
    return np.array(
        signed_arrangements([(2, 0)] * 3) + signed_arrangements([(0, 0), _GOLDEN_INVERSE, _GOLDEN], _is_cyclic)
    )


def _six_hundred_cell() -> IntArray:
    return np.array(
        signed_arrangements([(4, 0), (0, 0), (0, 0), (0, 0)])
        + signed_arrangements([(2, 0)] * 4)
        + signed_arrangements([_GOLDEN, (2, 0), _GOLDEN_INVERSE, (0, 0)], is_even)
    )


def _symmetric(*halves: tuple[Exact, int]) -> list[tuple[Exact, int]]:
    """Counts of an antipodal code from those of its positive inner products."""
    negated = [(Exact(f"-{cosine}", -cosine.value), count) for cosine, count in halves]
    return [*halves, *negated, (rational(-1), 1)]


_fifth = Fraction(1, 4)
#: name: (dim, n_points, vertices, counts from one point, design strength, proven optimal, reference)
_SOLIDS: dict[str, tuple[int, int, Callable[[], IntArray], list[tuple[Exact, int]], int, bool, str]] = {
    "cube": (3, 8, _cube, _symmetric((rational(1, 3), 3)), 3, False, "Plato"),
    "icosahedron": (
        3,
        12,
        _icosahedron,
        [(surd(0, Fraction(1, 5), 5), 5), (surd(0, Fraction(-1, 5), 5), 5), (rational(-1), 1)],
        5,
        True,
        "Fejes Toth 1943",
    ),
    "dodecahedron": (
        3,
        20,
        _dodecahedron,
        [
            (surd(0, Fraction(1, 3), 5), 3),
            (rational(1, 3), 6),
            (rational(-1, 3), 6),
            (surd(0, Fraction(-1, 3), 5), 3),
            (rational(-1), 1),
        ],
        5,
        False,
        "Plato",
    ),
    "600-cell": (
        4,
        120,
        _six_hundred_cell,
        [
            (surd(_fifth, _fifth, 5), 12),
            (rational(1, 2), 20),
            (surd(-_fifth, _fifth, 5), 12),
            (rational(0), 30),
            (surd(_fifth, -_fifth, 5), 12),
            (rational(-1, 2), 20),
            (surd(-_fifth, -_fifth, 5), 12),
            (rational(-1), 1),
        ],
        11,
        True,
        "Schlaefli 1852; optimal: Boeroeczky 1978; Cohn and Kumar 2007",
    ),
}


def _solid(name: str) -> Construction:
    dim, n_points, vertices, counts, strength, optimal, reference = _SOLIDS[name]
    unit_rows, integer_rows = from_integers(vertices, dim, radicand=5)
    return Construction(
        name=name,
        params={},
        dim=dim,
        n_points=n_points,
        cosine=max((cosine for cosine, _ in counts), key=lambda cosine: cosine.value),
        reference=reference,
        unit_rows=unit_rows,
        integer_rows=integer_rows,
        radicand=5,
        proven_optimal=optimal,
        design_strength=strength,
        spectrum_formula=lambda: pairs_from_counts(n_points, counts),
    )


FAMILIES = tuple(
    single(name, f"{solid[1]} vertices in dimension {solid[0]}", solid[0], partial(_solid, name))
    for name, solid in _SOLIDS.items()
)
