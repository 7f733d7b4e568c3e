"""Orbits of points under finite groups; with them the square antiprism, the snub cube and the snub dodecahedron."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sphcode._validate import as_matrix, check_int, fail
from sphcode.codes.constructions.construction import Construction, pairs_from_counts, single
from sphcode.codes.constructions.exact import Exact, root, surd

FloatArray = NDArray[np.float64]

#: Points are the same if their coordinates round to the same multiples of this; rounding errors are far smaller.
_SAME_POINT = 1e-6


def orbit(generators: Sequence[ArrayLike], seeds: ArrayLike, *, max_points: int = 100_000) -> FloatArray:
    """Return the union of the orbits of `seeds` under the group that `generators` generate.

    Parameters
    ----------
    generators : sequence of array_like, shape (dim, dim)
        Orthogonal matrices of a finite group; they act on columns.
    seeds : array_like, shape (n_seeds, dim)
        Points.
    max_points : int
        Give up beyond this number of points.

    Returns
    -------
    ndarray, shape (n_points, dim)
        Different points, the seeds first, then in order of discovery: the same for every run.

    Raises
    ------
    InvalidInputError
        If a generator is not orthogonal, or the orbit has more than `max_points` points.

    Examples
    --------
    >>> orbit([[[0, -1], [1, 0]]], [[1, 0]]).astype(int).tolist()
    [[1, 0], [0, 1], [-1, 0], [0, -1]]
    """
    points = np.atleast_2d(np.asarray(seeds, dtype=np.float64))
    matrices = [as_matrix(generator, "generators") for generator in generators]
    for matrix in matrices:
        shape_is_right = matrix.shape == (points.shape[1], points.shape[1])
        if not shape_is_right or np.abs(matrix @ matrix.T - np.eye(len(matrix))).max() > 1e-9:
            raise fail("generators", f"orthogonal matrices of {points.shape[1]} rows", f"shape {matrix.shape}")
    max_points = check_int("max_points", max_points, minimum=len(points))
    known: dict[tuple[Any, ...], FloatArray] = {}
    frontier = list(points)
    while frontier:
        fresh = []
        for point in frontier:
            key = tuple(np.rint(point / _SAME_POINT).astype(np.int64).tolist())
            if key not in known:
                known[key] = point
                fresh.append(point)
        if len(known) > max_points:
            raise fail("max_points", "at least the number of points of the orbit", max_points)
        frontier = [matrix @ point for point in fresh for matrix in matrices]
    return np.array(list(known.values()))


def rotation(axis: ArrayLike, turn: float) -> FloatArray:
    """Return the rotation of R^3 about `axis` by `turn` full turns (Rodrigues' formula)."""
    x, y, z = np.asarray(axis, dtype=np.float64) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = 2.0 * math.pi * turn
    return np.asarray(np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross)


def _square_antiprism() -> FloatArray:
    squared_height = (2 * math.sqrt(2) - 1) / 7
    turn_and_reflect = rotation([0, 0, 1], 1 / 8) @ np.diag([1, 1, -1])
    return orbit([turn_and_reflect], [[math.sqrt(1 - squared_height), 0, math.sqrt(squared_height)]])


def _snub_cube() -> FloatArray:
    t = float(root((1, -1, -1, -1), 1.8392868).value)  # the tribonacci constant
    return orbit([rotation([1, 0, 0], 1 / 4), rotation([0, 0, 1], 1 / 4)], [[1, 1 / t, t]])


def _snub_dodecahedron() -> FloatArray:
    phi = (1 + math.sqrt(5)) / 2
    xi = float(np.roots([1, 2, 0, -phi * phi]).real.max())
    seed = [phi * phi * (1 - xi), -(phi**3) + phi * xi + 2 * phi * xi * xi, xi]
    return orbit([rotation([0, 1, phi], 1 / 5), rotation([1, 1, 1], 1 / 3)], [seed])


def _square_antiprism_counts() -> list[tuple[Exact, int]]:
    height = surd(Fraction(-1, 7), Fraction(2, 7), 2)  # squared; also the largest cosine
    opposite = surd(Fraction(-9, 7), Fraction(4, 7), 2)  # in one square: height - radius, squared both
    across = surd(Fraction(3, 7), Fraction(-6, 7), 2)  # in the other square, far: -height - radius / sqrt 2
    return [(height, 4), (opposite, 1), (across, 2)]


def _snub_cube_counts() -> list[tuple[Exact, int]]:
    """Return the inner products with one vertex: numbers of the cubic field of the tribonacci constant."""
    return [
        (_SNUB_CUBE, 5),
        (root((7, 23, 13, -11), 0.4461569367), 1),
        (root((7, -3, 5, -1), 0.2137403629), 3),
        (root((7, -19, 17, -1), 0.06318116876), 4),
        (root((1, -1, 3, 1), -0.2955977425), 2),
        (root((7, 25, 33, 11), -0.4906618946), 3),
        (root((7, 15, 29, 13), -0.5725192742), 1),
        (root((7, 9, 45, 27), -0.6412210887), 1),
        (root((7, 37, 77, 43), -0.8494408059), 1),
        (root((7, -17, 13, 29), -0.8736376625), 1),
        (root((7, -27, 17, 47), -0.9554950421), 1),
    ]


#: Coefficients of the polynomial of the cosine (constant term last), and which of its roots it is.
_SNUB_CUBE = root((7, 1, -3, -1), 0.7230784683)
_SNUB_DODECAHEDRON = root((209, 94, -137, -100, -9, 6, 1), 0.8924183971)

#: name: (n_points, largest cosine, vertices, counts from one vertex, design strength, who proved it optimal)
_SOLIDS: dict[str, tuple[int, Exact, Callable[[], FloatArray], Callable[[], list[tuple[Exact, int]]] | None, int, str]]
_SOLIDS = {
    "square-antiprism": (
        8,
        surd(Fraction(-1, 7), Fraction(2, 7), 2),
        _square_antiprism,
        _square_antiprism_counts,
        1,
        "Schuette and van der Waerden 1951",
    ),
    "snub-cube": (24, _SNUB_CUBE, _snub_cube, _snub_cube_counts, 3, "Robinson 1961"),
    "snub-dodecahedron": (60, _SNUB_DODECAHEDRON, _snub_dodecahedron, None, 5, ""),
}


def _solid(name: str) -> Construction:
    """Return a solid given by its vertices in floats, with the exact cosine that its table row states."""
    n_points, cosine, vertices, counts, strength, proof = _SOLIDS[name]

    def unit_rows(start: int, stop: int) -> FloatArray:
        points = vertices()[start:stop]
        points /= np.linalg.norm(points, axis=1, keepdims=True)
        return points

    return Construction(
        name=name,
        params={},
        dim=3,
        n_points=n_points,
        cosine=cosine,
        reference="Coxeter, Regular Polytopes, 1973" + (f"; optimal: {proof}" if proof else ""),
        unit_rows=unit_rows,
        proven_optimal=bool(proof),
        design_strength=strength,
        spectrum_formula=None if counts is None else lambda: pairs_from_counts(n_points, counts()),
    )


FAMILIES = tuple(
    single(name, f"{row[0]} vertices in dimension 3", 3, partial(_solid, name)) for name, row in _SOLIDS.items()
)
