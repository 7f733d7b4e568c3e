"""Unions of orbits that begin at a code of another size: of a subgroup of its symmetries, some taken out, some put in.

The best codes of many sizes keep most of one symmetric code and a part of its symmetry.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sphcode.search.groups import SAME, closure
from sphcode.search.orbits import Orbits, OrbitType, orbit_types, random_orbits
from sphcode.search.sphere import unit
from sphcode.symmetry.automorphisms import symmetry_group

#: The least order of a subgroup, and random words of so many generators that are tried to generate one.
_LEAST_ORDER, _WORDS = 3, 20
#: Letters of a word at most, and how often a word is raised to a power up to this, which makes its order small.
_LETTERS, _POWER, _MOST_POWER = 16, 0.5, 4
#: How often a subgroup has two generators.
_TWO = 0.5
#: Beyond the points that are too many, more are taken out: often few (a geometric number), else up to this share.
_FEW, _STOP, _MANY = 0.8, 0.25, 1 / 3
#: How often the orbits that are taken out are those around a point, and not random ones.
_CAP = 0.5
#: The length of the shift that kept representatives begin with.
_NOISE = 1e-3

Kept = tuple[OrbitType, NDArray[np.float64], NDArray[np.int64]]


class Symmetries:
    """A code with matrices that generate its symmetries; none where it has none, or they are too many to find."""

    def __init__(self, points: NDArray[np.float64]) -> None:
        self.points = points
        group = symmetry_group(points)
        if group is None or group.order < _LEAST_ORDER or np.linalg.matrix_rank(points) < points.shape[1]:
            self.generators: list[NDArray[np.float64]] = []
        else:
            inverse = np.linalg.pinv(points)
            self.generators = [(inverse @ points[images]).T for images in group.generators]

    def subgroup(self, most: int, rng: np.random.Generator) -> NDArray[np.float64] | None:
        """Return the elements of a random subgroup of at most `most` elements, the identity first; None: none found."""
        for _ in range(_WORDS):
            generators = [self._word(rng) for _ in range(1 + (rng.random() < _TWO))]
            elements = closure(generators, most)
            if elements is not None and len(elements) >= _LEAST_ORDER:
                return elements
        return None

    def _word(self, rng: np.random.Generator) -> NDArray[np.float64]:
        letters = rng.integers(len(self.generators), size=rng.integers(1, _LETTERS + 1))
        word = np.linalg.multi_dot([np.eye(self.points.shape[1])] * 2 + [self.generators[i] for i in letters])
        power = int(rng.integers(2, _MOST_POWER + 1)) if rng.random() < _POWER else 1
        return np.asarray(np.linalg.matrix_power(word, power))


@lru_cache(maxsize=32)
def _symmetries(shape: tuple[int, int], points: bytes) -> Symmetries:
    return Symmetries(np.frombuffer(points).reshape(shape).copy())


def symmetries(points: NDArray[np.float64]) -> Symmetries:
    """Return the symmetries of a code, which a process keeps."""
    n_points, dim = points.shape
    return _symmetries((n_points, dim), points.tobytes())


def resized_orbits(
    code: Symmetries, n_points: int, most: int, rng: np.random.Generator
) -> tuple[Orbits, NDArray[np.float64]] | None:
    """Return orbits of a random subgroup that make up n_points, and those representatives (the first) that are kept.

    most: the largest order of the subgroup. None if the draw makes up no such code.
    """
    elements = code.subgroup(most, rng) if code.generators else None
    parts = None if elements is None else _orbits(elements, code.points)
    if elements is None or parts is None:
        return None
    kept = _taken_out(parts, code.points, n_points, rng)
    left = n_points - sum(len(indices) for _, _, indices in kept)
    new: Sequence[OrbitType] = ()
    if left < 0 or not kept:
        return None
    if left:
        more = random_orbits(elements, orbit_types(elements, rng), left, rng)
        if more is None:
            return None
        new = more.types
    orbits = Orbits(elements, (*(kind for kind, _, _ in kept), *new))
    return orbits, np.array([point for _, point, _ in kept])


def resized_starts(
    orbits: Orbits, kept: NDArray[np.float64], count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return `count` sets of representatives: kept ones shifted a little, new ones random."""
    starts = orbits.starts(rng, count)
    for start in starts:
        start[: len(kept)] = kept + _NOISE * rng.standard_normal(kept.shape) / np.sqrt(kept.shape[1])
    return np.array([orbits.fitted(start, rng) for start in starts])


def _orbits(elements: NDArray[np.float64], points: NDArray[np.float64]) -> list[Kept] | None:
    """Return the orbits of a group on a code: kind, representative, points; None if it is no symmetry of the code."""
    found: list[Kept] = []
    seen = np.zeros(len(points), bool)
    for first in range(len(points)):
        if seen[first]:
            continue
        images = elements @ points[first]
        nearest = np.argmax(images @ points.T, axis=1)
        if np.abs(images - points[nearest]).max() > SAME:
            return None
        indices, firsts = np.unique(nearest, return_index=True)
        seen[indices] = True
        # The mean over the stabiliser projects onto what it fixes.
        projector = elements[nearest == first].mean(axis=0)
        found.append((OrbitType(projector, np.sort(firsts)), unit(projector @ points[first]), indices))
    return found


def _taken_out(parts: list[Kept], points: NDArray[np.float64], n_points: int, rng: np.random.Generator) -> list[Kept]:
    """Return the orbits that stay when at least the points that are too many are taken out."""
    more = int(rng.geometric(_STOP)) - 1 if rng.random() < _FEW else int(rng.integers(1 + int(_MANY * n_points)))
    count = max(0, len(points) - n_points) + more
    order = rng.permutation(len(parts))
    if rng.random() < _CAP:
        centre = points[rng.integers(len(points))]
        order = np.argsort([-float(np.max(points[indices] @ centre)) for _, _, indices in parts], kind="stable")
    gone = set()
    for index in order:
        if count <= 0:
            break
        gone.add(int(index))
        count -= len(parts[index][2])
    return [part for index, part in enumerate(parts) if index not in gone]
