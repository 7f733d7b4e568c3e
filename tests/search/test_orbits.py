import numpy as np
import pytest

import sphcode
from sphcode.search.groups import named_group
from sphcode.search.orbits import orbit_types, paired, random_orbits


def test_orbits_of_the_icosahedral_group():
    kinds = orbit_types(named_group("icosahedral", 3), np.random.default_rng(0))
    assert [len(kind.images) for kind in kinds] == [60, 30, 20, 12]


def test_random_orbits_make_an_invariant_code_of_the_right_size():
    rng = np.random.default_rng(1)
    group = named_group("octahedral", 3)
    for n_points in (24, 30, 38, 50):
        orbits = random_orbits(group, orbit_types(group, rng), n_points, rng)
        assert orbits.n_points == n_points
        code = orbits.whole(orbits.starts(rng, 1)[0])
        assert code.shape == (n_points, 3)
        assert np.abs(np.linalg.norm(code, axis=1) - 1).max() < 1e-12
        for element in group:
            distance = np.abs((code @ element.T)[:, None] - code[None]).max(axis=2)
            assert distance.min(axis=1).max() < 1e-9
    lines = named_group("antipodal", 3)
    assert random_orbits(lines, orbit_types(lines, rng), 7, rng) is None


def test_paired_puts_antipodes_side_by_side():
    points = np.array([[1.0, 0], [0, 1], [-1, 0], [0, -1]])
    assert np.array_equal(paired(points), np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]]))


def test_pairing_keeps_every_point_where_some_are_equal():
    points = np.array([[1.0, 0, 0], [-1, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 0, 1], [0, 0, -1]])
    order = paired(points)
    assert order.shape == points.shape
    np.testing.assert_array_equal(order[::2], -order[1::2])


@pytest.mark.parametrize("seed", [1, 2])
def test_lines_are_as_many_as_asked_for(seed):
    # A union of orbits in which points coincide was taken for a better code, of 8 points.
    found = sphcode.generate(3, 10, antipodal=True, effort=50_000, rng=seed)
    assert found.code.n_points == 10
    assert found.max_cosine == pytest.approx(1 / np.sqrt(5), abs=1e-12)


def test_an_orbit_that_holds_both_ends_of_its_line_comes_once():
    rng = np.random.default_rng(0)
    group = named_group("icosahedral", 3)
    types = orbit_types(group, rng)
    for n_points in (24, 40, 60):
        assert random_orbits(group, types, n_points, rng) is None or n_points == 60
    assert random_orbits(group, types, 32, rng) is not None
