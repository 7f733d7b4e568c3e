"""Cholesky factorisation in profile storage, four by four rows at a time so that registers are reused.

Each row of the lower triangle is stored from its first nonzero to the diagonal; fill stays within. Four rows share a
first column, a multiple of 4. Entry (i, j) is data[base[i] + j], for j >= starts[i // 4]; the memory is that of a band
when neighbours have near numbers, that of the triangle when all rows are full.

Written out rather than left to LAPACK: its result does not depend on the number of BLAS threads.
"""

from __future__ import annotations

import numpy as np

from sphcode.kernels._jit import kernel

#: Columns in a block, the width of a vector of doubles on AVX2, and blocks in a panel that stays in cache; not
#: measured alone.
BLOCK = 4
_PANEL = 8


@kernel
def padded(order):
    """The least multiple of the block size that is at least `order`."""
    return -(-order // BLOCK) * BLOCK


@kernel
def layout(leftmost):
    """Lay out a matrix whose row i begins at column leftmost[i]; the order must be `padded`.

    Returns (starts, base, size): see the module; size is that of `data`.
    """
    order = len(leftmost)
    starts = np.empty(order // BLOCK, np.int64)
    base = np.empty(order, np.int64)
    size = 0
    for block in range(len(starts)):
        row = block * BLOCK
        least = row
        for i in range(row, row + BLOCK):
            least = min(least, leftmost[i])
        starts[block] = least - least % BLOCK
        width = row + BLOCK - starts[block]
        for i in range(row, row + BLOCK):
            base[i] = size - starts[block]
            size += width
    return starts, base, size


@kernel(fast=True)
def block_product(data, left, left_stride, right, right_stride, count, out):
    """Write the inner products of 4 rows of `count` entries with 4 rows, given by where they begin and follow."""
    a0 = data[left : left + count]
    a1 = data[left + left_stride : left + left_stride + count]
    a2 = data[left + 2 * left_stride : left + 2 * left_stride + count]
    a3 = data[left + 3 * left_stride : left + 3 * left_stride + count]
    b0 = data[right : right + count]
    b1 = data[right + right_stride : right + right_stride + count]
    b2 = data[right + 2 * right_stride : right + 2 * right_stride + count]
    b3 = data[right + 3 * right_stride : right + 3 * right_stride + count]
    s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = 0.0
    s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = 0.0
    for k in range(count):
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
def factor_block(data, rows, columns, product, on_diagonal):
    """Finish a 4 by 4 block, whose inner products are given; rows and columns: where the lines of both begin."""
    for b in range(BLOCK):
        for a in range(b if on_diagonal else 0, BLOCK):
            value = data[rows[a] + b] - product[a, b]
            for k in range(b):
                value -= data[rows[a] + k] * data[columns[b] + k]
            if a > b or not on_diagonal:
                data[rows[a] + b] = value / data[columns[b] + b]
            elif value > 0.0:
                data[rows[a] + b] = np.sqrt(value)
            else:
                return False
    return True


@kernel
def factor(data, starts, base):
    """Overwrite the lower triangle by its Cholesky factor; False if the matrix is not positive definite."""
    n_blocks = len(starts)
    product = np.empty((BLOCK, BLOCK))
    rows, columns = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    # A panel of rows stays in cache while the columns pass by.
    for panel in range(0, n_blocks, _PANEL):
        end = min(panel + _PANEL, n_blocks)
        leftmost = starts[panel]
        for row in range(panel + 1, end):
            leftmost = min(leftmost, starts[row])
        leftmost //= BLOCK
        for column in range(leftmost, end):
            j = column * BLOCK
            for a in range(BLOCK):
                columns[a] = base[j + a] + j
            for row in range(max(column, panel), end):
                if j < starts[row]:
                    continue
                i = row * BLOCK
                begin = max(starts[row], starts[column])
                for a in range(BLOCK):
                    rows[a] = base[i + a] + j
                block_product(
                    data, base[i] + begin, base[i + 1] - base[i], base[j] + begin, base[j + 1] - base[j],
                    j - begin, product,
                )  # fmt: skip
                if not factor_block(data, rows, columns, product, row == column):
                    return False
    return True


@kernel(fast=True)
def solve(data, starts, base, vector):
    """Overwrite `vector` by the solution for the factored matrix (their common leading part)."""
    order = len(vector)
    for i in range(order):
        product = 0.0
        for k in range(starts[i // BLOCK], i):
            product += data[base[i] + k] * vector[k]
        vector[i] = (vector[i] - product) / data[base[i] + i]
    for i in range(order - 1, -1, -1):
        vector[i] /= data[base[i] + i]
        value = vector[i]
        for k in range(starts[i // BLOCK], i):
            vector[k] -= data[base[i] + k] * value
