"""Cholesky factorisation of the lower triangle in place, four by four rows at a time so that registers are reused.

Written out rather than left to LAPACK: its result does not depend on the number of BLAS threads, and it skips the
leading zeros of each row, which are most of the matrix when few points are near each other.
"""

from __future__ import annotations

import numpy as np

from sphcode.kernels._jit import kernel

_BLOCK = 4
_PANEL = 8


@kernel
def padded(order):
    """The least multiple of the block size that is at least `order`."""
    return -(-order // _BLOCK) * _BLOCK


@kernel
def _row_starts(matrix, starts):
    """Write for each block of 4 rows the first column, a multiple of 4, where its lower triangle is not zero."""
    order = len(matrix)
    for block in range(len(starts)):
        least = block * _BLOCK
        for i in range(block * _BLOCK, min(order, (block + 1) * _BLOCK)):
            j = 0
            while j < least and matrix[i, j] == 0.0:
                j += 1
            least = min(least, j)
        starts[block] = least - least % _BLOCK


@kernel(fast=True)
def _block_product(left, right, begin, end, out):
    """Write the inner products of 4 rows with 4 rows over columns begin to end."""
    a0, a1, a2, a3 = left[0], left[1], left[2], left[3]
    b0, b1, b2, b3 = right[0], right[1], right[2], right[3]
    s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = 0.0
    s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = 0.0
    for k in range(begin, end):
        x0, x1, x2, x3 = a0[k], a1[k], a2[k], a3[k]
        y0, y1, y2, y3 = b0[k], b1[k], b2[k], b3[k]
        s00 += x0 * y0
        s01 += x0 * y1
        s02 += x0 * y2
        s03 += x0 * y3
        s10 += x1 * y0
        s11 += x1 * y1
        s12 += x1 * y2
        s13 += x1 * y3
        s20 += x2 * y0
        s21 += x2 * y1
        s22 += x2 * y2
        s23 += x2 * y3
        s30 += x3 * y0
        s31 += x3 * y1
        s32 += x3 * y2
        s33 += x3 * y3
    out[0, 0], out[0, 1], out[0, 2], out[0, 3] = s00, s01, s02, s03
    out[1, 0], out[1, 1], out[1, 2], out[1, 3] = s10, s11, s12, s13
    out[2, 0], out[2, 1], out[2, 2], out[2, 3] = s20, s21, s22, s23
    out[3, 0], out[3, 1], out[3, 2], out[3, 3] = s30, s31, s32, s33


@kernel
def _factor_block(rows, columns, j, product, on_diagonal):
    """Finish the 4 by 4 block at column j of `rows`, whose inner products with `columns` are given."""
    for b in range(_BLOCK):
        for a in range(b if on_diagonal else 0, _BLOCK):
            value = rows[a, j + b] - product[a, b]
            for k in range(b):
                value -= rows[a, j + k] * columns[b, j + k]
            if a > b or not on_diagonal:
                rows[a, j + b] = value / columns[b, j + b]
            elif value > 0.0:
                rows[a, j + b] = np.sqrt(value)
            else:
                return False
    return True


@kernel
def factor(matrix):
    """Overwrite the lower triangle by its Cholesky factor; False if the matrix is not positive definite.

    The order must be `padded`, by ones on the diagonal.
    """
    n_blocks = len(matrix) // _BLOCK
    starts = np.empty(n_blocks, np.int64)
    _row_starts(matrix, starts)
    product = np.empty((_BLOCK, _BLOCK))
    # A panel of rows stays in cache while the columns pass by.
    for panel in range(0, n_blocks, _PANEL):
        end = min(panel + _PANEL, n_blocks)
        for column in range(end):
            j = column * _BLOCK
            columns = matrix[j : j + _BLOCK]
            for row in range(max(column, panel), end):
                if j < starts[row]:
                    continue
                rows = matrix[row * _BLOCK : (row + 1) * _BLOCK]
                _block_product(rows, columns, max(starts[row], starts[column]), j, product)
                if not _factor_block(rows, columns, j, product, row == column):
                    return False
    return True


@kernel(fast=True)
def solve(lower, vector):
    """Overwrite `vector` by the solution for the factored matrix (their common leading part)."""
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
