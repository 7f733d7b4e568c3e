import numpy as np
import pytest

from sphcode.errors import InvalidInputError
from sphcode.search.groups import named_group, random_group
from sphcode.search.moves import random_move
from sphcode.search.orbits import orbit_types, random_orbits


def is_group(elements):
    products = np.einsum("aij,bjk->abik", elements, elements).reshape(-1, *elements.shape[1:])
    return all(np.abs(elements - product).max(axis=(1, 2)).min() < 1e-9 for product in products)


@pytest.mark.parametrize(
    ("name", "dim", "order"),
    [("antipodal", 4, 2), ("cyclic-7", 3, 7), ("dihedral-5", 3, 10), ("dihedral-4", 2, 8), ("permutation", 5, 5),
     ("tetrahedral", 3, 12), ("octahedral", 4, 24), ("icosahedral", 3, 60), ("D3d", 3, 12), ("Ih", 3, 120)],
)  # fmt: skip
def test_named_groups(name, dim, order):
    elements = named_group(name, dim)
    assert elements.shape == (order, dim, dim)
    assert np.array_equal(elements[0], np.eye(dim))
    assert is_group(elements)
    assert np.abs(np.einsum("aij,akj->aik", elements, elements) - np.eye(dim)).max() < 1e-12


def test_random_groups_are_groups_within_the_limit():
    rng = np.random.default_rng(0)
    groups = [random_group(4, 20, rng) for _ in range(60)]
    found = [group for group in groups if group is not None]
    assert len(found) > 20
    assert len({len(group) for group in found}) > 5
    for group in found[:15]:
        assert 2 <= len(group) <= 20
        assert is_group(group)


def test_moves_of_representatives_keep_the_symmetry_and_the_size():
    rng = np.random.default_rng(2)
    group = named_group("octahedral", 3)
    orbits = random_orbits(group, orbit_types(group, rng), 38, rng)
    points = orbits.starts(rng, 1)[0]
    for _ in range(40):
        points = random_move(points, rng, orbits)
        for point, kind in zip(points, orbits.types, strict=True):
            assert np.abs(kind.projector @ point - point).max() < 1e-12
        assert len(orbits.whole(points)) == 38
        assert len(orbits.without(points, 0)) == 38 - len(orbits.types[0].images)


def test_small_groups_are_drawn_often():
    rng = np.random.default_rng(3)
    orders = [len(group) for group in (random_group(3, 48, rng) for _ in range(400)) if group is not None]
    assert sum(order <= 6 for order in orders) > 0.25 * len(orders)
    assert max(orders) > 12


def test_unknown_group():
    with pytest.raises(InvalidInputError, match="`symmetry` must be antipodal"):
        named_group("monster", 3)
    with pytest.raises(InvalidInputError, match="for dim = 3 also Schoenflies names"):
        named_group("Ih", 4)
