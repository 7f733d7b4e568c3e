"""Near points of a large code, without an array of all pairs: cells or a k-d tree in few dimensions, tiles in many."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sphcode.search.settings import SETTINGS

#: Rows in a block of inner products.
TILE = 512
#: Pairs of a point at first; lists that are longer are made twice.
_NEIGHBOURS = 12


def near_pairs(points: NDArray[np.float64], angle: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (first, second): the pairs first > second within `angle` (radians), in order."""
    if points.shape[1] > SETTINGS.tree_dimensions:
        return _near_pairs_by_tiles(points, math.cos(min(angle, math.pi)))
    from sphcode.kernels import cells

    points, chord = np.ascontiguousarray(points), 2.0 * math.sin(0.5 * min(angle, math.pi))
    held, count = 0, _NEIGHBOURS * len(points)
    while count > held:
        held = count
        first, second = np.empty((2, held), np.int64)
        count = cells.near_pairs(points, chord, first, second)
    return first[:count], second[:count]


def _near_pairs_by_tiles(points: NDArray[np.float64], cosine: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    first, second = [], []
    for begin in range(0, len(points), TILE):
        cosines = points[begin : begin + TILE] @ points[: begin + TILE].T
        near = np.tril(cosines >= cosine, begin - 1)
        rows, columns = np.nonzero(near)
        first.append(rows + begin)
        second.append(columns)
    return np.concatenate(first), np.concatenate(second)


def smallest_gap(points: NDArray[np.float64]) -> float:
    """Return the smallest 1 - cosine of two points."""
    if points.shape[1] <= SETTINGS.tree_dimensions:
        from scipy.spatial import cKDTree

        distances = np.asarray(cKDTree(points).query(points, k=2)[0])
        return float(0.5 * distances[:, 1].min() ** 2)
    largest = -1.0
    for begin in range(0, len(points), TILE):
        cosines = points[begin : begin + TILE] @ points[: begin + TILE].T
        rows = np.arange(len(cosines))
        cosines[rows, begin + rows] = -2.0
        largest = max(largest, float(cosines.max()))
    return 1.0 - largest


def spatial_order(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return an order in which near points mostly have near numbers, so that lists of neighbours stay in cache."""
    if points.shape[1] > SETTINGS.tree_dimensions:
        return np.arange(len(points))
    from scipy.spatial import cKDTree

    return np.asarray(cKDTree(points, leafsize=8).indices, np.int64)
