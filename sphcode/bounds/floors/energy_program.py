"""The linear program for energy: the best polynomial below a potential (Yudin 1992), on a fine grid."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sphcode.bounds.delsarte import linear_program
from sphcode.bounds.floors.universal import quadrature_nodes
from sphcode.bounds.gegenbauer import chebyshev, gegenbauer, harmonics

__all__ = ["program_coefficients"]

Floats = NDArray[np.float64]

#: Degrees beyond that of the universal bound, largest degree, grid points a degree, and rounds in which the grid is
#: refined. Not measured alone; together they give docs/measurements/bounds_energy.csv.
_DEGREE_RISE = 8
_MAX_DEGREE = 40
_POINTS_PER_DEGREE = 40
_REFINEMENTS = 3

#: Where the potential is this many times its value at the last node, no constraint is needed.
_CEILING = 1e4


def program_coefficients(dim: int, n_points: int, potential: str, parameter: float | None) -> list[str] | None:
    """Return decimals c_0, c_1, ... of a polynomial below the potential (but for rounding), None if it fails.

    The program maximises n_points c_0 - f(1) with c_k >= 0 for k >= 1 and f <= h on a grid, which is then refined
    around the points of contact. The degree is that of Levenshtein's polynomial and eight more.
    """
    nodes = quadrature_nodes(dim, n_points)
    if nodes is None or 2 * len(nodes) + _DEGREE_RISE > _MAX_DEGREE:
        return None
    degree = 2 * len(nodes) + _DEGREE_RISE
    last = int(nodes[-1].p) / int(nodes[-1].q)
    grid = chebyshev(-1.0, 1.0 - 1e-6, _POINTS_PER_DEGREE * degree)
    coefficients = None
    for _ in range(_REFINEMENTS):
        heights, unit = _heights(potential, parameter, grid, last)
        grid, heights = grid[heights < _CEILING], heights[heights < _CEILING]
        found = _maximise(dim, degree, n_points, grid, heights)
        if found is None:
            break
        gaps = heights - found @ gegenbauer(dim, degree, grid)
        found[0] += min(0.0, gaps.min())
        coefficients = found * unit
        contacts = np.flatnonzero((gaps <= np.roll(gaps, 1)) & (gaps <= np.roll(gaps, -1)))
        spacing = np.gradient(grid)
        finer = [grid[i] + spacing[i] * np.linspace(-1.0, 1.0, 21) for i in contacts]
        grid = np.unique(np.concatenate([grid, *finer]))
        grid = grid[(grid >= -1.0) & (grid < 1.0)]
    return None if coefficients is None else [repr(c) for c in coefficients.tolist()]


def _heights(potential: str, parameter: float | None, t: Floats, last: float) -> tuple[Floats, float]:
    """Return the potential at t in units of its value at the last node (1 for the logarithm), and the unit."""
    if potential == "logarithmic":
        return -0.5 * np.log(2.0 - 2.0 * t), 1.0
    assert parameter is not None
    if potential == "riesz":
        with np.errstate(over="ignore"):
            relative: Floats = ((1.0 - t) / (1.0 - last)) ** (-0.5 * parameter)
        return relative, (2.0 - 2.0 * last) ** (-0.5 * parameter)
    with np.errstate(over="ignore"):
        return np.exp(2.0 * parameter * (t - last)), math.exp(-parameter * (2.0 - 2.0 * last))


def _maximise(dim: int, degree: int, n_points: int, grid: Floats, heights: Floats) -> Floats | None:
    """Return c_0, ..., c_degree, in the orthonormal basis inside and with rows scaled to unit norm."""
    import cvxpy as cp

    scale = np.sqrt([harmonics(dim, k) for k in range(degree + 1)])
    matrix = (gegenbauer(dim, degree, grid) * scale[:, None]).T
    norms = np.linalg.norm(matrix, axis=1)
    unknown = cp.Variable(degree + 1)
    objective = np.append(n_points - 1.0, -scale[1:]) / n_points
    rows = [(matrix / norms[:, None]) @ unknown <= heights / norms, unknown[1:] >= 0]
    problem = cp.Problem(cp.Maximize(objective @ unknown), rows)
    try:
        linear_program.solve(problem, unknown)
    except ArithmeticError:
        return None
    values: Floats = np.append(unknown.value[0], np.maximum(unknown.value[1:], 0.0)) * scale
    return values
