"""Min-norm point of a convex hull by block principal pivoting on a float32 Gram matrix, refined in float64.

The weights of the support solve H z = 1, H = G + s 11^T as in `sphcode.kernels.support_factor`. All vectors with z <= 0
leave and all below the level, (H z)_b < 1, enter; then H is factored anew. Three to five factors are usual, where
Wolfe's algorithm takes a step for every vector. G and the factor only propose a support: its weights are refined until
the products <x, p_a>, in float64, are equal. It may fail, where a float32 Gram matrix says too little or vectors come
and go; then Wolfe's algorithm answers. What float32 wrongly left out of the support is found by the check over all
classes.

Reference: L. F. Portugal, J. J. Judice, L. N. Vicente, A comparison of block pivoting and interior-point algorithms for
linear least squares problems with nonnegative variables, Math. Comp. 63 (1994).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sphcode.kernels._jit import kernel
from sphcode.kernels.cholesky import padded
from sphcode.kernels.rows import RowArrays, subtract, touch
from sphcode.kernels.vectors import (
    BoolArray,
    FloatArray,
    IntArray,
    SingleArray,
    combine,
    dot,
    gram_matrix,
    gram_prices,
)

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
    """Arrays that one problem after another is solved in: float32 vectors, float64 ones, Gram matrix, its factor.

    The factor has one row more than the matrix, and the inverses of its diagonal stand apart.
    """

    single: SingleArray
    wide: FloatArray
    gram: FloatArray
    factor: FloatArray
    inverse: FloatArray


@kernel
def stride(d: int) -> int:
    """Return the entries between two vectors: a multiple of 512 bytes would crowd the same lines of the cache."""
    return d + 16 if d % 64 == 0 else d


@kernel
def room(m: int, d: int) -> Room:
    """Return room for problems of up to m <= d vectors of d entries."""
    order = padded(m)
    return Room(
        np.zeros((m, stride(d)), np.float32),
        np.zeros((m, stride(d))),
        np.empty(m * m),
        np.empty((order + 1, order + 8)),
        np.empty(order),
    )


@kernel(fast=True)
def _four_products(
    x: FloatArray, y0: FloatArray, y1: FloatArray, y2: FloatArray, y3: FloatArray, count: int
) -> tuple[float, float, float, float]:
    s0 = s1 = s2 = s3 = 0.0
    for k in range(count):
        s0 += x[k] * y0[k]
        s1 += x[k] * y1[k]
        s2 += x[k] * y2[k]
        s3 += x[k] * y3[k]
    return s0, s1, s2, s3


@kernel
def _factor(G: FloatArray, shift: float, support: IntArray, size: int, L: FloatArray, inverse: FloatArray) -> bool:
    """Write the Cholesky factor L of H for the support, its inverse diagonal, and L^-1 1 as the row after the last.

    The order is padded by rows of the identity. False if H is too close to singular.
    """
    order = padded(size)
    for i in range(size):
        row, line = G[support[i]], L[i]
        for j in range(i + 1):
            line[j] = row[support[j]] + shift
    for i in range(size, order):
        for j in range(order):
            L[i, j] = 0.0
        L[i, i] = 1.0
    for j in range(order):
        L[order, j] = 1.0 if j < size else 0.0
    part = np.empty(4)
    for j in range(0, order, 4):
        y0, y1, y2, y3 = L[j], L[j + 1], L[j + 2], L[j + 3]
        for a in range(4):
            row = L[j + a]
            part[0], part[1], part[2], part[3] = _four_products(row, y0, y1, y2, y3, j)
            for b in range(a + 1):
                value = row[j + b] - part[b]
                for c in range(b):
                    value -= row[j + c] * L[j + b, j + c]
                if b < a:
                    row[j + b] = value * inverse[j + b]
                elif value > _DEPENDENT * row[j + b]:
                    inverse[j + b] = 1.0 / np.sqrt(value)
                    row[j + b] = value * inverse[j + b]
                else:
                    return False
        i0, i1, i2, i3 = inverse[j], inverse[j + 1], inverse[j + 2], inverse[j + 3]
        l10, l20, l21, l30, l31, l32 = y1[j], y2[j], y2[j + 1], y3[j], y3[j + 1], y3[j + 2]
        for i in range(j + 4, order + 1):
            s0, s1, s2, s3 = _four_products(L[i], y0, y1, y2, y3, j)
            end = L[i, j:]
            v0 = (end[0] - s0) * i0
            v1 = (end[1] - s1 - v0 * l10) * i1
            v2 = (end[2] - s2 - v0 * l20 - v1 * l21) * i2
            v3 = (end[3] - s3 - v0 * l30 - v1 * l31 - v2 * l32) * i3
            end[0], end[1], end[2], end[3] = v0, v1, v2, v3
    return True


@kernel(fast=True)
def _forward(L: FloatArray, inverse: FloatArray, size: int, z: FloatArray) -> None:
    """Overwrite z by L^-1 z."""
    for i in range(size):
        row, total = L[i], 0.0
        for j in range(i):
            total += row[j] * z[j]
        z[i] = (z[i] - total) * inverse[i]


@kernel(fast=True)
def _backward(L: FloatArray, inverse: FloatArray, size: int, z: FloatArray) -> None:
    """Overwrite z by L^-T z."""
    for i in range(size - 1, -1, -1):
        row = L[i]
        z[i] *= inverse[i]
        last = z[i]
        for j in range(i):
            z[j] -= row[j] * last


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
def _pivot(
    G: FloatArray,
    shift: float,
    warm: int,
    few: int,
    support: IntArray,
    z: FloatArray,
    L: FloatArray,
    inverse: FloatArray,
) -> int:
    """Pivot from the first `warm` vectors with weights z, or from the nearer ones; returns the size, or 0.

    The support, its weights (H z = 1) and its factor go to `support`, `z`, `L` and `inverse`. It ends when no more than
    `few` vectors are on the wrong side; weights below 0 are then set to 0.
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
                size += 1
        if size == 0 or not _factor(G, shift, support, size, L, inverse):
            return 0
        for i in range(size):
            z[i] = L[padded(size), i]
        _backward(L, inverse, size, z)
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
    rows: RowArrays, own: FloatArray, names: IntArray, m: int, scale: float, difference: FloatArray, P: SingleArray
) -> float:
    """Write `own` minus the rows `names`, in float32 and multiplied by a scale, which is returned.

    If it is 0, it is chosen so that the first gets length 1.
    """
    difference[0] = touch(rows, names, m)
    for a in range(m):
        subtract(own, rows, names[a], difference)
        if a == 0 and scale == 0.0:
            scale = 1.0 / np.sqrt(dot(difference, difference))
        for t in range(own.size):
            P[a, t] = np.float32(scale * difference[t])
    return scale


@kernel
def _keep(G: FloatArray, support: IntArray, size: int, kept: SingleArray) -> None:
    """Write the Gram matrix of the support, its lower triangle row by row."""
    place = 0
    for i in range(size):
        row = G[support[i]]
        for j in range(i + 1):
            kept[place] = row[support[j]]
            place += 1


@kernel
def _restore(kept: SingleArray, size: int, G: FloatArray) -> None:
    """Write the lower triangle that was kept."""
    place = 0
    for i in range(size):
        for j in range(i + 1):
            G[i, j] = kept[place]
            place += 1


@kernel
def _rough_point(
    space: Room, chosen: IntArray, size: int, z: FloatArray, lam: FloatArray, u: FloatArray
) -> tuple[float, float, float]:
    """Answer near the best, as it is: |x|, min <u, p> and the sum of the weights z, of the float32 vectors.

    The weights of sum 1 go to `lam`; |x| is 0 if there is no direction.
    """
    x, part = np.empty(u.size), np.empty(u.size)
    total = combine(space.single, chosen, size, z, x, part)
    norm, lowest = np.sqrt(dot(x, x)), np.inf
    if not norm > 0.0:
        return 0.0, 0.0, 0.0
    for t in range(u.size):
        u[t] = x[t] / norm
    for i in range(size):
        lowest = min(lowest, dot(u, space.single[chosen[i]]))
        lam[i] = z[i] / total
    return norm, lowest, total


@kernel
def _refined_point(
    P: FloatArray, factor: float, tol: float, z: FloatArray, space: Room, lam: FloatArray, u: FloatArray
) -> tuple[float, float]:
    """Refine the weights z until all products <x, p_a> are equal: |x| and min <u, p>; |x| is 0 if that fails.

    The Gram matrix whose factor is in `space` is that of the vectors multiplied by the root of `factor`.
    """
    size = P.shape[0]
    x, part, products, places = np.empty(u.size), np.empty(u.size), np.empty(size), np.arange(size)
    spread, norm, total = np.inf, 0.0, 1.0
    for _step in range(_REFINEMENTS):
        total = 0.0
        for i in range(size):
            total += z[i]
        for i in range(size):
            z[i] /= total
            if not z[i] > 0.0:
                return 0.0, 0.0
        total = combine(P, places, size, z, x, part)
        low, high, mean = np.inf, -np.inf, 0.0
        for i in range(size):
            products[i] = dot(x, P[i])
            low, high = min(low, products[i]), max(high, products[i])
            mean += products[i] / size
        norm = np.sqrt(dot(x, x))
        if high - low <= 0.5 * tol * norm or not high - low < _GAIN * spread:
            break
        spread = high - low
        for i in range(size):
            products[i] = factor * (mean - products[i])
        _forward(space.factor, space.inverse, size, products)
        _backward(space.factor, space.inverse, size, products)
        for i in range(size):
            z[i] += products[i]
    if not norm > 0.0:
        return 0.0, 0.0
    for t in range(u.size):
        u[t] = x[t] / norm
    lowest = np.inf
    for i in range(size):
        lowest = min(lowest, dot(u, P[i]))
        lam[i] = z[i]
    return norm / total, lowest


@kernel
def easy_min_norm_point(
    rows: RowArrays,
    own: FloatArray,
    single: RowArrays,
    own_single: FloatArray,
    unit: float,
    names: IntArray,
    m: int,
    warm: int,
    lam: FloatArray,
    tol: float,
    refined: bool,
    chosen: IntArray,
    u: FloatArray,
    kept: SingleArray,
    scale: float,
    space: Room,
) -> tuple[int, float, float, float]:
    """Find the point x of smallest norm in the hull of the differences of `own` and m <= d rows, where that is easy.

    `lam` holds the weights of the first `warm` rows, the former support, and receives those of the rows names[chosen].
    Returns the size, |x|, min <u, p> over the support, and a scale; size 0 if it is not easy, or these differ by more
    than tol. Unless `refined` they belong to a point near that one, and differ; the Gram matrix of the support is then
    left in `kept`, for the next call with that scale (else 0). What is float32 is of the rows `single`, which are near
    those when multiplied by `unit`.
    """
    difference = np.zeros(u.size)
    known = warm if scale > 0.0 else 0
    scale = _differences(single, own_single, names, m, scale, difference, space.single)
    if not 0.0 < scale < np.inf:
        return 0, 0.0, 0.0, 0.0
    G = space.gram[: m * m].reshape(m, m)
    _restore(kept, known, G)
    gram_matrix(space.single[:m], G, known)
    shift = G[0, 0]
    for a in range(m):
        shift = min(shift, G[a, a])
    z = np.empty(m)
    for i in range(warm):
        z[i] = lam[i]
    size = _pivot(G, shift, warm, 0 if refined else _FEW, chosen, z, space.factor, space.inverse)
    if size == 0:
        return 0, 0.0, 0.0, 0.0
    if refined:
        P = space.wide[:size]
        for i in range(size):
            subtract(own, rows, names[chosen[i]], P[i])
        norm, lowest = _refined_point(P, (scale / unit) ** 2, tol, z, space, lam, u)
        return (size if norm > 0.0 and norm - lowest <= tol else 0), norm, lowest, 0.0
    norm, lowest, total = _rough_point(space, chosen, size, z, lam, u)
    if not norm > 0.0:
        return 0, 0.0, 0.0, 0.0
    _keep(G, chosen, size, kept)
    return size, norm * unit / (total * scale), lowest * unit / scale, scale
