import math

import naive
import numpy as np
import pytest

from sphcode.kernels import cells


def listed(points, chord, most):
    first, second = np.full((2, most), -1)
    count = cells.near_pairs(points, chord, first, second)
    return count, list(zip(first[:count].tolist(), second[:count].tolist(), strict=True))


@pytest.mark.parametrize("dim", [2, 3, 4, 6])
@pytest.mark.parametrize("chord", [0.01, 0.3, 0.7, 1.5, 2.0])
def test_pairs_are_those_of_all_comparisons_in_order(dim, chord):
    points = naive.random_unit(120, dim, 3)
    wanted = [(i, j) for i in range(120) for j in range(i) if math.dist(points[i], points[j]) <= chord]
    assert listed(points, chord, 120 * 60) == (len(wanted), wanted)


def test_points_on_the_axes_and_equal_points_have_cells():
    points = np.vstack([np.eye(3), -np.eye(3), np.eye(3)])
    assert listed(points, 1e-3, 9) == (3, [(6, 0), (7, 1), (8, 2)])
    assert listed(points, math.sqrt(2.0) + 1e-12, 60)[0] == 36 - 6, "all but the opposite ones"


def test_what_arrays_do_not_hold_is_counted_all_the_same():
    points = naive.random_unit(50, 3, 0)
    count, _ = listed(points, 2.0, 50 * 49 // 2)
    first, second = np.full((2, 10), -1)
    assert cells.near_pairs(points, 2.0, first, second) == count == 50 * 49 // 2
    assert first.min() >= 0


def test_a_grid_of_many_cells_is_as_good_as_one_of_few():
    # With the chord of a million points the cells are at their most.
    points = naive.random_unit(300, 3, 5)
    points[150:] = points[:150] + 1e-4 * naive.random_unit(150, 3, 6)
    points /= np.linalg.norm(points, axis=1)[:, None]
    assert listed(points, 2e-4, 600) == (150, [(150 + i, i) for i in range(150)])
