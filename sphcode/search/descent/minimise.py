"""L-BFGS on the product of spheres for large codes: one energy evaluation a call, which can be stopped any time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sphcode.search.descent.energies import Energy

#: Steps remembered, fewer when they would take more than this many numbers.
_MEMORY = 10
_MOST_REMEMBERED = 40_000_000
_LINE_SEARCH_STEPS = 20
_LONGEST_MOVE = 0.5
_FIRST_MOVE = 0.3


def minimise(
    energy: Energy,
    points: NDArray[np.float64],
    iterations: int,
    tolerance: float,
    stop: Callable[[], bool],
) -> int:
    """Minimise from `points`, in place, until the gradient's norm is at most `tolerance`; return the evaluations."""
    from sphcode.kernels.quasi_newton import direction, longest_move, project, remember, retract

    gradient, trial, trial_gradient, move = (np.empty_like(points) for _ in range(4))
    memory = max(3, min(_MEMORY, _MOST_REMEMBERED // (2 * points.size)))
    steps, changes = np.empty((memory, *points.shape)), np.empty((memory, *points.shape))
    curvature = np.empty(memory)
    count = head = 0
    energy.moved_to(points)
    origin = points.copy()
    value = energy(points, gradient)
    evaluations = 1
    square = project(points, gradient)
    for _ in range(iterations):
        if square <= tolerance * tolerance or stop():
            break
        slope, longest = direction(points, gradient, steps, changes, curvature, count, head, move)
        if not slope < 0.0:
            count = 0
            slope, longest = direction(points, gradient, steps, changes, curvature, count, head, move)
        most = _FIRST_MOVE * energy.gap / energy.exponent if count == 0 else _LONGEST_MOVE
        length = min(1.0, min(most, 0.5 * energy.reach) / longest)
        for _ in range(_LINE_SEARCH_STEPS):
            retract(points, move, length, trial)
            new_value = energy(trial, trial_gradient)
            evaluations += 1
            if new_value <= value + 1e-4 * length * slope:
                break
            if stop():
                return evaluations
            parabola = -slope * length * length / (2.0 * (new_value - value - slope * length))
            length = min(max(parabola, 0.1 * length), 0.5 * length) if np.isfinite(new_value) else 0.1 * length
        else:
            if count == 0:
                break
            count = 0
            continue
        square = project(trial, trial_gradient)
        product = remember(points, trial, gradient, trial_gradient, steps[head], changes[head])
        if product > 0.0:
            curvature[head] = 1.0 / product
            head = (head + 1) % memory
            count = min(count + 1, memory)
        value = new_value
        if longest_move(points, origin) > 0.5 * energy.reach:
            energy.moved_to(points)
            origin[:] = points
            value = energy(points, gradient)
            evaluations += 1
            square = project(points, gradient)
    return evaluations
