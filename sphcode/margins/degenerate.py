"""Min-norm point of a nearly degenerate hull: Wolfe's algorithm on orthogonal factors, for the classes that need it.

`sphcode.kernels.hull` keeps its support by a Gram matrix and so loses half the digits where the support nearly lies in
a smaller space: next to a near-duplicate, or where one column is tiny. Here every support is factored anew by
Householder reflections, at a higher price: what is solved is then exact for rows moved by rounding.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

STRIDE = 16  # vectors summed at once in a convex combination, as in sphcode.kernels.vectors
#: Unit roundoff of float64.
EPS = 2.0**-53

# A row whose distance from the span of the support is below this share of its length depends on it, to rounding.
_DEPENDENT = 64.0 * EPS
# A gap below this share of the longest row, or a point shorter than this share of sum lam |p|, may be rounding alone.
_ROUNDING = 4.0 * EPS
# The products of the direction with the support are made equal this many times; the second is nearly always the last.
_POLISHES = 3


class _Support:
    """Some rows of P with convex weights, and the QR factors of the columns (p_a, root)."""

    def __init__(self, P: NDArray[np.float64], start: NDArray[np.int64]) -> None:
        self.lengths = np.sqrt(np.einsum("ij,ij->i", P, P))
        self.root = float(self.lengths.max()) or 1.0  # rounding is then that of the longest row, in all columns
        self.columns = np.hstack([P, np.full((len(P), 1), self.root)])
        self.rows = P
        self.ids = np.asarray(start, dtype=np.int64)
        self._factor()
        self.ids = self.ids[: len(self.R)][self._pivots() > _DEPENDENT]
        self.weights = np.full(len(self.ids), 1.0 / len(self.ids))
        self._factor()

    def _factor(self) -> None:
        self.Q, self.R = np.linalg.qr(self.columns[self.ids].T)

    def _pivots(self) -> NDArray[np.float64]:
        """Distance of every column from the span of those before it, as a share of its length."""
        diagonal = np.abs(np.diagonal(self.R))
        share: NDArray[np.float64] = diagonal / np.hypot(self.lengths[self.ids[: len(diagonal)]], self.root)
        return share

    def enter(self, row: int) -> bool:
        """Add a row with weight 0; in exchange for another if it depends on the support. False if it cannot."""
        from scipy.linalg import solve_triangular

        size = len(self.ids)
        self.ids, self.weights = np.append(self.ids, row), np.append(self.weights, 0.0)
        self._factor()
        if len(self.R) > size and self._pivots()[-1] > _DEPENDENT:
            return True
        # p = sum alpha_a p_a with sum alpha = 1: weight moves to p, x staying where it is, until one weight is zero.
        alpha = np.append(solve_triangular(self.R[:size, :size], self.R[:size, size]), -1.0)
        positive = np.flatnonzero(alpha > 0.0)
        reach = self.weights[positive] / alpha[positive]
        self.weights = np.maximum(0.0, self.weights - reach.min() * alpha)
        self.weights[positive[np.argmin(reach)]] = 0.0
        self.drop()
        return bool(self._pivots()[-1] > _DEPENDENT)

    def drop(self) -> None:
        """Take the rows of weight 0 out."""
        kept = self.weights > 0.0
        if not kept.any():
            kept[np.argmin(self.lengths[self.ids])] = True
            self.weights[kept] = 1.0
        self.ids, self.weights = self.ids[kept], self.weights[kept]
        self._factor()

    def settle(self) -> None:
        """Go to the point of smallest norm in the hull of the support, rows of no use leaving."""
        from scipy.linalg import solve_triangular

        while True:
            target = solve_triangular(self.R, self.Q[-1])
            target /= target.sum()
            if len(target) == 1 or target.min() > 0.0:
                self.weights = target
                return
            low = np.flatnonzero(target <= 0.0)
            reach = self.weights[low] / np.maximum(self.weights[low] - target[low], np.finfo(float).tiny)
            self.weights = np.maximum(0.0, self.weights + reach.min() * (target - self.weights))
            self.weights[low[np.argmin(reach)]] = 0.0
            self.drop()

    def point(self) -> NDArray[np.float64]:
        """Return sum lam_a p_a, in strides so that few roundings add up."""
        parts = range(0, len(self.ids), STRIDE)
        rows, weights = self.rows[self.ids], self.weights
        sums = [weights[start : start + STRIDE] @ rows[start : start + STRIDE] for start in parts]
        total: NDArray[np.float64] = np.sum(sums, axis=0) / weights.sum()
        return total

    def polish(self, direction: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Make the products with the support equal to rounding; returns the direction and all products.

        Without it the error of x / |x| would be that of x, which is EPS |p|, divided by |x|.
        """
        from scipy.linalg import solve_triangular

        products = _products(self.rows, direction)
        for _ in range(_POLISHES):
            short = products[self.ids].mean() - products[self.ids]
            step = self.Q[:-1] @ solve_triangular(self.R, short, trans="T")
            trial = direction + step
            trial /= np.linalg.norm(trial)
            trial_products = _products(self.rows, trial)
            if not trial_products.min() > products.min():
                break
            direction, products = trial, trial_products
        return direction, products


def _products(rows: NDArray[np.float64], direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inner products by pairwise summation, whose error is below that of sphcode.kernels.vectors.dot."""
    total: NDArray[np.float64] = (rows * direction).sum(axis=1)
    return total


def min_norm_point(
    P: NDArray[np.float64], start: NDArray[np.int64], tol: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], float, float]:
    """Find the point x of smallest norm in the hull of the rows of P, from the support `start`.

    Returns the support, its weights, the unit direction u (zero if x = 0), |x| and min <u, p> over the rows. Stops when
    |x| - min <u, p> <= tol, when |x| <= tol, or when rounding forbids progress.
    """
    support = _Support(P, start if len(start) else np.array([np.argmin(np.einsum("ij,ij->i", P, P))]))
    best = (math.inf, 0.0, support.ids, support.weights, np.zeros(P.shape[1]))
    for _ in range(10 * len(P) + 100):
        support.settle()
        x = support.point()
        norm = float(np.linalg.norm(x))
        direction, products = support.polish(x / norm) if norm > 0.0 else (x, np.zeros(len(P)))
        lowest = float(products.min())
        if norm - max(lowest, 0.0) < best[0] - max(best[1], 0.0):
            best = (norm, lowest, support.ids, support.weights, direction)
        if norm <= max(tol, _ROUNDING * float(support.weights @ support.lengths[support.ids])):
            break
        level = float(products[support.ids].mean())
        products[support.ids] = math.inf
        entering = int(np.argmin(products))
        if level - products[entering] <= max(tol, _ROUNDING * support.root) or not support.enter(entering):
            break
    norm, lowest, ids, weights, direction = best
    return ids, weights, direction, norm, lowest
