"""Smoothed largest cosine over a list of near pairs: the work of an evaluation grows like the list, not like n^2.

The list is half, in rows: pairs (i, second[q]) for q from starts[i] to starts[i + 1], every pair once. Gaps are
computed as half the squared distance, which keeps its digits where points are close.
"""

from __future__ import annotations

import numpy as np

from sphcode.kernels._jit import kernel
from sphcode.kernels.energy import SMALLEST_GAP


@kernel(fast=True)
def list_energy(points, starts, second, squarings, gap, gradient, weights):
    """Return log of the sum over the listed pairs of (gap / (1 - cosine))^(2^squarings), and write its gradient.

    points, gradient: (n_points, dim); the gradient is not projected. weights: scratch, as long as `second`.
    """
    n_points, dim = points.shape
    for i in range(n_points):
        for q in range(starts[i], starts[i + 1]):
            j = second[q]
            square = 0.0
            for k in range(dim):
                difference = points[i, k] - points[j, k]
                square += difference * difference
            weights[q] = 0.5 * square
    total = 0.0
    for q in range(len(second)):
        inverse = 1.0 / max(weights[q], SMALLEST_GAP)
        power = gap * inverse
        for _ in range(squarings):
            power = power * power
        total += power
        weights[q] = power * inverse
    scale = (1 << squarings) / total
    for i in range(n_points):
        for k in range(dim):
            gradient[i, k] = 0.0
    for i in range(n_points):
        for q in range(starts[i], starts[i + 1]):
            weight = scale * weights[q]
            # Most listed pairs are far at high exponents; below this they change no digit.
            if weight > 1e-25:
                j = second[q]
                for k in range(dim):
                    gradient[i, k] += weight * points[j, k]
                    gradient[j, k] += weight * points[i, k]
    return np.log(total)
