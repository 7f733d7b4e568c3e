"""Gegenbauer polynomials in floating point, for the solvers; the checker has its own, exact ones."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["chebyshev", "derivatives", "gegenbauer", "harmonics"]

Floats = NDArray[np.float64]


def gegenbauer(dim: int, degree: int, t: Floats) -> Floats:
    """Return P_0(t), ..., P_degree(t), normalised to P_k(1) = 1, shape (degree + 1, len(t))."""
    values = np.ones((degree + 1, len(t)))
    values[1] = t
    for k in range(1, degree):
        values[k + 1] = ((2 * k + dim - 2) * t * values[k] - k * values[k - 1]) / (k + dim - 2)
    return values


def derivatives(dim: int, coefficients: Floats, t: Floats) -> Floats:
    """Return g, g' and g'' at t for g = sum of coefficients[k - 1] P_k, shape (3, len(t))."""
    degree = len(coefficients)
    values = gegenbauer(dim, degree, t)
    first, second = np.zeros_like(values), np.zeros_like(values)
    first[1] = 1.0
    for k in range(1, degree):
        a, b = 2 * k + dim - 2, k + dim - 2
        first[k + 1] = (a * (values[k] + t * first[k]) - k * first[k - 1]) / b
        second[k + 1] = (a * (2 * first[k] + t * second[k]) - k * second[k - 1]) / b
    return np.stack([coefficients @ rows[1:] for rows in (values, first, second)])


def chebyshev(low: float, high: float, count: int) -> Floats:
    """Return count + 1 points from low to high, denser at the ends."""
    nodes = 0.5 * (low + high) - 0.5 * (high - low) * np.cos(np.pi * np.arange(count + 1) / count)
    nodes[[0, -1]] = low, high
    return nodes


def harmonics(dim: int, k: int) -> float:
    """Return the dimension of the space of spherical harmonics of degree k in R^dim."""
    return float(math.comb(k + dim - 1, dim - 1) - (math.comb(k + dim - 3, dim - 1) if k >= 2 else 0))
