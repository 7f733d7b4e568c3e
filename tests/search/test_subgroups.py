import numpy as np
import pytest

from sphcode import construct
from sphcode.search.subgroups import resized_orbits, resized_starts, symmetries


@pytest.fixture(scope="module")
def schlaefli():
    return symmetries(construct(6, 27).code().points)


def test_generators_map_the_code_to_itself(schlaefli):
    points = schlaefli.points
    for matrix in schlaefli.generators:
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(6), atol=1e-12)
        assert (points @ matrix.T @ points.T).max(axis=1).min() > 1.0 - 1e-12
    assert symmetries(points.copy()) is symmetries(points)


def test_codes_without_symmetry_or_that_do_not_span_have_no_generators():
    rng = np.random.default_rng(0)
    points = rng.standard_normal((20, 4))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    assert symmetries(points).generators == []
    flat = np.zeros((4, 3))
    flat[[0, 1, 2, 3], [0, 0, 1, 1]] = 1.0, -1.0, 1.0, -1.0
    assert symmetries(flat).generators == []
    assert resized_orbits(symmetries(points), 20, 48, rng) is None


@pytest.mark.parametrize("n_points", [22, 27, 31])
def test_unions_have_the_size_the_symmetry_and_most_of_the_code(schlaefli, n_points):
    rng = np.random.default_rng(1)
    drawn = [found for found in (resized_orbits(schlaefli, n_points, 48, rng) for _ in range(80)) if found is not None]
    assert len(drawn) > 20
    assert len({len(orbits.elements) for orbits, _ in drawn}) > 3
    for orbits, kept in drawn:
        assert orbits.n_points == n_points
        assert 3 <= len(orbits.elements) <= 48
        starts = resized_starts(orbits, kept, 2, rng)
        assert starts.shape == (2, len(orbits.types), 6)
        code = orbits.whole(starts[0])
        assert code.shape == (n_points, 6)
        for element in orbits.elements:
            assert (code @ element.T @ code.T).max(axis=1).min() > 1.0 - 1e-9
        # Points of the orbits that are kept stay near points of the code.
        count = sum(len(kind.images) for kind in orbits.types[: len(kept)])
        assert (code[:count] @ schlaefli.points.T).max(axis=1).min() > 1.0 - 1e-4


def test_draws_depend_on_the_stream_alone(schlaefli):
    found = [resized_orbits(schlaefli, 25, 48, np.random.default_rng(7)) for _ in range(2)]
    assert found[0] is not None
    assert np.array_equal(found[0][1], found[1][1])
    assert np.array_equal(found[0][0].elements, found[1][0].elements)
