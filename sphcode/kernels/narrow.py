"""Rows in fewer bits: bfloat16, and whole numbers of 8 bits times a grain of each row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sphcode.kernels._jit import kernel
from sphcode.kernels.vectors import SingleArray

ByteArray = NDArray[np.int8]
HalfArray = NDArray[np.uint16]

#: The largest whole number, and minus the least.
LARGEST = 127
#: A row whose grain would be less, and its inverse perhaps none in float32, has grain 1 and becomes zero.
LEAST_GRAIN = 2.0**-120


@kernel
def round_to_bfloat16(rows: SingleArray, bits: HalfArray) -> None:
    """Write finite rows as the bits of the nearest bfloat16 numbers, of two the one whose last bit is 0."""
    for i in range(rows.shape[0]):
        row, out = rows[i].view(np.uint32), bits[i]
        for t in range(row.size):
            last = (row[t] >> np.uint32(16)) & np.uint32(1)
            out[t] = np.uint16((row[t] + np.uint32(0x7FFF) + last) >> np.uint32(16))


@kernel
def measure_grains(rows: SingleArray, grains: SingleArray) -> None:
    """Write of each row what its largest entry is LARGEST times of."""
    for i in range(rows.shape[0]):
        row, largest = rows[i], np.float32(0.0)
        for t in range(row.size):
            largest = max(largest, abs(row[t]))
        grain = largest / np.float32(LARGEST)
        grains[i] = grain if grain >= LEAST_GRAIN else np.float32(1.0)


@kernel
def round_to_grains(rows: SingleArray, grains: SingleArray, whole: ByteArray) -> None:
    """Write rows, divided by their grains and rounded."""
    for i in range(rows.shape[0]):
        row, out, inverse = rows[i], whole[i], np.float32(1.0) / grains[i]
        for t in range(row.size):
            out[t] = np.int8(np.rint(row[t] * inverse))
