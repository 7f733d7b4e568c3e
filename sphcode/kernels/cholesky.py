"""Cholesky factorisation in place of the lower triangle: by hand for small matrices, LAPACK beyond."""

from __future__ import annotations

import numpy as np

from sphcode.kernels._jit import kernel

#: Up to this order the plain loop is faster than a call of LAPACK, and scipy need not be loaded.
SMALL_ORDER = 160


@kernel(fast=True)
def _factor_small(matrix):
    order = len(matrix)
    for i in range(order):
        for j in range(i + 1):
            product = 0.0
            for k in range(j):
                product += matrix[i, k] * matrix[j, k]
            value = matrix[i, j] - product
            if i != j:
                matrix[i, j] = value / matrix[j, j]
            elif value > 0.0:
                matrix[i, i] = np.sqrt(value)
            else:
                return False
    return True


@kernel
def factor(matrix):
    """Overwrite the lower triangle by its Cholesky factor; False if the matrix is not positive definite."""
    if len(matrix) <= SMALL_ORDER:
        return _factor_small(matrix)
    try:
        lower = np.linalg.cholesky(matrix)
    except Exception:  # the only kind that compiled code can catch; LAPACK found a pivot that is not positive
        return False
    for i in range(len(matrix)):
        for j in range(i + 1):
            matrix[i, j] = lower[i, j]
    return True


@kernel(fast=True)
def solve(lower, vector):
    """Overwrite `vector` by the solution for the factored matrix."""
    order = len(vector)
    for i in range(order):
        product = 0.0
        for k in range(i):
            product += lower[i, k] * vector[k]
        vector[i] = (vector[i] - product) / lower[i, i]
    for i in range(order - 1, -1, -1):
        vector[i] /= lower[i, i]
        value = vector[i]
        for k in range(i):
            vector[k] -= lower[i, k] * value
