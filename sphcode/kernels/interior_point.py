"""From a rough code to a critical point: primal-dual interior point on min t subject to cosine(i, j) <= t.

Each step is a Newton step on the perturbed optimality conditions without the Lagrangian's curvature, which is
indefinite away from a jammed code; slacks are recomputed exactly from the moved points, so they never drift.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sphcode.kernels import contact_system as system
from sphcode.kernels._jit import kernel
from sphcode.kernels.cholesky import factor, layout, padded, solve

#: Share of the way to the boundary that a step goes, as is usual.
_TO_BOUNDARY = 0.95
#: Starting barrier in units of gap / unknowns: well above the gap, so that the first steps centre the iterate.
_CENTRING = 50.0
#: After this many short steps in a row the iterate is centred again, at this multiple of its complementarity.
_SHORT_STEPS = 10
_LIFT = 10.0
#: In place of how far points may move: the pairs must be listed first.
_STALE = -1.0
#: The shift of a point whose forces are small is the smaller, or a point between two others would stay where it is; and
#: at least this share of the diagonal, which is its rounding.
_DAMPING = 1e-2
_LEAST_SHIFT = 1e-15
#: Below this sum of slack times multiplier, slacks of large codes are followed by their linear changes: cosines are
#: rounded too much to tell contacts with a millionth of the mean force from near misses.
_FINE = 1e-13
_FINEST = 1e-22
#: Multiplier over slack, in units of the mean multiplier and 1 - cosine: between these a pair may be a contact or not.
_DOUBTFUL = (1e-3, 1e3)


class Iterate(NamedTuple):
    """The state between steps.

    Listed pairs first > second with slack and multiplier; the barrier of the next step; how far points may move before
    pairs must be listed again; the steps made so far, and how many of the last were short or, if `patient`, long.
    """

    first: np.ndarray
    second: np.ndarray
    slack: np.ndarray
    multipliers: np.ndarray
    barrier: float
    reach: float
    iterations: int
    streak: int


@kernel(inline=True)
def _window_pairs(points, angle, window, capacity):
    """List pairs within `window` times the smallest angle, or within less if they are more than `capacity`."""
    first = second = np.empty(0, np.int64)
    widest = min(np.pi, window * angle)
    counted = False
    for attempt in range(31):
        count = system.near_pairs(points, np.cos(widest) if widest < np.pi else -2.0, first, second)
        if counted:
            break
        if count <= capacity or attempt == 29:
            # Once more, with room for them: one call is compiled once.
            counted = True
            first, second = np.empty(count, np.int64), np.empty(count, np.int64)
        else:
            widest = angle + 0.8 * (widest - angle)
    return first, second, widest


@kernel(inline=True)
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


@kernel(inline=True)
def _shifts(first, second, multipliers, matrix, base, tangents, patient, out):
    """Write what the diagonal is raised by: everywhere the same; patient: by a share of the forces on each point."""
    if not patient:
        largest = 0.0
        for i in range(len(out)):
            largest = max(largest, matrix[base[i] + i])
        for i in range(len(out)):
            out[i] = max(1e-9, 1e-14 * largest)
        return
    for i in range(len(out)):
        out[i] = _LEAST_SHIFT * matrix[base[i] + i]
    for q in range(len(first)):
        force = _DAMPING * multipliers[q]
        for a in range(tangents):
            out[first[q] * tangents + a] += force
            out[second[q] * tangents + a] += force


@kernel(inline=True)
def _factor_shifted(matrix, starts, base, shifts, lower):
    """Factor `matrix` with `shifts` added to the diagonal into `lower`, larger ones until that succeeds."""
    for _ in range(12):
        for i in range(len(matrix)):
            lower[i] = matrix[i]
        for i in range(len(shifts)):
            lower[base[i] + i] += shifts[i]
        if factor(lower, starts, base):
            return True
        for i in range(len(shifts)):
            shifts[i] *= 100.0
    return False


@kernel(inline=True)
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


@kernel(inline=True)
def _in_doubt(slack, multipliers, angle):
    """Whether some pair may be a contact or not."""
    scale = len(slack) * (1.0 - np.cos(angle))
    doubtful = 0
    for q in range(len(slack)):
        doubtful += _DOUBTFUL[0] < scale * multipliers[q] / slack[q] < _DOUBTFUL[1]
    return doubtful > 0


def starting(gap: float, unknowns: int) -> Iterate:
    """The state to begin with when the largest cosine is about `gap` above the critical value."""
    nobody, nothing = np.empty(0, np.int64), np.empty(0)
    return Iterate(nobody, nobody, nothing, nothing, _CENTRING * gap / (unknowns + 1), _STALE, 0, 0)


@kernel(inline=True)
def _newton_step(lower, starts, base, barrier, first, second, row_first, row_second, slack, weights, step, changes):
    """Solve for the step of the points and the level, and write what it changes in the contacts."""
    for q in range(len(slack)):
        weights[q] = -barrier / slack[q]
    system.apply_transposed(first, second, row_first, row_second, weights, step)
    step[-1] -= 1.0
    solve(lower, starts, base, step)
    system.apply(first, second, row_first, row_second, step, changes)


@kernel(inline=True)
def _shortened(points, bases, step, primal, antipode, first, second, level, slack, fine, trial, cosines):
    """Halve a step until all slacks stay positive; return its length, or -1 if twelve halves are not enough.

    `trial` and `cosines` are then those of the points after the step. Fine slacks are not checked: they follow the
    linear model, below what cosines can tell.
    """
    for _ in range(12):
        system.moved(points, bases, step, primal, antipode, trial)
        system.pair_cosines(trial, first, second, cosines)
        accepted = True
        for q in range(0 if fine else len(first)):
            if not level + primal * step[-1] - cosines[q] > 0.005 * slack[q]:
                accepted = False
                break
        if accepted:
            return primal
        primal *= 0.5
    return -1.0


@kernel(inline=True)
def _next_barrier(barrier, mean, shorter, streak, n_contacts, fine, patient):
    """Return the barrier after a step, from the mean of slack times multiplier and the shorter of the two lengths.

    patient: one that falls before the iterate is centred makes all later steps short, so it falls the faster the more
    long steps were made in a row.
    """
    if patient and streak > 0:
        return max(0.5**streak, 0.01 if fine else 0.05) * mean
    if patient:
        return 0.8 * mean if shorter > 0.5 else mean
    if shorter > 0.9:
        return min(0.1 * mean, 10.0 * np.sqrt(n_contacts) * mean**1.5)
    if shorter > 0.5:
        return 0.3 * mean
    return max(0.8 * mean, 0.2 * barrier)


@kernel
def interior_point(points, antipode, iterate, window, capacity, smallest_gap, patient, max_iterations):
    """Move `points` (n_points, dim) in place towards a critical point of the largest cosine.

    iterate: what `starting` or the last call returned. window: pairs within this multiple of the smallest angle are
    constraints, at most `capacity` of them. antipode: see `contact_system.moved`. The method stops when the sum of
    slack times multiplier is below `smallest_gap`, when it fails, or after `max_iterations` steps, and only then may be
    called again. patient (large codes): keep the barrier while steps are short, rather than centre again after many of
    them; damp each point by its own forces; and go on while a contact is in doubt. Returns the new
    state; its multipliers have sum about 1.
    """
    n_points, dim = points.shape
    tangents = dim - 1
    last = n_points * tangents
    order = padded(last + 1)
    first, second, slack, multipliers, barrier, reach, iterations, streak = iterate
    bases = np.empty((n_points, dim, tangents))
    step, shifts = np.empty(last + 1), np.empty(last)
    trial = np.empty_like(points)
    matrix = lower = cosines = weights = changes = np.empty(0)
    starts = base = np.empty(0, np.int64)
    row_first = row_second = np.empty((0, tangents))
    level = angle = 0.0
    listed = False
    fine = patient and len(first) > 0 and np.dot(slack, multipliers) < _FINE
    end = iterations + max_iterations
    while iterations < end:
        if not listed:
            listed = True
            angle = np.arccos(min(1.0, system.max_cosine(points)))
            stale = reach < 0.0
            if stale:
                first, second, widest = _window_pairs(points, angle, window, capacity)
                reach = np.inf if widest >= np.pi else 0.5 * (widest - angle)
            count = len(first)
            cosines, weights, changes = np.empty(count), np.empty(count), np.empty(count)
            row_first, row_second = np.empty((count, tangents)), np.empty((count, tangents))
            system.pair_cosines(points, first, second, cosines)
            level = _centre_level(cosines, barrier) if stale else slack[0] + cosines[0]
            if stale:
                slack, multipliers = np.empty(count), np.empty(count)
                for q in range(count):
                    slack[q] = level - cosines[q]
                    multipliers[q] = barrier / slack[q]
            starts, base, size = layout(system.leftmost_columns(first, second, tangents, last, order))
            matrix, lower = np.empty(size), np.empty(size)
            fresh = stale
        iterations += 1
        system.tangent_bases(points, bases)
        system.contact_rows(points, bases, first, second, row_first, row_second)
        for q in range(len(slack)):
            weights[q] = multipliers[q] / slack[q]
        system.normal_matrix(first, second, row_first, row_second, weights, last, base, matrix)
        _shifts(first, second, multipliers, matrix, base, tangents, patient, shifts)
        if not _factor_shifted(matrix, starts, base, shifts, lower):
            break
        _newton_step(lower, starts, base, barrier, first, second, row_first, row_second, slack, weights, step, changes)
        primal, dual = _longest_steps(changes, slack, multipliers, barrier, weights)
        longest = system.longest_move(step, n_points)
        if not np.isfinite(longest):
            break
        primal = min(primal, 0.2 * angle / longest)
        # A pair that is not listed may come too close once the points have moved this far.
        if not fresh and primal * longest > reach:
            reach, listed = _STALE, False
            continue
        primal = min(primal, reach / longest)
        primal = _shortened(points, bases, step, primal, antipode, first, second, level, slack, fine, trial, cosines)
        if primal < 0.0:
            break
        fresh = False
        system.assign(trial, points)
        level += primal * step[-1]
        reach -= primal * longest
        for q in range(len(slack)):
            slack[q] = slack[q] - primal * changes[q] if fine else level - cosines[q]
            multipliers[q] += dual * weights[q]
        mean = np.dot(slack, multipliers) / len(first)
        fine = patient and mean * len(first) < _FINE
        doubt = fine and mean * len(first) > _FINEST
        if mean * len(first) < smallest_gap and not (doubt and _in_doubt(slack, multipliers, angle)):
            break
        shorter = min(primal, dual)
        streak = streak + 1 if (shorter > 0.9 if patient else shorter < 0.3) else 0
        if streak == _SHORT_STEPS and not patient:
            streak = 0
            reach, listed = _STALE, False
            barrier = _LIFT * mean
        else:
            barrier = _next_barrier(barrier, mean, shorter, streak, len(first), fine, patient)
    return Iterate(first, second, slack, multipliers, barrier, reach, iterations, streak)
