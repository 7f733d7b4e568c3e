"""Codes as codebooks: against integrals, known covering radii, and holes found by another way."""

import math

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from sphcode import SphericalCode, codebook, construct
from sphcode.codes.codebook import _deepest_hole
from sphcode.codes.constructions import construct_named
from sphcode.errors import InvalidInputError

KNOWN = [
    construct_named("polygon", n_points=9),
    construct_named("simplex", dim=5),
    construct_named("orthoplex", dim=6),
    construct_named("d", dim=3),
    construct_named("d", dim=6),
    construct_named("e8"),
]


@pytest.mark.parametrize("code", KNOWN, ids=[code.label for code in KNOWN])
def test_holes_reach_the_theorems_and_no_further(code):
    book = codebook(code, n_samples=10)
    assert book.covering_radius_is_exact
    found = _deepest_hole(code, code.decoder, np.random.default_rng(0))
    assert book.covering_radius - 1e-6 < found < book.covering_radius


@pytest.mark.parametrize(("dim", "n_points"), [(3, 12), (3, 24), (4, 24), (4, 10), (5, 16)])
def test_holes_against_the_facets_of_the_hull(dim, n_points):
    code = construct(dim, n_points).code()
    distances = -ConvexHull(code.points).equations[:, -1]  # from the origin to the facets
    radius = math.acos(distances.min())
    book = codebook(code, n_samples=10)
    assert not book.covering_radius_is_exact
    assert radius - 1e-6 < book.covering_radius < radius


def test_means_of_the_circle():
    book = codebook(construct_named("polygon", n_points=5), n_samples=4000, rng=3)
    half = math.pi / 5
    assert abs(book.mean_angle - half / 2) < 5 * book.mean_angle_spread
    expected = 2 - 2 * math.sin(half) / half
    assert abs(book.mean_squared_error - expected) < 5 * book.mean_squared_error_spread
    assert book.bits_per_dimension == math.log2(5) / 2


def test_a_code_of_all_points_and_a_construction_agree():
    first, second = codebook(construct(8, 240), rng=1), codebook(construct(8, 240).code(), rng=1)
    assert first.mean_squared_error == pytest.approx(second.mean_squared_error, abs=1e-12)
    assert (first.covering_radius_is_exact, second.covering_radius_is_exact) == (True, False)
    assert codebook(construct(8, 240), seed=1) == first
    assert codebook(construct(8, 240), seed=2) != first


def test_two_points():
    book = codebook(SphericalCode([[1.0, 0.0], [-1.0, 0.0]]), n_samples=100)
    assert math.pi / 2 - 0.01 < book.covering_radius < math.pi / 2  # no vertex to climb to: a bound, not the hole


def test_bad_input():
    with pytest.raises(InvalidInputError, match="`code` must be"):
        codebook(np.eye(3))
    with pytest.raises(InvalidInputError, match="`n_samples` must be"):
        codebook(construct(3, 12), n_samples=1)
