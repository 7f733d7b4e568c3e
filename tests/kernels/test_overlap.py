"""The overlap energy against a double loop, and its descent: lower energies, none where caps fit, given up in time."""

import naive
import numpy as np
import pytest

from sphcode import construct
from sphcode.kernels import overlap
from sphcode.kernels.overlap import descend


def energy(points, level):
    """The sum over pairs of max(0, (cosine - level) / (1 - level))^2, pair by pair."""
    depths = [max(0.0, (points[i] @ points[j] - level) / (1.0 - level)) for i in range(len(points)) for j in range(i)]
    return sum(depth**2 for depth in depths)


@pytest.mark.parametrize(("n_points", "dim"), [(9, 2), (40, 3), (30, 4), (20, 8)])
@pytest.mark.parametrize("listed", [False, True])
def test_energy_and_gradient_agree_with_a_double_loop(n_points, dim, listed):
    points, level = naive.random_unit(n_points, dim, 1), 0.6
    pairs = np.array([(i, j) for i in range(n_points) for j in range(i) if points[i] @ points[j] > 0.5 and listed])
    first, second = pairs.reshape(-1, 2).T.astype(np.int64).copy()
    gradient = np.empty((dim, n_points))
    columns = np.ascontiguousarray(points.T)
    value = overlap.overlap(columns, first, second, level, gradient, np.empty(n_points))
    assert value == pytest.approx(energy(points, level), rel=1e-12)
    assert value > 0.0
    expected = naive.tangent_gradient(lambda p: energy(p, level), points)
    assert np.abs(gradient.T - expected).max() < 1e-6 * np.abs(expected).max()


@pytest.mark.parametrize(("n_points", "dim", "level"), [(60, 3, 0.87), (115, 3, 0.94), (40, 4, 0.6), (40, 8, 0.2)])
def test_a_descent_leaves_unit_vectors_and_their_energy(n_points, dim, level):
    start = naive.random_unit(n_points, dim, 2)
    columns = np.ascontiguousarray(start.T)
    value, evaluations = descend(columns, level, 100, np.inf, 1e-3)
    assert np.abs(np.linalg.norm(columns, axis=0) - 1.0).max() < 1e-14
    assert value == pytest.approx(energy(columns.T, level), rel=1e-9, abs=1e-20)
    assert value < 0.3 * energy(start, level)
    assert 10 < evaluations < 300
    again, more = descend(columns, level, 300, np.inf, 1e-6)
    assert again <= value
    assert more >= 1


def test_caps_that_fit_end_without_overlap():
    columns = np.ascontiguousarray(naive.random_unit(12, 3, 0).T)
    value, _ = descend(columns, 0.5, 300, np.inf, 1e-6)
    assert value < 1e-20
    assert naive.max_cosine(columns.T) < 0.5 + 1e-9


def test_the_energy_of_a_critical_code_is_at_least_the_square_of_the_depth():
    points = construct(3, 12).points
    best, depth = naive.max_cosine(points), 0.005
    columns = np.ascontiguousarray(points.T)
    value, _ = descend(columns, best - depth * (1.0 - best), 300, np.inf, 1e-8)
    # All 30 contacts share the depth, as the multipliers are equal.
    assert value == pytest.approx(30 * (depth / (1.0 + depth)) ** 2, rel=0.02)
    assert value > depth**2


def test_a_descent_that_cannot_reach_the_limit_is_given_up():
    start = naive.random_unit(100, 3, 4)
    whole, short = (np.ascontiguousarray(start.T) for _ in range(2))
    value, evaluations = descend(whole, 0.93, 200, np.inf, 1e-9)
    left, fewer = descend(short, 0.93, 200, 0.5 * value, 1e-9)
    assert value < left
    assert fewer < 0.7 * evaluations


def test_no_iterations_leave_the_start():
    start = naive.random_unit(20, 3, 5)
    columns = np.ascontiguousarray(start.T)
    value, evaluations = descend(columns, 0.5, 0, np.inf, 0.01)
    assert evaluations == 1
    assert value == pytest.approx(energy(start, 0.5), rel=1e-12)
    np.testing.assert_array_equal(columns.T, start)
