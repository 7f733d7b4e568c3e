import math

import naive
import pytest

from sphcode.search.descent.lists import near_pairs, smallest_gap, spatial_order


@pytest.mark.parametrize("dim", [2, 3, 5, 8])
def test_near_pairs_are_those_within_the_angle(dim, monkeypatch):
    monkeypatch.setattr("sphcode.search.descent.lists.TILE", 32)
    points = naive.random_unit(80, dim, 1)
    found = list(zip(*near_pairs(points, 0.9), strict=True))
    assert found == [(i, j) for i in range(80) for j in range(i) if points[i] @ points[j] >= math.cos(0.9)]


@pytest.mark.parametrize(("dim", "n_points"), [(3, 50), (8, 600)])
def test_smallest_gap_and_order(dim, n_points):
    points = naive.random_unit(n_points, dim, 1)
    assert smallest_gap(points) == pytest.approx(1.0 - naive.max_cosine(points), abs=1e-14)
    assert sorted(spatial_order(points)) == list(range(n_points))
