"""The symmetry group of a code, against known orders and against all permutations of small codes."""

import itertools
import math

import numpy as np
import pytest

from sphcode import construct, symmetry_group
from sphcode.errors import InvalidInputError

CUBE = np.array(list(itertools.product([-1.0, 1.0], repeat=3))) / math.sqrt(3)


def e8_roots():
    whole = [np.eye(8)[i] * s + np.eye(8)[j] * t for i in range(8) for j in range(i) for s in (1, -1) for t in (1, -1)]
    half = [np.array(signs) / 2 for signs in itertools.product([1, -1], repeat=8) if np.prod(signs) == 1]
    return np.array(whole + half) / math.sqrt(2)


def random_points(n_points, dim, seed=0):
    points = np.random.default_rng(seed).standard_normal((n_points, dim))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def by_hand(points):
    """Count the permutations that keep the Gram matrix."""
    gram = points @ points.T
    every = (list(p) for p in itertools.permutations(range(len(points))))
    return sum(np.abs(gram[np.ix_(p, p)] - gram).max() < 1e-8 for p in every)


@pytest.mark.parametrize(
    ("points", "order", "orbits", "lines"),
    [
        (CUBE, 48, (8,), 24),
        (construct(3, 12), 120, (12,), 60),
        (construct(3, 5), 12, (3, 2), None),
        (construct(3, 24), 24, (24,), None),
        (construct(4, 24), 1152, (24,), 576),
        (construct(4, 120), 14400, (120,), 7200),
        (e8_roots(), 696729600, (240,), 348364800),
        (construct(7, 56), 2903040, (56,), 1451520),
        (construct(22, 275), 1796256000, (275,), None),
        (construct(12, 13), math.factorial(13), (13,), None),
        (construct(6, 12), 2**6 * math.factorial(6), (12,), 2**5 * math.factorial(6)),
        (random_points(50, 5), 1, (1,) * 50, None),
    ],
)  # fmt: skip
def test_known_orders(points, order, orbits, lines):
    group = symmetry_group(points)
    assert (group.order, group.orbits, group.lines) == (order, orbits, lines)


def test_generators_are_symmetries_and_generate_the_orbits():
    points = e8_roots()
    gram = points @ points.T
    for g in symmetry_group(points).generators:
        assert np.array_equal(np.sort(g), np.arange(240))
        assert np.abs(gram[np.ix_(g, g)] - gram).max() < 1e-12


@pytest.mark.parametrize("seed", range(6))
def test_against_all_permutations(seed):
    rng = np.random.default_rng(seed)
    # Part of the corners of a cube or of an octahedron with a point added: all kinds of small groups.
    corners = CUBE[rng.choice(8, 5, replace=False)]
    points = np.vstack([corners, random_points(1, 3, seed)]) if seed % 2 else np.vstack([corners, np.eye(3)[:2]])
    assert symmetry_group(points).order == by_hand(points)


def test_it_does_not_depend_on_order_rotation_or_rounding():
    rng = np.random.default_rng(1)
    points = construct(4, 24).points
    rotation = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    moved = points[rng.permutation(24)] @ rotation + 1e-12 * rng.standard_normal((24, 4))
    assert symmetry_group(moved / np.linalg.norm(moved, axis=1, keepdims=True)).order == 1152


def test_a_nearly_symmetric_code_is_not_symmetric():
    points = CUBE + 1e-6 * np.eye(8, 3)
    assert symmetry_group(points / np.linalg.norm(points, axis=1, keepdims=True)).order < 48


def test_coinciding_points_are_exchanged():
    points = np.vstack([random_points(4, 3), random_points(4, 3)[:1] + 1e-13])
    group = symmetry_group(points)
    assert (group.order, group.orbits, group.point_group) == (2, (2, 1, 1, 1), None)


def test_too_many_points_have_no_answer():
    assert symmetry_group(random_points(3001, 2)) is None


def test_rows_must_be_unit():
    with pytest.raises(InvalidInputError):
        symmetry_group(2.0 * CUBE)
