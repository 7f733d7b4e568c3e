"""Near points of a large code, without an array of all pairs: a k-d tree in few dimensions, tiles in many."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sphcode.search.settings import SETTINGS

#: Rows in a block of inner products.
TILE = 512


def near_pairs(points: NDArray[np.float64], angle: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (starts, second): the pairs i > second[q], starts[i] <= q < starts[i + 1], within `angle` (radians)."""
    if points.shape[1] > SETTINGS.tree_dimensions:
        return _near_pairs_by_tiles(points, math.cos(min(angle, math.pi)))
    from scipy.spatial import cKDTree

    chord = 2.0 * math.sin(0.5 * min(angle, math.pi))
    pairs = np.asarray(cKDTree(points).query_pairs(chord, output_type="ndarray"), np.int64)
    second, first = pairs[:, 0], pairs[:, 1]
    order = np.lexsort((second, first))
    starts = np.concatenate([[0], np.cumsum(np.bincount(first, minlength=len(points)))])
    return starts, np.ascontiguousarray(second[order])


def _near_pairs_by_tiles(points: NDArray[np.float64], cosine: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    counts, second = [np.zeros(1, np.int64)], []
    for begin in range(0, len(points), TILE):
        cosines = points[begin : begin + TILE] @ points[: begin + TILE].T
        near = np.tril(cosines >= cosine, begin - 1)
        counts.append(near.sum(axis=1))
        second.append(np.nonzero(near)[1])
    return np.cumsum(np.concatenate(counts)), np.concatenate(second)


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
