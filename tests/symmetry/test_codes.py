import numpy as np

from sphcode.symmetry import catalogue
from sphcode.symmetry.codes import best_symmetric, expected, has_union
from sphcode.symmetry.enumeration import pieces, sums


def test_best_symmetric_codes_and_the_same_again():
    options = {"combinations": 60, "group": "2^4:5:4"}
    found = best_symmetric(10, 40, 44, **options)
    assert abs(found[0].max_cosine - 1 / 6) < 1e-8
    assert str(found[0]) == "group 2^4:5:4, irreducibles 10, orbits 40"
    assert found[0].points.shape == (40, 10)
    best_symmetric.cache_clear()
    assert np.array_equal(best_symmetric(10, 40, 44, **options)[0].points, found[0].points)


def test_sums_make_up_the_dimension_in_order():
    assert all(sum(degrees) == 12 for degrees, _ in sums((1, 3, 3, 4, 5), 12))
    assert (3, 4, 5) in dict(sums((1, 3, 3, 4, 5), 12))
    work = pieces(22, {name: (catalogue.generators(name), catalogue.degrees(name)) for name in ("A6", "M22", "M23")})
    assert [piece.group for piece in work[:2]] == ["M23", "M22"]
    assert [piece.score for piece in work] == sorted(piece.score for piece in work)


def test_expected_and_possible():
    assert abs(expected(0.3, 100, 100, 8) - 0.3) < 1e-15
    assert expected(0.3, 100, 110, 8) > 0.3
    assert has_union(catalogue.generators("M22"), 22, 100)
    assert not has_union(catalogue.generators("M22"), 22, 101)
