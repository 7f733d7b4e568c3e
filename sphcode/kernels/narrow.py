"""Rows in fewer bits: bfloat16, float16, and whole numbers of 8 bits times a grain of each row."""

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

#: The unit of subnormal float16 numbers, and the difference of the biases of exponents, where float32 has its exponent.
SUBNORMAL = np.float32(2.0**-24)
BIASES = np.uint32((127 - 15) << 23)


@kernel
def round_to_bfloat16(rows: SingleArray, bits: HalfArray) -> None:
    """Write finite rows as the bits of the nearest bfloat16 numbers, of two the one whose last bit is 0."""
    for i in range(rows.shape[0]):
        row, out = rows[i].view(np.uint32), bits[i]
        for t in range(row.size):
            last = (row[t] >> np.uint32(16)) & np.uint32(1)
            out[t] = np.uint16((row[t] + np.uint32(0x7FFF) + last) >> np.uint32(16))


@kernel
def of_bfloat16(bits: int) -> float:
    """Return the bfloat16 number of these bits, the upper half of those of float32."""
    return np.uint32(np.uint32(bits) << np.uint32(16)).view(np.float32)  # type: ignore[return-value]


@kernel
def of_float16(bits: int) -> float:
    """Return the finite float16 number of these bits, also where the processor takes subnormal numbers for zero."""
    sign = np.uint32(np.uint32(bits) & np.uint32(0x8000)) << np.uint32(16)
    size = np.uint32(bits) & np.uint32(0x7FFF)
    small = np.float32(size) * SUBNORMAL
    usual = np.uint32((size << np.uint32(13)) + BIASES | sign).view(np.float32)
    return usual if size >= 1024 else (-small if sign else small)  # type: ignore[return-value]


@kernel
def widen_float16(bits: HalfArray, out: SingleArray) -> None:
    """Write finite float16 numbers, given by their bits, in float32."""
    for i in range(bits.shape[0]):
        row, wide = bits[i], out[i]
        for t in range(row.size):
            wide[t] = of_float16(row[t])


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
