"""From a rough code to a critical point: primal-dual interior point on min t subject to cosine(i, j) <= t.

Each step is a Newton step on the perturbed optimality conditions without the Lagrangian's curvature, which is
indefinite away from a jammed code; slacks are recomputed exactly from the moved points, so they never drift.
"""

from __future__ import annotations

import numpy as np

from sphcode.kernels import contact_system as system
from sphcode.kernels._jit import kernel
from sphcode.kernels.cholesky import factor, padded, solve

_TO_BOUNDARY = 0.95
#: Starting barrier in units of gap / unknowns: well above the gap, so that the first steps centre the iterate.
_CENTRING = 50.0
#: After this many short steps in a row the iterate is centred again, at this multiple of its complementarity.
_SHORT_STEPS = 10
_LIFT = 10.0


@kernel
def _window_pairs(points, angle, window, capacity):
    """List pairs within `window` times the smallest angle, or within less if they are more than `capacity`."""
    nothing = np.empty(0, np.int64)
    widest = min(np.pi, window * angle)
    count = 0
    for _ in range(30):
        count = system.near_pairs(points, np.cos(widest) if widest < np.pi else -2.0, nothing, nothing)
        if count <= capacity:
            break
        widest = angle + 0.8 * (widest - angle)
    first = np.empty(count, np.int64)
    second = np.empty(count, np.int64)
    system.near_pairs(points, np.cos(widest) if widest < np.pi else -2.0, first, second)
    return first, second, widest


@kernel
def _centre_level(cosines, barrier):
    """The t above all cosines at which the multipliers barrier / (t - cosine) sum to 1, by Newton's method."""
    largest = -2.0
    for cosine in cosines:
        largest = max(largest, cosine)
    level = largest + barrier
    for _ in range(60):
        excess = -1.0
        slope = 0.0
        for cosine in cosines:
            inverse = 1.0 / (level - cosine)
            excess += barrier * inverse
            slope += barrier * inverse * inverse
        move = excess / slope
        level = 0.5 * (level + largest) if level + move <= largest else level + move
        if abs(move) < 1e-6 * (level - largest):
            break
    return level


@kernel
def _factor_shifted(matrix, last, lower):
    """Factor `matrix` plus a small multiple of the identity into `lower`, a larger one until that succeeds."""
    largest = 0.0
    for i in range(last):
        largest = max(largest, matrix[i, i])
    shift = max(1e-9, 1e-14 * largest)
    for _ in range(12):
        for i in range(len(matrix)):
            for j in range(i + 1):
                lower[i, j] = matrix[i, j]
            if i < last:
                lower[i, i] += shift
        if factor(lower):
            return True
        shift *= 100.0
    return False


@kernel
def _longest_steps(changes, slack, multipliers, barrier, step_multipliers):
    """Longest primal and dual steps (at most 1) that keep slacks and multipliers positive; the dual direction too."""
    primal = dual = 1.0
    for q in range(len(changes)):
        if changes[q] > 0.0 and primal * changes[q] > _TO_BOUNDARY * slack[q]:
            primal = _TO_BOUNDARY * slack[q] / changes[q]
        step = (barrier + multipliers[q] * changes[q]) / slack[q] - multipliers[q]
        step_multipliers[q] = step
        if step < 0.0 and -dual * step > _TO_BOUNDARY * multipliers[q]:
            dual = -_TO_BOUNDARY * multipliers[q] / step
    return primal, dual


@kernel
def interior_point(points, antipode, window, capacity, gap, smallest_gap, max_iterations):
    """Move `points` (n_points, dim) in place to a critical point of the largest cosine.

    window: pairs within this multiple of the smallest angle are constraints, at most `capacity` of them. gap: about how
    far the largest cosine is expected above the critical value. The method stops when the sum of slack times multiplier
    is below `smallest_gap`. antipode: see `contact_system.moved`.

    Returns (first, second, slack, multipliers, iterations): pairs first > second, multipliers with sum about 1.
    """
    n_points, dim = points.shape
    tangents = dim - 1
    last = n_points * tangents
    order = padded(last + 1)
    barrier = _CENTRING * gap / (last + 1)
    bases = np.empty((n_points, dim, tangents))
    matrix = np.empty((order, order))
    lower = np.empty((order, order))
    step = np.empty(last + 1)
    trial = np.empty_like(points)
    count = 0
    first = second = np.empty(0, np.int64)
    cosines = slack = multipliers = weights = changes = np.empty(0)
    row_first = row_second = np.empty((0, tangents))
    level = angle = allowed = moved_so_far = 0.0
    stale = True
    iteration = short_steps = 0
    while iteration < max_iterations:
        if stale:
            angle = np.arccos(min(1.0, system.max_cosine(points)))
            first, second, widest = _window_pairs(points, angle, window, capacity)
            count = len(first)
            cosines, slack, multipliers = np.empty(count), np.empty(count), np.empty(count)
            weights, changes = np.empty(count), np.empty(count)
            row_first, row_second = np.empty((count, tangents)), np.empty((count, tangents))
            system.pair_cosines(points, first, second, cosines)
            allowed = np.inf if widest >= np.pi else 0.5 * (widest - angle)
            moved_so_far = 0.0
            level = _centre_level(cosines, barrier)
            for q in range(count):
                slack[q] = level - cosines[q]
                multipliers[q] = barrier / slack[q]
            stale = False
        iteration += 1
        system.tangent_bases(points, bases)
        system.contact_rows(points, bases, first, second, row_first, row_second)
        for q in range(count):
            weights[q] = multipliers[q] / slack[q]
        system.normal_matrix(first, second, row_first, row_second, weights, last, matrix)
        if not _factor_shifted(matrix, last, lower):
            break
        for q in range(count):
            weights[q] = -barrier / slack[q]
        system.apply_transposed(first, second, row_first, row_second, weights, step)
        step[-1] -= 1.0
        solve(lower, step)
        system.apply(first, second, row_first, row_second, step, changes)
        primal, dual = _longest_steps(changes, slack, multipliers, barrier, weights)
        longest = system.moved(points, bases, step, 1.0, antipode, trial)
        primal = min(primal, min(0.2 * angle, allowed) / longest)
        # A pair that is not listed may come too close only after the points have moved this far.
        stale = moved_so_far > 0.0 and moved_so_far + primal * longest > allowed
        if stale:
            continue
        accepted = False
        for _ in range(12):
            system.moved(points, bases, step, primal, antipode, trial)
            system.pair_cosines(trial, first, second, cosines)
            accepted = True
            for q in range(count):
                if not level + primal * step[-1] - cosines[q] > 0.005 * slack[q]:
                    accepted = False
                    break
            if accepted:
                break
            primal *= 0.5
        if not accepted:
            break
        system.assign(trial, points)
        level += primal * step[-1]
        moved_so_far += primal * longest
        duality = 0.0
        for q in range(count):
            slack[q] = level - cosines[q]
            multipliers[q] += dual * weights[q]
            duality += slack[q] * multipliers[q]
        if duality < smallest_gap:
            break
        mean = duality / count
        shorter = min(primal, dual)
        short_steps = short_steps + 1 if shorter < 0.3 else 0
        if short_steps == _SHORT_STEPS:
            short_steps = 0
            stale = True
            barrier = _LIFT * mean
        elif shorter > 0.9:
            barrier = min(0.1 * mean, 10.0 * np.sqrt(count) * mean**1.5)
        elif shorter > 0.5:
            barrier = 0.3 * mean
        else:
            barrier = max(0.8 * mean, 0.2 * barrier)
    return first, second, slack, multipliers, iteration
