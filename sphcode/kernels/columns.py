"""Column generation for one-vs-rest distances: solve over some of the other classes, check against all.

The checks are in float64; float32 scores only say which classes need none.
"""

from __future__ import annotations

import numpy as np

from sphcode.kernels._jit import kernel
from sphcode.kernels.hull import BoolArray, FloatArray, IntArray, SingleArray, dot, min_norm_point


@kernel(fast=True)
def _difference(a: FloatArray, b: FloatArray, out: FloatArray) -> None:
    for t in range(a.size):
        out[t] = np.float64(a[t]) - np.float64(b[t])


@kernel
def solve_rows(
    W: FloatArray,
    classes: IntArray,
    ids: IntArray,
    support: IntArray,
    lam: FloatArray,
    sizes: IntArray,
    tol: float,
    U: FloatArray,
    upper: FloatArray,
    lower: FloatArray,
) -> None:
    """Solve the min-norm problem of each class over its former support and the rows `ids`; W may be float32.

    `support` and `lam` (n, capacity) with `sizes` are the warm start and the answer, in row numbers of W.
    """
    d = W.shape[1]
    width = ids.shape[1]
    stride = d + 8 if d % 64 == 0 else d  # rows a multiple of 512 bytes apart would crowd the same lines of the cache
    P = np.zeros((support.shape[1] + width, stride))
    direction = np.zeros(stride)
    for i in range(classes.size):
        k = classes[i]
        rows = np.empty(sizes[i] + width, dtype=np.int64)
        m = sizes[i]
        for a in range(m):
            rows[a] = support[i, a]
        for a in range(width):
            known = ids[i, a] < 0
            for b in range(sizes[i]):
                known |= rows[b] == ids[i, a]
            if not known:
                rows[m] = ids[i, a]
                m += 1
        for a in range(m):
            _difference(W[k], W[rows[a]], P[a])
        local = np.empty(max(m, support.shape[1]), dtype=np.int64)
        weights = np.zeros(local.size)
        for a in range(sizes[i]):
            local[a] = a
            weights[a] = lam[i, a]
        size, upper[i], lower[i] = min_norm_point(P[:m], local, weights, sizes[i], tol, direction)
        for t in range(d):
            U[i, t] = direction[t]
        for a in range(size):
            support[i, a] = rows[local[a]]
            lam[i, a] = weights[a]
        for a in range(size, lam.shape[1]):
            lam[i, a] = 0.0
        sizes[i] = size


@kernel
def check_rows(
    W: FloatArray,
    classes: IntArray,
    U: FloatArray,
    scores: SingleArray,
    limit: SingleArray,
    ids: IntArray,
    norm: FloatArray,
    tol: float,
    lower: FloatArray,
    fresh: BoolArray,
) -> None:
    """Lower `lower` to min_j <u, w_k - w_j> over the rows j whose float32 score leaves a doubt, those above `limit`.

    `ids` are those with the largest scores, as far as there is room (else -1). fresh[i] tells whether a row below the
    former `lower` was met; where it leaves a gap above `tol` the others are not looked at, as it must join first.
    """
    difference = np.empty(W.shape[1])
    width = ids.shape[1]
    for i in range(classes.size):
        k = classes[i]
        before = lower[i]
        found = 0
        for a in range(width):
            if ids[i, a] >= 0:
                found += 1
                _difference(W[k], W[ids[i, a]], difference)
                lower[i] = min(lower[i], dot(U[i], difference))
        fresh[i] = lower[i] < before
        if found < width or (fresh[i] and norm[i] - lower[i] > tol):
            continue
        for j in range(W.shape[0]):
            if scores[i, j] > limit[i] and j != k:
                _difference(W[k], W[j], difference)
                value = dot(U[i], difference)
                if value < lower[i]:
                    lower[i] = value
                    ids[i, 0] = j
        fresh[i] = lower[i] < before


@kernel
def recompute_scores(W: FloatArray, U: FloatArray, rows: IntArray, columns: IntArray, out: FloatArray) -> None:
    """Write the inner products of U[rows[t]] and W[columns[t]], in float64."""
    for t in range(rows.size):
        out[t] = dot(U[rows[t]], W[columns[t]])
