"""Whole descents in one call: L-BFGS on the product of spheres, through the stages of a smoothing schedule.

Method: limited-memory BFGS as in `kernels.lbfgs`, Armijo backtracking. The objective is the logarithm of the energy,
which keeps the line search sane at exponents of 2^15.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sphcode.kernels import lbfgs
from sphcode.kernels._jit import kernel
from sphcode.kernels.energy import expand, largest_cosine, list_energy, list_near, orbit_energy, pair_energy
from sphcode.kernels.lbfgs import MEMORY, assign, dot

#: Lists of near pairs are used where there are so many pairs, and not more than one in so many is listed; an evaluation
#: with a list costs this share of one over all pairs.
LEAST_PAIRS = 1800
LIST_SHARE = 6
LIST_COST = 0.35


@kernel(inline=True)
def _evaluate(points, orbits, pairs, listed, squarings, gap, gradient, whole, rows):
    """Energy and tangent gradient at `points` (all points, or representatives when `orbits` holds a group).

    listed: how many of `pairs` are listed; if none, all pairs of points count. `pairs` may be None: lists are then not
    even compiled; where they are used there is no group.
    """
    if pairs is None:
        elements, owner, element, first, sizes = orbits
        if len(elements) > 0:
            expand(points, elements, owner, element, whole)
            value = orbit_energy(points, first, sizes, whole, squarings, gap, gradient, rows)
        else:
            value = pair_energy(points, squarings, gap, gradient, rows)
    elif listed > 0:
        value = list_energy(points, pairs[0, :listed], pairs[1, :listed], squarings, gap, gradient, rows)
    else:
        value = pair_energy(points, squarings, gap, gradient, rows)
    lbfgs.project(points, gradient)
    return value


@kernel(inline=True)
def _minimise(points, orbits, pairs, squarings, gap, iterations, tolerance, whole, rows, work, steps, changes):
    """Minimise the energy from `points`, in place; return the work in energy evaluations over all pairs."""
    gradient, direction, trial, trial_gradient, origin = work
    memory = len(steps)
    curvature = np.empty(memory)
    coefficients = np.empty(memory)
    count = head = 0
    listed, reach, cost = -1, np.inf, 1.0
    stale = True
    evaluations = 0.0
    value = descent = length = 0.0
    # The first pass evaluates the start, and accepts it as a step of no length: a kernel called in two places would be
    # compiled for each of them.
    assign(gradient, 0.0, points)
    assign(trial, 1.0, points)
    for iteration in range(iterations + 1):
        if pairs is not None:  # noqa: SIM102 (a branch of its own, so that it is not compiled)
            if stale:
                # The terms that come and go are negligible, so that the value holds.
                stale = False
                listed, reach = list_near(points, squarings, pairs[0], pairs[1], rows[0])
                cost = LIST_COST if listed > 0 else 1.0
                if iteration == 0 and listed > 0:
                    evaluations = 1.0
                assign(origin, 1.0, points)
        if iteration > 0:
            slope = dot(gradient, gradient)
            if not slope > tolerance * tolerance:
                break
            lbfgs.direction(points, gradient, steps, changes, curvature, count, head, direction, coefficients)
            descent = dot(gradient, direction)
            if not descent < 0.0:
                count = 0
                assign(direction, -1.0, gradient)
                descent = -slope
            move = lbfgs.FIRST_MOVE * gap / (1 << squarings) if count == 0 else lbfgs.LONGEST_MOVE
            length = min(1.0, min(move, 0.5 * reach) / lbfgs.longest_column(direction))
        accepted = False
        new_value = value
        for _ in range(lbfgs.LINE_SEARCH_STEPS):
            if iteration > 0:
                lbfgs.retract(points, direction, length, trial)
            new_value = _evaluate(trial, orbits, pairs, listed, squarings, gap, trial_gradient, whole, rows)
            evaluations += cost
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
            head = (head + 1) % memory
            count = min(count + 1, memory)
        value = new_value
        if pairs is not None:
            stale = listed > 0 and lbfgs.longest_move(points, origin) > 0.5 * reach
            if stale:
                evaluations += 1.0
    return evaluations


def descend(starts: Any, n_points: int, orbits: Any, schedule: Any, tolerances: Any) -> Any:
    """Run every start through the stages of a schedule, in place.

    starts (n_starts, n_free, dim): unit rows; all points, or one representative per orbit. orbits: the tuple
    (elements, owner, element, first, sizes) of `kernels.energy.expand` and `orbit_energy`; no elements means no
    symmetry. schedule (n_stages, 2): squarings (exponent 2^k) and iterations; tolerances: gradient norm that ends a
    stage. Returns the largest cosine of each start (of the whole code) and the evaluations spent on it.

    Codes with lists of near pairs, and those without, are two compiled kernels, each made when it is used.
    """
    n_pairs = n_points * (n_points - 1) // 2
    # Lists pay if they hold few of the pairs.
    listed = len(orbits[0]) == 0 and n_pairs >= LEAST_PAIRS
    pairs = np.empty((2, n_pairs // LIST_SHARE), np.int64) if listed else None
    return _descend(starts, n_points, orbits, pairs, schedule, tolerances)


@kernel
def _descend(starts, n_points, orbits, pairs, schedule, tolerances):
    n_starts, n_free, dim = starts.shape
    points = np.empty((dim, n_free))
    whole = np.empty((dim, n_points))
    width = n_points
    if pairs is not None:
        width = max(n_points, pairs.shape[1])
    rows = np.empty((2, width))
    work = np.empty((5, dim, n_free))
    buffers = (work[0], work[1], work[2], work[3], work[4])
    steps = np.empty((MEMORY, dim, n_free))
    changes = np.empty((MEMORY, dim, n_free))
    cosines = np.empty(n_starts)
    evaluations = np.empty(n_starts)
    for s in range(n_starts):
        for k in range(dim):
            for j in range(n_free):
                points[k, j] = starts[s, j, k]
        evaluations[s] = 0
        for stage in range(len(schedule) + 1):
            elements, owner, element, _, _ = orbits
            if len(elements) > 0:
                expand(points, elements, owner, element, whole)
            else:
                assign(whole, 1.0, points)
            cosines[s] = largest_cosine(whole, rows[0])
            evaluations[s] += 1
            if stage == len(schedule):
                break
            squarings, iterations = schedule[stage]
            gap = 1.0 - min(cosines[s], 1.0 - 1e-6)
            evaluations[s] += _minimise(
                points, orbits, pairs, squarings, gap, iterations, tolerances[stage],
                whole, rows, buffers, steps, changes,
            )  # fmt: skip
        for k in range(dim):
            for j in range(n_free):
                starts[s, j, k] = points[k, j]
    return cosines, evaluations
