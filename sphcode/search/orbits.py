"""Unions of orbits of a finite group of orthogonal matrices: what they are made of, and how a size is made up of them.

Orbits may have stabilisers: their representative then lies in the subspace that the stabiliser fixes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.search.groups import SAME
from sphcode.search.sphere import random_points, unit

#: Tries to make up a number of points of random orbits, and the chance that one more orbit of a kind is taken.
_ATTEMPTS = 50
_ANOTHER = 0.4


@dataclass(frozen=True)
class OrbitType:
    """One kind of orbit: `projector` onto the fixed space of the stabiliser, `images` the elements that give it."""

    projector: NDArray[np.float64]
    images: NDArray[np.int64]


@dataclass(frozen=True)
class Orbits:
    """How a code of n_points is made of representatives: column j is elements[element[j]] times row owner[j].

    group: its name, if it has one; irreducibles: the dimensions of those that the space is the sum of, if known.
    """

    elements: NDArray[np.float64]
    types: tuple[OrbitType, ...]
    group: str | None = None
    irreducibles: tuple[int, ...] | None = None

    @property
    def n_points(self) -> int:
        """Points of the whole code."""
        return sum(len(kind.images) for kind in self.types)

    def to_dict(self) -> dict[str, Any] | None:
        """Return group and orbits as JSON-able values, as a `SymmetricCode` does, if the group has a name."""
        if self.group is None:
            return None
        irreducibles = None if self.irreducibles is None else list(self.irreducibles)
        return {"group": self.group, "irreducibles": irreducibles, "orbits": [len(kind.images) for kind in self.types]}

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """Return the argument `orbits` of `kernels.descent.descend`."""
        sizes = np.array([len(kind.images) for kind in self.types])
        owner = np.repeat(np.arange(len(sizes)), sizes)
        element = np.concatenate([kind.images for kind in self.types])
        return self.elements, owner, element, np.cumsum(sizes) - sizes, sizes.astype(np.float64)

    def starts(self, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Return `count` random sets of representatives, (count, n_orbits, dim)."""
        free = random_points(rng, count, len(self.types), self.elements.shape[1])
        projectors = np.array([kind.projector for kind in self.types])
        return unit(np.einsum("oij,coj->coi", projectors, free))

    def fitted(self, vectors: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
        """Return representatives near the vectors: unit vectors in the spaces that their stabilisers fix."""
        projectors = np.array([kind.projector for kind in self.types])
        inside = np.einsum("oij,oj->oi", projectors, vectors)
        lost = np.linalg.norm(inside, axis=1) < SAME
        if lost.any():
            inside[lost] = self.starts(rng, 1)[0][lost]
        return unit(inside)

    def without(self, representatives: NDArray[np.float64], index: int) -> NDArray[np.float64]:
        """Return the whole code less the orbit of one representative."""
        _, owner, _, _, _ = self.arrays()
        return np.asarray(self.whole(representatives)[owner != index])

    def whole(self, representatives: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the whole code of one set of representatives."""
        elements, owner, element, _, _ = self.arrays()
        return unit(np.einsum("nij,nj->ni", elements[element], representatives[owner]))


def orbit_types(elements: NDArray[np.float64], rng: np.random.Generator) -> list[OrbitType]:
    """Return the kinds of orbits of a group: the free one first, then those of points fixed by some element."""
    dim = elements.shape[1]
    types = {len(elements): [OrbitType(np.eye(dim), np.arange(len(elements)))]}
    for element in elements[1:]:
        values, vectors = np.linalg.eigh(element + element.T)
        fixed = vectors[:, values > 2.0 - SAME]
        if not fixed.shape[1]:
            continue
        projector = fixed @ fixed.T
        images = elements @ unit(projector @ rng.standard_normal(dim))
        same = np.abs(images[:, None] - images[None]).max(axis=2) < SAME
        kind = OrbitType(projector, np.flatnonzero(same.argmax(axis=1) == np.arange(len(elements))))
        known = types.setdefault(len(kind.images), [])
        # Conjugate stabilisers give the same orbits.
        conjugates = elements @ projector @ elements.transpose(0, 2, 1)
        if not any(np.abs(conjugates - other.projector).max(axis=(1, 2)).min() < SAME for other in known):
            known.append(kind)
    return [kind for size in sorted(types, reverse=True) for kind in types[size]]


def random_orbits(
    elements: NDArray[np.float64],
    types: list[OrbitType],
    n_points: int,
    rng: np.random.Generator,
    group: str | None = None,
) -> Orbits | None:
    """Return a random way of making n_points out of orbits of these types of a group; None if none was found."""
    free, *special = types
    for _ in range(_ATTEMPTS):
        left = n_points
        chosen: list[OrbitType] = []
        for kind in special:
            room = _line_ends(elements, kind.projector) if np.trace(kind.projector) < 1.5 else left
            count = min(int(rng.geometric(1.0 - _ANOTHER)) - 1, room, left // len(kind.images))
            chosen += [kind] * count
            left -= count * len(kind.images)
        if left % len(elements) == 0:
            return Orbits(elements, tuple(chosen + [free] * (left // len(elements))), group)
    return None


def _line_ends(elements: NDArray[np.float64], projector: NDArray[np.float64]) -> int:
    """Return how many orbits a stabiliser that fixes a line alone has: two, or one that holds both ends of the line."""
    end = unit(projector[np.argmax(np.diag(projector))])
    return 1 if np.abs(elements @ end + end).max(axis=1).min() < SAME else 2


def paired(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an antipodal code in the order x, -x, y, -y, ..."""
    products = points @ points.T
    free = np.ones(len(points), bool)
    order: list[int] = []
    for first in range(len(points)):
        if free[first]:
            free[first] = False
            # Each point is taken once, also where two of them are equal: then the code is bad, and keeps its size.
            partner = int(np.argmin(np.where(free, products[first], np.inf)))
            free[partner] = False
            order += [first, partner]
    return np.asarray(points[order])
