"""Every optimum of the sphere with up to 60 points, as the search finds it: proven to 40 digits (minutes)."""

from decimal import Decimal

import pytest

from sphcode import best_known, generate, prove, verify

POLYNOMIALS = {
    7: [1, -3, -9, 3],
    8: [-1, 2, 7],
    9: [-1, 3],
    10: [1, -2, -4, 7],
    13: [1, -8, -12, 24, 38, 8, -12, -24, 1],
    14: [-1, 0, 3, -2, 4],
    24: [-1, -3, 1, 7],
}


#: Numbers of points of which the table has no row.
WITHOUT_A_ROW = [17, 21, 25, 29, 33, 37, 41, 45, 49, 53, 57]


@pytest.mark.slow
@pytest.mark.parametrize("n_points", range(4, 61))
def test_proven_and_equal_to_the_table(n_points):
    code = generate(3, n_points, rng=0).code
    certificate = prove(code, digits=40)
    verdict = verify(certificate)
    assert verdict.accepted
    assert verdict.level in ("strict-local", "optimal-cited", "optimal")
    if n_points in POLYNOMIALS:
        assert certificate["claim"]["minimal_polynomial"] == POLYNOMIALS[n_points]
    row = best_known(3, n_points)
    if row is None:
        assert n_points in WITHOUT_A_ROW
        return
    # A missed optimum is larger by far more than a unit of the last digit, a better code smaller.
    digits = Decimal(row.digits)
    unit = Decimal(1).scaleb(digits.as_tuple().exponent)
    assert abs(Decimal(certificate["claim"]["max_cosine"]) - digits) <= unit


def test_the_table_has_these_rows():
    assert [n for n in range(4, 61) if best_known(3, n) is None] == WITHOUT_A_ROW
