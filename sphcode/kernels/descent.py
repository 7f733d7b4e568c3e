"""Whole descents in one call: L-BFGS on the product of spheres, through the stages of a smoothing schedule.

Method: limited-memory BFGS (Nocedal 1980) with extrinsic differences, directions projected on the tangent spaces and
normalisation as retraction; Armijo backtracking. The objective is the logarithm of the energy, which keeps the line
search sane at exponents of 2^15.
"""

from __future__ import annotations

import numpy as np

from sphcode.kernels._jit import kernel
from sphcode.kernels.energy import expand, largest_cosine, list_energy, list_near, orbit_energy, pair_energy

MEMORY = 8
_LINE_SEARCH_STEPS = 20
_LONGEST_MOVE = 0.5
_FIRST_MOVE = 0.3
#: Lists of near pairs are used where there are so many pairs, and not more than one in so many is listed; an evaluation
#: with a list costs this share of one over all pairs.
LEAST_PAIRS = 1800
LIST_SHARE = 6
LIST_COST = 0.35


@kernel(fast=True)
def _normalise(points):
    dim, n_points = points.shape
    for j in range(n_points):
        square = 0.0
        for k in range(dim):
            square += points[k, j] * points[k, j]
        scale = 1.0 / np.sqrt(square)
        for k in range(dim):
            points[k, j] *= scale


@kernel(fast=True)
def _project(points, vectors):
    """Remove from each column of `vectors` its component along the point."""
    dim, n_points = points.shape
    for j in range(n_points):
        radial = 0.0
        for k in range(dim):
            radial += points[k, j] * vectors[k, j]
        for k in range(dim):
            vectors[k, j] -= radial * points[k, j]


@kernel(fast=True)
def dot(left, right):
    """Inner product of two arrays of vectors."""
    dim, n_points = left.shape
    total = 0.0
    for k in range(dim):
        for j in range(n_points):
            total += left[k, j] * right[k, j]
    return total


@kernel(fast=True)
def assign(target, factor, vectors):
    """Write `factor` times `vectors` into `target`."""
    dim, n_points = target.shape
    for k in range(dim):
        for j in range(n_points):
            target[k, j] = factor * vectors[k, j]


@kernel(fast=True)
def add(target, factor, vectors):
    """Add `factor` times `vectors` to `target`."""
    dim, n_points = target.shape
    for k in range(dim):
        for j in range(n_points):
            target[k, j] += factor * vectors[k, j]


@kernel(fast=True)
def _longest_column(vectors):
    dim, n_points = vectors.shape
    longest = 0.0
    for j in range(n_points):
        square = 0.0
        for k in range(dim):
            square += vectors[k, j] * vectors[k, j]
        longest = max(longest, square)
    return np.sqrt(longest)


@kernel
def _evaluate(points, orbits, pairs, listed, squarings, gap, gradient, whole, rows):
    """Energy and tangent gradient at `points` (all points, or representatives when `orbits` holds a group).

    listed: how many of `pairs` are listed; if none, all pairs of points count.
    """
    elements, owner, element, first, sizes = orbits
    if listed > 0:
        value = list_energy(points, pairs[0, :listed], pairs[1, :listed], squarings, gap, gradient, rows)
    elif len(elements) == 0:
        value = pair_energy(points, squarings, gap, gradient, rows)
    else:
        expand(points, elements, owner, element, whole)
        value = orbit_energy(points, first, sizes, whole, squarings, gap, gradient, rows)
    _project(points, gradient)
    return value


@kernel
def _direction(points, gradient, steps, changes, curvature, count, head, direction, coefficients):
    """Two-loop recursion: write the quasi-Newton direction from the last `count` (step, gradient change) pairs."""
    assign(direction, -1.0, gradient)
    if count == 0:
        return
    memory = len(steps)
    for back in range(count):
        h = (head - 1 - back) % memory
        coefficients[h] = curvature[h] * dot(steps[h], direction)
        add(direction, -coefficients[h], changes[h])
    h = (head - 1) % memory
    assign(direction, 1.0 / (curvature[h] * dot(changes[h], changes[h])), direction)
    for back in range(count - 1, -1, -1):
        h = (head - 1 - back) % memory
        add(direction, coefficients[h] - curvature[h] * dot(changes[h], direction), steps[h])
    _project(points, direction)


@kernel(fast=True)
def _longest_move(points, former):
    dim, n_points = points.shape
    longest = 0.0
    for j in range(n_points):
        square = 0.0
        for k in range(dim):
            square += (points[k, j] - former[k, j]) ** 2
        longest = max(longest, square)
    return np.sqrt(longest)


@kernel
def _minimise(points, orbits, pairs, squarings, gap, iterations, tolerance, whole, rows, work, steps, changes):
    """Minimise the energy from `points`, in place; return the work in energy evaluations over all pairs."""
    gradient, direction, trial, trial_gradient, origin = work
    memory = len(steps)
    curvature = np.empty(memory)
    coefficients = np.empty(memory)
    count = head = 0
    listed, reach, cost = -1, np.inf, 1.0
    if pairs.shape[1] > 0:
        listed, reach = list_near(points, squarings, pairs[0], pairs[1], rows[0])
    evaluations = 0.0
    if listed > 0:
        cost = LIST_COST
        evaluations = 1.0
        assign(origin, 1.0, points)
    value = _evaluate(points, orbits, pairs, listed, squarings, gap, gradient, whole, rows)
    evaluations += cost
    for _ in range(iterations):
        slope = dot(gradient, gradient)
        if not slope > tolerance * tolerance:
            break
        _direction(points, gradient, steps, changes, curvature, count, head, direction, coefficients)
        descent = dot(gradient, direction)
        if not descent < 0.0:
            count = 0
            assign(direction, -1.0, gradient)
            descent = -slope
        move = _FIRST_MOVE * gap / (1 << squarings) if count == 0 else _LONGEST_MOVE
        length = min(1.0, min(move, 0.5 * reach) / _longest_column(direction))
        accepted = False
        new_value = value
        for _ in range(_LINE_SEARCH_STEPS):
            assign(trial, 1.0, points)
            add(trial, length, direction)
            _normalise(trial)
            new_value = _evaluate(trial, orbits, pairs, listed, squarings, gap, trial_gradient, whole, rows)
            evaluations += cost
            if new_value <= value + 1e-4 * length * descent:
                accepted = True
                break
            parabola = -descent * length * length / (2.0 * (new_value - value - descent * length))
            length = min(max(parabola, 0.1 * length), 0.5 * length) if np.isfinite(new_value) else 0.1 * length
        if not accepted:
            if count == 0:
                break
            count = 0
            continue
        assign(steps[head], 1.0, trial)
        add(steps[head], -1.0, points)
        assign(changes[head], 1.0, trial_gradient)
        add(changes[head], -1.0, gradient)
        product = dot(steps[head], changes[head])
        if product > 0.0:
            curvature[head] = 1.0 / product
            head = (head + 1) % memory
            count = min(count + 1, memory)
        assign(points, 1.0, trial)
        assign(gradient, 1.0, trial_gradient)
        value = new_value
        if listed > 0 and _longest_move(points, origin) > 0.5 * reach:
            # The terms that come and go are negligible, so that the value holds.
            assign(origin, 1.0, points)
            listed, reach = list_near(points, squarings, pairs[0], pairs[1], rows[0])
            evaluations += 1.0
            if listed <= 0:
                cost = 1.0
    return evaluations


@kernel
def descend(starts, n_points, orbits, schedule, tolerances):
    """Run every start through the stages of a schedule, in place.

    starts (n_starts, n_free, dim): unit rows; all points, or one representative per orbit. orbits: the tuple
    (elements, owner, element, first, sizes) of `kernels.energy.expand` and `orbit_energy`; no elements means no
    symmetry. schedule (n_stages, 2): squarings (exponent 2^k) and iterations; tolerances: gradient norm that ends a
    stage. Returns the largest cosine of each start (of the whole code) and the evaluations spent on it.
    """
    n_starts, n_free, dim = starts.shape
    elements, owner, element, _, _ = orbits
    points = np.empty((dim, n_free))
    whole = np.empty((dim, n_points))
    n_pairs = n_points * (n_points - 1) // 2
    # Lists pay if they hold few of the pairs.
    pairs = np.empty((2, n_pairs // LIST_SHARE if len(elements) == 0 and n_pairs >= LEAST_PAIRS else 0), np.int64)
    rows = np.empty((2, max(n_points, pairs.shape[1])))
    work = np.empty((5, dim, n_free))
    buffers = (work[0], work[1], work[2], work[3], work[4])
    steps = np.empty((MEMORY, dim, n_free))
    changes = np.empty((MEMORY, dim, n_free))
    cosines = np.empty(n_starts)
    evaluations = np.empty(n_starts)
    for s in range(n_starts):
        assign(points, 1.0, starts[s].T)
        evaluations[s] = 0
        for stage in range(len(schedule) + 1):
            if len(elements) == 0:
                cosines[s] = largest_cosine(points, rows[0])
            else:
                expand(points, elements, owner, element, whole)
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
        assign(starts[s].T, 1.0, points)
    return cosines, evaluations
