import naive
import numpy as np
import pytest

from sphcode.kernels.pair_list import list_energy


@pytest.mark.parametrize(("dim", "squarings"), [(3, 2), (5, 4)])
def test_a_full_list_gives_the_energy_of_all_pairs(dim, squarings):
    points = naive.random_unit(9, dim, 1)
    gap = 1.0 - naive.max_cosine(points)
    starts = np.array([i * (i - 1) // 2 for i in range(10)])
    second = np.concatenate([np.arange(i) for i in range(9)])
    gradient = np.empty_like(points)
    value = list_energy(points, starts, second, squarings, gap, gradient, np.empty(len(second)))
    assert value == pytest.approx(naive.smoothed_max(points, 2**squarings, gap), abs=1e-12)
    tangent = gradient - np.sum(gradient * points, axis=1, keepdims=True) * points
    expected = naive.tangent_gradient(lambda p: naive.smoothed_max(p, 2**squarings, gap), points)
    assert np.abs(tangent - expected).max() < 1e-6 * np.abs(expected).max()


def test_a_pair_that_is_not_listed_does_not_count():
    points = naive.random_unit(3, 3, 1)
    gradient = np.empty_like(points)
    value = list_energy(points, np.array([0, 0, 1, 1]), np.array([0]), 1, 1.0, gradient, np.empty(1))
    assert value == pytest.approx(np.log((1.0 - points[1] @ points[0]) ** -2))
    assert (gradient[2] == 0.0).all()
