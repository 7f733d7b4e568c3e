"""L-BFGS over an energy that is evaluated outside of compiled code: one call an evaluation, stopped at any of them.

The same steps as in `kernels.descent`, on the same kernels.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sphcode.search.descent.energies import Energy

#: Fewer steps are remembered when they would take more than this many numbers.
_MOST_REMEMBERED = 40_000_000
_LEAST_MEMORY = 3


def minimise(
    energy: Energy,
    points: NDArray[np.float64],
    iterations: int,
    tolerance: float,
    stop: Callable[[], bool],
) -> int:
    """Minimise from `points` (dim, n_points), in place, until the gradient's norm is at most `tolerance`.

    Return the evaluations.
    """
    from sphcode.kernels import lbfgs

    gradient, trial, trial_gradient, move = (np.empty_like(points) for _ in range(4))
    memory = max(_LEAST_MEMORY, min(lbfgs.MEMORY, _MOST_REMEMBERED // (2 * points.size)))
    steps, changes = np.empty((memory, *points.shape)), np.empty((memory, *points.shape))
    curvature, coefficients = np.empty(memory), np.empty(memory)
    count = head = 0
    energy.moved_to(points)
    origin = points.copy()
    value = energy(points, gradient)
    lbfgs.project(points, gradient)
    evaluations = 1
    for _ in range(iterations):
        square = lbfgs.dot(gradient, gradient)
        if not square > tolerance * tolerance or stop():
            break
        lbfgs.direction(points, gradient, steps, changes, curvature, count, head, move, coefficients)
        slope = lbfgs.dot(gradient, move)
        if not slope < 0.0:
            count = 0
            lbfgs.assign(move, -1.0, gradient)
            slope = -square
        most = lbfgs.FIRST_MOVE * energy.gap / energy.exponent if count == 0 else lbfgs.LONGEST_MOVE
        length = min(1.0, min(most, 0.5 * energy.reach) / lbfgs.longest_column(move))
        for _ in range(lbfgs.LINE_SEARCH_STEPS):
            lbfgs.retract(points, move, length, trial)
            new_value = energy(trial, trial_gradient)
            evaluations += 1
            if new_value <= value + lbfgs.ARMIJO * length * slope:
                break
            if stop():
                return evaluations
            length = lbfgs.shortened(length, slope, value, new_value)
        else:
            if count == 0:
                break
            count = 0
            continue
        lbfgs.project(trial, trial_gradient)
        product = lbfgs.remember(points, trial, gradient, trial_gradient, steps[head], changes[head])
        if product > 0.0:
            curvature[head] = 1.0 / product
            head = (head + 1) % memory
            count = min(count + 1, memory)
        value = new_value
        if lbfgs.longest_move(points, origin) > 0.5 * energy.reach:
            # The terms that come and go are negligible, so that the value holds.
            energy.moved_to(points)
            origin[:] = points
    return evaluations
