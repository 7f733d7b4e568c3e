"""Min-norm point of a convex hull (Wolfe's algorithm): the exact one-vs-rest distance of one class after another.

For class k the rest is moved to the rows p_j = w_k - w_j; the distance is the norm of the point x of smallest norm in
their hull, and u = x / |x| is the direction of widest separation. Wolfe's support is kept as a Cholesky factor of
H = G + s 11^T with G the Gram matrix of the p_j and s the smallest squared |p_j|: H is definite as long as the support
is affinely independent, also when x = 0, and choosing s that small keeps near-duplicates from being drowned.

Reference: P. Wolfe, Finding the nearest point in a polytope, Math. Programming 11 (1976).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sphcode.kernels._jit import kernel

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
SingleArray = NDArray[np.float32]

#: Unit roundoff of float64.
EPS = 2.0**-53
CHUNK = 64  # products summed in free order before the chunks are summed in order
STRIDE = 16  # vectors summed at once in a convex combination

# A new vector whose squared distance from the affine hull of the support is below this share of |p|^2 is dependent.
_DEPENDENT = 1e-13
# A gap below this share of the longest |p|, or a point shorter than this share of sum lam |p|, may be rounding alone.
_ROUNDING = 4.0 * EPS


@kernel(fast=True)
def _free_dot(a: FloatArray | SingleArray, b: FloatArray | SingleArray, size: int) -> float:
    total = a.dtype.type(0.0)
    for t in range(size):
        total += a[t] * b[t]
    return float(total)


@kernel
def dot(a: FloatArray, b: FloatArray) -> float:
    """Inner product with error at most (CHUNK + d / CHUNK + 1) EPS |a| |b|: chunks are summed in any order."""
    total = 0.0
    for start in range(0, a.size, CHUNK):  # slices, as LLVM vectorises only loops that start at a known index
        total += _free_dot(a[start:], b[start:], min(CHUNK, a.size - start))
    return total


@kernel
def _fill(out: FloatArray, value: float) -> None:
    """Set all entries."""
    for t in range(out.size):
        out[t] = value


@kernel
def _smallest(values: FloatArray, size: int) -> float:
    least = np.inf
    for t in range(size):
        least = min(least, values[t])
    return least


@kernel
def _copy(values: FloatArray, size: int, out: FloatArray) -> None:
    for t in range(size):
        out[t] = values[t]


@kernel(fast=True)
def _add_multiple(factor: float, a: FloatArray, out: FloatArray) -> None:
    """Add a multiple of a vector."""
    for t in range(a.size):
        out[t] += factor * a[t]


@kernel(fast=True)
def _add_four(P: FloatArray, names: IntArray, weights: FloatArray, out: FloatArray) -> None:
    p0, p1, p2, p3 = P[names[0]], P[names[1]], P[names[2]], P[names[3]]
    w0, w1, w2, w3 = weights[0], weights[1], weights[2], weights[3]
    for t in range(out.size):
        out[t] += (w0 * p0[t] + w1 * p1[t]) + (w2 * p2[t] + w3 * p3[t])


@kernel(fast=True)
def gram_matrix(P: FloatArray | SingleArray, G: FloatArray, known: int) -> None:
    """Write P P^T, in the precision of P, but for the first `known` rows and columns, whose lower triangle is there.

    Three rows are multiplied by three at a time: all sums fit in sixteen registers.
    """
    m, d = P.shape
    zero = P.dtype.type(0.0)
    for a in range(known - known % 3, m - 2, 3):
        A0, A1, A2 = P[a], P[a + 1], P[a + 2]
        for b in range(0, a + 1, 3):
            B0, B1, B2 = P[b], P[b + 1], P[b + 2]
            s00 = s01 = s02 = s10 = s11 = s12 = s20 = s21 = s22 = zero
            for t in range(d):
                x0, x1, x2 = A0[t], A1[t], A2[t]
                y0, y1, y2 = B0[t], B1[t], B2[t]
                s00 += x0 * y0
                s01 += x0 * y1
                s02 += x0 * y2
                s10 += x1 * y0
                s11 += x1 * y1
                s12 += x1 * y2
                s20 += x2 * y0
                s21 += x2 * y1
                s22 += x2 * y2
            G[a, b], G[a, b + 1], G[a, b + 2] = s00, s01, s02
            G[a + 1, b], G[a + 1, b + 1], G[a + 1, b + 2] = s10, s11, s12
            G[a + 2, b], G[a + 2, b + 1], G[a + 2, b + 2] = s20, s21, s22
    for a in range(max(known - known % 3, m - m % 3), m):
        for b in range(a + 1):
            G[a, b] = _free_dot(P[a], P[b], d)
    for a in range(m):
        for b in range(a):
            G[b, a] = G[a, b]


@kernel
def _append(L: FloatArray, y: FloatArray, size: int, column: FloatArray, diagonal: float) -> bool:
    """Add a row to the Cholesky factor of H and to y = L^-1 1; False if the vector depends on the support."""
    row = L[size]
    for i in range(size):
        row[i] = (column[i] - _free_dot(L[i], row, i)) / L[i, i]
    pivot = diagonal - _free_dot(row, row, size)
    if pivot <= _DEPENDENT * diagonal:
        return False
    row[size] = np.sqrt(pivot)
    y[size] = (1.0 - _free_dot(row, y, size)) / row[size]
    return True


@kernel
def _remove(L: FloatArray, y: FloatArray, size: int, q: int) -> None:
    """Take row and column q out of the Cholesky factor by Givens rotations."""
    for i in range(q + 1, size):
        _copy(L[i], i + 1, L[i - 1])
    for c in range(q, size - 1):
        radius = np.hypot(L[c, c], L[c, c + 1])
        cosine, sine = L[c, c] / radius, L[c, c + 1] / radius
        L[c, c] = radius
        for i in range(c + 1, size - 1):
            left, right = L[i, c], L[i, c + 1]
            L[i, c] = cosine * left + sine * right
            L[i, c + 1] = cosine * right - sine * left
    for i in range(q, size - 1):
        y[i] = (1.0 - _free_dot(L[i], y, i)) / L[i, i]


@kernel
def _back_substitute(L: FloatArray, size: int, z: FloatArray) -> None:
    for i in range(size - 1, -1, -1):
        z[i] /= L[i, i]
        for j in range(i):
            z[j] -= z[i] * L[i, j]


@kernel
def combine(P: FloatArray, support: IntArray, size: int, weights: FloatArray, x: FloatArray, part: FloatArray) -> float:
    """Return sum of the weights and write x = sum weights_a p_a, in strides so that few roundings add up."""
    _fill(x, 0.0)
    total = 0.0
    for start in range(0, size, STRIDE):
        _fill(part, 0.0)
        subtotal = 0.0
        stop = min(start + STRIDE, size)
        for a in range(start, stop):
            subtotal += weights[a]
        fours = stop - (stop - start) % 4
        for a in range(start, fours, 4):
            _add_four(P, support[a:], weights[a:], part)
        for a in range(fours, stop):
            _add_multiple(weights[a], P[support[a]], part)
        _add_multiple(1.0, part, x)
        total += subtotal
    return total


@kernel
def _equaliser(L: FloatArray, size: int, products: FloatArray, c: FloatArray) -> None:
    """Write c with <sum c_a p_a, p_b> = constant - products_b for every b of the support: one refinement step."""
    mean = 0.0
    for b in range(size):
        mean += products[b] / size
    for b in range(size):
        c[b] = (mean - products[b] - _free_dot(L[b], c, b)) / L[b, b]
    _back_substitute(L, size, c)


@kernel
def _affine_minimiser(
    P: FloatArray,
    L: FloatArray,
    y: FloatArray,
    support: IntArray,
    size: int,
    refine: bool,
    v: FloatArray,
    c: FloatArray,
    x: FloatArray,
    part: FloatArray,
) -> None:
    """Write into v the affine weights of the point of smallest norm in the affine hull of the support."""
    _copy(y, size, v)
    _back_substitute(L, size, v)
    total = 0.0
    for a in range(size):
        total += v[a]
    for a in range(size):
        v[a] /= total
    if refine:
        combine(P, support, size, v, x, part)
        products = np.empty(size)
        for a in range(size):
            products[a] = dot(x, P[support[a]])
        _equaliser(L, size, products, c)
        total = 1.0
        for a in range(size):
            total += c[a]
        for a in range(size):
            v[a] = (v[a] + c[a]) / total


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
            _remove(L, y, size, q)
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
    _copy(L[size], size, alpha)
    _back_substitute(L, size, alpha)
    leaving = 0
    reach = np.inf
    for a in range(size):
        if alpha[a] > 0.0 and lam[a] < reach * alpha[a]:
            reach = lam[a] / alpha[a]
            leaving = a
    name = support[leaving]
    inside[name] = False
    _remove(L, y, size, leaving)
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
        _equaliser(L, size, products, c)
        _copy(u, u.size, trial)
        for a in range(size):
            _add_multiple(c[a], P[support[a]], trial)
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
        _copy(trial, u.size, u)
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
        if size < capacity and not inside[a] and _append(L, y, size, column, G[a, a] + shift):
            support[size], lam[size] = a, lam[i]
            inside[a] = True
            size += 1
    if size == 0:
        support[0], lam[0] = nearest, 1.0
        inside[nearest] = True
        _append(L, y, 0, column, 2.0 * shift)
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
    if not _append(L, y, size, column, G[entering, entering] + shift) or size == L.shape[0] - 1:
        if size == 1:
            return size, left, False
        former, weights = np.empty(size, np.int64), np.empty(size)
        for i in range(size):
            former[i], weights[i] = support[i], lam[i]
        left, weight = _exchange(L, y, support, size, lam, inside, alpha)
        size -= 1
        for i in range(size):
            column[i] = G[entering, support[i]] + shift
        if not _append(L, y, size, column, G[entering, entering] + shift):
            for i in range(size + 1):  # the factor is lost, the point is not
                support[i], lam[i] = former[i], weights[i]
            return size + 1, left, False
    support[size], lam[size] = entering, weight
    inside[entering] = True
    return size + 1, left, True


@kernel
def gram_prices(G: FloatArray, weights: FloatArray, support: IntArray, size: int, price: FloatArray) -> None:
    """Write <x, p_b> of every vector b, from the Gram matrix, x = sum weights_i p_support[i]."""
    _fill(price, 0.0)
    for i in range(size):
        _add_multiple(weights[i], G[support[i]], price)


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
    _fill(u, 0.0)
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
            _affine_minimiser(P, L, y, support, size, exact, v, c, x, part)
            if size == 1 or _smallest(v, size) > 0.0:
                _copy(v, size, lam)
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
