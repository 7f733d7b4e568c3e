"""Moves of basin hopping: from a code to one nearby that may lie in a better basin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sphcode.search.sphere import random_points, unit

if TYPE_CHECKING:
    from sphcode.search.orbits import Orbits

#: Chances of the moves, the rest being kicks of a cap; and the most points put into holes at once. The numbers of this
#: module were chosen together on d = 3, N <= 60 (commit 7f4fde2), none of them alone; those of exchanges and turned
#: caps are the least share that leaves the others nearly as they were.
_REINSERT, _GLOBAL_KICK, _EXCHANGE, _TURN = 0.45, 0.2, 0.05, 0.1
_MOST_REINSERTED = 2
#: A hole is the best of several random directions, each pushed from its nearest point by steps that shrink.
_CANDIDATES = 6
_PUSHES = 0.15 * 0.85 ** np.arange(25)
#: The least size of a global kick is exp of this, in units of the smallest distance; the greatest is 1.
_LEAST_KICK = -3.0
#: Points of a cap, and the size of its kick in the same unit.
_CAP_POINTS = (2, 14)
_CAP_KICK = 0.7
#: Most points that are exchanged; the shares of all points that a turned cap may hold.
MOST_EXCHANGED = 5
_CAP_SHARES = (0.08, 0.5)


def random_move(
    points: NDArray[np.float64], rng: np.random.Generator, orbits: Orbits | None = None, *, wide: bool = False
) -> NDArray[np.float64]:
    """Return the code after one move.

    Points put into holes (half of the time), a global kick, a kick of a cap; of a whole code, if `wide`, also points
    exchanged for one more than are taken, or a cap turned or mirrored.

    With `orbits`, `points` are representatives, and so is what is returned.
    """
    choice = rng.random()
    wide = wide and orbits is None
    if wide and choice > 1.0 - _EXCHANGE:
        return exchange(points, rng, int(rng.integers(1, MOST_EXCHANGED + 1)))
    if wide and choice > 1.0 - _EXCHANGE - _TURN:
        return turned_cap(points, rng)
    if choice < _REINSERT:
        moved = reinsert(points, rng, int(rng.integers(1, _MOST_REINSERTED + 1)), orbits)
    else:
        distance = _distance(points if orbits is None else orbits.whole(points))
        moved = (
            global_kick(points, distance, rng) if choice < _REINSERT + _GLOBAL_KICK else cap_kick(points, distance, rng)
        )
    return moved if orbits is None else orbits.fitted(moved, rng)


def reinsert(
    points: NDArray[np.float64], rng: np.random.Generator, count: int, orbits: Orbits | None = None
) -> NDArray[np.float64]:
    """Take `count` random points (or orbits) out and put each into a large hole of the rest."""
    moved = points.copy()
    for index in rng.choice(len(points), size=min(count, len(points)), replace=False):
        rest = np.delete(moved, index, axis=0) if orbits is None else orbits.without(moved, index)
        if len(rest):
            moved[index] = hole(rest, rng)
    return moved


def hole(points: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a unit vector far from all points: the best of several random ones, pushed from their nearest points."""
    from sphcode.kernels.holes import deepest

    candidates = random_points(rng, _CANDIDATES, points.shape[1])
    return np.asarray(candidates[deepest(np.ascontiguousarray(points.T), candidates, _PUSHES)])


def global_kick(points: NDArray[np.float64], distance: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Shift every point by Gaussian noise of 0.05 to 1 times `distance`, the smallest one."""
    noise = rng.standard_normal(points.shape) / np.sqrt(points.shape[1])
    return unit(points + np.exp(rng.uniform(_LEAST_KICK, 0.0)) * distance * noise)


def cap_kick(points: NDArray[np.float64], distance: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Shift the 2 to 14 points around a random one."""
    size = min(len(points), int(rng.integers(_CAP_POINTS[0], _CAP_POINTS[1] + 1)))
    nearest = np.argsort(-points @ points[rng.integers(len(points))], kind="stable")[:size]
    moved = points.copy()
    moved[nearest] += _CAP_KICK * distance * rng.standard_normal((size, points.shape[1]))
    return unit(moved)


def exchange(points: NDArray[np.float64], rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Take `count` neighbours out, put one more into holes, and take the point out that is nearest to another."""
    nearest = np.argsort(-points @ points[rng.integers(len(points))], kind="stable")
    moved = points[np.sort(nearest[min(count, len(points) - 1) :])]
    while len(moved) <= len(points):
        moved = np.vstack([moved, hole(moved, rng)])
    cosines = np.sort(moved @ moved.T - 3.0 * np.eye(len(moved)), axis=1)
    # Of the two points of the smallest distance, the one whose next neighbour is nearer.
    return np.delete(moved, np.lexsort((-cosines[:, -2], -cosines[:, -1]))[0], axis=0)


def turned_cap(points: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Turn a cap about its centre by a random angle in a random plane, or mirror it in a plane through its centre."""
    n_points, dim = points.shape
    size = int(np.clip(rng.uniform(*_CAP_SHARES) * n_points, 2, max(2, n_points - 1)))
    centre = random_points(rng, 1, dim)[0]
    cap = np.argsort(-points @ centre, kind="stable")[:size]
    axes = rng.standard_normal((dim, min(2, dim - 1)))
    frame = np.linalg.qr(np.column_stack([centre, axes]))[0][:, 1:]
    parts = points[cap] @ frame
    angle = rng.uniform(0.0, 2.0 * np.pi)
    if frame.shape[1] == 2 and rng.random() < 0.5:
        cosine, sine = np.cos(angle), np.sin(angle)
        image = parts @ np.array([[cosine, sine], [-sine, cosine]])
    else:
        image = parts * np.where(np.arange(frame.shape[1]) == 0, -1.0, 1.0)
    moved = points.copy()
    moved[cap] += (image - parts) @ frame.T
    return unit(moved)


def _distance(points: NDArray[np.float64]) -> float:
    from sphcode.kernels.contact_system import max_cosine

    return float(np.sqrt(max(0.0, 1.0 - max_cosine(points))))
