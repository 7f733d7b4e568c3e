"""Energies of large codes: over a list of near pairs that follows the points, or over all pairs in tiles."""

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
#: Pairs whose term is below this share of the largest one are left out of lists.
_NEGLIGIBLE = 1e-9
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
        n_points, dim = points.shape
        self.squarings, self.exponent = squarings, 2.0**squarings
        # At a random code the smallest angle is that of an accident.
        angle = max(math.acos(1.0 - smallest_gap(points)), 0.6 * typical_angle(dim, n_points))
        self.gap = 2.0 * math.sin(0.5 * angle) ** 2
        needed = _NEGLIGIBLE ** (-0.5 / self.exponent)
        skin, least = _SKIN / (dim - 1), 1.0 + _LEAST_REACH / (dim - 1)
        self.cutoff = angle * (min(max(needed, least - skin), _MOST_REACH) + skin)
        self.reach = 0.5 * skin * angle

    def moved_to(self, points: NDArray[np.float64]) -> None:
        """Build the list."""
        self.starts, self.second = near_pairs(points, self.cutoff)
        self.weights = np.empty(len(self.second))

    def __call__(self, points: NDArray[np.float64], gradient: NDArray[np.float64]) -> float:
        """Return the value and write the gradient."""
        from sphcode.kernels.pair_list import list_energy

        return float(list_energy(points, self.starts, self.second, self.squarings, self.gap, gradient, self.weights))


class TiledEnergy:
    """The energy over all pairs, a tile of inner products at a time: for many dimensions, where products dominate."""

    reach = math.inf

    def __init__(self, points: NDArray[np.float64], squarings: int, stop: Callable[[], bool] = lambda: False):
        self.squarings, self.exponent, self.stop = squarings, 2.0**squarings, stop
        self.gap = max(smallest_gap(points), 1e-6)
        self.tile = np.empty(min(TILE, len(points)) ** 2)

    def moved_to(self, points: NDArray[np.float64]) -> None:
        """Do nothing: all pairs are evaluated."""

    def __call__(self, points: NDArray[np.float64], gradient: NDArray[np.float64]) -> float:
        """Return the value and write the gradient; infinity if `stop` told it to give up."""
        from sphcode.kernels.energy import tile_weights

        gradient[:] = 0.0
        total = 0.0
        for i in range(0, len(points), TILE):
            if self.stop():
                return math.inf
            rows = points[i : i + TILE]
            for j in range(0, i + 1, TILE):
                columns = points[j : j + TILE]
                tile = self.tile[: len(rows) * len(columns)].reshape(len(rows), len(columns))
                np.matmul(rows, columns.T, out=tile)
                total += tile_weights(tile, i == j, self.gap, self.squarings)
                gradient[i : i + TILE] += tile @ columns
                gradient[j : j + TILE] += tile.T @ rows
        if total == 0.0:
            # All terms underflow: the points are far better than when the gap was taken.
            return -math.inf
        gradient *= self.exponent / total
        return math.log(total)
