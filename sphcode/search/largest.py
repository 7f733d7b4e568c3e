"""The largest code under a max cosine: sizes are tried upwards, then by bisection, as a code may lose points."""

from __future__ import annotations

import math
import time as clock
from collections.abc import Callable

import numpy as np

from sphcode.errors import Status
from sphcode.search.result import SearchResult

#: Beyond a construction sizes are searched up to this n_points^2 * dim, where the default effort is at its least.
SEARCHED_SIZE = 4e7


def slack(dim: int) -> float:
    """Return the rounding of a max cosine of float64 rows, by which a code may exceed the wanted one."""
    return 4.0 * float(np.finfo(float).eps) * math.sqrt(dim)


def largest_construction(cosine_of: Callable[[int], float], limit: float) -> int:
    """Return the largest size, at least 2, with `cosine_of(n_points)`, which must grow, <= limit; or 0."""
    if cosine_of(2) > limit:
        return 0
    good, bad = 2, 4
    while cosine_of(bad) <= limit:
        good, bad = bad, 2 * bad
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if cosine_of(middle) <= limit else (good, middle)
    return good


def largest_code(
    solve: Callable[[int, float | None], SearchResult],
    limit: float,
    best: SearchResult | None,
    *,
    step: int,
    time_limit: float | None,
) -> SearchResult:
    """Return the largest code with max cosine <= limit that `solve(n_points, seconds left)` finds, beyond `best`.

    Sizes are multiples of `step`. From a known code the first try is the next size; the tries grow while they succeed,
    and the gap between the largest success and the smallest failure is halved until it is closed.
    """
    deadline = None if time_limit is None else clock.monotonic() + time_limit
    good = (1 if best is None else best.code.n_points) // step  # one point always fits
    bad: int | None = None
    stride = 1
    while bad is None or bad - good > 1:
        size = good + stride if bad is None else (good + bad) // 2
        left = None if deadline is None else deadline - clock.monotonic()
        if left is not None and left <= 0.0:
            break
        found = solve(size * step, left)
        fits = found.max_cosine <= limit
        if fits:
            good, best = size, found
            stride *= 2
        else:
            bad = size
        if found.status is Status.INTERRUPTED:
            break
    if best is None:
        raise KeyboardInterrupt
    return best
