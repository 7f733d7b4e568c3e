"""Min-norm point of a convex hull (Wolfe's algorithm): the exact one-vs-rest distance of one class after another.

For class k the rest is moved to the rows p_j = w_k - w_j; the distance is the norm of the point x of smallest norm in
their hull, and u = x / |x| is the direction of widest separation. The shift of the factor (`support_factor`) is the
smallest squared |p_j|: so small, near-duplicates are not drowned.

Reference: P. Wolfe, Finding the nearest point in a polytope, Math. Programming 11 (1976).
"""

from __future__ import annotations

import numpy as np

from sphcode.kernels._jit import kernel
from sphcode.kernels.support_factor import affine_minimiser, append, back_substitute, equaliser, remove
from sphcode.kernels.vectors import (
    EPS,
    BoolArray,
    FloatArray,
    IntArray,
    add_multiple,
    combine,
    copy_first,
    dot,
    fill,
    gram_matrix,
    gram_prices,
    smallest,
)

# A gap below this share of the longest |p|, or a point shorter than this share of sum lam |p|, may be rounding alone.
_ROUNDING = 4.0 * EPS


@kernel
def _shrink(
    L: FloatArray, y: FloatArray, support: IntArray, size: int, lam: FloatArray, v: FloatArray, inside: BoolArray
) -> int:
    """Go from lam towards v until the first weight is zero; drop zero weights. Returns the new size."""
    step = 1.0
    first = 0
    for a in range(size):
        if v[a] <= 0.0:
            reach = lam[a] / (lam[a] - v[a]) if lam[a] > 0.0 else 0.0
            if reach <= step:
                step, first = reach, a
    for a in range(size):
        lam[a] += step * (v[a] - lam[a])
    lam[first] = 0.0
    for q in range(size - 1, -1, -1):
        if lam[q] <= 0.0 and size > 1:
            inside[support[q]] = False
            remove(L, y, size, q)
            for a in range(q, size - 1):
                support[a] = support[a + 1]
                lam[a] = lam[a + 1]
            size -= 1
    return size


@kernel
def _exchange(
    L: FloatArray, y: FloatArray, support: IntArray, size: int, lam: FloatArray, inside: BoolArray, alpha: FloatArray
) -> tuple[int, float]:
    """Make room for a vector that depends on the support: p = sum alpha_a p_a with sum alpha = 1, to rounding.

    Weight moves from the support to the new vector, x staying where it is, until one weight is zero; that vector
    leaves. Returns its index and the weight of the new one; L[size] holds L^-1 times the new column of H.
    """
    copy_first(L[size], size, alpha)
    back_substitute(L, size, alpha)
    leaving = 0
    reach = np.inf
    for a in range(size):
        if alpha[a] > 0.0 and lam[a] < reach * alpha[a]:
            reach = lam[a] / alpha[a]
            leaving = a
    name = support[leaving]
    inside[name] = False
    remove(L, y, size, leaving)
    for a in range(size):
        lam[a] = max(0.0, lam[a] - reach * alpha[a])
    for a in range(leaving, size - 1):
        support[a] = support[a + 1]
        lam[a] = lam[a + 1]
    return name, reach


@kernel
def _polish(
    P: FloatArray,
    L: FloatArray,
    support: IntArray,
    size: int,
    enough: float,
    u: FloatArray,
    trial: FloatArray,
    c: FloatArray,
) -> float:
    """Make the <u, p_a> of the support equal to rounding, which x / |x| misses by EPS |p| / |x|; returns min <u, p>.

    Nothing is done where that is at least `enough`.
    """
    m = P.shape[0]
    lowest = np.inf
    for a in range(m):
        lowest = min(lowest, dot(u, P[a]))
    products = np.empty(size)
    for _ in range(2):
        if lowest >= enough:
            break
        for a in range(size):
            products[a] = dot(u, P[support[a]])
        equaliser(L, size, products, c)
        copy_first(u, u.size, trial)
        for a in range(size):
            add_multiple(c[a], P[support[a]], trial)
        norm = np.sqrt(dot(trial, trial))
        if not norm > 0.5:
            break
        for t in range(trial.size):
            trial[t] /= norm
        value = np.inf
        for a in range(m):
            value = min(value, dot(trial, P[a]))
        if value <= lowest:
            break
        lowest = value
        copy_first(trial, u.size, u)
    return lowest


@kernel
def _restart(
    G: FloatArray,
    shift: float,
    L: FloatArray,
    y: FloatArray,
    support: IntArray,
    lam: FloatArray,
    warm: int,
    inside: BoolArray,
    column: FloatArray,
    nearest: int,
) -> int:
    """Build the factor for a warm start, vectors that depend on the others left out; from `nearest` if none is left."""
    capacity = L.shape[0] - 1
    size = 0
    for i in range(warm):
        a = support[i]
        for b in range(size):
            column[b] = G[a, support[b]] + shift
        if size < capacity and not inside[a] and append(L, y, size, column, G[a, a] + shift):
            support[size], lam[size] = a, lam[i]
            inside[a] = True
            size += 1
    if size == 0:
        support[0], lam[0] = nearest, 1.0
        inside[nearest] = True
        append(L, y, 0, column, 2.0 * shift)
        size = 1
    return size


@kernel
def _enter(
    G: FloatArray,
    shift: float,
    L: FloatArray,
    y: FloatArray,
    support: IntArray,
    size: int,
    lam: FloatArray,
    inside: BoolArray,
    column: FloatArray,
    alpha: FloatArray,
    entering: int,
) -> tuple[int, int, bool]:
    """Add a vector to the support, in exchange for another if it depends on them.

    Returns the new size, the vector that left (-1 if none did), and whether the new one could enter.
    """
    left = -1
    weight = 0.0
    for i in range(size):
        column[i] = G[entering, support[i]] + shift
    if not append(L, y, size, column, G[entering, entering] + shift) or size == L.shape[0] - 1:
        if size == 1:
            return size, left, False
        former, weights = np.empty(size, np.int64), np.empty(size)
        for i in range(size):
            former[i], weights[i] = support[i], lam[i]
        left, weight = _exchange(L, y, support, size, lam, inside, alpha)
        size -= 1
        for i in range(size):
            column[i] = G[entering, support[i]] + shift
        if not append(L, y, size, column, G[entering, entering] + shift):
            for i in range(size + 1):  # the factor is lost, the point is not
                support[i], lam[i] = former[i], weights[i]
            return size + 1, left, False
    support[size], lam[size] = entering, weight
    inside[entering] = True
    return size + 1, left, True


@kernel
def _price(
    P: FloatArray,
    G: FloatArray,
    support: IntArray,
    size: int,
    lam: FloatArray,
    exact: bool,
    price: FloatArray,
    x: FloatArray,
    part: FloatArray,
) -> float:
    """Write <x, p_a> of all rows, from x itself if `exact`, else from the Gram matrix; returns |x|^2."""
    if exact:
        combine(P, support, size, lam, x, part)
        for a in range(price.size):
            price[a] = dot(x, P[a])
        return dot(x, x)
    gram_prices(G, lam, support, size, price)
    square = 0.0
    for i in range(size):
        square += lam[i] * price[support[i]]
    return max(square, 0.0)


@kernel
def _is_rounding(G: FloatArray, support: IntArray, size: int, lam: FloatArray, norm: float, tol: float) -> bool:
    """Tell whether the point is so short that its direction says nothing."""
    spread = 0.0
    for i in range(size):
        spread += lam[i] * np.sqrt(G[support[i], support[i]])
    return norm <= max(tol, _ROUNDING * spread)


@kernel
def min_norm_point(
    P: FloatArray, support: IntArray, lam: FloatArray, size: int, tol: float, u: FloatArray
) -> tuple[int, float, float]:
    """Find the point x of smallest norm in the hull of the rows of P.

    `support`, `lam` hold `size` indices and weights of a warm start and receive the final ones; `u` receives the unit
    direction (zero if x = 0). Returns the size, |x| and min <u, p> over the rows. Stops when |x| - min <u, p> <= tol,
    when |x| <= tol, or when rounding forbids progress. Prices are read off the Gram matrix first and, to its accuracy
    exhausted, from x. The support of a nearly degenerate hull can need more: see `sphcode.margins.degenerate`.
    """
    m, d = P.shape
    G = np.empty((m, m))
    gram_matrix(P, G, 0)
    nearest = 0
    longest = 0.0
    for a in range(m):
        longest = max(longest, np.sqrt(G[a, a]))
        if G[a, a] < G[nearest, nearest]:
            nearest = a
    shift = G[nearest, nearest]
    fill(u, 0.0)
    if shift == 0.0:
        support[0], lam[0] = nearest, 1.0
        return 1, 0.0, 0.0

    capacity = min(m, d + 1)
    L = np.empty((capacity + 1, capacity + 2))
    y, v, c, column = np.empty(capacity + 1), np.empty(capacity + 1), np.empty(capacity + 1), np.empty(capacity + 1)
    price, x, part = np.empty(m), np.empty(d), np.empty(d)
    inside = np.zeros(m, dtype=np.bool_)
    size = _restart(G, shift, L, y, support, lam, size, inside, column, nearest)
    exact = False
    left = -1  # the vector that left the support when the last one entered: the two must not alternate
    for _ in range(10 * m + 100):
        while True:
            affine_minimiser(P, L, y, support, size, exact, v, c, x, part)
            if size == 1 or smallest(v, size) > 0.0:
                copy_first(v, size, lam)
                break
            last = support[size - 1]
            size = _shrink(L, y, support, size, lam, v, inside)
            if last != support[size - 1]:
                left = last
        square = _price(P, G, support, size, lam, exact, price, x, part)
        norm = np.sqrt(square)
        best = -1
        for a in range(m):
            if not inside[a] and (best < 0 or price[a] < price[best]):
                best = a
        rounding = _ROUNDING * longest * (norm if exact else longest)
        if exact and _is_rounding(G, support, size, lam, norm, tol):
            break
        if best < 0 or best == left or square - price[best] <= max(tol * norm, rounding):
            if exact:
                break
            exact = True
            left = -1
            continue
        size, left, entered = _enter(G, shift, L, y, support, size, lam, inside, column, v, best)
        if not entered:
            break

    total = combine(P, support, size, lam, x, part)
    length = np.sqrt(dot(x, x))
    if length == 0.0:
        return size, 0.0, 0.0
    for t in range(u.size):
        u[t] = x[t] / length
    norm = length / total
    return size, norm, _polish(P, L, support, size, norm - tol, u, x, c)
