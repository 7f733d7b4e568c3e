"""Points on the sphere that several rooms of the search need."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the vectors divided by their norms (last axis)."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def random_points(rng: np.random.Generator, *shape: int) -> NDArray[np.float64]:
    """Return independent uniform unit vectors along the last axis."""
    return unit(rng.standard_normal(shape))


def spiral(n_points: int) -> NDArray[np.float64]:
    """Return the Fibonacci lattice in three dimensions: equal steps in height, turned by the golden angle each.

    Its smallest angle is some 0.8 of that of a good code, for any number of points (Swinbank and Purser 2006).
    """
    steps = np.arange(n_points)
    height = 1.0 - (2.0 * steps + 1.0) / n_points
    turn = np.pi * (3.0 - 5.0**0.5) * steps
    radius = np.sqrt(1.0 - height**2)
    return unit(np.column_stack([radius * np.cos(turn), radius * np.sin(turn), height]))


def typical_angle(dim: int, n_points: int) -> float:
    """Return about the smallest angle of a good code: that at which caps cover 0.7 of the sphere."""
    share = 1.4 * math.sqrt(math.pi) * math.exp(math.lgamma((dim + 1) / 2) - math.lgamma(dim / 2))
    return float(min(2.0 * (share / n_points) ** (1.0 / (dim - 1)), 2.5))
