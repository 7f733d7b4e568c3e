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
    images = _extend(one[held], two[others], basis, [])
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
    """Return generators of the permutations that keep the Gram matrix (up to 1e-6).

    A basis b_1, b_2, ... among the points fixes a permutation; generators are found from the last basis point up, one
    for each image that the group known so far does not reach (Sims' method).
    """
    basis = spanning_points(floats)
    generators: list[NDArray[np.int64]] = []
    for depth in range(len(basis) - 1, -1, -1):
        fixing = [g for g in generators if (g[basis[:depth]] == basis[:depth]).all()]
        reached = _orbit(basis[depth], fixing)
        wanted = floats[basis[depth]] @ floats[basis[:depth]].T
        fitting = (np.abs(floats @ floats[basis[:depth]].T - wanted) < _MATCH).all(axis=1)
        for image in np.flatnonzero(fitting).tolist():
            if image in reached:
                continue
            found = _extend(floats, floats, basis, [*basis[:depth], image])
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


def _extend(
    source: NDArray[np.float64], target: NDArray[np.float64], basis: list[int], images: list[int]
) -> NDArray[np.int64] | None:
    """Return where an isometry sends each point, given the images of the first basis points, or None."""
    if len(images) == len(basis):
        coordinates = np.linalg.lstsq(source[basis].T, source.T, rcond=None)[0]
        moved = coordinates.T @ target[images]
        permutation = np.argmax(moved @ target.T, axis=1)
        exact = np.abs(target[permutation] - moved).max() < 10 * _MATCH
        return permutation if exact and len(set(permutation.tolist())) == len(source) else None
    wanted = source[basis[len(images)]] @ source[basis[: len(images)]].T
    fitting = (np.abs(target @ target[images].T - wanted) < _MATCH).all(axis=1)
    for candidate in np.flatnonzero(fitting).tolist():
        found = _extend(source, target, basis, [*images, candidate])
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
