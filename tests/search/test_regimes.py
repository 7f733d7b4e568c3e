import pytest

from sphcode.search.regimes import has_point_groups, is_annealed, is_large, is_polishable
from sphcode.search.sphere import typical_angle


def test_which_codes_are_large_and_which_polished():
    assert is_large(3, 1000)
    assert is_large(64, 1000)
    assert not is_large(3, 130)
    assert not is_large(8, 240)
    assert is_polishable(3, 10_000)
    assert is_polishable(8, 240)
    assert is_polishable(16, 512)
    assert is_polishable(24, 1000)
    assert not is_polishable(3, 100_000)
    assert not is_polishable(64, 1000)
    assert typical_angle(3, 1000) == pytest.approx(0.12, abs=0.02)


def test_starts_are_annealed_in_more_than_three_dimensions_where_optima_are_many():
    assert is_annealed(5, 80)
    assert is_annealed(30, 200)
    assert not is_annealed(3, 120)
    assert not is_annealed(5, 16)


def test_point_groups_are_drawn_for_many_points_in_three_dimensions():
    assert has_point_groups(3, 61)
    assert not has_point_groups(3, 60)
    assert not has_point_groups(4, 61)
