"""Symmetric starts: codes that are unions of orbits of a finite group of orthogonal matrices.

Groups are drawn at random among cyclic and dihedral ones, groups of signed permutations of the axes and of the corners
of a simplex, each with or without -1; or one is named by the caller. Orbits may have stabilisers: their representative
then lies in the subspace that the stabiliser fixes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import fail, shown
from sphcode.search.moves import random_points, unit

#: Groups tried at random have at most this order.
MOST_ELEMENTS = 48
_SAME = 1e-6
_ATTEMPTS = 50


@dataclass(frozen=True)
class OrbitType:
    """One kind of orbit: `projector` onto the fixed space of the stabiliser, `images` the elements that give it."""

    projector: NDArray[np.float64]
    images: NDArray[np.int64]


@dataclass(frozen=True)
class Orbits:
    """How a code of n_points is made of representatives: column j is elements[element[j]] times row owner[j]."""

    elements: NDArray[np.float64]
    types: tuple[OrbitType, ...]

    @property
    def n_points(self) -> int:
        """Points of the whole code."""
        return sum(len(kind.images) for kind in self.types)

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
        lost = np.linalg.norm(inside, axis=1) < _SAME
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


def named_group(name: str, dim: int) -> NDArray[np.float64]:
    """Return the group `name` acting on `dim` coordinates, shape (order, dim, dim), the identity first.

    "antipodal": 1 and -1. "cyclic-K" (K >= 2): turns by 1/K of the first two axes. "dihedral-K": these and a half turn
    about the first axis. "permutation": cyclic shifts of all axes. "tetrahedral", "octahedral", "icosahedral":
    rotations of the first three axes (dim >= 3).
    """
    kind, _, parameter = name.partition("-")
    turns = {"tetrahedral": np.diag([-1.0, -1.0, 1.0]), "octahedral": _QUARTER_TURN, "icosahedral": _FIFTH_TURN}
    generators = []
    if name == "antipodal":
        generators = [-np.eye(dim)]
    elif name == "permutation":
        generators = [np.roll(np.eye(dim), 1, axis=0)]
    elif name in turns and dim >= 3:
        generators = [_padded(np.roll(np.eye(3), 1, axis=0), dim), _padded(turns[name], dim)]
    elif kind in ("cyclic", "dihedral") and re.fullmatch(r"[1-9]\d{0,2}", parameter) and int(parameter) >= 2:
        generators = [_turn(dim, int(parameter), [1])]
        if kind == "dihedral":
            generators.append(np.diag([1.0, -1.0, -1.0, *np.ones(max(0, dim - 3))][:dim]))
    if not generators:
        choices = "antipodal, permutation, cyclic-K, dihedral-K, tetrahedral, octahedral or icosahedral"
        raise fail("symmetry", f"{choices} (K from 2 to 999; the last three for dim >= 3)", shown(name))
    group = _closure(generators, 2000)
    if group is None:
        raise AssertionError(name)
    return group


def random_group(dim: int, most: int, rng: np.random.Generator, antipodal: bool = False) -> NDArray[np.float64] | None:
    """Return a random finite group of 2 to `most` elements, the identity first; None if the draw is too large.

    antipodal: only groups that hold -1.
    """
    kind = rng.integers(5)
    if kind <= 1:
        # Small orders are as likely as large ones: most of the best codes have few symmetries.
        order = int(np.exp(rng.uniform(np.log(2), np.log(most + 1))))
        weights = rng.integers(0, order, dim // 2) if dim > 3 else [1]
        generators = [_turn(dim, order, weights) @ _last_sign(dim, rng)]
        if kind == 1:
            flip = np.diag([(-1.0) ** axis for axis in range(dim)])
            generators.append(flip @ _last_sign(dim, rng))
    elif kind == 2:
        generators = [_signed_permutation(dim, rng)]
    elif kind == 3:
        generators = [_signed_permutation(dim, rng), _signed_permutation(dim, rng)]
    else:
        generators = [_simplex_permutation(dim, rng) for _ in range(int(rng.integers(1, 3)))]
    if antipodal or rng.random() < 0.4:
        generators.append(-np.eye(dim))
    group = _closure(generators, most)
    return None if group is None or len(group) < 2 else group


def orbit_types(elements: NDArray[np.float64], rng: np.random.Generator) -> list[OrbitType]:
    """Return the kinds of orbits of a group: the free one first, then those of points fixed by some element."""
    dim = elements.shape[1]
    types = {len(elements): [OrbitType(np.eye(dim), np.arange(len(elements)))]}
    for element in elements[1:]:
        values, vectors = np.linalg.eigh(element + element.T)
        fixed = vectors[:, values > 2.0 - _SAME]
        if not fixed.shape[1]:
            continue
        projector = fixed @ fixed.T
        images = elements @ unit(projector @ rng.standard_normal(dim))
        same = np.abs(images[:, None] - images[None]).max(axis=2) < _SAME
        kind = OrbitType(projector, np.flatnonzero(same.argmax(axis=1) == np.arange(len(elements))))
        known = types.setdefault(len(kind.images), [])
        # Conjugate stabilisers give the same orbits.
        conjugates = elements @ projector @ elements.transpose(0, 2, 1)
        if not any(np.abs(conjugates - other.projector).max(axis=(1, 2)).min() < _SAME for other in known):
            known.append(kind)
    return [kind for size in sorted(types, reverse=True) for kind in types[size]]


def random_orbits(
    elements: NDArray[np.float64], types: list[OrbitType], n_points: int, rng: np.random.Generator
) -> Orbits | None:
    """Return a random way of making n_points out of orbits of these types of a group; None if none was found."""
    free, *special = types
    for _ in range(_ATTEMPTS):
        left = n_points
        chosen: list[OrbitType] = []
        for kind in special:
            # A stabiliser that fixes a line alone has two orbits at most, those of the ends of the line.
            room = 2 if np.trace(kind.projector) < 1.5 else left
            count = min(int(rng.geometric(0.6)) - 1, room, left // len(kind.images))
            chosen += [kind] * count
            left -= count * len(kind.images)
        if left % len(elements) == 0:
            return Orbits(elements, tuple(chosen + [free] * (left // len(elements))))
    return None


def paired(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an antipodal code in the order x, -x, y, -y, ..."""
    partner = np.argmin(points @ points.T, axis=1)
    first = np.flatnonzero(np.arange(len(points)) < partner)
    return np.asarray(points[np.column_stack([first, partner[first]]).ravel()])


_GOLDEN = (1 + 5**0.5) / 2
_QUARTER_TURN = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
_FIFTH_TURN = 0.5 * np.array([[1, -_GOLDEN, 1 / _GOLDEN], [_GOLDEN, 1 / _GOLDEN, -1], [1 / _GOLDEN, 1, _GOLDEN]])


def _closure(generators: list[NDArray[np.float64]], most: int) -> NDArray[np.float64] | None:
    """Return all products of the generators, or None if they are more than `most`."""
    dim = generators[0].shape[0]
    elements = np.eye(dim)[None]
    fresh = elements
    while len(fresh):
        products = np.concatenate([fresh @ generator for generator in generators])
        new: list[NDArray[np.float64]] = []
        for product in products:
            if np.abs(elements - product).max(axis=(1, 2)).min() > _SAME:
                elements = np.concatenate([elements, product[None]])
                new.append(product)
                if len(elements) > most:
                    return None
        fresh = np.array(new)
    return elements


def _padded(block: NDArray[np.float64], dim: int) -> NDArray[np.float64]:
    """Return the matrix that acts by `block` on the first axes and leaves the others alone."""
    matrix = np.eye(dim)
    matrix[: len(block), : len(block)] = block
    return matrix


def _turn(dim: int, order: int, weights: NDArray[np.int64] | list[int]) -> NDArray[np.float64]:
    """Return the turn by weights[b] / order of the b-th pair of axes."""
    matrix = np.eye(dim)
    for block, weight in enumerate(weights):
        angle = 2.0 * np.pi * int(weight) / order
        plane = [2 * block, 2 * block + 1]
        matrix[np.ix_(plane, plane)] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return matrix


def _last_sign(dim: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the identity, or in odd dimensions half of the time the reflection of the axis that no turn moves."""
    signs = np.ones(dim)
    if dim % 2:
        signs[-1] = rng.choice([-1.0, 1.0])
    return np.diag(signs)


def _signed_permutation(dim: int, rng: np.random.Generator) -> NDArray[np.float64]:
    signs = rng.choice([-1.0, 1.0], dim) if rng.random() < 0.5 else np.ones(dim)
    return np.asarray(np.eye(dim)[rng.permutation(dim)] * signs)


def _simplex_permutation(dim: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a random permutation of the dim + 1 corners of a regular simplex, as an orthogonal matrix."""
    full, _ = np.linalg.qr(np.column_stack([np.ones(dim + 1), np.eye(dim + 1)[:, :dim]]))
    basis = full[:, 1:]
    return np.asarray(basis.T @ np.eye(dim + 1)[rng.permutation(dim + 1)] @ basis)
