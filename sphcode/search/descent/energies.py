"""Energies of large codes: over a list of near pairs that follows the points, or over all pairs in tiles.

Points are columns, arrays (dim, n_points), as in `kernels.energy`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sphcode.search.descent.lists import near_pairs, smallest_gap
from sphcode.search.sphere import typical_angle

#: Points in a tile: few, as half of each tile on the diagonal is computed in vain.
TILE = 256
#: Lists reach this multiple of the smallest angle / (dim - 1) further than they must, and hold until points have moved
#: half of it.
_SKIN = 0.6
#: How much further than the smallest angle lists reach at least, likewise; and at most, in all.
_LEAST_REACH = 1.0
_MOST_REACH = 4.0


class Energy(Protocol):
    """A smoothed largest cosine: log of the sum of (gap / (1 - cosine))^exponent over pairs."""

    gap: float
    exponent: float
    #: How far points may move before `moved_to` must be called.
    reach: float

    def __call__(self, points: NDArray[np.float64], gradient: NDArray[np.float64]) -> float:
        """Return the value at `points`, and write its gradient, which need not be tangent."""

    def moved_to(self, points: NDArray[np.float64]) -> None:
        """Prepare evaluations near `points`."""


class ListEnergy:
    """The energy over pairs near enough to matter: for few dimensions or high exponents, where they are few."""

    def __init__(self, points: NDArray[np.float64], squarings: int):
        from sphcode.kernels.energy import NEGLIGIBLE

        dim, n_points = points.shape
        self.squarings, self.exponent = squarings, 2.0**squarings
        # At a random code the smallest angle is that of an accident.
        angle = max(math.acos(1.0 - smallest_gap(points.T)), 0.6 * typical_angle(dim, n_points))
        self.gap = 2.0 * math.sin(0.5 * angle) ** 2
        needed = NEGLIGIBLE ** (-0.5 / self.exponent)
        skin, least = _SKIN / (dim - 1), 1.0 + _LEAST_REACH / (dim - 1)
        self.cutoff = angle * (min(max(needed, least - skin), _MOST_REACH) + skin)
        self.reach = 0.5 * skin * angle

    def moved_to(self, points: NDArray[np.float64]) -> None:
        """Build the list."""
        self.first, self.second = near_pairs(points.T, self.cutoff)
        self.rows = np.empty((2, len(self.first)))

    def __call__(self, points: NDArray[np.float64], gradient: NDArray[np.float64]) -> float:
        """Return the value and write the gradient."""
        from sphcode.kernels.energy import list_energy

        return float(list_energy(points, self.first, self.second, self.squarings, self.gap, gradient, self.rows))


class TiledEnergy:
    """The energy over all pairs, a tile of inner products at a time: for many dimensions, where products dominate."""

    reach = math.inf

    def __init__(self, points: NDArray[np.float64], squarings: int, stop: Callable[[], bool] = lambda: False):
        self.squarings, self.exponent, self.stop = squarings, 2.0**squarings, stop
        self.gap = max(smallest_gap(points.T), 1e-6)
        self.tile = np.empty(min(TILE, points.shape[1]) ** 2)

    def moved_to(self, points: NDArray[np.float64]) -> None:
        """Do nothing: all pairs are evaluated."""

    def __call__(self, points: NDArray[np.float64], gradient: NDArray[np.float64]) -> float:
        """Return the value and write the gradient; infinity if `stop` told it to give up."""
        from sphcode.kernels.energy import tile_weights

        gradient[:] = 0.0
        total = 0.0
        for i in range(0, points.shape[1], TILE):
            if self.stop():
                return math.inf
            rows = points[:, i : i + TILE]
            for j in range(0, i + 1, TILE):
                columns = points[:, j : j + TILE]
                tile = self.tile[: rows.shape[1] * columns.shape[1]].reshape(rows.shape[1], columns.shape[1])
                np.matmul(rows.T, columns, out=tile)
                total += tile_weights(tile, i == j, self.gap, self.squarings)
                gradient[:, i : i + TILE] += columns @ tile.T
                gradient[:, j : j + TILE] += rows @ tile
        if total == 0.0:
            # All terms underflow: the points are far better than when the gap was taken.
            return -math.inf
        gradient *= self.exponent / total
        return math.log(total)
