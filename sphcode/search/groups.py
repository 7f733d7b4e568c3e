"""Finite groups of orthogonal matrices that codes are made symmetric under.

They are drawn at random among cyclic and dihedral ones, groups of signed permutations of the axes and of the corners of
a simplex, each with or without -1; or one is named by the caller.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import fail, shown
from sphcode.search import point_groups

#: Entries of matrices and points within this are the same.
SAME = 1e-6
#: A group that is named may be as large as this.
_MOST_NAMED = 2000
#: Rotations of a polyhedron, by the name of their point group.
_POLYHEDRAL = {"tetrahedral": "T", "octahedral": "O", "icosahedral": "I"}
#: How often -1 is added to a random group, and how often a permutation carries signs.
_WITH_MINUS, _WITH_SIGNS = 0.4, 0.5


def named_group(name: str, dim: int) -> NDArray[np.float64]:
    """Return the group `name` acting on `dim` coordinates, shape (order, dim, dim), the identity first.

    "antipodal": 1 and -1. "cyclic-K" (K >= 2): turns by 1/K of the first two axes. "dihedral-K": these and a half turn
    about the first axis. "permutation": cyclic shifts of all axes. "tetrahedral", "octahedral", "icosahedral":
    rotations of the first three axes (dim >= 3). For dim = 3 also the Schoenflies name of a point group, "Ih".
    """
    kind, _, parameter = name.partition("-")
    generators = (point_groups.generators(name) or []) if dim == 3 else []
    if name == "antipodal":
        generators = [-np.eye(dim)]
    elif name == "permutation":
        generators = [np.roll(np.eye(dim), 1, axis=0)]
    elif name in _POLYHEDRAL and dim >= 3:
        generators = [_padded(matrix, dim) for matrix in point_groups.generators(_POLYHEDRAL[name]) or []]
    elif kind in ("cyclic", "dihedral") and re.fullmatch(r"[1-9]\d{0,2}", parameter) and int(parameter) >= 2:
        generators = [_turn(dim, int(parameter), [1])]
        if kind == "dihedral":
            generators.append(np.diag([1.0, -1.0, -1.0, *np.ones(max(0, dim - 3))][:dim]))
    if not generators:
        choices = "antipodal, permutation, cyclic-K, dihedral-K, tetrahedral, octahedral, icosahedral"
        more = "K from 2 to 999; the last three for dim >= 3; for dim = 3 also Schoenflies names such as D3d or Ih"
        raise fail("symmetry", f"{choices} ({more}), auto, or a name of the catalogue such as M22", shown(name))
    group = closure(generators, _MOST_NAMED)
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
    if antipodal or rng.random() < _WITH_MINUS:
        generators.append(-np.eye(dim))
    group = closure(generators, most)
    return None if group is None or len(group) < 2 else group


def closure(generators: list[NDArray[np.float64]], most: int) -> NDArray[np.float64] | None:
    """Return all products of the generators, or None if they are more than `most`."""
    dim = generators[0].shape[0]
    elements = np.eye(dim)[None]
    fresh = elements
    while len(fresh):
        products = np.concatenate([fresh @ generator for generator in generators])
        new: list[NDArray[np.float64]] = []
        for product in products:
            if np.abs(elements - product).max(axis=(1, 2)).min() > SAME:
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
    signs = rng.choice([-1.0, 1.0], dim) if rng.random() < _WITH_SIGNS else np.ones(dim)
    return np.asarray(np.eye(dim)[rng.permutation(dim)] * signs)


def _simplex_permutation(dim: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a random permutation of the dim + 1 corners of a regular simplex, as an orthogonal matrix."""
    full, _ = np.linalg.qr(np.column_stack([np.ones(dim + 1), np.eye(dim + 1)[:, :dim]]))
    basis = full[:, 1:]
    return np.asarray(basis.T @ np.eye(dim + 1)[rng.permutation(dim + 1)] @ basis)
