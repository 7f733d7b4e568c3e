"""The Cholesky factor of a support, one vector after another, and the point nearest to 0 in its affine hull.

With G the Gram matrix of the vectors p_j of the support and a shift s > 0, L L^T = H = G + s 11^T; y = L^-1 1 goes with
it. H is definite as long as the support is affinely independent, also where the point is 0.
"""

from __future__ import annotations

import numpy as np

from sphcode.kernels._jit import kernel
from sphcode.kernels.vectors import FloatArray, IntArray, combine, copy_first, dot, free_dot

# A new vector whose squared distance from the affine hull of the support is below this share of |p|^2 is dependent.
_DEPENDENT = 1e-13


@kernel
def append(L: FloatArray, y: FloatArray, size: int, column: FloatArray, diagonal: float) -> bool:
    """Add a row to the Cholesky factor of H and to y = L^-1 1; False if the vector depends on the support."""
    row = L[size]
    for i in range(size):
        row[i] = (column[i] - free_dot(L[i], row, i)) / L[i, i]
    pivot = diagonal - free_dot(row, row, size)
    if pivot <= _DEPENDENT * diagonal:
        return False
    row[size] = np.sqrt(pivot)
    y[size] = (1.0 - free_dot(row, y, size)) / row[size]
    return True


@kernel
def remove(L: FloatArray, y: FloatArray, size: int, q: int) -> None:
    """Take row and column q out of the Cholesky factor by Givens rotations."""
    for i in range(q + 1, size):
        copy_first(L[i], i + 1, L[i - 1])
    for c in range(q, size - 1):
        radius = np.hypot(L[c, c], L[c, c + 1])
        cosine, sine = L[c, c] / radius, L[c, c + 1] / radius
        L[c, c] = radius
        for i in range(c + 1, size - 1):
            left, right = L[i, c], L[i, c + 1]
            L[i, c] = cosine * left + sine * right
            L[i, c + 1] = cosine * right - sine * left
    for i in range(q, size - 1):
        y[i] = (1.0 - free_dot(L[i], y, i)) / L[i, i]


@kernel
def back_substitute(L: FloatArray, size: int, z: FloatArray) -> None:
    """Overwrite z by L^-T z."""
    for i in range(size - 1, -1, -1):
        z[i] /= L[i, i]
        for j in range(i):
            z[j] -= z[i] * L[i, j]


@kernel
def equaliser(L: FloatArray, size: int, products: FloatArray, c: FloatArray) -> None:
    """Write c with <sum c_a p_a, p_b> = constant - products_b for every b of the support: one refinement step."""
    mean = 0.0
    for b in range(size):
        mean += products[b] / size
    for b in range(size):
        c[b] = (mean - products[b] - free_dot(L[b], c, b)) / L[b, b]
    back_substitute(L, size, c)


@kernel
def affine_minimiser(
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
    copy_first(y, size, v)
    back_substitute(L, size, v)
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
        equaliser(L, size, products, c)
        total = 1.0
        for a in range(size):
            total += c[a]
        for a in range(size):
            v[a] = (v[a] + c[a]) / total
