"""Small groups: every element a matrix, kinds of orbits as large as they say, multiplicities near the regular ones."""

import numpy as np
import pytest

from sphcode.symmetry.small_groups import NAMES, small_group

DIM = 13


@pytest.mark.parametrize("name", NAMES)
def test_elements_are_a_group_of_orthogonal_matrices(name):
    group = small_group(name)
    degrees = np.array(group.representations.degrees)
    assert 5 <= group.order <= 64
    assert group.regular @ degrees == group.order, "the irreducibles are all there are"
    elements = group.acting(tuple(int(count) for count in group.regular))
    assert np.abs(elements[0] - np.eye(group.order)).max() < 1e-12
    assert np.abs(elements @ elements.transpose(0, 2, 1) - np.eye(group.order)).max() < 1e-9
    # Products are elements, each of them once; the regular representation has no character but at the identity.
    products = elements[1] @ elements
    distances = np.abs(products[:, None] - elements[None]).max(axis=(2, 3))
    assert sorted(distances.argmin(axis=1)) == list(range(group.order))
    assert distances.min(axis=1).max() < 1e-9
    assert np.abs(np.trace(elements, axis1=1, axis2=2)[1:]).max() < 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_kinds_of_orbits_are_as_large_as_they_say(name):
    group, rng = small_group(name), np.random.default_rng(5)
    multiplicities = tuple(int(count) for count in group.regular)
    elements = group.acting(multiplicities)
    kinds = group.orbits(elements, multiplicities, rng)
    assert len(kinds[0][1]) == group.order
    assert np.abs(kinds[0][0] - np.eye(len(elements[0]))).max() < 1e-9
    for projector, images in kinds:
        point = projector @ rng.standard_normal(len(projector))
        whole = elements @ (point / np.linalg.norm(point))
        orbit = whole[images]
        nearest = np.abs(whole[:, None] - orbit[None]).max(axis=2)
        assert nearest.min(axis=1).max() < 1e-8, "it holds all images"
        assert (nearest < 1e-8).sum() == group.order, "and each of them once"
        assert group.order % len(images) == 0


def test_multiplicities_are_near_those_of_regular_representations():
    group, rng = small_group("7:3"), np.random.default_rng(0)
    assert (group.representations.degrees, tuple(group.regular)) == ((1, 2, 6), (1, 1, 3))
    drawn = [group.near_regular(14, rng) for _ in range(100)]
    # 2 / 3 of the regular representation is 0.67, 0.67, 2; rounded to 14 dimensions that is 0, 1, 2.
    assert drawn.count((0, 1, 2)) > 50
    assert (2, 0, 2) in drawn
    for name in NAMES:
        group = small_group(name)
        found = [one for one in (group.near_regular(DIM, rng) for _ in range(20)) if one is not None]
        assert all(np.array(one) @ group.representations.degrees == DIM for one in found)
        assert all(min(one) >= 0 for one in found)
        away = [np.abs(np.array(one) - group.regular * DIM / group.order).max() for one in found]
        assert not found or min(away) < 1.5


def test_kinds_with_a_larger_stabiliser_are_left_out():
    group, rng = small_group("S4"), np.random.default_rng(1)
    degrees = group.representations.degrees
    only = tuple(int(k == degrees.index(2)) for k in range(len(degrees)))
    elements = group.acting(only)
    # In the plane the group acts as that of a triangle: no orbit has more than 6 points.
    sizes = sorted(len(images) for _, images in group.orbits(elements, only, rng))
    assert sizes == [3, 6]
