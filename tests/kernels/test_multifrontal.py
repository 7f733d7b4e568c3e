import naive
import numpy as np
import pytest

from sphcode.kernels.dissection import dissection
from sphcode.kernels.multifrontal import factor, solve
from sphcode.search.barrier import Rows
from sphcode.search.descent.lists import near_pairs


def equations(n_points, angle, seed=0):
    """Return fronts and contacts of random points, and the whole matrix without shifts."""
    points = naive.random_unit(n_points, 3, seed)
    first, second = near_pairs(points, angle)
    rows = Rows(points, first, second)
    weights = np.exp(np.random.default_rng(seed).standard_normal(len(first)))
    jacobian = np.array([rows.changes(unit) for unit in np.eye(2 * n_points + 1)]).T
    contacts = first, second, rows.at_first, rows.at_second, weights
    return dissection(points, first, second), contacts, jacobian.T @ (weights[:, None] * jacobian)


@pytest.mark.parametrize(("n_points", "angle"), [(2, 4.0), (30, 1.0), (300, 0.3), (300, 0.1)])
def test_solutions_are_those_of_the_matrix(n_points, angle):
    # Codes in one part and in many; all pairs, those nearby, and few.
    fronts, contacts, matrix = equations(n_points, angle)
    rng = np.random.default_rng(1)
    shifts, right = 0.1 + rng.random(2 * n_points), rng.standard_normal(2 * n_points + 1)
    columns, solution = np.empty(fronts.columns[-1]), right.copy()
    assert factor(fronts, *contacts, shifts, columns)
    solve(fronts, columns, solution)
    assert np.allclose((matrix + np.diag([*shifts, 0.0])) @ solution, right, atol=1e-9)


def test_no_factor_of_an_indefinite_matrix():
    fronts, contacts, _ = equations(100, 0.5)
    columns = np.empty(fronts.columns[-1])
    assert not factor(fronts, *contacts, np.full(200, -100.0), columns)
    assert not factor(fronts, *contacts, np.full(200, np.nan), columns)
