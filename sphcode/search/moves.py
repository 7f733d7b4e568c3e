"""Moves of basin hopping: from a code to one nearby that may lie in a better basin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sphcode.search.symmetry import Orbits


def random_points(rng: np.random.Generator, *shape: int) -> NDArray[np.float64]:
    """Return independent uniform unit vectors along the last axis."""
    return unit(rng.standard_normal(shape))


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the vectors divided by their norms (last axis)."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def random_move(
    points: NDArray[np.float64], rng: np.random.Generator, orbits: Orbits | None = None
) -> NDArray[np.float64]:
    """Return the code after one move: points put into holes (half of the time), a global kick, or a kick of a cap.

    With `orbits`, `points` are representatives, and so is what is returned.
    """
    choice = rng.random()
    if choice < 0.5:
        moved = reinsert(points, rng, int(rng.integers(1, 3)), orbits)
    else:
        distance = _distance(points if orbits is None else orbits.whole(points))
        moved = global_kick(points, distance, rng) if choice < 0.75 else cap_kick(points, distance, rng)
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
    candidates = random_points(rng, 6, points.shape[1])
    step = 0.15
    for _ in range(25):
        candidates = unit(candidates - step * points[np.argmax(candidates @ points.T, axis=1)])
        step *= 0.85
    return np.asarray(candidates[np.argmin(np.max(candidates @ points.T, axis=1))])


def global_kick(points: NDArray[np.float64], distance: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Shift every point by Gaussian noise of 0.05 to 1 times `distance`, the smallest one."""
    noise = rng.standard_normal(points.shape) / np.sqrt(points.shape[1])
    return unit(points + np.exp(rng.uniform(-3.0, 0.0)) * distance * noise)


def cap_kick(points: NDArray[np.float64], distance: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Shift the 2 to 14 points around a random one."""
    size = min(len(points), int(rng.integers(2, 15)))
    nearest = np.argsort(-points @ points[rng.integers(len(points))], kind="stable")[:size]
    moved = points.copy()
    moved[nearest] += 0.7 * distance * rng.standard_normal((size, points.shape[1]))
    return unit(moved)


def _distance(points: NDArray[np.float64]) -> float:
    from sphcode.kernels.contact_system import max_cosine

    return float(np.sqrt(max(0.0, 1.0 - max_cosine(points))))
