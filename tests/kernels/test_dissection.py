import numpy as np
import pytest

from sphcode.kernels.dissection import dissection
from sphcode.search.descent.lists import near_pairs
from sphcode.search.sphere import spiral, typical_angle


def fronts_of(found):
    """Return of each front its own unknowns and those around, without padding."""
    fronts = [found.rows[begin:end] for begin, end in zip(found.begins[:-1], found.begins[1:], strict=True)]
    return [
        (rows[:own][rows[:own] >= 0], rows[own:][rows[own:] >= 0]) for rows, own in zip(fronts, found.own, strict=True)
    ]


@pytest.mark.parametrize("n_points", [1, 12, 13, 200, 1000])
def test_each_unknown_is_eliminated_once_and_its_neighbours_later_or_with_it(n_points):
    points = spiral(n_points)
    first, second = near_pairs(points, 1.6 * typical_angle(3, n_points))
    found = dissection(points, first, second)
    fronts = fronts_of(found)
    assert np.array_equal(np.sort(np.concatenate([own for own, _ in fronts])), np.arange(2 * n_points + 1))
    turn = np.empty(2 * n_points + 1, int)
    for v, (own, _) in enumerate(fronts):
        turn[own] = v
    for v, (own, around) in enumerate(fronts):
        assert np.all(turn[around] > v)
        assert 2 * n_points in (around if v < len(fronts) - 1 else own)
        pairs = found.pairs[found.pair_begins[v] : found.pair_begins[v + 1]]
        assert np.all(np.minimum(turn[2 * first[pairs]], turn[2 * second[pairs]]) == v)
        assert set(2 * first[pairs]) | set(2 * second[pairs]) <= set(own) | set(around)
    assert np.array_equal(np.sort(found.pairs), np.arange(len(first)))


def test_what_a_part_leaves_is_in_the_front_of_the_part_that_holds_it():
    points = spiral(500)
    found = dissection(points, *near_pairs(points, 1.6 * typical_angle(3, 500)))
    waiting = []
    for halves, (own, around) in zip(found.halves, fronts_of(found), strict=True):
        for _ in range(2 if halves else 0):
            assert set(waiting.pop()) <= set(own) | set(around)
        waiting.append(around)
    assert [len(left) for left in waiting] == [0]


def test_fronts_hold_less_than_a_band_where_points_are_many():
    points = spiral(4000)
    first, second = near_pairs(points, 1.6 * typical_angle(3, 4000))
    place = np.argsort(np.argsort(points[:, 0]))
    band = 2 * np.max(np.abs(place[first] - place[second]))
    assert dissection(points, first, second).columns[-1] < 0.5 * band * 8000


def test_points_that_cannot_be_told_apart_are_parted():
    points = np.tile([0.0, 0.6, 0.8], (40, 1))
    found = dissection(points, *np.tril_indices(40, -1))
    assert sum(len(own) for own, _ in fronts_of(found)) == 81
