"""The real irreducibles of a group on its coset spaces, and the bilinear tables of the inner products of orbits.

The orbits of the group on pairs of points span its coherent algebra (Higman 1975). The eigenspaces of a random
symmetric element are irreducible, one copy each; other elements are intertwiners between copies. An orbit of points of
a code is then given by its coordinates c in the fixed space of a stabiliser, and inner products of orbits i and j are
c_i^T phi c_j, one matrix phi for each relation between the spaces: neither the points nor the dimension appear.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sphcode.symmetry.coset_spaces import Rows, coset_spaces
from sphcode.symmetry.permutations import Permutation

#: Irreducibles of more dimensions are left out.
MOST_DIMENSIONS = 24
#: Random elements of the algebra that are tried as intertwiners; the commutant has at most 4 dimensions.
_INTERTWINERS = 4
#: Eigenvalues within this share of their range are one; images shorter than this are zero; maps as exact as this.
_ONE_VALUE, _ZERO, _EXACT = 1e-9, 1e-7, 1e-6
_RANK = 1e-6


@dataclass(frozen=True)
class Representations:
    """What a group can do: its coset spaces and real irreducibles.

    Attributes
    ----------
    spaces : tuple of ndarray
        The action of the generators on each coset space.
    degrees : tuple of int
        Dimensions of the irreducibles; the trivial one is the first.
    maps : tuple of tuples of ndarray, shape (fixed, points, degree)
        For each irreducible and space the equivariant maps: images of the points, orthonormal at each point.
    """

    spaces: tuple[Rows, ...]
    degrees: tuple[int, ...]
    maps: tuple[tuple[NDArray[np.float64], ...], ...]
    _relations: dict[tuple[int, int], tuple[NDArray[np.int64], NDArray[np.int64]]] = field(
        default_factory=dict, repr=False
    )

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Points of the spaces."""
        return np.array([space.shape[1] for space in self.spaces])

    @property
    def fixed(self) -> NDArray[np.int64]:
        """Dimensions of the fixed spaces, (irreducibles, spaces)."""
        return np.array([[len(maps) for maps in row] for row in self.maps])

    def relations(self, i: int, j: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return for each relation between spaces i and j a point that the first one of i is in, and how many are."""
        from sphcode.kernels.group_actions import pair_labels

        if (i, j) not in self._relations:
            labels = np.empty((self.spaces[i].shape[1], self.spaces[j].shape[1]), np.int64)
            pair_labels(self.spaces[i], self.spaces[j], labels)
            _, first, counts = np.unique(labels[0], return_index=True, return_counts=True)
            self._relations[i, j] = first, counts
        return self._relations[i, j]

    def phi(self, k: int, i: int, j: int) -> NDArray[np.float64]:
        """Return the tables (relations, fixed of i, fixed of j) of one irreducible."""
        left, right = self.maps[k][i], self.maps[k][j]
        return np.asarray(np.einsum("fd,grd->rfg", left[:, 0], right[:, self.relations(i, j)[0]]))

    def tables(self, parts: Sequence[int], i: int, j: int) -> NDArray[np.float64]:
        """Return the tables of a sum of irreducibles: those of the parts as diagonal blocks."""
        blocks = [self.phi(k, i, j) for k in parts]
        rows, columns = (np.cumsum([0, *(block.shape[axis] for block in blocks)]) for axis in (1, 2))
        table = np.zeros((len(blocks[0]), rows[-1], columns[-1]))
        for n, block in enumerate(blocks):
            table[:, rows[n] : rows[n + 1], columns[n] : columns[n + 1]] = block
        return table

    def points(
        self, parts: Sequence[int], orbits: Sequence[int], coordinates: Sequence[NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        """Return the code: the orbits of unit vectors with these coordinates in the fixed spaces."""
        rows = []
        for space, own in zip(orbits, coordinates, strict=True):
            pieces, at = [], 0
            for k in parts:
                maps = self.maps[k][space]
                pieces.append(np.einsum("f,fpd->pd", own[at : at + len(maps)], maps))
                at += len(maps)
            rows.append(np.concatenate(pieces, axis=1))
        code = np.concatenate(rows)
        return np.asarray(code / np.linalg.norm(code, axis=1, keepdims=True))


def representations(generators: Sequence[Permutation], seed: int = 0) -> Representations:
    """Return the coset spaces and irreducibles of a group; the same for the same generators and seed."""
    from sphcode.kernels.group_actions import pair_labels

    rng = np.random.default_rng(seed)
    spaces = coset_spaces(generators, rng)
    starts = np.cumsum([0, *(space.shape[1] for space in spaces)])
    union = np.concatenate([space + at for space, at in zip(spaces, starts, strict=False)], axis=1)
    size = union.shape[1]
    labels = np.empty((size, size), np.int64)
    count = pair_labels(union, union, labels)
    # Relations of equal norm.
    scale = 1.0 / np.sqrt(np.bincount(labels.ravel(), minlength=count))
    elements = [(rng.standard_normal(count) * scale)[labels] for _ in range(1 + _INTERTWINERS)]
    values, vectors = np.linalg.eigh(elements[0] + elements[0].T)
    cuts = np.flatnonzero(np.diff(values) > _ONE_VALUE * (values[-1] - values[0])) + 1
    copies = [copy for copy in np.split(np.arange(size), cuts) if len(copy) <= MOST_DIMENSIONS]
    kept = np.concatenate(copies)
    images = [element.T @ vectors[:, kept] for element in elements[1:]]
    bounds = np.cumsum([0, *(len(copy) for copy in copies)])
    own = [(vectors[:, copy], [image[:, a:b] for image in images]) for copy, a, b in
           zip(copies, bounds, bounds[1:], strict=False)]  # fmt: skip
    found = []
    used = [False] * len(own)
    for i, (basis, _) in enumerate(own):
        if used[i]:
            continue
        maps = [basis]
        for j in range(i, len(own)):
            other, moved = own[j]
            if used[j] or other.shape[1] != basis.shape[1]:
                continue
            intertwiners = [image.T @ basis for image in moved]
            if j > i and np.abs(intertwiners[0]).max() < _ZERO:
                continue
            used[j] = True
            maps += [other @ intertwiner for intertwiner in intertwiners]
        equivariant = _equivariant_maps(np.array(maps), starts)
        if equivariant is not None:
            found.append((basis.shape[1], equivariant))
    trivial = [all(len(maps) for maps in row) for _, row in found]
    order = sorted(range(len(found)), key=lambda k: (not (found[k][0] == 1 and trivial[k]), found[k][0]))
    return Representations(tuple(spaces), tuple(found[k][0] for k in order), tuple(found[k][1] for k in order))


def _equivariant_maps(maps: NDArray[np.float64], starts: NDArray[np.int64]) -> tuple[NDArray[np.float64], ...] | None:
    """Return maps that are orthonormal at each point, for each space; None if the copy was not irreducible."""
    found = []
    for a, b in itertools.pairwise(starts):
        block = maps[:, a:b]
        left, scales, _ = np.linalg.svd(block[:, 0], full_matrices=False)
        rank = int((scales > _RANK * np.abs(maps).max()).sum())
        own = np.einsum("mf,mpd->fpd", left[:, :rank] / scales[:rank], block)
        if rank and np.abs(np.einsum("fpd,gpd->pfg", own, own) - np.eye(rank)).max() > _EXACT:
            return None
        found.append(own)
    return tuple(found)
