"""Few vectors: inner products, combinations and Gram matrices, summed so that the rounding error is known."""

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


@kernel(fast=True)
def free_dot(a: FloatArray | SingleArray, b: FloatArray | SingleArray, size: int) -> float:
    """Inner product of the first entries, summed in any order."""
    total = a.dtype.type(0.0)
    for t in range(size):
        total += a[t] * b[t]
    return float(total)


@kernel
def dot(a: FloatArray, b: FloatArray) -> float:
    """Inner product with error at most (CHUNK + d / CHUNK + 1) EPS |a| |b|: chunks are summed in any order."""
    total = 0.0
    for start in range(0, a.size, CHUNK):  # slices, as LLVM vectorises only loops that start at a known index
        total += free_dot(a[start:], b[start:], min(CHUNK, a.size - start))
    return total


@kernel
def fill(out: FloatArray, value: float) -> None:
    """Set all entries."""
    for t in range(out.size):
        out[t] = value


@kernel
def smallest(values: FloatArray, size: int) -> float:
    """Return the least of the first values; infinity of none."""
    least = np.inf
    for t in range(size):
        least = min(least, values[t])
    return least


@kernel
def copy_first(values: FloatArray, size: int, out: FloatArray) -> None:
    """Copy the first values."""
    for t in range(size):
        out[t] = values[t]


@kernel(fast=True)
def add_multiple(factor: float, a: FloatArray, out: FloatArray) -> None:
    """Add a multiple of a vector."""
    for t in range(a.size):
        out[t] += factor * a[t]


@kernel(fast=True)
def _add_four(P: FloatArray, names: IntArray, weights: FloatArray, out: FloatArray) -> None:
    p0, p1, p2, p3 = P[names[0]], P[names[1]], P[names[2]], P[names[3]]
    w0, w1, w2, w3 = weights[0], weights[1], weights[2], weights[3]
    for t in range(out.size):
        out[t] += (w0 * p0[t] + w1 * p1[t]) + (w2 * p2[t] + w3 * p3[t])


@kernel
def combine(P: FloatArray, support: IntArray, size: int, weights: FloatArray, x: FloatArray, part: FloatArray) -> float:
    """Return sum of the weights and write x = sum weights_a p_a, in strides so that few roundings add up."""
    fill(x, 0.0)
    total = 0.0
    for start in range(0, size, STRIDE):
        fill(part, 0.0)
        subtotal = 0.0
        stop = min(start + STRIDE, size)
        for a in range(start, stop):
            subtotal += weights[a]
        fours = stop - (stop - start) % 4
        for a in range(start, fours, 4):
            _add_four(P, support[a:], weights[a:], part)
        for a in range(fours, stop):
            add_multiple(weights[a], P[support[a]], part)
        add_multiple(1.0, part, x)
        total += subtotal
    return total


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
            G[a, b] = free_dot(P[a], P[b], d)
    for a in range(m):
        for b in range(a):
            G[b, a] = G[a, b]


@kernel
def gram_prices(G: FloatArray, weights: FloatArray, support: IntArray, size: int, price: FloatArray) -> None:
    """Write <x, p_b> of every vector b, from the Gram matrix, x = sum weights_i p_support[i]."""
    fill(price, 0.0)
    for i in range(size):
        add_multiple(weights[i], G[support[i]], price)
