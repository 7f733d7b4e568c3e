"""Descent of large codes: L-BFGS on a listed or tiled energy through the stages of a schedule, stopped at any time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sphcode.search.descent.energies import Energy, ListEnergy, TiledEnergy
from sphcode.search.descent.lists import smallest_gap, spatial_order
from sphcode.search.descent.minimise import minimise
from sphcode.search.descent.schedules import Schedule
from sphcode.search.regimes import is_listed


def descend_large(points: NDArray[np.float64], schedule: Schedule, stop: Callable[[], bool]) -> tuple[float, int]:
    """Descend unit rows in place, until `stop`; return their largest cosine and the evaluations."""
    order = spatial_order(points)
    moved = np.ascontiguousarray(points[order].T)
    evaluations = 0
    for squarings, iterations, tolerance in schedule.stages:
        listed = is_listed(points.shape[1], squarings)
        energy: Energy = ListEnergy(moved, squarings) if listed else TiledEnergy(moved, squarings, stop)
        evaluations += minimise(energy, moved, iterations, tolerance, stop)
        if stop():
            break
    points[order] = moved.T
    return 1.0 - smallest_gap(points), evaluations
