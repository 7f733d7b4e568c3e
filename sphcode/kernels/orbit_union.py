"""The largest cosine of a union of orbits, minimised over the few coordinates that the orbits have.

Orbit i is a unit vector c_i of the fixed space of its stabiliser; the inner products of orbits i and j are c_i^T F c_j,
one table F for each relation. The objective is the log of a weighted sum of exponentials; the exponent grows in stages.
Coordinates are columns, padded by zeros, so that the vector work is that of `kernels.lbfgs`.
"""

from __future__ import annotations

import numpy as np

from sphcode.kernels import lbfgs
from sphcode.kernels._jit import kernel
from sphcode.kernels.lbfgs import assign, dot

#: Steps remembered: there are few unknowns.
_MEMORY = 6
#: Terms below exp of this, beside the largest, are left out: rounding, and most of the work at high exponents.
_NEGLIGIBLE = -30.0
#: A stage ends at this squared gradient, or when the value falls by less than this share of 1 / exponent.
_FLAT, _STALLED = 1e-14, 1e-5
#: A start is left when after a stage it is above the value wanted by more than this over the exponent.
_HOPELESS = 3.0


@kernel(fast=True)
def _values(points, sizes, orbits, rows, tables, values):
    """Write the inner products of each row into `values`; return the largest."""
    largest = -1.0
    for r in range(len(rows)):
        i, j = orbits[r, 0], orbits[r, 1]
        table = rows[r]
        total = 0.0
        for a in range(sizes[i]):
            part = 0.0
            for b in range(sizes[j]):
                part += tables[table, a, b] * points[b, j]
            total += points[a, i] * part
        values[r] = total
        largest = max(largest, total)
    return largest


@kernel(fast=True)
def _energy(points, sizes, orbits, rows, tables, weights, exponent, gradient, values):
    """The smoothed largest inner product and its tangent gradient."""
    largest = _values(points, sizes, orbits, rows, tables, values)
    total = 0.0
    for r in range(len(rows)):
        power = exponent * (values[r] - largest)
        values[r] = weights[r] * np.exp(power) if power > _NEGLIGIBLE else 0.0
        total += values[r]
    for a in range(gradient.shape[0]):
        for i in range(gradient.shape[1]):
            gradient[a, i] = 0.0
    for r in range(len(rows)):
        if values[r] == 0.0:
            continue
        share = values[r] / total
        i, j = orbits[r, 0], orbits[r, 1]
        table = rows[r]
        for a in range(sizes[i]):
            for b in range(sizes[j]):
                entry = share * tables[table, a, b]
                gradient[a, i] += entry * points[b, j]
                gradient[b, j] += entry * points[a, i]
    lbfgs.project(points, gradient)
    return largest + np.log(total) / exponent


@kernel
def _minimise(points, sizes, orbits, rows, tables, weights, exponent, iterations, values, work, steps, changes):
    """Minimise at one exponent, in place; return the energies evaluated."""
    gradient, direction, trial, trial_gradient = work
    curvature = np.empty(_MEMORY)
    coefficients = np.empty(_MEMORY)
    count = head = 0
    value = _energy(points, sizes, orbits, rows, tables, weights, exponent, gradient, values)
    evaluations = 1
    for _ in range(iterations):
        slope = dot(gradient, gradient)
        if not slope > _FLAT:
            break
        lbfgs.direction(points, gradient, steps, changes, curvature, count, head, direction, coefficients)
        descent = dot(gradient, direction)
        if not descent < 0.0:
            count = 0
            assign(direction, -1.0, gradient)
            descent = -slope
        move = 1.0 / exponent if count == 0 else lbfgs.LONGEST_MOVE
        length = min(1.0, move / lbfgs.longest_column(direction))
        accepted = False
        new_value = value
        for _ in range(lbfgs.LINE_SEARCH_STEPS):
            lbfgs.retract(points, direction, length, trial)
            new_value = _energy(trial, sizes, orbits, rows, tables, weights, exponent, trial_gradient, values)
            evaluations += 1
            if new_value <= value + lbfgs.ARMIJO * length * descent:
                accepted = True
                break
            length = lbfgs.shortened(length, descent, value, new_value)
        if not accepted:
            break
        product = lbfgs.remember(points, trial, gradient, trial_gradient, steps[head], changes[head])
        if product > 0.0:
            curvature[head] = 1.0 / product
            head = (head + 1) % _MEMORY
            count = min(count + 1, _MEMORY)
        stalled = value - new_value < _STALLED / exponent
        value = new_value
        if stalled:
            break
    return evaluations


@kernel
def _rows_of(union, first, weights_of, orbits, rows, weights):
    """Write the tables that the inner products of a union of orbits need; return how many."""
    count = 0
    for i in range(len(union)):
        for j in range(i, len(union)):
            start, stop = first[union[i], union[j], 0], first[union[i], union[j], 1]
            # Of an orbit with itself the first relation is equality.
            for table in range(start + 1 if i == j else start, stop):
                orbits[count, 0], orbits[count, 1] = i, j
                rows[count] = table
                weights[count] = 0.5 * weights_of[table] if i == j else weights_of[table]
                count += 1
    return count


@kernel
def _solve(points, sizes, orbits, rows, tables, weights, exponents, iterations, wanted, values, work, steps, changes):
    """Take one start through the stages; return its largest inner product. A start without hope is left."""
    largest = 1.0
    for stage in range(len(exponents)):
        exponent = exponents[stage]
        _minimise(points, sizes, orbits, rows, tables, weights, exponent, iterations, values, work, steps, changes)
        largest = _values(points, sizes, orbits, rows, tables, values)
        if largest > wanted + _HOPELESS / exponent * (1.0 - wanted):
            break
    return largest


@kernel
def solve_unions(unions, starts, sizes_of, first, tables, weights_of, exponents, iterations, wanted, found):
    """Minimise the largest cosine of unions of orbits; return the values.

    unions (n, orbits): numbers of kinds of orbits, ascending. starts (n, tries, width, orbits): random coordinates, or
    signs where each kind has one coordinate only. sizes_of: coordinates of each kind. first (kinds, kinds, 2): the
    range of its tables. tables (all, width, width), weights_of (all,). wanted (n,): what is above it is of no use; a
    union that 4 tries (and one for each unknown) leave far above has no more, others 6
    and 2 for each unknown. found (n, width, orbits): the best coordinates.
    """
    n_unions, tries, width, n_orbits = starts.shape
    most = 0
    for u in range(n_unions):
        count = 0
        for i in range(n_orbits):
            for j in range(i, n_orbits):
                count += first[unions[u, i], unions[u, j], 1] - first[unions[u, i], unions[u, j], 0]
        most = max(most, count)
    orbits, rows = np.empty((most, 2), np.int64), np.empty(most, np.int64)
    weights, values = np.empty(most), np.empty(most)
    work = np.empty((4, width, n_orbits))
    buffers = (work[0], work[1], work[2], work[3])
    steps, changes = np.empty((_MEMORY, width, n_orbits)), np.empty((_MEMORY, width, n_orbits))
    sizes = np.empty(n_orbits, np.int64)
    points = np.empty((width, n_orbits))
    result = np.empty(n_unions)
    for u in range(n_unions):
        unknowns = 0
        for i in range(n_orbits):
            sizes[i] = sizes_of[unions[u, i]]
            unknowns += sizes[i] - 1
        count = _rows_of(unions[u], first, weights_of, orbits, rows, weights)
        result[u] = 2.0
        for t in range(tries):
            if unknowns == 0 and t >= 1 << (n_orbits - 1):
                break
            for i in range(n_orbits):
                for a in range(width):
                    points[a, i] = starts[u, t, a, i] if a < sizes[i] else 0.0
                if unknowns == 0:
                    points[0, i] = -1.0 if i > 0 and (t >> (i - 1)) & 1 else 1.0
            lbfgs.normalise(points)
            if unknowns == 0:
                largest = _values(points, sizes, orbits[:count], rows[:count], tables, values)
            else:
                largest = _solve(
                    points, sizes, orbits[:count], rows[:count], tables, weights[:count], exponents, iterations,
                    wanted[u], values, buffers, steps, changes,
                )  # fmt: skip
            if largest < result[u]:
                result[u] = largest
                for i in range(n_orbits):
                    for a in range(width):
                        found[u, a, i] = points[a, i]
            # More tries for what is near the value wanted only.
            if unknowns > 0 and t >= 3 + unknowns and result[u] > wanted[u] + 0.1 * (1.0 - wanted[u]):
                break
            if t >= 5 + 2 * unknowns:
                break
    return result
