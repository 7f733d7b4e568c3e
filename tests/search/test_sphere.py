import math

import naive
import numpy as np
import pytest

from sphcode import construct
from sphcode.search.sphere import random_points, spiral, typical_angle, unit


def test_random_points_are_uniform_unit_vectors():
    points = random_points(np.random.default_rng(0), 3, 20_000, 4)
    assert points.shape == (3, 20_000, 4)
    assert np.abs(np.linalg.norm(points, axis=-1) - 1).max() < 1e-15
    moments = np.einsum("nij,nik->njk", points, points) / 20_000
    assert np.abs(moments - np.eye(4) / 4).max() < 0.01
    assert np.abs(unit(3.0 * points) - points).max() < 1e-15


@pytest.mark.parametrize(("dim", "n_points"), [(3, 12), (3, 24), (4, 24), (4, 120), (8, 240), (24, 196560)])
def test_the_typical_angle_is_near_that_of_the_best_codes(dim, n_points):
    assert typical_angle(dim, n_points) / construct(dim, n_points).min_angle == pytest.approx(1.0, abs=0.35)
    assert typical_angle(dim, 2) <= math.pi


@pytest.mark.parametrize("n_points", [2, 301, 2000])
def test_the_spiral_is_of_unit_vectors_not_far_from_a_good_code(n_points):
    points = spiral(n_points)
    assert np.abs(np.linalg.norm(points, axis=1) - 1).max() < 1e-15
    # A good code has some 0.97 of the angle of the planar lattice of the same density.
    lattice = math.sqrt(8.0 * math.pi / math.sqrt(3.0) / n_points)
    assert math.acos(naive.max_cosine(points)) > 0.7 * lattice or n_points == 2
