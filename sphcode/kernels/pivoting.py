"""Min-norm point of a convex hull by block principal pivoting on a float32 Gram matrix, refined in float64.

The weights of the support solve H z = 1, H = G + s 11^T as in `sphcode.kernels.hull`. All vectors with z <= 0 leave and
all below the level, (H z)_b < 1, enter; then H is factored anew. Three to five factors are usual, where Wolfe's
algorithm takes a step for every vector. G and the factor only propose a support: its weights are refined until the
products <x, p_a>, in float64, are equal. It may fail, where a float32 Gram matrix says too little or vectors come and
go; then Wolfe's algorithm answers. What float32 wrongly left out of the support is found by the check over all classes.

Reference: L. F. Portugal, J. J. Judice, L. N. Vicente, A comparison of block pivoting and interior-point algorithms for
linear least squares problems with nonnegative variables, Math. Comp. 63 (1994).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sphcode.kernels._jit import kernel
from sphcode.kernels.cholesky import factor, layout, padded, solve
from sphcode.kernels.hull import (
    BoolArray,
    FloatArray,
    IntArray,
    SingleArray,
    combine,
    dot,
    gram_matrix,
    gram_prices,
)
from sphcode.kernels.rows import RowArrays, subtract, touch

#: Factors of one problem at most, and how often in a row more vectors than ever before may be on the wrong side: two to
#: six factors are usual, so that what takes more does not end.
_FACTORS, _PATIENCE = 12, 3
#: So many vectors may stay on the wrong side where a direction near the best will do: one factor less.
_FEW = 4
#: A price is believed to this share of the largest; float32 sums of 512 terms are off by less.
_NOISE = 2.0**-22
#: A vector whose squared distance from the span of those before is below this share of its square is left to Wolfe's
#: algorithm: the refinement would not converge.
_DEPENDENT = 2.0**-12
#: Refinements of the weights at most; each gains four to six digits, and three are usual.
_REFINEMENTS = 6
#: They end, too, where one leaves more than this share of the difference of the products.
_GAIN = 0.25


class Room(NamedTuple):
    """Arrays that one problem after another is solved in: float32 vectors, float64 ones, Gram matrix, its factor."""

    single: SingleArray
    wide: FloatArray
    gram: FloatArray
    factor: FloatArray


@kernel
def room(m: int, d: int) -> Room:
    """Return room for problems of up to m <= d vectors of d entries."""
    stride = d + 16 if d % 64 == 0 else d  # rows a multiple of 512 bytes apart would crowd the same lines of the cache
    order = padded(m)
    return Room(
        np.zeros((m, stride), np.float32), np.zeros((m, stride)), np.empty(m * m), np.empty(order * (order + 8))
    )


@kernel
def _enter(price: FloatArray, level: float, support: IntArray, size: int, inside: BoolArray) -> int:
    """Let every vector outside of the support enter whose price is below the level; returns how many did."""
    for i in range(size):
        price[support[i]] = np.inf
    entered = 0
    for b in range(price.size):
        if price[b] < level:
            inside[b] = True
            entered += 1
    return entered


@kernel
def _factor(G: FloatArray, shift: float, support: IntArray, size: int, data: FloatArray) -> bool:
    """Write the Cholesky factor of H for the support; False if it is too close to singular."""
    starts, base, _ = layout(np.zeros(padded(size), np.int64))
    for i in range(size):
        row, line = G[support[i]], data[base[i] :]
        for j in range(i + 1):
            line[j] = row[support[j]] + shift
    for i in range(size, padded(size)):
        for j in range(i):
            data[base[i] + j] = 0.0
        data[base[i] + i] = 1.0
    if not factor(data, starts, base):
        return False
    least = np.inf
    for i in range(size):
        least = min(least, data[base[i] + i] ** 2 / (G[support[i], support[i]] + shift))
    return least > _DEPENDENT


@kernel
def _pivot(
    G: FloatArray,
    shift: float,
    warm: int,
    few: int,
    support: IntArray,
    z: FloatArray,
    data: FloatArray,
) -> int:
    """Pivot from the first `warm` vectors with weights z, or from the nearer ones; returns the size, or 0.

    The support, its weights (H z = 1) and its factor go to `support`, `z` and `data`. It ends when no more than `few`
    vectors are on the wrong side; weights below 0 are then set to 0.
    """
    m = G.shape[0]
    inside, price = np.zeros(m, np.bool_), np.empty(m)
    mean, largest = 0.0, 0.0
    for a in range(m):
        mean += G[a, a] / m
        largest = max(largest, G[a, a])
    for a in range(m):
        inside[a] = a < warm if warm > 0 else G[a, a] <= mean
    if warm > 0:
        square = 0.0
        for a in range(warm):
            support[a] = a
        gram_prices(G, z, support, warm, price)
        for a in range(warm):
            square += z[a] * price[a]
        if _enter(price, square - _NOISE * largest, support, warm, inside) == 0:
            return 0
    fewest, patience = m + 1, _PATIENCE
    for _ in range(_FACTORS):
        size = 0
        for a in range(m):
            if inside[a]:
                support[size] = a
                z[size] = 1.0
                size += 1
        if size == 0 or not _factor(G, shift, support, size, data):
            return 0
        starts, base, _ = layout(np.zeros(padded(size), np.int64))
        solve(data, starts, base, z[:size])
        total, wrong = 0.0, 0
        for i in range(size):
            total += z[i]
            if z[i] <= 0.0:
                inside[support[i]] = False
                wrong += 1
        gram_prices(G, z, support, size, price)
        wrong += _enter(price, 1.0 - shift * total - _NOISE * largest * abs(total), support, size, inside)
        if wrong <= few:
            for i in range(size):
                z[i] = max(z[i], 0.0)
            return size
        if wrong < fewest:
            fewest, patience = wrong, _PATIENCE
        else:
            patience -= 1
            if patience < 0:
                return 0
    return 0


@kernel
def _differences(
    rows: RowArrays, own: FloatArray, names: IntArray, m: int, difference: FloatArray, P: SingleArray
) -> float:
    """Write `own` minus the rows `names`, in float32 and the unit of the first; returns what they are multiplied by."""
    difference[0] = touch(rows, names, m)
    scale = 0.0
    for a in range(m):
        subtract(own, rows, names[a], difference)
        if a == 0:
            scale = 1.0 / np.sqrt(dot(difference, difference))
        for t in range(own.size):
            P[a, t] = np.float32(scale * difference[t])
    return scale


@kernel
def easy_min_norm_point(
    rows: RowArrays,
    own: FloatArray,
    names: IntArray,
    m: int,
    warm: int,
    lam: FloatArray,
    tol: float,
    refined: bool,
    chosen: IntArray,
    u: FloatArray,
    space: Room,
) -> tuple[int, float, float]:
    """Find the point x of smallest norm in the hull of the differences of `own` and m <= d rows, where that is easy.

    `lam` holds the weights of the first `warm` rows, the former support, and receives those of the rows names[chosen].
    Returns the size, |x| and min <u, p> over the support; size 0 if it is not easy, or these differ by more than tol.
    Unless `refined` they belong to a point near that one, and differ.
    """
    stride = u.size
    difference = np.zeros(stride)
    scale = _differences(rows, own, names, m, difference, space.single)
    if not scale < np.inf:
        return 0, 0.0, 0.0
    G = space.gram[: m * m].reshape(m, m)
    gram_matrix(space.single[:m], G)
    shift = G[0, 0]
    for a in range(m):
        shift = min(shift, G[a, a])
    z = np.empty(padded(m))
    for i in range(warm):
        z[i] = lam[i]
    data = space.factor
    size = _pivot(G, shift, warm, 0 if refined else _FEW, chosen, z, data)
    if size == 0:
        return 0, 0.0, 0.0
    starts, base, _ = layout(np.zeros(padded(size), np.int64))
    P = space.wide[:size]
    for i in range(size):
        subtract(own, rows, names[chosen[i]], P[i])
    x, part, products, places = np.empty(stride), np.empty(stride), np.empty(size), np.arange(size)
    former = np.inf
    for _step in range(_REFINEMENTS):
        total = 0.0
        for i in range(size):
            total += z[i]
        for i in range(size):
            z[i] /= total
            if refined and not z[i] > 0.0:
                return 0, 0.0, 0.0
        total = combine(P, places, size, z, x, part)
        low, high, mean = np.inf, -np.inf, 0.0
        for i in range(size):
            products[i] = dot(x, P[i])
            low, high = min(low, products[i]), max(high, products[i])
            mean += products[i] / size
        norm = np.sqrt(dot(x, x))
        if not refined or high - low <= 0.5 * tol * norm or not high - low < _GAIN * former:
            break
        former = high - low
        for i in range(size):
            products[i] = scale * scale * (mean - products[i])
        solve(data, starts, base, products)
        for i in range(size):
            z[i] += products[i]
    if not norm > 0.0:
        return 0, 0.0, 0.0
    for t in range(stride):
        u[t] = x[t] / norm
    lowest = np.inf
    for i in range(size):
        lowest = min(lowest, dot(u, P[i]))
        lam[i] = z[i]
    norm /= total
    return (size if not refined or norm - lowest <= tol else 0), norm, lowest
