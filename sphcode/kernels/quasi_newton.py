"""Vector work of L-BFGS on the product of spheres when the energy is evaluated outside; arrays (n_points, dim)."""

from __future__ import annotations

import numpy as np

from sphcode.kernels._jit import kernel
from sphcode.kernels.descent import add, assign, dot


@kernel(fast=True)
def project(points, vectors):
    """Remove from each row of `vectors` its component along the point; return the sum of squares that is left."""
    total = 0.0
    for i in range(points.shape[0]):
        radial = 0.0
        for k in range(points.shape[1]):
            radial += points[i, k] * vectors[i, k]
        for k in range(points.shape[1]):
            vectors[i, k] -= radial * points[i, k]
            total += vectors[i, k] * vectors[i, k]
    return total


@kernel(fast=True)
def direction(points, gradient, steps, changes, curvature, count, head, out):
    """Write the quasi-Newton direction from the last `count` pairs; return its slope and its longest row.

    Two-loop recursion (Nocedal 1980); `head` is where the next pair goes, curvature[h] = 1 / <step, change>.
    """
    memory = len(steps)
    assign(out, -1.0, gradient)
    if count > 0:
        coefficients = np.empty(memory)
        for back in range(count):
            h = (head - 1 - back) % memory
            coefficients[h] = curvature[h] * dot(steps[h], out)
            add(out, -coefficients[h], changes[h])
        h = (head - 1) % memory
        assign(out, 1.0 / (curvature[h] * dot(changes[h], changes[h])), out)
        for back in range(count - 1, -1, -1):
            h = (head - 1 - back) % memory
            add(out, coefficients[h] - curvature[h] * dot(changes[h], out), steps[h])
        project(points, out)
    slope = 0.0
    longest = 0.0
    for i in range(out.shape[0]):
        square = 0.0
        for k in range(out.shape[1]):
            square += out[i, k] * out[i, k]
            slope += out[i, k] * gradient[i, k]
        longest = max(longest, square)
    return slope, np.sqrt(longest)


@kernel(fast=True)
def retract(points, vectors, length, out):
    """Write the points moved by `length` times `vectors` and normalised."""
    for i in range(points.shape[0]):
        square = 0.0
        for k in range(points.shape[1]):
            out[i, k] = points[i, k] + length * vectors[i, k]
            square += out[i, k] * out[i, k]
        scale = 1.0 / np.sqrt(square)
        for k in range(points.shape[1]):
            out[i, k] *= scale


@kernel(fast=True)
def remember(points, trial, gradient, trial_gradient, step, change):
    """Write the step and the change of the gradient, move both on; return <step, change>."""
    product = 0.0
    for i in range(points.shape[0]):
        for k in range(points.shape[1]):
            step[i, k] = trial[i, k] - points[i, k]
            change[i, k] = trial_gradient[i, k] - gradient[i, k]
            product += step[i, k] * change[i, k]
            points[i, k] = trial[i, k]
            gradient[i, k] = trial_gradient[i, k]
    return product


@kernel(fast=True)
def longest_move(points, former):
    """Largest distance of a point from where it was."""
    longest = 0.0
    for i in range(points.shape[0]):
        square = 0.0
        for k in range(points.shape[1]):
            square += (points[i, k] - former[i, k]) ** 2
        longest = max(longest, square)
    return np.sqrt(longest)
