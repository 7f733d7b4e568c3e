"""Rows as they are stored, and what they stand for: factor * (row - shift), with one more entry if there is a column.

Kernels widen a row to float64 where they use it, so that no float64 copy of the matrix is made. The entries are rounded
one operation at a time (no contraction): every kernel, and NumPy, sees the same float64 row.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sphcode.kernels._jit import kernel
from sphcode.kernels.narrow import HalfArray, of_bfloat16, of_float16
from sphcode.kernels.vectors import FloatArray, IntArray, SingleArray, dot

#: Numbers in a cache line, of float64.
LINE = 8


class RowArrays(NamedTuple):
    """The arrays behind rows.

    Attributes
    ----------
    values : ndarray of float64 or float32, shape (n, d), or (0, d)
        The rows as they are stored; none if they are stored in 16 bits.
    shift : ndarray, shape (d,)
        What is subtracted from each of them; (0,) without factors too, if the rows are meant as they are stored.
    factors : ndarray, shape (n,) or (0,)
        What each of them is multiplied by then.
    column : ndarray, shape (n,) or (0,)
        A last entry of every row, if there is one.
    bits : ndarray of uint16, shape (n, d) or (0, d)
        Rows of 16 bits: those of bfloat16, or of float16 if `half`.
    half : bool
    """

    values: FloatArray | SingleArray
    shift: FloatArray
    factors: FloatArray
    column: FloatArray
    bits: HalfArray
    half: bool


@kernel
def _widen_bits(rows: RowArrays, k: int, out: FloatArray) -> None:
    """Write row k of 16 bits in float64, as it is stored."""
    bits = rows.bits[k]
    if rows.half:
        for t in range(bits.size):
            out[t] = np.float64(of_float16(bits[t]))
    else:
        for t in range(bits.size):
            out[t] = np.float64(of_bfloat16(bits[t]))


@kernel
def widen(rows: RowArrays, k: int, out: FloatArray) -> None:
    """Write row k in float64; what `out` has beyond it stays."""
    d = rows.values.shape[1]
    if rows.bits.size:
        _widen_bits(rows, k, out)
        if rows.factors.size:
            factor = rows.factors[k]
            for t in range(d):
                out[t] = factor * (out[t] - rows.shift[t])
    elif rows.factors.size == 0:
        values = rows.values[k]
        for t in range(d):
            out[t] = np.float64(values[t])
    else:
        values, factor = rows.values[k], rows.factors[k]
        for t in range(d):
            out[t] = factor * (np.float64(values[t]) - rows.shift[t])
    if rows.column.size:
        out[d] = rows.column[k]


@kernel
def subtract(own: FloatArray, rows: RowArrays, j: int, out: FloatArray) -> None:
    """Write `own` minus row j, in float64; what `out` has beyond it stays."""
    d = rows.values.shape[1]
    if rows.bits.size:
        _widen_bits(rows, j, out)
        if rows.factors.size == 0:
            for t in range(d):
                out[t] = own[t] - out[t]
        else:
            factor = rows.factors[j]
            for t in range(d):
                out[t] = own[t] - factor * (out[t] - rows.shift[t])
    elif rows.factors.size == 0:
        values = rows.values[j]
        for t in range(d):
            out[t] = own[t] - np.float64(values[t])
    else:
        values, factor = rows.values[j], rows.factors[j]
        for t in range(d):
            out[t] = own[t] - factor * (np.float64(values[t]) - rows.shift[t])
    if rows.column.size:
        out[d] = own[d] - rows.column[j]


@kernel(fast=True)
def _sum_of_lines(rows: FloatArray | SingleArray | HalfArray, names: IntArray, m: int) -> float:
    total = 0.0
    for a in range(0, m - 3, 4):
        row0, row1, row2, row3 = rows[names[a]], rows[names[a + 1]], rows[names[a + 2]], rows[names[a + 3]]
        for t in range(0, row0.size, LINE):
            total += row0[t] + row1[t] + row2[t] + row3[t]
    return total


@kernel
def touch(rows: RowArrays, names: IntArray, m: int) -> float:
    """Read one number of every cache line of the first m rows named, four rows at once: they come from memory together.

    Rows that follow one another in no order are else waited for one by one. Returns the sum, so that they are read.
    """
    if rows.bits.size:
        return _sum_of_lines(rows.bits, names, m)
    return _sum_of_lines(rows.values, names, m)


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
