"""Exact certificates of codes that attain the three-point bound: made, used by `bound` and by `verify`."""

import pytest

from sphcode import bound, construct, prove, verify
from sphcode.bounds.three_point.exact import sharp_three_point_certificate
from sphcode.codes.constructions import construct_named
from sphcode.errors import NotProvenError
from sphcode.proofs.bound.check import check_bound


@pytest.mark.parametrize(("dim", "n_points", "degree", "cosine"), [(4, 10, 3, "1/6"), (3, 12, 4, "0+1/5*sqrt(5)")])
def test_attained(dim, n_points, degree, cosine):
    certificate = sharp_three_point_certificate(construct(dim, n_points), degree)
    assert certificate["claim"] == {"n_points": n_points, "max_cosine_at_least": cosine}
    assert check_bound(certificate).accepted


def test_not_attained():
    with pytest.raises(NotProvenError, match="does not attain the three-point bound of degree 2"):
        sharp_three_point_certificate(construct(4, 10), 2)
    with pytest.raises(NotProvenError, match="does not attain"):
        sharp_three_point_certificate(construct_named("cube"), 4)
    with pytest.raises(NotProvenError, match="one real quadratic field"):
        sharp_three_point_certificate(construct_named("snub-cube"), 4)


def test_ten_points_in_four_dimensions_are_settled():
    found = bound(4, 10)
    assert found.certificate["claim"] == {"n_points": 10, "max_cosine_at_least": "1/6"}
    assert found.name == "three-point-exact-3"
    assert found.optimal == "petersen"
    assert found.max_cosine_lower_bound == pytest.approx(1 / 6, rel=1e-15)
    assert bound(4, 11).optimal is None
    assert bound(4, 10, method="three-point").name == "three-point-exact-3"
    assert bound(4, max_cosine="0.16666").n_points_upper_bound == 9
    assert bound(4, max_cosine="1/6").n_points_upper_bound > 9
    assert bound(4, 10, method="lp").max_cosine_lower_bound < 1 / 6


@pytest.mark.parametrize(
    ("dim", "n_points", "name"),
    [
        (16, 288, "kerdock(dim=16)"),
        (20, 56, "gewirtz"),
        (21, 50, "hoffman-singleton"),
        (21, 77, "m22"),
        (64, 4224, "kerdock(dim=64)"),
    ],
)
def test_other_codes(dim, n_points, name):
    assert bound(dim, n_points).optimal == name


def test_eight_points_in_three_dimensions_are_settled():
    found = bound(3, 8)
    assert found.certificate["claim"] == {"n_points": 8, "max_cosine_at_least": "-1/7+2/7*sqrt(2)"}
    assert found.name == bound(3, 8, method="three-point").name == "three-point-exact-7"
    assert found.optimal == "square-antiprism"
    assert found.max_cosine_lower_bound == pytest.approx((2 * 2**0.5 - 1) / 7, rel=1e-15)
    assert bound(3, max_cosine="0.2612").n_points_upper_bound == 7
    assert bound(3, max_cosine="0.2613").n_points_upper_bound == 8


@pytest.mark.parametrize(("dim", "n_points"), [(3, 8), (4, 10)])
def test_the_code_is_verified_as_optimal(dim, n_points):
    certificate = prove(construct(dim, n_points).code())
    assert certificate["claim"]["level"] == "optimal"
    verdict = verify(certificate)
    assert verdict.accepted
    assert verdict.level == "optimal"
    assert "optimal by the three-point bound" in verdict.reason
