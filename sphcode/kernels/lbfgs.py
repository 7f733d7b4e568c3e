"""Vector work of L-BFGS on the product of spheres (Nocedal 1980): points are columns, arrays (dim, n_points).

Differences are extrinsic, directions are projected on the tangent spaces, normalisation is the retraction. One source
for the batch loop, which is compiled as a whole, and for the loop over energies that are evaluated outside.
"""

from __future__ import annotations

import numpy as np

from sphcode.kernels._jit import kernel

#: Steps remembered.
MEMORY = 8
#: Energies of one line search at most, and the share of the promised decrease that it asks for (Armijo).
LINE_SEARCH_STEPS = 20
ARMIJO = 1e-4
#: How far a point may move in one step; without memory in units of gap / exponent, where the energy is quadratic.
LONGEST_MOVE = 0.5
FIRST_MOVE = 0.3


@kernel(fast=True)
def normalise(points):
    """Divide each column by its norm."""
    dim, n_points = points.shape
    scale = np.zeros(n_points)
    for k in range(dim):
        for j in range(n_points):
            scale[j] += points[k, j] * points[k, j]
    for j in range(n_points):
        scale[j] = 1.0 / np.sqrt(scale[j])
    for k in range(dim):
        for j in range(n_points):
            points[k, j] *= scale[j]


@kernel(fast=True)
def project(points, vectors):
    """Remove from each column of `vectors` its component along the point."""
    dim, n_points = points.shape
    radial = np.zeros(n_points)
    for k in range(dim):
        for j in range(n_points):
            radial[j] += points[k, j] * vectors[k, j]
    for k in range(dim):
        for j in range(n_points):
            vectors[k, j] -= radial[j] * points[k, j]


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
def longest_column(vectors):
    """Norm of the longest column."""
    dim, n_points = vectors.shape
    squares = np.zeros(n_points)
    for k in range(dim):
        for j in range(n_points):
            squares[j] += vectors[k, j] * vectors[k, j]
    longest = 0.0
    for j in range(n_points):
        longest = max(longest, squares[j])
    return np.sqrt(longest)


@kernel
def direction(points, gradient, steps, changes, curvature, count, head, out, coefficients):
    """Two-loop recursion: write the quasi-Newton direction from the last `count` (step, gradient change) pairs."""
    assign(out, -1.0, gradient)
    if count == 0:
        return
    memory = len(steps)
    latest = (head - 1) % memory
    # Both loops in one: a kernel called in two places would be compiled for each of them.
    for turn in range(2 * count):
        back = turn < count
        h = (head - 1 - turn if back else head - 2 * count + turn) % memory
        if turn == count:
            assign(out, 1.0 / (curvature[latest] * dot(changes[latest], changes[latest])), out)
        product = curvature[h] * dot(steps[h] if back else changes[h], out)
        if back:
            coefficients[h] = product
        add(out, -product if back else coefficients[h] - product, changes[h] if back else steps[h])
    project(points, out)


@kernel(fast=True)
def longest_move(points, former):
    """Largest distance of a point from where it was."""
    dim, n_points = points.shape
    squares = np.zeros(n_points)
    for k in range(dim):
        for j in range(n_points):
            squares[j] += (points[k, j] - former[k, j]) ** 2
    longest = 0.0
    for j in range(n_points):
        longest = max(longest, squares[j])
    return np.sqrt(longest)


@kernel(fast=True)
def retract(points, vectors, length, out):
    """Write the points moved by `length` times `vectors` and normalised."""
    for k in range(points.shape[0]):
        for j in range(points.shape[1]):
            out[k, j] = points[k, j] + length * vectors[k, j]
    normalise(out)


@kernel(fast=True)
def remember(points, trial, gradient, trial_gradient, step, change):
    """Write the step and the change of the gradient, move both on; return <step, change>."""
    for k in range(points.shape[0]):
        for j in range(points.shape[1]):
            step[k, j] = trial[k, j] - points[k, j]
            change[k, j] = trial_gradient[k, j] - gradient[k, j]
            points[k, j] = trial[k, j]
            gradient[k, j] = trial_gradient[k, j]
    return dot(step, change)


@kernel
def shortened(length, slope, value, new_value):
    """The next length of a line search: where a parabola through what is known is least, within limits."""
    if not np.isfinite(new_value):
        return 0.1 * length
    parabola = -slope * length * length / (2.0 * (new_value - value - slope * length))
    return min(max(parabola, 0.1 * length), 0.5 * length)
