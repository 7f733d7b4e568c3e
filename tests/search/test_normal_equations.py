import naive
import numpy as np
import pytest

from sphcode.search import normal_equations
from sphcode.search.barrier import Rows
from sphcode.search.descent.lists import near_pairs
from sphcode.search.normal_equations import Dense, Dissected, cholesky


def test_solutions_are_those_of_the_matrix_with_a_factor_of_other_weights_too(monkeypatch):
    monkeypatch.setattr(normal_equations, "_WORN", 1.0)
    rng = np.random.default_rng(0)
    points = naive.random_unit(20, 5, 1)
    first, second = np.tril_indices(20, -1)
    rows = Rows(points, first, second)
    matrix = np.array([rows.changes(unit) for unit in np.eye(81)]).T
    equations = Dense(first, second, 80, lambda: False)
    for spread in (1.0, 2.0):
        weights, shifts = np.exp(spread * rng.standard_normal(190)), rng.random(80)
        equations.set(rows.at_first, rows.at_second, weights, shifts)
        right = rng.standard_normal(81)
        solution = equations.solve(right, 1e-10)
        whole = matrix.T @ (weights[:, None] * matrix) + np.diag([*shifts, 0.0])
        assert np.allclose(whole @ solution, right, atol=1e-9)
        assert np.allclose(solution, np.linalg.solve(whole, right))
    assert equations.iterations > 5


def test_a_factor_is_made_anew_once_it_has_served_for_as_long_as_one_takes(monkeypatch):
    points = naive.random_unit(40, 10, 1)
    first, second = np.tril_indices(40, -1)
    rows = Rows(points, first, second)
    equations = Dense(first, second, 360, lambda: False)
    made = []
    make = equations._make_factor
    monkeypatch.setattr(equations, "_make_factor", lambda: made.append(equations.served) or make())
    equations.set(rows.at_first, rows.at_second, np.ones(780), np.ones(360))
    equations.solve(np.ones(361), 1e-10)
    assert 0 < equations.served == equations.iterations < 8
    # 360 unknowns: 8 iterations.
    for served in (8, 9):
        equations.served = served
        equations.solve(np.ones(361), 1e-10)
    assert made == [0, 9]
    assert equations.served == equations.iterations


def test_shifts_grow_where_a_matrix_is_not_definite():
    points = naive.random_unit(30, 3, 1)
    first, second = near_pairs(points, 1.0)
    rows = Rows(points, first, second)
    equations = Dissected(points, first, second)
    equations.set(rows.at_first, rows.at_second, np.ones(len(first)), np.full(60, 1e-30))
    assert np.all(np.isfinite(equations.solve(np.ones(61), 0.0)))
    equations.set(rows.at_first, rows.at_second, np.full(len(first), np.nan), np.ones(60))
    with pytest.raises(np.linalg.LinAlgError, match="no factor"):
        equations.solve(np.ones(61), 0.0)


@pytest.mark.parametrize("order", [1, 511, 512, 513, 1300])
def test_cholesky_by_blocks(order):
    rows = np.random.default_rng(0).standard_normal((order, 20)).astype(np.float32)
    matrix = rows @ rows.T + 20.0 * np.eye(order, dtype=np.float32)
    factored = matrix.copy()
    assert cholesky(factored, lambda: False)
    lower = np.tril(factored)
    assert np.allclose(lower @ lower.T, matrix, atol=1e-3)


def test_no_factor_of_an_indefinite_matrix_nor_when_told_to_stop():
    assert not cholesky(-np.eye(3, dtype=np.float32), lambda: False)
    assert not cholesky(np.eye(3, dtype=np.float32), lambda: True)
    equations = Dense(np.array([1]), np.array([0]), 2, lambda: True)
    equations.set(np.ones((1, 1)), np.ones((1, 1)), np.ones(1), np.ones(2))
    with pytest.raises(np.linalg.LinAlgError):
        equations.solve(np.ones(3), 1e-9)


def test_a_point_without_pairs_stays():
    points = naive.random_unit(20, 5, 1)
    first, second = (index[:171] for index in np.tril_indices(20, -1))  # none of the last point
    rows = Rows(points, first, second)
    equations = Dense(first, second, 80, lambda: False)
    multipliers = np.full(171, 1.0 / 171)
    equations.set(rows.at_first, rows.at_second, np.ones(171), rows.shifts(multipliers, np.ones(171)))
    solution = equations.solve(rows.forces(-multipliers), 1e-12)
    assert np.isfinite(solution).all()
    assert not solution[76:80].any()


@pytest.mark.parametrize("weight", [np.inf, np.nan, -1.0])
def test_no_factor_of_weights_that_are_none(weight):
    points = naive.random_unit(3, 2, 0)
    first, second = np.tril_indices(3, -1)
    rows = Rows(points, first, second)
    equations = Dense(first, second, 3, lambda: False)
    equations.set(rows.at_first, rows.at_second, np.full(3, weight), np.zeros(3))
    with pytest.raises(np.linalg.LinAlgError):
        equations.solve(np.ones(4), 1e-9)
