"""Codes and their Gram matrices: distances between them, and Gram matrices that are exactly rational."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import arb, fmpq, fmpz_mat
from numpy.typing import NDArray

_DENOMINATOR = 1000
_SNAP = 1e-10
_MAX_POINTS = 600
_MAX_VALUES = 200


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


@dataclass(frozen=True, eq=False)
class RationalGram:
    """The exact Gram matrix of a code, all of whose entries are rational.

    `labels` (n_points, n_points) points into `values`, the different inner products in ascending order, 1 included;
    `difference` bounds |G - X X'| (Frobenius) for the float64 points X that suggested it.
    """

    values: tuple[fmpq, ...]
    labels: NDArray[np.int64]
    difference: float

    @property
    def largest(self) -> int:
        """Label of the largest cosine between different points."""
        return int(self.labels[~np.eye(len(self.labels), dtype=bool)].max())

    @property
    def contacts(self) -> NDArray[np.int64]:
        """Pairs i < j at the largest cosine."""
        return np.argwhere(np.triu(self.labels == self.largest, 1))


def rational_gram(floats: NDArray[np.float64]) -> RationalGram | None:
    """Find an exact code whose inner products are rationals of small denominator, near the given points.

    The float64 inner products only suggest the rationals; then it is checked exactly that the matrix is the Gram
    matrix of unit vectors in that dimension: for points B that span, G_BB is positive definite (its leading minors
    are positive) and G = G_:B G_BB^-1 G_B:.
    """
    n_points = len(floats)
    if n_points > _MAX_POINTS:
        return None
    gram = floats @ floats.T
    rounded, index = np.unique(np.round(gram, 9), return_inverse=True)
    labels = index.reshape(gram.shape)
    if len(rounded) > _MAX_VALUES:
        return None
    guesses = [Fraction(float(value)).limit_denominator(_DENOMINATOR) for value in rounded]
    nearest = np.array([float(guess) for guess in guesses])[labels]
    if np.abs(nearest - gram).max() > _SNAP or (np.diff(nearest.diagonal()) != 0).any() or nearest[0, 0] != 1.0:
        return None
    scale = math.lcm(*(guess.denominator for guess in guesses))
    whole = [int(guess * scale) for guess in guesses]
    basis = spanning_points(floats)
    core = fmpz_mat([[whole[labels[i, j]] for j in basis] for i in basis])
    sides = fmpz_mat([[whole[label] for label in labels[i]] for i in basis])
    minors = [fmpz_mat([[core[i, j] for j in range(k)] for i in range(k)]).det() for k in range(1, len(basis) + 1)]
    if min(minors) <= 0:
        return None
    inverse, denominator = core.inv().numer_denom()
    if sides.transpose() * (inverse * sides) != fmpz_mat([[whole[v] for v in row] for row in labels]) * denominator:
        return None
    difference = float(np.abs(nearest - gram).max() + (floats.shape[1] + 10) * 2.0**-52) * n_points
    return RationalGram(tuple(fmpq(guess.numerator, guess.denominator) for guess in guesses), labels, difference)
