"""Which classes can be the argmax of <w_k, h> + b_k: won, never, or undecided, each with a certificate.

Class k never wins strictly if and only if there are weights >= 0 on the others with sum 1, sum lam_j w_j = w_k and
sum lam_j b_j >= b_k (Farkas). With equality in the last it can tie, no more. `one_vs_rest` finds the direction or the
support; here a direction counts only with a positive lower bound of its margin, a support only when weights are proven
to exist. A residual within a tolerance is no certificate.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sphcode._notebook import Shown
from sphcode._notebook_progress import told_in_notebooks
from sphcode._progress import ProgressCallback
from sphcode._validate import as_stored, as_vector
from sphcode.margins.degenerate import min_norm_point
from sphcode.margins.membership import EPS, proves_membership
from sphcode.margins.one_vs_rest import USUAL, OneVsRest, one_vs_rest
from sphcode.margins.rows import Rows

#: A support that proves nothing is looked for again to the last bit, among it and so many near rows per dimension.
NEAR_ROWS = 8
#: The largest such problem, in entries.
LARGEST_PROBLEM = 500_000
#: The largest linear program, in entries, for a class that is a combination of others in several ways: some seconds.
LARGEST_PROGRAM = 200_000


@dataclass(frozen=True, eq=False)
class ArgmaxClasses(Shown):
    """Verdicts on classes.

    Attributes
    ----------
    won : ndarray of int
        Classes that some feature makes the strict argmax: their row of `distances.directions` does, by a margin of at
        least `distances.lower` > 0, or the one in `directions`, checked in exact arithmetic.
    never : ndarray of int
        Classes that no feature makes the strict argmax: proven weights exist on the rows in `supports`.
    undecided : ndarray of int
        Classes for which neither was proven.
    supports : dict of int to ndarray of int
        For each class in `never`, the classes of which it is a convex combination.
    directions : dict of int to ndarray
        Directions of the classes whose margin is within rounding of zero and yet proven positive, for the weights
        divided by a power of two near their largest entry; with a bias, one entry more, which is not negative.
    distances : OneVsRest
        The measurement behind the verdicts.
    """

    won: NDArray[np.int64]
    never: NDArray[np.int64]
    undecided: NDArray[np.int64]
    supports: dict[int, NDArray[np.int64]]
    directions: dict[int, NDArray[np.float64]]
    distances: OneVsRest

    def __repr__(self) -> str:
        return f"ArgmaxClasses(won={len(self.won)}, never={len(self.never)}, undecided={len(self.undecided)})"

    def to_dict(self) -> dict[str, Any]:
        """Return the verdicts as JSON-able values."""
        return {
            name: {"count": len(ids), "classes": ids.tolist()}
            for name, ids in (("won", self.won), ("never", self.never), ("undecided", self.undecided))
        }


@told_in_notebooks
def argmax_classes(
    weights: ArrayLike,
    *,
    bias: ArrayLike | None = None,
    classes: ArrayLike | None = None,
    workers: Any = 1,
    device: str = "auto",
    resume: Any = None,
    progress: ProgressCallback | None = None,
) -> ArgmaxClasses:
    """Decide which classes can be the strict argmax of <w_k, h> + b_k for some feature h.

    Parameters
    ----------
    weights : array_like or tensor, shape (n_classes, dim)
        Class vectors as they are in the head, not normalised.
    bias : array_like, shape (n_classes,), optional
        Logit biases.
    classes : array_like of int, optional
        The classes to decide, all by default.
    workers, device, resume, progress
        As in `one_vs_rest`.

    Returns
    -------
    ArgmaxClasses
        The verdicts with their certificates.

    Raises
    ------
    InvalidInputError
        If an argument is not what is required above.

    Notes
    -----
    That such classes exist in softmax heads, and linear programs for them: A. Grivas, N. Bogoychev and A. Lopez,
    Low-rank softmax can have unargmaxable classes in theory but rarely in practice (ACL 2022).

    Examples
    --------
    >>> from sphcode import argmax_classes
    >>> argmax_classes([[1, 0], [0, 1], [-1, -1], [0.25, 0.25]]).never.tolist()
    [3]
    """
    matrix = as_stored(weights, "weights")
    column = None if bias is None else as_vector(bias, "bias", len(matrix))
    distances = one_vs_rest(
        matrix, bias=column, classes=classes, workers=workers, device=device, resume=resume, progress=progress
    )
    won = distances.lower > 0.0
    supports = {}
    directions = {}
    scaled, (small, exponent) = _near_one(matrix), _usual_bias(column)
    for place in np.flatnonzero(~won):
        k = int(distances.classes[place])
        support, direction = _decide(scaled, small, k, distances.supports[place])
        if support is not None:
            supports[k] = support
        elif direction is not None:
            directions[k] = direction
            directions[k][-1] = np.ldexp(direction[-1], -exponent)
    won |= np.isin(distances.classes, list(directions))
    never = np.isin(distances.classes, list(supports))
    return ArgmaxClasses(
        won=distances.classes[won],
        never=distances.classes[never],
        undecided=distances.classes[~won & ~never],
        supports=supports,
        directions=directions,
        distances=distances,
    )


def _near_one(matrix: NDArray[Any]) -> Rows:
    """Return the rows divided by a power of two, if that loses no bit; weights are those of any multiple."""
    rows = Rows(matrix)
    exponent = int(np.frexp(max(np.abs(rows[part]).max() for part in rows.slices()))[1])
    if rows.is_narrow:
        return rows.times(np.full(len(rows), 2.0**-exponent))
    scaled = np.ldexp(matrix, -exponent)
    return Rows(scaled) if np.array_equal(np.ldexp(scaled, exponent), matrix) else rows


def _usual_bias(bias: NDArray[np.float64] | None) -> tuple[NDArray[np.float64] | None, int]:
    """Return biases whose squares do not overflow, if no bit is lost, and the power of two that divides them."""
    exponent = 0 if bias is None else int(np.frexp(np.abs(bias).max())[1])
    if bias is None or exponent <= USUAL:
        return bias, 0
    scaled = np.ldexp(bias, -exponent)
    return (scaled, exponent) if np.array_equal(np.ldexp(scaled, exponent), bias) else (bias, 0)


def _decide(
    matrix: Rows, bias: NDArray[np.float64] | None, k: int, support: NDArray[np.int64]
) -> tuple[NDArray[np.int64] | None, NDArray[np.float64] | None]:
    """Return a support that proves that class k never wins, or else a direction that proves that it does."""
    if _proves(matrix, bias, k, support):
        return support, None
    near = np.union1d(support, _near(matrix, k))
    equal = near[(matrix[near] == matrix[k]).all(axis=1)]
    if len(equal):
        best = equal[[0 if bias is None else int(np.argmax(bias[equal]))]]
        if _proves(matrix, bias, k, best):
            return best, None
    rows = matrix if bias is None else matrix.with_column(bias)
    for width in range(rows.shape[1], matrix.shape[1] - 1, -1):  # with the bias, then without
        differences = (rows[k] - rows[near])[:, :width]
        places, _, direction, _, _ = min_norm_point(differences, np.searchsorted(near, support), 0.0)
        if _proves(matrix, bias, k, near[places]):
            return near[places], None
        direction = np.append(direction, np.zeros(rows.shape[1] - width))
        if (bias is None or direction[-1] >= 0.0) and _wins(rows, k, direction):
            return None, direction
    if bias is not None and len(near) * rows.shape[1] <= LARGEST_PROGRAM:
        places, slope = _by_program(matrix[near], matrix[k], _differences_down(bias[near], float(bias[k])))
        if _proves(matrix, bias, k, near[places]):
            return near[places], None
        if slope is not None and _wins(rows, k, slope):
            return None, slope
    return None, None


def _by_program(
    rows: NDArray[np.float64], point: NDArray[np.float64], excess: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.float64] | None]:
    """Look for the combination of largest bias, where several are the point, by a linear program.

    Returns the rows with weights, and the direction that its dual gives.
    """
    from scipy.optimize import linprog

    equations, target = np.vstack([rows.T, np.ones(len(rows))]), np.append(point, 1.0)
    answer = linprog(-excess, A_eq=equations, b_eq=target, method="highs-ds")
    if answer.x is None:
        return np.empty(0, dtype=np.intp), None
    return np.flatnonzero(answer.x > 0.0), np.append(answer.eqlin.marginals[:-1], 1.0)


def _wins(rows: Rows, k: int, direction: NDArray[np.float64]) -> bool:
    """Prove <u, w_k - w_j> > 0 for all j: in float64 with its error, and in fractions where that is not enough."""
    own, u = rows[k], [Fraction(float(x)) for x in direction]
    for part in rows.slices():
        differences = own - rows[part]
        values, size = differences @ direction, np.abs(differences) @ np.abs(direction)
        if part.start <= k < part.stop:
            values[k - part.start] = np.inf
        error = 1.01 * (rows.shape[1] + 4) * EPS * size + np.finfo(float).tiny
        if (values < -error).any():
            return False
        for j in part.start + np.flatnonzero(values <= error):
            pairs = zip(u, own, rows[int(j)], strict=True)
            if sum(a * (Fraction(float(b)) - Fraction(float(c))) for a, b, c in pairs) <= 0:
                return False
    return True


def _proves(matrix: Rows, bias: NDArray[np.float64] | None, k: int, ids: NDArray[np.int64]) -> bool:
    if not len(ids) or k in ids:
        return False
    point, rows = matrix[k], matrix[ids]
    excess = np.zeros(len(ids)) if bias is None else _differences_down(bias[ids], float(bias[k]))
    if bias is not None and len(ids) == len(point) + 2:  # one row more than needed: the bias is met exactly
        point, rows, excess = np.append(point, bias[k]), np.c_[rows, bias[ids]], np.zeros(len(ids))
    return proves_membership(point, rows, excess)


def _differences_down(values: NDArray[np.float64], subtracted: float) -> NDArray[np.float64]:
    """Return values - subtracted, rounded down where it is not exact."""
    difference = values - subtracted
    part = difference - values
    error = (values - (difference - part)) + (-subtracted - part)  # the exact difference is difference + error
    return np.where(error < 0.0, np.nextafter(difference, -np.inf), difference)


def _near(matrix: Rows, k: int) -> NDArray[np.int64]:
    """Return the rows nearest to row k."""
    n, dim = matrix.shape
    own, squares = matrix[k], np.empty(n)
    for part in matrix.slices():
        differences = matrix[part] - own
        squares[part] = np.einsum("ij,ij->i", differences, differences)
    squares[k] = np.inf
    count = min(n - 1, NEAR_ROWS * (dim + 2), LARGEST_PROBLEM // (dim + 1))
    return np.argpartition(squares, count - 1)[:count]
