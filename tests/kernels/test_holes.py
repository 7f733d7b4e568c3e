import naive
import numpy as np
import pytest

from sphcode.kernels.holes import deepest


def test_candidates_are_pushed_from_their_nearest_points_and_the_deepest_is_told():
    points, candidates = naive.random_unit(50, 4, 0), naive.random_unit(6, 4, 1)
    pushes = np.array([0.2, 0.1, 0.05])
    expected = candidates.copy()
    for push in pushes:
        for c in range(6):
            moved = expected[c] - push * points[np.argmax(points @ expected[c])]
            expected[c] = moved / np.linalg.norm(moved)
    found = deepest(np.ascontiguousarray(points.T), candidates, pushes)
    assert candidates == pytest.approx(expected, abs=1e-14)
    assert found == np.argmin((expected @ points.T).max(axis=1))


@pytest.mark.parametrize("dim", [2, 3, 7])
def test_the_antipode_of_one_point_is_its_hole(dim):
    point = naive.random_unit(1, dim, 2)
    candidates = naive.random_unit(3, dim, 3)
    found = deepest(np.ascontiguousarray(point.T), candidates, np.full(60, 0.3))
    assert candidates[found] == pytest.approx(-point[0], abs=1e-6)


def test_without_pushes_the_farthest_candidate_is_told():
    points, candidates = naive.random_unit(20, 3, 4), naive.random_unit(9, 3, 5)
    kept = candidates.copy()
    assert deepest(np.ascontiguousarray(points.T), candidates, np.empty(0)) == np.argmin((kept @ points.T).max(axis=1))
    np.testing.assert_array_equal(candidates, kept)
