"""Rows as they are stored, and what they stand for: factor * (row - shift), with one more entry if there is a column.

Kernels widen a row to float64 where they use it, so that no float64 copy of the matrix is made. The entries are rounded
one operation at a time (no contraction): every kernel, and NumPy, sees the same float64 row.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sphcode.kernels._jit import kernel
from sphcode.kernels.vectors import FloatArray, IntArray, SingleArray, dot

#: Numbers in a cache line, of float64.
LINE = 8


class RowArrays(NamedTuple):
    """The arrays behind rows.

    Attributes
    ----------
    values : ndarray of float64 or float32, shape (n, d)
        The rows as they are stored.
    shift : ndarray, shape (d,)
        What is subtracted from each of them; (0,) without factors too, if the rows are meant as they are stored.
    factors : ndarray, shape (n,) or (0,)
        What each of them is multiplied by then.
    column : ndarray, shape (n,) or (0,)
        A last entry of every row, if there is one.
    """

    values: FloatArray | SingleArray
    shift: FloatArray
    factors: FloatArray
    column: FloatArray


@kernel
def widen(rows: RowArrays, k: int, out: FloatArray) -> None:
    """Write row k in float64; what `out` has beyond it stays."""
    values = rows.values[k]
    if rows.factors.size == 0:
        for t in range(values.size):
            out[t] = np.float64(values[t])
    else:
        factor = rows.factors[k]
        for t in range(values.size):
            out[t] = factor * (np.float64(values[t]) - rows.shift[t])
    if rows.column.size:
        out[values.size] = rows.column[k]


@kernel
def subtract(own: FloatArray, rows: RowArrays, j: int, out: FloatArray) -> None:
    """Write `own` minus row j, in float64; what `out` has beyond it stays."""
    values = rows.values[j]
    if rows.factors.size == 0:
        for t in range(values.size):
            out[t] = own[t] - np.float64(values[t])
    else:
        factor = rows.factors[j]
        for t in range(values.size):
            out[t] = own[t] - factor * (np.float64(values[t]) - rows.shift[t])
    if rows.column.size:
        out[values.size] = own[values.size] - rows.column[j]


@kernel(fast=True)
def touch(rows: RowArrays, names: IntArray, m: int) -> float:
    """Read one number of every cache line of the first m rows named, four rows at once: they come from memory together.

    Rows that follow one another in no order are else waited for one by one. Returns the sum, so that they are read.
    """
    values = rows.values
    total = 0.0
    for a in range(0, m - 3, 4):
        row0, row1, row2, row3 = values[names[a]], values[names[a + 1]], values[names[a + 2]], values[names[a + 3]]
        for t in range(0, row0.size, LINE):
            total += row0[t] + row1[t] + row2[t] + row3[t]
    return total


@kernel
def length(rows: RowArrays) -> int:
    """Return the number of entries of a row."""
    return int(rows.values.shape[1] + (1 if rows.column.size else 0))


@kernel
def product(rows: RowArrays, a: int, b: int, left: FloatArray, right: FloatArray) -> float:
    """Return the inner product of two rows; `left` and `right` are room for them."""
    widen(rows, a, left)
    widen(rows, b, right)
    return float(dot(left, right))
