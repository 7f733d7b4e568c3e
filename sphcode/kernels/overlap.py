"""The overlap energy of a level: the sum over pairs of max(0, (cosine - level) / (1 - level))^2, and its descent.

Caps whose centres have the level as their cosine overlap where a pair of points is nearer than that. The energy is zero
where no two overlap; above the least level it is a sum over contacts alone, cheap, and smooth enough for L-BFGS. Points
are columns, arrays (dim, n_points).
"""

from __future__ import annotations

import numpy as np

from sphcode.kernels import lbfgs
from sphcode.kernels._jit import kernel
from sphcode.kernels.energy import cosines

#: Steps remembered: an evaluation is cheap beside the vectors of more.
_MEMORY = 5
#: Lists reach this share of the level's distance further than they must.
_SKIN = 0.35
#: A list holds at most one in so many of the pairs.
_LIST_SHARE = 4
#: The energy of a code without overlaps, but for rounding.
_NONE = 1e-22
#: A descent is judged after so many iterations, again and again.
_GLANCE = 10


@kernel(fast=True)
def _list_near(points, least, first, second, row):
    """List the pairs of cosine `least` or more; return how many they are, or 0 if the arrays are too short."""
    count = 0
    for i in range(1, points.shape[1]):
        cosines(points, points[:, i], i, row)
        for j in range(i):
            if row[j] >= least:
                if count == len(first):
                    return 0
                first[count], second[count] = i, j
                count += 1
    return count


@kernel(fast=True)
def _listed_overlaps(points, first, second, level, gradient):
    """The energy of the listed pairs, and its gradient, added to what is there."""
    dim = points.shape[0]
    scale = 1.0 / (1.0 - level)
    total = 0.0
    for q in range(len(first)):
        i, j = first[q], second[q]
        if dim == 3:
            # Unrolled by hand: twice as fast.
            cosine = points[0, i] * points[0, j] + points[1, i] * points[1, j] + points[2, i] * points[2, j]
        else:
            cosine = 0.0
            for k in range(dim):
                cosine += points[k, i] * points[k, j]
        depth = (cosine - level) * scale
        if depth > 0.0:
            total += depth * depth
            weight = 2.0 * depth * scale
            for k in range(dim):
                gradient[k, i] += weight * points[k, j]
                gradient[k, j] += weight * points[k, i]
    return total


@kernel(fast=True)
def _overlaps(points, level, gradient, row):
    """The same for all pairs, without a branch: faster where a list would hold a quarter of them."""
    dim, n_points = points.shape
    scale = 1.0 / (1.0 - level)
    total = 0.0
    for i in range(1, n_points):
        cosines(points, points[:, i], i, row)
        for j in range(i):
            depth = max(row[j] - level, 0.0) * scale
            total += depth * depth
            row[j] = 2.0 * depth * scale
        for k in range(dim):
            coordinate = points[k, i]
            pull = 0.0
            for j in range(i):
                pull += row[j] * points[k, j]
                gradient[k, j] += row[j] * coordinate
            gradient[k, i] += pull
    return total


@kernel
def overlap(points, first, second, level, gradient, row):
    """Return the energy, of the listed pairs if there are any, and write its tangent gradient."""
    lbfgs.assign(gradient, 0.0, points)
    if len(first) > 0:
        total = _listed_overlaps(points, first, second, level, gradient)
    else:
        total = _overlaps(points, level, gradient, row)
    lbfgs.project(points, gradient)
    return total


@kernel
def descend(points, level, iterations, limit, share):
    """Descend in place; return the energy, and how often it was evaluated.

    It ends early where ten iterations bring less than `share` of the energy, or so little that `limit` is out of reach.
    """
    dim, n_points = points.shape
    pairs = np.empty((2, n_points * (n_points - 1) // (2 * _LIST_SHARE)), np.int64)
    first, second = pairs[0], pairs[1]
    row = np.empty(n_points)
    work = np.empty((5, dim, n_points))
    gradient, direction, trial, trial_gradient, origin = work[0], work[1], work[2], work[3], work[4]
    steps, changes = np.empty((_MEMORY, dim, n_points)), np.empty((_MEMORY, dim, n_points))
    curvature, coefficients = np.empty(_MEMORY), np.empty(_MEMORY)
    distance = np.sqrt(2.0 - 2.0 * level)
    skin = _SKIN * distance
    least = 1.0 - 0.5 * (distance + skin) ** 2
    count = head = evaluations = listed = 0
    value = reference = descent = length = 0.0
    stale = True
    # The first pass evaluates the start, and accepts it as a step of no length: a kernel called in two places would be
    # compiled for each of them.
    lbfgs.assign(gradient, 0.0, points)
    lbfgs.assign(trial, 1.0, points)
    for iteration in range(iterations + 1):
        if stale:
            listed = _list_near(points, least, first, second, row)
            lbfgs.assign(origin, 1.0, points)
        if iteration > 0:
            square = lbfgs.dot(gradient, gradient)
            if value < _NONE or not square > 0.0:
                break
            if iteration % _GLANCE == 0:
                gain = reference - value
                if gain < share * reference or gain * (iterations - iteration) < _GLANCE * (value - limit):
                    break
                reference = value
            lbfgs.direction(points, gradient, steps, changes, curvature, count, head, direction, coefficients)
            descent = lbfgs.dot(gradient, direction)
            if not descent < 0.0:
                count = 0
                lbfgs.assign(direction, -1.0, gradient)
                descent = -square
            move = lbfgs.LONGEST_MOVE if count > 0 else lbfgs.FIRST_MOVE
            length = min(1.0, min(move * distance, 0.5 * skin) / lbfgs.longest_column(direction))
            if count == 0:
                length = min(length, value / square)
        accepted = False
        new_value = value
        for _ in range(lbfgs.LINE_SEARCH_STEPS):
            if iteration > 0:
                lbfgs.retract(points, direction, length, trial)
            new_value = overlap(trial, first[:listed], second[:listed], level, trial_gradient, row)
            evaluations += 1
            if iteration == 0 or new_value <= value + lbfgs.ARMIJO * length * descent:
                accepted = True
                break
            length = lbfgs.shortened(length, descent, value, new_value)
        if not accepted:
            if count == 0:
                break
            count = 0
            continue
        product = lbfgs.remember(points, trial, gradient, trial_gradient, steps[head], changes[head])
        if product > 0.0:
            curvature[head] = 1.0 / product
            head = (head + 1) % _MEMORY
            count = min(count + 1, _MEMORY)
        value = new_value
        if iteration == 0:
            reference = value
        stale = listed > 0 and lbfgs.longest_move(points, origin) > 0.5 * skin
    return value, evaluations
