"""Gram matrices of codes: what their distance says of the points, and how large their eigenvalues are."""

from __future__ import annotations

import numpy as np
from flint import arb
from numpy.typing import NDArray


def gram_distance(difference: arb, smallest: float) -> arb:
    """Bound |B - X| (Frobenius), after the best rotation of B, by |B B' - X X'| <= `difference`.

    `smallest` is a positive lower bound of the smallest eigenvalue of X'X.

    Source: S. Tu et al., Low-rank solutions of linear matrix equations via Procrustes flow, ICML 2016, Lemma 5.4:
    |B B' - X X'|^2 >= 2 (sqrt 2 - 1) smallest |B - X|^2.
    """
    return (difference / (arb(0.91) * arb(smallest).sqrt())).upper()


def smallest_eigenvalue(floats: NDArray[np.float64], near: float = 1e-12) -> float:
    """Return a lower bound of the smallest eigenvalue of X'X for all X within `near` (Frobenius) of `floats`, or 0."""
    matrix = floats.T @ floats
    inverse = np.linalg.pinv(matrix)
    rounding = (len(floats) + 2 * len(matrix) + 10) * 2.0**-52 * np.linalg.norm(matrix)
    change = np.linalg.norm(inverse) * (2 * rounding + 2 * near * np.linalg.norm(floats) + near**2)
    defect = np.linalg.norm(np.eye(len(matrix)) - inverse @ matrix) + change
    return max(0.0, float((1.0 - defect) / np.linalg.norm(inverse) * (1 - 1e-8)))


def spanning_points(floats: NDArray[np.float64]) -> list[int]:
    """Return points that span the space of the code, greedily the farthest from the span so far."""
    rest = floats.copy()
    basis: list[int] = []
    while len(basis) < floats.shape[1]:
        sizes = np.linalg.norm(rest, axis=1)
        if sizes.max() < 1e-3:
            break
        basis.append(int(np.argmax(sizes > sizes.max() - 1e-6)))
        direction = rest[basis[-1]] / sizes[basis[-1]]
        rest = rest - np.outer(rest @ direction, direction)
    return basis
