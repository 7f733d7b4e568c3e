"""Newton on the contacts: all active cosines made equal to the last bit, and multipliers that balance as exactly."""

from __future__ import annotations

import numpy as np

from sphcode.kernels import contact_system as system
from sphcode.kernels._jit import kernel
from sphcode.kernels.cholesky import factor, layout, padded, solve

#: Steps on one set of contacts at most: Newton's, so that what six have not settled is another set; not measured
#: alone.
_STEPS = 6
#: Corrections of the multipliers, each of what rounding left of the one before; not measured alone.
_CORRECTIONS = 3
#: Added to the normal matrix: rotations, rattlers and redundant contacts leave it singular.
_SHIFT = 1e-11


@kernel
def _range(values):
    """Smallest value, mean, largest."""
    low, total, high = np.inf, 0.0, -np.inf
    for value in values:
        low = min(low, value)
        total += value
        high = max(high, value)
    return low, total / len(values), high


@kernel
def balance(points, first, second, multipliers):
    """Largest residual of the balance conditions, with multipliers scaled to mean 1.

    The condition at point i: the sum over its contacts of multiplier * (tangent direction to the other point) is 0.
    """
    n_points, dim = points.shape
    force = np.zeros((n_points, dim))
    scale = 1.0 / _range(multipliers)[1]
    for q in range(len(first)):
        i, j = first[q], second[q]
        for k in range(dim):
            force[i, k] += scale * multipliers[q] * points[j, k]
            force[j, k] += scale * multipliers[q] * points[i, k]
    largest = 0.0
    for i in range(n_points):
        radial = 0.0
        for k in range(dim):
            radial += force[i, k] * points[i, k]
        square = 0.0
        for k in range(dim):
            square += (force[i, k] - radial * points[i, k]) ** 2
        largest = max(largest, square)
    return np.sqrt(largest)


@kernel
def newton(points, antipode, first, second, multipliers):
    """Equalise the cosines of the contacts (first > second) and balance the multipliers, both in place.

    Gauss-Newton steps of least norm on cosine = t; then the least correction of the multipliers. Returns
    (spread, residual): largest minus smallest contact cosine, and `balance`. The caller must compare the largest
    cosine before and after: on a wrong set of contacts the steps converge to something that is no solution.
    """
    n_points, dim = points.shape
    tangents = dim - 1
    last = n_points * tangents
    order = padded(last + 1)
    count = len(first)
    cosines = np.empty(count)
    row_first = np.empty((count, tangents))
    row_second = np.empty((count, tangents))
    bases = np.empty((n_points, dim, tangents))
    starts, base, size = layout(system.leftmost_columns(first, second, tangents, last, order))
    matrix = np.empty(size)
    step = np.empty(last + 1)
    correction = np.empty(count)
    ones = np.ones(count)
    trial = np.empty_like(points)
    system.assign(points, trial)
    spread = np.inf
    # The last round balances the multipliers; a kernel called in two places would be compiled for each of them.
    for attempt in range(_STEPS):
        system.pair_cosines(trial, first, second, cosines)
        lowest, middle, highest = _range(cosines)
        settled = attempt == _STEPS - 1 or not highest - lowest < 0.5 * spread
        if highest - lowest < spread:
            system.assign(trial, points)
            spread = highest - lowest
        system.tangent_bases(points, bases)
        system.contact_rows(points, bases, first, second, row_first, row_second)
        system.normal_matrix(first, second, row_first, row_second, ones, last, base, matrix)
        for i in range(last + 1):
            matrix[base[i] + i] += _SHIFT
        if not factor(matrix, starts, base):
            break
        for _ in range(_CORRECTIONS if settled else 1):
            for q in range(count):
                correction[q] = -multipliers[q] if settled else middle - cosines[q]
            system.apply_transposed(first, second, row_first, row_second, correction, step)
            if settled:
                step[-1] -= 1.0
            solve(matrix, starts, base, step)
            if settled:
                system.apply(first, second, row_first, row_second, step, correction)
                for q in range(count):
                    multipliers[q] += correction[q]
        if settled:
            break
        system.moved(points, bases, step, 1.0, antipode, trial)
    return spread, balance(points, first, second, multipliers)
