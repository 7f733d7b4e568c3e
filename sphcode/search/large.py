"""Descent of large codes: L-BFGS on a listed or tiled energy through the stages of a schedule, stopped at any time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sphcode.search.energies import Energy, ListEnergy, TiledEnergy
from sphcode.search.lbfgs import minimise
from sphcode.search.neighbours import TREE_DIMENSIONS, smallest_gap, spatial_order
from sphcode.search.schedules import Schedule

#: In few dimensions lists pay beyond this many points, in many tiles beyond this size N^2 d.
_LISTED_POINTS = 300
_TILED_SIZE = 4e6
#: Iterations of a stage with lists, in units of the square root of the number of points, at most this many.
_LISTED_STAGES = ((3, 6), (5, 8), (7, 16), (9, 16), (11, 20), (13, 20))
_MOST_ROOT = 100.0
#: Most of it at low exponents, where it still converges, and where better optima are found.
_TILED_STAGES = ((3, 60), (5, 250), (7, 150), (9, 120), (11, 120), (13, 120), (15, 130))
#: In up to so many dimensions, from this exponent (its k) on, lists are several times cheaper, and allow more.
_LISTED_DIMENSIONS = 24
_LISTED_SQUARINGS = 7
_MIXED_STAGES = ((3, 200), (5, 300), (7, 800), (9, 1500), *((k, 900) for k in (11, 13, 15, 17, 19)))
_TOLERANCE = 1e-3
#: Work of an evaluation with a list, per point, in units of that with all pairs, per pair and dimension.
_LIST_COST = 900.0
#: The same where most evaluations are with lists (measured at (16, 512)).
_MIXED_COST = 0.25


def is_large(dim: int, n_points: int) -> bool:
    """Whether the energy of such codes is evaluated by lists or tiles."""
    return n_points > _LISTED_POINTS if dim <= TREE_DIMENSIONS else n_points**2 * dim > _TILED_SIZE


def large_schedule(dim: int, n_points: int) -> Schedule:
    """Return the schedule of a random start."""
    if dim > TREE_DIMENSIONS:
        stages = _MIXED_STAGES if dim <= _LISTED_DIMENSIONS else _TILED_STAGES
        return Schedule(tuple((k, iterations, _TOLERANCE) for k, iterations in stages))
    root = min(n_points**0.5, _MOST_ROOT)
    return Schedule(tuple((k, int(factor * root), _TOLERANCE) for k, factor in _LISTED_STAGES))


def evaluation_cost(dim: int, n_points: int) -> float:
    """Return the work of an evaluation in units of that with all pairs (measured, d = 3)."""
    if not is_large(dim, n_points) or dim > _LISTED_DIMENSIONS:
        return 1.0
    if dim > TREE_DIMENSIONS:
        return _MIXED_COST
    return min(1.0, _LIST_COST / (n_points * dim))


def _listed(dim: int, squarings: int) -> bool:
    return dim <= TREE_DIMENSIONS or (dim <= _LISTED_DIMENSIONS and squarings >= _LISTED_SQUARINGS)


def descend_large(points: NDArray[np.float64], schedule: Schedule, stop: Callable[[], bool]) -> tuple[float, int]:
    """Descend unit rows in place, until `stop`; return their largest cosine and the evaluations."""
    order = spatial_order(points)
    moved = np.ascontiguousarray(points[order])
    evaluations = 0
    for squarings, iterations, tolerance in schedule.stages:
        listed = _listed(points.shape[1], squarings)
        energy: Energy = ListEnergy(moved, squarings) if listed else TiledEnergy(moved, squarings, stop)
        evaluations += minimise(energy, moved, iterations, tolerance, stop)
        if stop():
            break
    points[order] = moved
    return 1.0 - smallest_gap(points), evaluations
