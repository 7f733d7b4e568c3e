"""Small groups in representations that are nearly regular, and the kinds of orbits they have there.

A code of N points that is mostly made of free orbits is, as a set that the group permutes, some N / order copies of the
regular representation. Its space is a quotient of that, and of a code that is spread evenly it takes about the same
share, d / N, of every irreducible: the multiplicities are those of d / order regular representations, rounded. Of all
sums of irreducibles only a few are such, and they have the best codes of several orbits (measured: (14, 77) under 7:3,
7 + 7 + 21 + 21 + 21; (12, 71) under C16; (11, 73) under C5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sphcode.symmetry import catalogue
from sphcode.symmetry import groups as g
from sphcode.symmetry.groups import Generators
from sphcode.symmetry.irreducibles import Representations, representations

#: Orders of the cyclic groups, and of the polygons of the dihedral ones; smaller groups are drawn as matrices.
_CYCLIC, _POLYGONS = (*range(5, 17), 18, 20, 24), range(3, 13)
#: Groups of the catalogue of at most 64 elements.
_NAMED = (
    *("5:4", "7:3", "7:6", "2^3:7", "3^2:4", "11:5", "13:3", "13:4", "2^4:3", "19:3", "SL(2,3)", "GL(2,3)", "A4", "S4"),
    *("A5", "S3xS3", "7:3xC2", "7:3xC3"),
)

_FORMULAS: dict[str, Callable[[], Generators]] = {
    "C3xC3": lambda: g.direct_product(g.cyclic(3), g.cyclic(3)),
    "C2xC4": lambda: g.direct_product(g.cyclic(2), g.cyclic(4)),
    "C2xC6": lambda: g.direct_product(g.cyclic(2), g.cyclic(6)),
    "C4xC4": lambda: g.direct_product(g.cyclic(4), g.cyclic(4)),
    "C2xC2xC2": lambda: g.direct_product(g.cyclic(2), g.cyclic(2), g.cyclic(2)),
    "A4xC2": lambda: g.direct_product(g.alternating(4), g.cyclic(2)),
    "S3xC3": lambda: g.direct_product(g.dihedral(3), g.cyclic(3)),
    "S3xC4": lambda: g.direct_product(g.dihedral(3), g.cyclic(4)),
}

#: All names, and tries of rounding multiplicities to a dimension.
NAMES = (*(f"C{n}" for n in _CYCLIC), *(f"D{n}" for n in _POLYGONS), *_FORMULAS, *_NAMED)
_TRIES = 100
#: Noise of multiplicities: (14, 77) has the trivial one of 7:3 twice, where its share is 0.67.
_NOISE = 0.7
#: A generic point of a kind of orbit must not be fixed by more than its stabiliser: no other inner product may be 1.
_FIXED = 1.0 - 1e-9

Matrices = NDArray[np.float64]


@dataclass(frozen=True)
class SmallGroup:
    """A group by its elements: the points of its regular space, of which the first is the identity.

    Attributes
    ----------
    name : str
        As in `NAMES`.
    representations : Representations
        Its coset spaces, the regular one last, and real irreducibles.
    matrices : tuple of ndarray, shape (order, degree, degree)
        The elements in each irreducible.
    regular : ndarray
        How often each irreducible is in the regular representation.
    images : tuple of ndarray
        For each coset space the elements that take its first point to each of its points.
    """

    name: str
    representations: Representations = field(repr=False)
    matrices: tuple[Matrices, ...] = field(repr=False)
    regular: NDArray[np.int64] = field(repr=False)
    images: tuple[NDArray[np.int64], ...] = field(repr=False)

    @property
    def order(self) -> int:
        """The number of elements."""
        return len(self.images[-1])

    def near_regular(self, dim: int, rng: np.random.Generator) -> tuple[int, ...] | None:
        """Return random multiplicities near those of dim / order regular representations; None if no try has `dim`.

        Half of the time they are rounded up or down, else they are shifted by some noise.
        """
        wanted = self.regular * (dim / self.order)
        noise = _NOISE * rng.integers(0, 2)
        for _ in range(_TRIES):
            shifted = wanted + noise * rng.standard_normal(len(wanted))
            chosen = np.maximum(np.floor(shifted + rng.random(len(wanted))), 0).astype(int)
            if chosen @ self.representations.degrees == dim:
                return tuple(int(count) for count in chosen)
        return None

    def acting(self, multiplicities: tuple[int, ...]) -> Matrices:
        """Return the elements in this sum of irreducibles, (order, dim, dim), the identity first."""
        blocks = [m for m, count in zip(self.matrices, multiplicities, strict=True) for _ in range(count)]
        dim = sum(block.shape[1] for block in blocks)
        elements, at = np.zeros((self.order, dim, dim)), 0
        for block in blocks:
            end = at + block.shape[1]
            elements[:, at:end, at:end] = block
            at = end
        return elements

    def orbits(
        self, elements: Matrices, multiplicities: tuple[int, ...], rng: np.random.Generator
    ) -> list[tuple[Matrices, NDArray[np.int64]]]:
        """Return the kinds of orbits, the free one first: projector onto the fixed space, elements that give the orbit.

        A kind whose generic points have a larger stabiliser is another kind, and left out.
        """
        found = []
        for space in reversed(range(len(self.images))):
            projector, at = np.zeros(elements.shape[1:]), 0
            for maps, count in zip(self.representations.maps, multiplicities, strict=True):
                fixed = maps[space][:, 0]
                for _ in range(count):
                    end = at + fixed.shape[1]
                    projector[at:end, at:end] = fixed.T @ fixed
                    at = end
            point = projector @ rng.standard_normal(len(projector))
            norm = np.linalg.norm(point)
            if norm < 1.0 - _FIXED:
                continue
            orbit = elements[self.images[space]] @ (point / norm)
            if len(orbit) == 1 or float((orbit[1:] @ orbit[0]).max()) < _FIXED:
                found.append((projector, self.images[space]))
        return found


@cache
def small_group(name: str) -> SmallGroup:
    """Return the group of this name, made once in a process."""
    found = representations(_generators(name))
    matrices = []
    for maps in found.maps:
        # Of the regular space all vectors are fixed: the maps are as many as the dimension.
        frames = maps[-1].transpose(1, 2, 0)
        matrices.append(frames @ frames[0].T)
    characters = [np.trace(m, axis1=1, axis2=2) for m in matrices]
    commutants = [round(float(np.mean(character**2))) for character in characters]
    regular = np.array([d // c for d, c in zip(found.degrees, commutants, strict=True)])
    return SmallGroup(name, found, tuple(matrices), regular, _images(found))


def _generators(name: str) -> Generators:
    if name in _FORMULAS:
        return _FORMULAS[name]()
    if name in _NAMED:
        return [np.array(row) for row in catalogue.generators(name)]
    return g.cyclic(int(name[1:])) if name[0] == "C" else g.dihedral(int(name[1:]))


def _images(found: Representations) -> tuple[NDArray[np.int64], ...]:
    """Return for each coset space the elements that take its first point to each of its points."""
    regular = found.spaces[-1]
    order = regular.shape[1]
    reached = np.full((order, len(found.spaces)), -1)
    reached[0] = 0
    queue = [0]
    for element in queue:
        for number, row in enumerate(regular):
            moved = row[element]
            if reached[moved, 0] < 0:
                reached[moved] = [
                    space[number, point] for space, point in zip(found.spaces, reached[element], strict=True)
                ]
                queue.append(moved)
    return tuple(np.unique(column, return_index=True)[1] for column in reached.T)
