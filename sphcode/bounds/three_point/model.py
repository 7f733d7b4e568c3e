"""The three-point bound as it is written on paper, for CVXPY: small degrees, to read and to check the fast program by.

Nothing is shared with `three_point` but the statement: the zonal functions come from their definition instead of a
recurrence, sums of squares are not reduced by symmetry, and the solver is CVXPY's. In float64 the value is right to
about 1e-4 up to degree 4; beyond that interior points in float64 fail, which is why there is another solver.
"""

from __future__ import annotations

import warnings
from itertools import permutations, product
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from sphcode.bounds.gegenbauer import gegenbauer
from sphcode.errors import NotProvenError

__all__ = ["MAX_DEGREE", "model_value"]

Floats = NDArray[np.float64]

MAX_DEGREE = 4


def model_value(dim: int, cosine: float, degree: int) -> float:
    """Return the float value of the three-point bound on the number of points with max cosine <= `cosine`.

    Parameters
    ----------
    dim : int
        Dimension, at least 3.
    cosine : float
        Max cosine.
    degree : int
        D, 1 to 4: the polynomials have total degree 2D.

    Returns
    -------
    float
        The optimum as the solver sees it: not certified.

    Raises
    ------
    NotProvenError
        If the solver fails, as Clarabel does in eight dimensions at degree 4.

    Examples
    --------
    >>> from sphcode.bounds.three_point.model import model_value
    >>> abs(model_value(3, 0.5, 2) - 14) < 1e-3
    True
    """
    import cvxpy as cp

    grid = (cosine - 1) / 2 + (cosine + 1) / 2 * np.cos(np.pi * (np.arange(2 * degree + 1) + 0.5) / (2 * degree + 1))
    u, v, t = points = _independent_points(grid, 2 * degree)
    a = cp.Variable(2 * degree + 1, nonneg=True)
    b = cp.Variable((2, 2), PSD=True)
    F = [cp.Variable((degree - k + 1, degree - k + 1), PSD=True) for k in range(degree + 1)]

    def interval(x: Floats) -> Floats:
        return np.asarray((x + 1) * (cosine - x))

    # (i) on the interval. Of the six orders of (x, x, 1) two have the third argument 1 and Q_k = (1 - x^2)^k, four
    # have first or second argument 1, where Q_k vanishes for k > 0.
    first = a @ gegenbauer(dim, 2 * degree, grid) + 2 * b[0, 1] + b[1, 1] + 1
    powers = np.polynomial.chebyshev.chebvander(grid, degree)
    ones = np.ones(degree + 1)
    for k in range(degree + 1):
        size = degree - k + 1
        rows = [(1 - x**2) ** k * np.outer(p[:size], p[:size]) for x, p in zip(grid, powers, strict=True)]
        if k == 0:
            rows = [row + np.outer(p, ones) + np.outer(ones, p) for row, p in zip(rows, powers, strict=True)]
        first = first + np.array([row.ravel() for row in rows]) @ cp.vec(F[k], order="C")
    first = first + _squares(cp, powers, 1.0) + _squares(cp, powers[:, :-1], interval(grid))

    # (ii) on the domain of (u, v, t).
    second = b[1, 1]
    for k in range(degree + 1):
        second = second + _zonal(dim, degree, k, points) @ cp.vec(F[k], order="C")
    determinant = 1 + 2 * u * v * t - u**2 - v**2 - t**2
    weights = ((0, np.ones_like(u)), *((2, interval(x)) for x in points), (3, determinant))
    for weight_degree, weight in weights:
        if weight_degree <= 2 * degree:
            second = second + _squares(cp, _tensor_basis(points, (2 * degree - weight_degree) // 2), weight)
    problem = cp.Problem(cp.Minimize(1 + cp.sum(a) + b[0, 0] + cp.sum(F[0])), [first == 0, second == 0])
    with warnings.catch_warnings():
        # "Solution may be inaccurate": it is, and the docstring says how much.
        warnings.simplefilter("ignore", UserWarning)
        try:
            problem.solve(solver=cp.CLARABEL, ignore_dpp=True)
        except cp.error.SolverError as error:
            raise NotProvenError(f"Clarabel failed on dim {dim}, degree {degree}: float64 is not enough") from error
    return float(problem.value)


def _squares(cp: object, basis: NDArray[Any], weight: Floats | float) -> object:
    """Return weight * B X B^T at the points, for a new positive semidefinite X."""
    basis = np.linalg.qr(basis)[0]
    size = basis.shape[1]
    X = cp.Variable((size, size), PSD=True)  # type: ignore[attr-defined]
    rows = (basis[:, :, None] * basis[:, None, :]).reshape(len(basis), -1) * np.reshape(weight, (-1, 1))
    return rows @ cp.vec(X, order="C")  # type: ignore[attr-defined]


def _zonal(dim: int, degree: int, k: int, points: Floats) -> Floats:
    """Return S_k at the points, flattened: the mean over the orders of u, v, t of Q_k(u, v, t) T(u) T(v)^T."""
    size = degree - k + 1
    total = np.zeros((points.shape[1], size, size))
    for u, v, t in permutations(points):
        radius = np.sqrt((1 - u**2) * (1 - v**2))
        angular = gegenbauer(dim - 1, max(k, 1), (t - u * v) / radius)[k]
        left, right = (np.polynomial.chebyshev.chebvander(x, degree)[:, :size] for x in (u, v))
        total += (radius**k * angular)[:, None, None] * left[:, :, None] * right[:, None, :] / 6
    return total.reshape(points.shape[1], -1)


def _tensor_basis(points: Floats, degree: int) -> Floats:
    """Return the products T_i(u) T_j(v) T_k(t) of total degree at most `degree`."""
    u, v, t = (np.polynomial.chebyshev.chebvander(x, degree) for x in points)
    orders = [order for order in product(range(degree + 1), repeat=3) if sum(order) <= degree]
    return np.stack([u[:, i] * v[:, j] * t[:, k] for i, j, k in orders], axis=1)


def _independent_points(grid: Floats, degree: int) -> Floats:
    """Return grid points (u, v, t) where a polynomial of total degree <= `degree` vanishes only if it is zero."""
    points = np.array(list(product(grid, repeat=3))).T
    basis = np.linalg.qr(_tensor_basis(points, degree))[0]
    pivots = scipy.linalg.qr(basis.T, mode="r", pivoting=True)[1]
    return np.asarray(points[:, pivots[: basis.shape[1]]])
