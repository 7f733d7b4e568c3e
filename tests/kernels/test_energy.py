import naive
import numpy as np
import pytest

from sphcode.kernels.descent import descend
from sphcode.kernels.energy import expand, largest_cosine, list_energy, list_near, orbit_energy, pair_energy


def random_code(n_points, dim, seed=0):
    points = np.random.default_rng(seed).standard_normal((n_points, dim))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


@pytest.mark.parametrize(("n_points", "dim", "squarings"), [(7, 2, 0), (9, 3, 2), (12, 5, 3), (12, 3, 7)])
def test_energy_and_gradient_agree_with_a_double_loop(n_points, dim, squarings):
    points = random_code(n_points, dim)
    gap = 1.0 - naive.max_cosine(points)
    gradient, rows = np.empty((dim, n_points)), np.empty((2, n_points))
    value = pair_energy(np.ascontiguousarray(points.T), squarings, gap, gradient, rows)
    assert value == pytest.approx(naive.smoothed_max(points, 2**squarings, gap), abs=1e-12)
    tangent = gradient.T - np.sum(gradient.T * points, axis=1, keepdims=True) * points
    expected = naive.tangent_gradient(lambda p: naive.smoothed_max(p, 2**squarings, gap), points)
    assert np.abs(tangent - expected).max() < 1e-6 * np.abs(expected).max()


def test_largest_cosine():
    points = random_code(30, 4)
    largest = largest_cosine(np.ascontiguousarray(points.T), np.empty(30))
    assert largest == pytest.approx(naive.max_cosine(points), abs=1e-15)


def test_coinciding_points_keep_the_energy_finite():
    points = np.ascontiguousarray(np.array([[1.0, 0], [1.0, 0], [0, 1.0]]).T)
    gradient = np.empty((2, 3))
    assert np.isfinite(pair_energy(points, 4, 1e-6, gradient, np.empty((2, 3))))
    assert np.isfinite(gradient).all()


def test_orbit_energy_is_the_energy_of_the_whole_code():
    quarter = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    elements = np.array([np.linalg.matrix_power(quarter, k) for k in range(4)])
    representatives = np.ascontiguousarray(random_code(3, 3).T)
    owner, element = np.repeat(np.arange(3), 4), np.tile(np.arange(4), 3)
    first, sizes = np.arange(0, 12, 4), np.full(3, 4.0)
    whole, rows = np.empty((3, 12)), np.empty((2, 12))
    expand(representatives, elements, owner, element, whole)
    gradient, whole_gradient = np.empty((3, 3)), np.empty((3, 12))
    value = orbit_energy(representatives, first, sizes, whole, 3, 0.3, gradient, rows)
    assert value == pytest.approx(pair_energy(whole, 3, 0.3, whole_gradient, rows), abs=1e-12)
    assert gradient == pytest.approx(4.0 * whole_gradient[:, first], abs=1e-9)


def good_code(n_points):
    points = random_code(n_points, 3)[None].copy()
    none = np.zeros(0, np.int64)
    free = (np.zeros((0, 3, 3)), none, none, none, np.zeros(0))
    descend(points, n_points, free, np.array([[0, 60], [4, 60]]), np.full(2, 1e-2))
    return np.ascontiguousarray(points[0].T)


@pytest.mark.parametrize("squarings", [6, 7, 9, 13])
def test_listed_energy_is_that_of_all_pairs(squarings):
    n_points = 90
    points = good_code(n_points)
    first, second, rows = np.empty(900, np.int64), np.empty(900, np.int64), np.empty((2, 900))
    count, reach = list_near(points, squarings, first, second, rows[0])
    assert 2 * n_points < count < 900
    # The list holds as long as no point has moved further.
    moves = np.random.default_rng(1).standard_normal((3, n_points))
    moved = points + reach * moves / np.linalg.norm(moves, axis=0)
    moved /= np.linalg.norm(moved, axis=0)
    for code in (points, moved):
        gap = 1.0 - naive.max_cosine(code.T)
        gradient, expected = np.empty_like(points), np.empty_like(points)
        value = list_energy(code, first[:count], second[:count], squarings, gap, gradient, rows)
        assert value == pytest.approx(pair_energy(code, squarings, gap, expected, rows), abs=1e-9)
        assert np.abs(gradient - expected).max() < 1e-9 * np.abs(expected).max()


def test_a_list_that_does_not_fit_is_refused():
    assert list_near(good_code(90), 7, np.empty(100, np.int64), np.empty(100, np.int64), np.empty(90))[0] == -1


@pytest.mark.parametrize(("dim", "squarings"), [(3, 2), (5, 4), (9, 3)])
def test_a_full_list_gives_the_energy_of_all_pairs(dim, squarings):
    points = np.ascontiguousarray(random_code(12, dim).T)
    first, second = np.tril_indices(12, -1)
    gap = 1.0 - naive.max_cosine(points.T)
    gradient, expected = np.empty_like(points), np.empty_like(points)
    value = list_energy(points, first, second, squarings, gap, gradient, np.empty((2, 66)))
    assert value == pytest.approx(pair_energy(points, squarings, gap, expected, np.empty((2, 12))), abs=1e-12)
    assert np.abs(gradient - expected).max() < 1e-12 * np.abs(expected).max()


@pytest.mark.parametrize("dim", [3, 7])
def test_a_pair_that_is_not_listed_does_not_count(dim):
    points = np.ascontiguousarray(random_code(3, dim).T)
    gradient = np.empty_like(points)
    value = list_energy(points, np.array([1]), np.array([0]), 1, 1.0, gradient, np.empty((2, 1)))
    assert value == pytest.approx(np.log((1.0 - points[:, 1] @ points[:, 0]) ** -2))
    assert (gradient[:, 2] == 0.0).all()
