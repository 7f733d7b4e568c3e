"""What a descended code is worth: the critical value nearby, estimated better than by the largest cosine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Gaps 1 - cosine below this count as this.
_SMALLEST_GAP = 1e-14


def critical_value(points: NDArray[np.float64], squarings: int) -> float:
    """Return about the largest cosine of the critical code near a minimum of the energy of exponent 2^squarings.

    It is the mean of the cosines of all pairs, weighted by their terms of the energy. Where a descent has converged,
    the largest cosine is above the critical value by some multiple of 1/2^squarings, and this mean by one of its
    square: the difference of log(energy) / exponent and its derivative by 1 / exponent. It is never above the largest
    cosine, and may be below the critical value.
    """
    gaps = np.maximum(1.0 - (points @ points.T)[np.triu_indices(len(points), 1)], _SMALLEST_GAP)
    weights = (gaps.min() / gaps) ** 2.0**squarings
    return float(1.0 - weights @ gaps / weights.sum())
