"""The three-point bound as it is written on paper, in CVXPY: to read, to change, and to solve with any solver.

Nothing is shared with `three_point.program` but the statement: the zonal functions come from their definition instead
of a recurrence, and sums of squares are not reduced by symmetry. In float64 the value is right to about 1e-4 up to
degree 4; beyond that interior points in float64 fail, which is why the package has another solver, and why nothing
rests on this one.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import permutations, product
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from sphcode._notebook import Shown
from sphcode._validate import check_int, check_real
from sphcode.bounds.gegenbauer import gegenbauer
from sphcode.errors import NotProvenError

if TYPE_CHECKING:
    import cvxpy

__all__ = ["MAX_DEGREE", "ThreePointModel", "model_value", "three_point_model"]

Floats = NDArray[np.float64]

#: Larger programs are for the solver of this package: the one in CVXPY is there to be read and to compare with
#: (docs/measurements: three_point_model).
MAX_DEGREE = 4


@dataclass(frozen=True, eq=False)
class ThreePointModel(Shown):
    """The three-point program as objects of CVXPY.

    Attributes
    ----------
    dim : int
        Dimension of the space; the points lie on S^(dim-1).
    max_cosine : float
        Cosine s asked about: codes with all cosines in [-1, s].
    degree : int
        D; polynomials have total degree 2 D.
    problem : cvxpy.Problem
        Minimise the bound on the number of points, subject to (i) and (ii). Its value after a solve is what the solver
        says, not certified; smaller is stronger.
    a : cvxpy.Variable, shape (2 D + 1,)
        Nonnegative coefficients of the two-point part, sum_k a_k P_k.
    b : cvxpy.Variable, shape (2, 2)
        Positive semidefinite.
    F : tuple of cvxpy.Variable
        The k-th, positive semidefinite of size D - k + 1, weighs the zonal matrix S_k of triples.
    grid : ndarray, shape (2 D + 1,)
        Cosines u at which (i) is imposed as an equation; it holds on all of [-1, s], as both sides are polynomials.
    points : ndarray, shape (3, n)
        Triples of cosines (u, v, t) at which (ii) is imposed, likewise.
    """

    dim: int
    max_cosine: float
    degree: int
    problem: cvxpy.Problem
    a: cvxpy.Variable
    b: cvxpy.Variable
    F: tuple[cvxpy.Variable, ...]
    grid: Floats
    points: Floats


def three_point_model(dim: int, max_cosine: float, degree: int) -> ThreePointModel:
    """Build the three-point program of Bachoc and Vallentin for CVXPY, to be read, changed and solved with any solver.

    A code with cosines in [-1, s] has at most 1 + sum_k a_k + b_11 + <J, F_0> points, where a_k >= 0, b and the F_k are
    positive semidefinite, and

    (i) sum_k a_k P_k(u) + 2 b_12 + b_22 + 3 sum_k <S_k(u, u, 1), F_k> <= -1 for -1 <= u <= s,

    (ii) b_22 + sum_k <S_k(u, v, t), F_k> <= 0 for u, v, t in [-1, s] with 1 + 2uvt - u^2 - v^2 - t^2 >= 0.

    Both inequalities are stated as sums of squares with the weights 1, p(u) = (u + 1)(s - u), p(v), p(t) and the
    determinant.

    Parameters
    ----------
    dim : int
        Dimension, at least 3.
    max_cosine : float
        Cosine s, from -1 to 1, exclusive.
    degree : int
        D, 1 to 4: the polynomials have total degree 2 D.

    Returns
    -------
    ThreePointModel
        The problem and its variables.

    Raises
    ------
    InvalidInputError
        If an argument is out of range.

    References
    ----------
    C. Bachoc, F. Vallentin, New upper bounds for kissing numbers from semidefinite programming, J. AMS 21 (2008).

    Examples
    --------
    At most 9 points in three dimensions have cosines of at most 0.3; without the triples the program is Delsarte's:

    >>> import cvxpy as cp
    >>> from sphcode import three_point_model
    >>> model = three_point_model(3, 0.3, 3)
    >>> round(float(model.problem.solve(solver=cp.CLARABEL)), 3)
    9.126
    >>> no_triples = [model.b == 0, *(part == 0 for part in model.F)]
    >>> pairs_only = cp.Problem(model.problem.objective, [*model.problem.constraints, *no_triples])
    >>> round(float(pairs_only.solve(solver=cp.CLARABEL)), 3)
    9.13
    """
    import cvxpy as cp

    dim = check_int("dim", dim, minimum=3)
    cosine = check_real("max_cosine", max_cosine, low=-1.0, high=1.0, open_low=True, open_high=True)
    degree = check_int("degree", degree, minimum=1, maximum=MAX_DEGREE)
    grid = (cosine - 1) / 2 + (cosine + 1) / 2 * np.cos(np.pi * (np.arange(2 * degree + 1) + 0.5) / (2 * degree + 1))
    u, v, t = points = _independent_points(grid, 2 * degree)
    a = cp.Variable(2 * degree + 1, nonneg=True)
    b = cp.Variable((2, 2), PSD=True)
    F = tuple(cp.Variable((degree - k + 1, degree - k + 1), PSD=True) for k in range(degree + 1))

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
    return ThreePointModel(dim, cosine, degree, problem, a, b, F, grid, points)


def model_value(dim: int, cosine: float, degree: int) -> float:
    """Return the value of `three_point_model` as Clarabel sees it: not certified.

    Raises NotProvenError if the solver fails, as it does in eight dimensions at degree 4.
    """
    import cvxpy as cp

    problem = three_point_model(dim, cosine, degree).problem
    with warnings.catch_warnings():
        # "Solution may be inaccurate": it is, and the docstring of the module says how much.
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
