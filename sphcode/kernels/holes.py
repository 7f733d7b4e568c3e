"""Holes of a code: unit vectors pushed away from the points that are nearest to them."""

from __future__ import annotations

import numpy as np

from sphcode.kernels._jit import kernel
from sphcode.kernels.energy import cosines


@kernel(fast=True)
def _nearest(row):
    """Index of the largest entry; the maximum alone is found in vectors, and an index with it is not."""
    largest = row[0]
    for j in range(len(row)):
        largest = max(largest, row[j])
    for j in range(len(row)):
        if row[j] == largest:
            return j
    return 0


@kernel
def deepest(points, candidates, pushes):
    """Push each candidate from its nearest point by each of `pushes`, in place; return which ends farthest from all.

    points (dim, n_points): columns; candidates (n_candidates, dim): unit rows.
    """
    dim, n_points = points.shape
    row = np.empty(n_points)
    best, least = 0, np.inf
    for c in range(len(candidates)):
        candidate = candidates[c]
        for turn in range(len(pushes) + 1):
            cosines(points, candidate, n_points, row)
            nearest = _nearest(row)
            if turn == len(pushes):
                if row[nearest] < least:
                    best, least = c, row[nearest]
                break
            square = 0.0
            for k in range(dim):
                candidate[k] -= pushes[turn] * points[k, nearest]
                square += candidate[k] * candidate[k]
            scale = 1.0 / np.sqrt(square)
            for k in range(dim):
                candidate[k] *= scale
    return best
