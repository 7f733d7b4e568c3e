"""Coordinates that are exact although they come as float64: whole numbers, and halves of equal norm."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

#: Fractions with this denominator are taken for exact; products of integer rows below 2^53 are exact in float64.
_DYADIC = 1024.0
_EXACT = 2.0**53


def integer_rows(rows: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """Return float64 rows, times a power of two, as integers, where they are exact coordinates; else None.

    Exact are whole numbers, and dyadic fractions when all rows have exactly the same norm (halves, as in E8): rounded
    coordinates of unit vectors have neither.
    """
    if not rows.size or not float(np.abs(rows).max()) < _EXACT:
        return None
    scaled = rows if (rows == np.round(rows)).all() else rows * _DYADIC
    if (scaled != np.round(scaled)).any() or not float(np.abs(scaled).max()) ** 2 * rows.shape[1] < _EXACT:
        return None
    whole = scaled.astype(np.int64)
    squares = np.einsum("ij,ij->i", whole, whole)
    if scaled is not rows and (squares != squares[0]).any():
        return None
    common = math.gcd(*np.unique(np.abs(whole)).tolist())
    return whole // max(1, common)
