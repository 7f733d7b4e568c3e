"""Isometries between codes: the symmetries of one, and the equality of two up to rotation and permutation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._notebook import Shown
from sphcode._validate import as_points, check_real, fail
from sphcode.proofs.code.contacts import find_contacts, find_rattlers
from sphcode.proofs.code.gram import spanning_points

#: Inner products within this may be the same, to find a candidate; what is found is proven afterwards.
_MATCH = 1e-6
#: Points that correspond have the same sorted inner products with all others, up to what positions within 10 _MATCH
#: leave; profiles are compared up to this many points (N^2 numbers: 32 MiB).
_PROFILE, _MOST_PROFILES = 50 * _MATCH, 2000
#: Partial images that the symmetries of one code may cost: the 240 of E8 take 15,338. What is not found
#: then only makes a proof weaker, and a file cannot ask for more.
_MOST_IMAGES = 20_000


@dataclass(frozen=True, eq=False)
class Isometry(Shown):
    """An orthogonal map that carries one code to another.

    Attributes
    ----------
    permutation : ndarray of int, shape (n_points,)
        Point i of the first code goes to point permutation[i] of the second; -1 where i was left out as a rattler.
    rotation : ndarray, shape (dim, dim)
        An orthogonal matrix R (up to rounding, determinant 1 or -1): x goes to R x.
    distance : float
        Proven bound (rounded up) on `|R x_i - y_permutation[i]|` over all i, for the exactly orthogonal R next
        to `rotation` and both points exactly normalised.
    """

    permutation: NDArray[np.int64]
    rotation: NDArray[np.float64]
    distance: float

    def __repr__(self) -> str:
        return f"Isometry(n_points={len(self.permutation)}, distance={self.distance:.3g})"

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain numbers and lists."""
        return {
            "permutation": self.permutation.tolist(),
            "rotation": self.rotation.tolist(),
            "distance": self.distance,
        }


def same_code(first: Any, second: Any, *, tolerance: float = 1e-9, rattlers: bool = True) -> Isometry | None:
    """Tell whether two codes are equal up to rotation, reflection and permutation, by an explicit isometry.

    Parameters
    ----------
    first, second : SphericalCode or array_like, shape (n_points, dim)
        Unit rows.
    tolerance : float
        How far apart corresponding points may be, at most 1e-7.
    rattlers : bool
        False leaves out points with fewer than dim contacts, which can be anywhere in their cages.

    Returns
    -------
    Isometry or None
        None when there is no such isometry.

    Raises
    ------
    InvalidInputError
        If a code is not made of different unit rows, `tolerance` is not from 1e-14 to 1e-7, or without `rattlers` no
        point is left.

    Examples
    --------
    >>> from sphcode import same_code
    >>> square = [[1, 0], [0, 1], [-1, 0], [0, -1]]
    >>> turned = [[0.6, 0.8], [0.8, -0.6], [-0.6, -0.8], [-0.8, 0.6]]
    >>> same_code(square, turned).distance < 1e-12
    True
    """
    one, two = (as_points(getattr(code, "points", code), name) for code, name in ((first, "first"), (second, "second")))
    tolerance = check_real("tolerance", tolerance, low=1e-14, high=_MATCH / 10)
    held, others = (_held(rows) if not rattlers else np.arange(len(rows)) for rows in (one, two))
    if one.shape != two.shape or len(held) != len(others):
        return None
    if not len(held):
        raise fail("rattlers", "True for codes no point of which has as many contacts as dimensions", rattlers)
    basis = spanning_points(one[held])
    images = _Images(one[held], two[others], basis, _alike(one[held], two[others], basis)).extend([])
    if images is None:
        return None
    source, target = one[held], two[others][images]
    left, _, right = np.linalg.svd(target.T @ source)
    rotation = left @ right
    distance = _certified_distance(source, target, rotation)
    if distance > tolerance:
        return None
    permutation = np.full(len(one), -1)
    permutation[held] = others[images]
    return Isometry(permutation, rotation, distance)


def find_symmetries(floats: NDArray[np.float64]) -> list[NDArray[np.int64]]:
    """Return generators of the permutations that keep the Gram matrix (up to 1e-6), or of some of them.

    A basis b_1, b_2, ... among the points fixes a permutation; generators are found from the last basis point up, one
    for each image that the group known so far does not reach (Sims' method). After _MOST_IMAGES partial images the
    generators known then are returned.
    """
    basis = spanning_points(floats)
    alike = _alike(floats, floats, basis)
    images = _Images(floats, floats, basis, alike, _MOST_IMAGES)
    generators: list[NDArray[np.int64]] = []
    for depth in range(len(basis) - 1, -1, -1):
        fixing = [g for g in generators if (g[basis[:depth]] == basis[:depth]).all()]
        reached = _orbit(basis[depth], fixing)
        wanted = floats[basis[depth]] @ floats[basis[:depth]].T
        fitting = alike[depth] & (np.abs(floats @ floats[basis[:depth]].T - wanted) < _MATCH).all(axis=1)
        for image in np.flatnonzero(fitting).tolist():
            if image in reached:
                continue
            found = images.extend([*basis[:depth], image])
            if found is not None:
                generators.append(found)
                fixing.append(found)
                reached = _orbit(basis[depth], fixing)
    return generators


def _orbit(start: int, generators: list[NDArray[np.int64]]) -> set[int]:
    orbit, queue = {start}, [start]
    while queue:
        point = queue.pop()
        for generator in generators:
            image = int(generator[point])
            if image not in orbit:
                orbit.add(image)
                queue.append(image)
    return orbit


def _alike(source: NDArray[np.float64], target: NDArray[np.float64], basis: list[int]) -> NDArray[np.bool_]:
    """Return which points may be the image of each basis point: those with the same sorted inner products."""
    if len(source) > _MOST_PROFILES:
        return np.ones((len(basis), len(target)), dtype=bool)
    profiles = np.sort(target @ target.T, axis=1)
    wanted = np.sort(source[basis] @ source.T, axis=1)
    return np.array([(np.abs(profiles - profile) < _PROFILE).all(axis=1) for profile in wanted])


@dataclass
class _Images:
    """The isometries that carry `source` to `target`, searched by the images of the basis points."""

    source: NDArray[np.float64]
    target: NDArray[np.float64]
    basis: list[int]
    alike: NDArray[np.bool_]
    #: Partial images that may still be tried, None for any number.
    left: int | None = None

    def extend(self, images: list[int]) -> NDArray[np.int64] | None:
        """Return where an isometry sends each point, given the images of the first basis points, or None."""
        if self.left is not None:
            if self.left == 0:
                return None
            self.left -= 1
        source, target, basis = self.source, self.target, self.basis
        if len(images) == len(basis):
            coordinates = np.linalg.lstsq(source[basis].T, source.T, rcond=None)[0]
            moved = coordinates.T @ target[images]
            permutation = np.argmax(moved @ target.T, axis=1)
            exact = np.abs(target[permutation] - moved).max() < 10 * _MATCH
            return permutation if exact and len(set(permutation.tolist())) == len(source) else None
        wanted = source[basis[len(images)]] @ source[basis[: len(images)]].T
        fitting = self.alike[len(images)] & (np.abs(target @ target[images].T - wanted) < _MATCH).all(axis=1)
        for candidate in np.flatnonzero(fitting).tolist():
            found = self.extend([*images, candidate])
            if found is not None:
                return found
        return None


def _held(rows: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the points that are no rattlers."""
    contacts = find_contacts(rows)
    if contacts is None:
        return np.arange(len(rows))
    return np.setdiff1d(np.arange(len(rows)), find_rattlers(len(rows), rows.shape[1], contacts))


def _certified_distance(
    source: NDArray[np.float64], target: NDArray[np.float64], rotation: NDArray[np.float64]
) -> float:
    """Bound the distance between corresponding points for the orthogonal matrix nearest to `rotation`.

    That matrix is within |R'R - I| of R (its polar factor). Rows are unit vectors up to (dim + 4) 2^-53; the float64
    products are off by at most dim 2^-53 times the product of the norms.
    """
    dim = len(rotation)
    rounding = (4 * dim + 16) * dim * 2.0**-53
    defect = np.linalg.norm(rotation.T @ rotation - np.eye(dim)) + rounding
    return float((np.linalg.norm(source @ rotation.T - target, axis=1).max() + defect + rounding) * (1 + 1e-9))
