"""Codes from codes: the cosine and spectrum that the rules promise, against the points."""

from collections import Counter
from fractions import Fraction

import naive
import numpy as np
import pytest

from sphcode.codes.constructions import construct_named
from sphcode.codes.constructions.catalog import largest
from sphcode.codes.constructions.combine import direct_sum, juxtapose, pad, product, subset, with_antipodes
from sphcode.codes.constructions.layers import layered, layers, point
from sphcode.codes.constructions.orbits import orbit, rotation
from sphcode.codes.constructions.root_systems import derived, e8_roots
from sphcode.errors import InvalidInputError


def named(name, **params):
    return construct_named(name, **params)


def points_of(construction):
    return construction.block(0, construction.n_points)


def check(construction):
    points = points_of(construction)
    assert points.shape == (construction.n_points, construction.dim)
    assert np.abs(np.linalg.norm(points, axis=1) - 1).max() < 1e-12
    cosine = naive.max_cosine(points)
    assert cosine <= construction.max_cosine + 1e-12
    if construction.attained:
        assert cosine == pytest.approx(float(construction.cosine), abs=1e-12)
    if construction.spectrum is not None:
        gram = np.round((points @ points.T)[np.triu_indices(len(points), 1)], 9) + 0.0
        found = Counter(gram.tolist())
        expected = Counter()
        for line in construction.spectrum:
            expected[round(float(line.cosine), 9) + 0.0] += line.pairs
        assert found == expected
    return construction


def test_direct_sum():
    parts = [named("petersen"), named("polygon", n_points=5), named("simplex", dim=3)]
    total = check(direct_sum(parts))
    assert (total.dim, total.n_points, total.cosine.text) == (9, 19, "(-1 + sqrt(5))/4")
    assert check(direct_sum([named("simplex", dim=2), named("simplex", dim=4)])).cosine.text == "0"
    with pytest.raises(InvalidInputError, match="at least two"):
        direct_sum(parts[:1])


def test_subset_tells_whether_the_cosine_is_attained():
    kerdock = named("kerdock", dim=16)
    assert check(subset(kerdock, 40)).attained
    assert not subset(kerdock, 32).attained
    assert subset(kerdock, 288) is kerdock


def test_pad_keeps_everything_but_the_dimension():
    padded = check(pad(named("icosahedron"), 5))
    assert padded.cosine == named("icosahedron").cosine
    assert not padded.proven_optimal


def test_antipodes():
    assert check(with_antipodes(named("petersen"))).cosine.text == "2/3"
    assert check(with_antipodes(named("schlaefli"))).n_points == 54
    with pytest.raises(InvalidInputError, match="free of antipodal pairs"):
        with_antipodes(named("e8"))


def test_product():
    both = check(product(named("polygon", n_points=5), named("icosahedron")))
    assert (both.n_points, both.dim) == (60, 5)
    whole = points_of(both)
    for start, stop in [(0, 1), (3, 9), (11, 13), (0, 60), (25, 60)]:
        assert (both.block(start, stop) == whole[start:stop]).all()


def test_juxtapose():
    both = check(juxtapose(named("schlaefli"), named("clebsch"), Fraction(1, 3)))
    assert (both.n_points, both.dim, both.cosine.value) == (16, 11, Fraction(1, 3) / 4 + Fraction(2, 3) / 5)
    with pytest.raises(InvalidInputError, match="`weight`"):
        juxtapose(named("schlaefli"), named("clebsch"), 1)


def test_layers():
    square = named("polygon", n_points=4)
    octahedron = check(layers([point(2), square, point(2)], [1, 0, -1]))
    assert (octahedron.n_points, float(octahedron.cosine)) == (6, 0.0)
    check(layers([square, square], [0.5, -0.5]))
    for codes, heights in [([square], [0.5, 0]), ([square, square], [0, 0.5]), ([square], [1])]:
        with pytest.raises(InvalidInputError):
            layers(codes, heights)


@pytest.mark.parametrize(("dim", "n_points"), [(3, 7), (3, 50), (3, 200), (4, 33), (5, 90), (8, 150), (12, 200)])
def test_layered(dim, n_points):
    check(layered(dim, n_points, largest))


def test_layered_uses_the_sphere():
    """The density of the layered code must not be far below that of a good packing of the sphere."""
    for dim, n_points, factor in [(3, 1000, 1.2), (4, 1000, 1.5)]:
        angle = layered(dim, n_points, largest).min_angle
        caps = {3: n_points * (1 - np.cos(angle / 2)) / 2, 4: n_points * (angle - np.sin(angle)) / (2 * np.pi)}[dim]
        best = {3: np.pi / np.sqrt(12), 4: np.pi / np.sqrt(18)}[dim]
        assert best / factor < caps < best


def test_derived_code():
    code = derived(e8_roots(), 0, 4)
    assert len(code) == 56
    assert np.abs(code @ e8_roots()[0]).max() == 0


def test_orbit():
    quarter_turns = [rotation([1, 0, 0], 1 / 4), rotation([0, 0, 1], 1 / 4)]
    assert len(orbit(quarter_turns, [[1.0, 0.3, 2.0]])) == 24
    assert len(orbit(quarter_turns, [[1.0, 0, 0], [1, 1, 1]])) == 14
    with pytest.raises(InvalidInputError, match="orthogonal"):
        orbit([np.ones((3, 3))], [[1.0, 0, 0]])
    with pytest.raises(InvalidInputError, match="max_points"):
        orbit([rotation([0, 0, 1], 0.1234567)], [[1.0, 0, 0]], max_points=50)
