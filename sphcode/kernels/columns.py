"""Column generation for one-vs-rest distances: solve over some of the other classes, check against all.

The checks are in float64; float32 scores only say which classes need none. Rows are widened one at a time, those of 16
bits as well.
"""

from __future__ import annotations

import numpy as np

from sphcode.kernels._jit import kernel
from sphcode.kernels.gram import BitArray, score
from sphcode.kernels.hull import min_norm_point
from sphcode.kernels.pivoting import easy_min_norm_point, room, stride
from sphcode.kernels.rows import RowArrays, length, subtract, touch, widen
from sphcode.kernels.vectors import BoolArray, FloatArray, IntArray, SingleArray, dot


@kernel
def _buffers(places: IntArray, sizes: IntArray, width: int, capacity: int) -> tuple[IntArray, FloatArray, IntArray]:
    """Return room for names and for weights and places of the largest problem of `width` rows and a former support."""
    most = width
    for p in places:
        most = max(most, sizes[p] + width)
    longest = max(most, capacity)
    return np.empty(most, dtype=np.int64), np.zeros(longest), np.empty(longest, dtype=np.int64)


@kernel
def _merge(
    ids: IntArray, support: IntArray, lam: FloatArray, size: int, names: IntArray, weights: FloatArray, local: IntArray
) -> int:
    """Write the rows of a problem: the former support with its weights, then what of `ids` is new; their number."""
    m = size
    for a in range(m):
        names[a], weights[a], local[a] = support[a], lam[a], a
    for a in range(ids.size):
        known = ids[a] < 0
        for b in range(size):
            known |= names[b] == ids[a]
        if not known:
            names[m] = ids[a]
            m += 1
    return m


@kernel
def _write(
    names: IntArray, local: IntArray, weights: FloatArray, size: int, former: int, direction: FloatArray,
    support: IntArray, lam: FloatArray, u: FloatArray,
) -> None:  # fmt: skip
    """Write the answer of one problem in the place of a former: its direction, and its support in row numbers."""
    for t in range(u.size):
        u[t] = direction[t]
    for a in range(size, former):
        lam[a] = 0.0
    for a in range(size):
        support[a] = names[local[a]]
        lam[a] = weights[a]


@kernel
def solve_easy_rows(
    rows: RowArrays,
    single: RowArrays,
    unit: float,
    classes: IntArray,
    places: IntArray,
    ids: IntArray,
    support: IntArray,
    lam: FloatArray,
    sizes: IntArray,
    tol: float,
    refined: bool,
    U: FloatArray,
    upper: FloatArray,
    lower: FloatArray,
    kept: SingleArray,
    scales: FloatArray,
    left: BoolArray,
) -> None:
    """Solve the min-norm problems of some classes where block pivoting can; `left` tells which are for `solve_rows`.

    Unless `refined` the answers may be about points near the nearest, in float32; their Gram matrices are then in
    `kept`, and `scales` is not 0. The rows `single`, times `unit`, are near the others and may be moved: their
    differences propose the supports.
    """
    d = length(rows)
    names, weights, local = _buffers(places, sizes, ids.shape[1], support.shape[1])
    space = room(min(names.size, d), d)
    own, own_single, direction = np.empty(d), np.empty(d), np.zeros(stride(d))
    for i in range(places.size):
        p = places[i]
        m = _merge(ids[i], support[p], lam[p], sizes[p], names, weights, local)
        scale, scales[p], left[i] = scales[p], 0.0, True
        if m <= d:
            widen(rows, classes[p], own)
            widen(single, classes[p], own_single)
            size, norm, lowest, scales[p] = easy_min_norm_point(
                rows, own, single, own_single, unit, names, m, sizes[p], weights, tol, refined, local, direction,
                kept[p], scale, space,
            )  # fmt: skip
            if size > 0:
                left[i] = False
                _write(names, local, weights, size, sizes[p], direction, support[p], lam[p], U[p])
                sizes[p], upper[p], lower[p] = size, norm, lowest


@kernel
def solve_rows(
    rows: RowArrays,
    classes: IntArray,
    places: IntArray,
    ids: IntArray,
    support: IntArray,
    lam: FloatArray,
    sizes: IntArray,
    tol: float,
    U: FloatArray,
    upper: FloatArray,
    lower: FloatArray,
) -> None:
    """Solve the min-norm problems of some classes, those at the given places of all other arrays but `ids`.

    A problem is over the former support and the rows `ids`; `support` and `lam` (n, capacity) with `sizes` are the warm
    start and the answer, in row numbers.
    """
    d = length(rows)
    names, weights, local = _buffers(places, sizes, ids.shape[1], support.shape[1])
    own, direction, P = np.empty(d), np.zeros(stride(d)), np.zeros((names.size, stride(d)))
    for i in range(places.size):
        p = places[i]
        m = _merge(ids[i], support[p], lam[p], sizes[p], names, weights, local)
        widen(rows, classes[p], own)
        for a in range(m):
            subtract(own, rows, names[a], P[a])
        size, upper[p], lower[p] = min_norm_point(P[:m], local, weights, sizes[p], tol, direction)
        _write(names, local, weights, size, sizes[p], direction, support[p], lam[p], U[p])
        sizes[p] = size


@kernel
def check_candidates(
    rows: RowArrays,
    classes: IntArray,
    U: FloatArray,
    ids: IntArray,
    norm: FloatArray,
    tol: float,
    support: IntArray,
    sizes: IntArray,
    lower: FloatArray,
    margins: FloatArray,
    fresh: BoolArray,
    full: BoolArray,
) -> None:
    """Lower `lower` to min_j <u, w_k - w_j> over the rows `ids` (-1 for none), and write these `margins`.

    Rows of the support, which the solver has met, are passed over (margin inf). fresh[i] tells whether a row below the
    former `lower` was met; full[i] whether there was no room for others, which must then be looked at (`check_scores`),
    unless a gap above `tol` says that one of these must join first.
    """
    own, difference = np.empty(length(rows)), np.empty(length(rows))
    width = ids.shape[1]
    places, names = np.empty(width, dtype=np.int64), np.empty(width, dtype=np.int64)
    for i in range(classes.size):
        widen(rows, classes[i], own)
        before = lower[i]
        found, new = 0, 0
        for a in range(width):
            margins[i, a] = np.inf
            if ids[i, a] >= 0:
                found += 1
                known = False
                for b in range(sizes[i]):
                    known |= support[i, b] == ids[i, a]
                if not known:
                    places[new], names[new] = a, ids[i, a]
                    new += 1
        difference[0] = touch(rows, names, new)
        for a in range(new):
            subtract(own, rows, names[a], difference)
            margins[i, places[a]] = dot(U[i], difference)
            lower[i] = min(lower[i], margins[i, places[a]])
        fresh[i] = lower[i] < before
        full[i] = found == width and not (fresh[i] and norm[i] - lower[i] > tol)


@kernel
def check_scores(
    rows: RowArrays,
    classes: IntArray,
    U: FloatArray,
    bits: BitArray,
    places: int,
    first: int,
    factors: SingleArray,
    limit: SingleArray,
    ids: IntArray,
    lower: FloatArray,
    fresh: BoolArray,
) -> None:
    """Lower `lower` over all rows from `first` on whose score, times its factor, is above `limit`.

    The scores are given by `bits`, as in `sphcode.kernels.gram.largest_scores`.
    The row that lowers it last goes to ids[i, 0].
    """
    own, difference = np.empty(length(rows)), np.empty(length(rows))
    for i in range(classes.size):
        widen(rows, classes[i], own)
        for q in range(bits.shape[1]):
            j = first + q
            if score(bits[i, q], places) * factors[j] > limit[i] and j != classes[i]:
                subtract(own, rows, j, difference)
                value = dot(U[i], difference)
                if value < lower[i]:
                    lower[i] = value
                    ids[i, 0] = j
                    fresh[i] = True


@kernel
def recompute_scores(rows: RowArrays, U: FloatArray, places: IntArray, columns: IntArray, out: FloatArray) -> None:
    """Write the inner products of U[places[t]] and row columns[t], in float64."""
    other = np.empty(length(rows))
    for t in range(places.size):
        if t == 0 or columns[t] != columns[t - 1]:
            widen(rows, columns[t], other)
        out[t] = dot(U[places[t]], other)
