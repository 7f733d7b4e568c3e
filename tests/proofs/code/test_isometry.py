"""Equality of codes up to rotation, reflection and permutation."""

import numpy as np
import pytest

from sphcode import same_code
from sphcode.errors import InvalidInputError
from sphcode.proofs.code import isometry

NAMES = ["3,7", "3,13", "snub cube", "icosahedron", "half cube", "e8", "heptagon", "five of the octahedron"]


def turned(points, rng):
    rotation = np.linalg.qr(rng.standard_normal((points.shape[1],) * 2))[0]
    return (points @ rotation)[rng.permutation(len(points))]


@pytest.mark.parametrize("name", NAMES)
def test_turned_and_shuffled_codes_are_equal(codes, name):
    points = codes[name]
    other = turned(points, np.random.default_rng(3))
    found = same_code(points, other)
    assert sorted(found.permutation) == list(range(len(points)))
    assert found.rotation @ found.rotation.T == pytest.approx(np.eye(points.shape[1]), abs=1e-12)
    gaps = np.linalg.norm(points @ found.rotation.T - other[found.permutation], axis=1)
    assert gaps.max() <= found.distance < 1e-9


def test_a_moved_point_is_noticed(codes):
    points = codes["snub cube"]
    other = turned(points, np.random.default_rng(4))
    other[5] += [1e-8, 0, 0]
    other /= np.linalg.norm(other, axis=1)[:, None]
    assert same_code(points, other) is None
    assert 1e-9 < same_code(points, other, tolerance=1e-7).distance < 1e-7


def test_different_codes_and_sizes(codes):
    assert same_code(codes["snub cube"], codes["3,23"]) is None
    assert same_code(codes["icosahedron"], codes["tetrahedron"]) is None
    assert same_code(codes["icosahedron"], codes["half cube"]) is None


def test_rattlers_can_be_left_out(codes):
    points = codes["3,19"]
    other = points.copy()
    other[6] += [1e-4, 1e-4, 0]
    other = turned(other / np.linalg.norm(other, axis=1)[:, None], np.random.default_rng(5))
    assert same_code(points, other) is None
    found = same_code(points, other, rattlers=False)
    assert found.distance < 1e-9
    assert np.flatnonzero(found.permutation == -1).tolist() == [6]


def test_arguments(codes):
    with pytest.raises(InvalidInputError, match="tolerance"):
        same_code(codes["3,7"], codes["3,7"], tolerance=0.1)
    with pytest.raises(InvalidInputError, match="second"):
        same_code(codes["3,7"], [[1, 2], [3, 4]])


def test_codes_without_a_held_point_are_compared_only_with_their_rattlers():
    with pytest.raises(InvalidInputError, match="rattlers"):
        same_code([[1, 0, 0], [0, 1, 0]], [[0, 1, 0], [0, 0, 1]], rattlers=False)


def test_codes_with_too_many_contacts_to_list_have_no_rattlers(codes, monkeypatch):
    monkeypatch.setattr(isometry, "find_contacts", lambda rows: None)
    found = same_code(codes["3,13"], codes["3,13"], rattlers=False)
    assert sorted(found.permutation) == list(range(13))


def rounded_basis_and_one(dim, seed=5):
    """2 dim points of the cross-polytope and one in no special place: every point of the basis may go to any other."""
    extra = np.random.default_rng(seed).standard_normal(dim)
    return np.concatenate([np.eye(dim), -np.eye(dim), [extra / np.linalg.norm(extra)]])


def test_a_point_in_no_special_place_does_not_cost_all_partial_images():
    # Without the sorted inner products 2^12 12! maps of the basis fit, and each fails at its end.
    points = rounded_basis_and_one(12)
    assert isometry.find_symmetries(points) == []
    assert same_code(points, rounded_basis_and_one(12, seed=6)) is None
    assert same_code(points, turned(points, np.random.default_rng(7))).distance < 1e-12


def test_symmetries_are_searched_up_to_a_number_of_partial_images(monkeypatch, codes):
    points = codes["e8"]
    assert len(isometry.find_symmetries(points)) >= 8
    monkeypatch.setattr(isometry, "_MOST_IMAGES", 5)
    some = isometry.find_symmetries(points)
    assert all(np.allclose(points[g] @ points[g].T, points @ points.T) for g in some)
    assert len(some) < 5
