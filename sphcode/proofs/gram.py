"""Codes and their Gram matrices: distances between them, and Gram matrices that are exactly rational."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from flint import arb, fmpq, fmpz, fmpz_mat
from numpy.typing import NDArray

_DENOMINATOR = 1000
_SNAP = 1e-10
_MAX_POINTS = 600


def gram_distance(difference: arb, smallest: float) -> arb:
    """Bound |B - X| (Frobenius), after the best rotation of B, by |B B' - X X'| <= `difference`.

    `smallest` is a positive lower bound of the smallest eigenvalue of X'X.

    Source: S. Tu et al., Low-rank solutions of linear matrix equations via Procrustes flow, ICML 2016, Lemma 5.4:
    |B B' - X X'|^2 >= 2 (sqrt 2 - 1) smallest |B - X|^2.
    """
    return (difference / (arb(0.91) * arb(smallest).sqrt())).upper()


def smallest_eigenvalue(floats: NDArray[np.float64]) -> float:
    """Return a lower bound of the smallest eigenvalue of X'X for any X within 1e-12 of `floats`; 0 if not proven."""
    matrix = floats.T @ floats
    inverse = np.linalg.pinv(matrix)
    size = np.linalg.norm(matrix) * np.linalg.norm(inverse)
    defect = np.linalg.norm(np.eye(len(matrix)) - inverse @ matrix) + size * (2 * len(floats) * 2.0**-52 + 1e-11)
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


def rational_gram(floats: NDArray[np.float64]) -> tuple[fmpq, float] | None:
    """Find an exact code whose inner products are rationals of small denominator, near the given points.

    The float64 inner products only suggest the rationals; then it is checked exactly that the matrix is the Gram
    matrix of vectors in that dimension: for points B that span, G_BB is positive definite and
    G = G_:B G_BB^-1 G_B:. Returns its largest cosine and a bound on |G - X X'| (Frobenius), or None.
    """
    n_points = len(floats)
    if n_points > _MAX_POINTS:
        return None
    gram = floats @ floats.T
    np.fill_diagonal(gram, 1.0)
    values, index = np.unique(np.round(gram, 9), return_inverse=True)
    guesses = [Fraction(float(value)).limit_denominator(_DENOMINATOR) for value in values]
    nearest = np.array([float(guess) for guess in guesses])[index].reshape(gram.shape)
    if np.abs(nearest - gram).max() > _SNAP + 5e-10:
        return None
    scale = math.lcm(*(guess.denominator for guess in guesses))
    whole = [int(guess * scale) for guess in guesses]
    labels = index.reshape(gram.shape)
    basis = spanning_points(floats)
    core = fmpz_mat([[whole[labels[i, j]] for j in basis] for i in basis])
    sides = fmpz_mat([[whole[label] for label in labels[i]] for i in basis])
    minors = [fmpz_mat([[core[i, j] for j in range(k)] for i in range(k)]).det() for k in range(1, len(basis) + 1)]
    if len(basis) < 1 or min(minors) <= 0:
        return None
    inverse, denominator = (core.inv()).numer_denom()
    product = sides.transpose() * (inverse * sides)
    entire = fmpz_mat([[whole[label] for label in row] for row in labels])
    if product != entire * fmpz(denominator):
        return None
    largest = max(whole[label] for label in np.unique(labels[~np.eye(n_points, dtype=bool)]))
    difference = float(np.abs(nearest - gram).max() + (floats.shape[1] + 10) * 2.0**-52) * n_points
    return fmpq(largest, scale), difference
