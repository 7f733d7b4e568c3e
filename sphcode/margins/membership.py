"""Whether a point is a convex combination of some rows: proven, or not known.

The numbers are taken as they are stored, without rounding. What is proven is that weights exist; the weights that were
computed are only where the proof looks for them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Unit roundoff of float64.
EPS = 2.0**-53
#: Bits of the ball arithmetic that is tried where float64 cannot enclose the weights, and its largest system.
BITS = 320
LARGEST_BALL_SYSTEM = 160
#: The most rows of a support that is solved in rational numbers.
LARGEST_RATIONAL_SYSTEM = 24


def proves_membership(point: NDArray[np.float64], rows: NDArray[np.float64], bias: NDArray[np.float64]) -> bool:
    """Prove that weights >= 0 of sum 1 exist with sum lam_j rows_j = point and sum lam_j bias_j >= 0.

    Parameters
    ----------
    point : ndarray, shape (dim,)
    rows : ndarray, shape (n, dim)
        The support: only weights on all of these rows, or on one of them, are looked for.
    bias : ndarray, shape (n,)
        Biases of the rows minus that of the point, exact or rounded down.
    """
    n, dim = rows.shape
    if ((rows == point).all(axis=1) & (bias >= 0.0)).any():
        return True
    if n == dim + 1 and (_enclosed(rows, point, bias) or _in_balls(rows, point, bias)):
        return True
    return n <= LARGEST_RATIONAL_SYSTEM and _rational(rows, point, bias)


def _enclosed(rows: NDArray[np.float64], point: NDArray[np.float64], bias: NDArray[np.float64]) -> bool:
    """Enclose the solution of the square system in float64 by an approximate inverse, for any order of the sums."""
    n = len(rows)
    A, target = np.vstack([rows.T, np.ones(n)]), np.append(point, 1.0)
    try:
        inverse = np.linalg.inv(A)
    except np.linalg.LinAlgError:
        return False
    if not np.isfinite(inverse).all():
        return False
    rounding = 1.01 * (n + 4) * EPS
    size = np.abs(inverse)
    # |I - R A| < 1 in the largest row sum makes A regular, and |lam - guess| <= |R (target - A guess)| / (1 - that).
    distance = np.abs(np.eye(n) - inverse @ A) + rounding * (size @ np.abs(A) + np.eye(n))
    contraction = float(distance.sum(axis=1).max()) * (1.0 + rounding)
    if not contraction < 0.5:
        return False
    guess = inverse @ target
    guess += inverse @ (target - A @ guess)
    residual = np.abs(target - A @ guess) + rounding * (np.abs(A) @ np.abs(guess) + np.abs(target))
    error = float((size @ residual).max()) * (1.0 + 4.0 * rounding) / (1.0 - contraction) + np.finfo(float).tiny
    if not guess.min() > error:
        return False
    spread = float(np.abs(bias).sum())
    return bool(not bias.any() or guess @ bias - rounding * (guess @ np.abs(bias)) - 1.01 * error * spread > 0.0)


def _in_balls(rows: NDArray[np.float64], point: NDArray[np.float64], bias: NDArray[np.float64]) -> bool:
    """Enclose the solution of the square system in ball arithmetic, for nearly singular systems."""
    from flint import arb, arb_mat, ctx

    if len(rows) > LARGEST_BALL_SYSTEM:
        return False
    with ctx.workprec(BITS):
        A = arb_mat([[arb(float(x)) for x in line] for line in np.vstack([rows.T, np.ones(len(rows))])])
        target = arb_mat([[arb(float(x))] for x in np.append(point, 1.0)])
        try:
            weights = A.solve(target).entries()
        except ZeroDivisionError:
            return False
        total = sum((w * float(b) for w, b in zip(weights, bias, strict=True)), arb(0))
        return all(w > 0 for w in weights) and (not bias.any() or bool(total >= 0))


def _rational(rows: NDArray[np.float64], point: NDArray[np.float64], bias: NDArray[np.float64]) -> bool:
    """Solve the system in rational numbers, where weights may be zero; all its equations are checked."""
    from flint import fmpq, fmpq_mat

    def exact(values: NDArray[np.float64]) -> fmpq_mat:
        return fmpq_mat([[fmpq(*float(x).as_integer_ratio()) for x in line] for line in values])

    A = exact(np.vstack([rows.T, np.ones(len(rows))]))
    target = exact(np.append(point, 1.0)[:, None])
    try:
        weights = (A.transpose() * A).solve(A.transpose() * target)
    except ZeroDivisionError:
        return False
    total = (exact(bias[None, :]) * weights)[0, 0]
    return A * weights == target and all(w >= 0 for w in weights.entries()) and total >= 0
