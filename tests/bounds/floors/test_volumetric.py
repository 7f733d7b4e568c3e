import pytest

from sphcode import bound
from sphcode.bounds.floors.volumetric import volumetric_margins


def test_values_of_the_paper():
    lower, upper = volumetric_margins(8, 240)
    assert (lower, upper) == pytest.approx((0.10001, 1.20389), abs=1e-5)


@pytest.mark.parametrize(("dim", "last_vacuous"), [(3, 16), (4, 37), (8, 879), (10, 3958)])
def test_when_the_upper_bound_says_something(dim, last_vacuous):
    assert volumetric_margins(dim, last_vacuous)[1] >= 1 > volumetric_margins(dim, last_vacuous + 1)[1]


@pytest.mark.parametrize(("dim", "n_points"), [(3, 12), (4, 24), (8, 240), (10, 100), (512, 10_000)])
def test_our_ceiling_is_between(dim, n_points):
    lower, upper = volumetric_margins(dim, n_points)
    assert lower < bound(dim, n_points, method="closed-form").one_vs_rest_upper_bound < upper
