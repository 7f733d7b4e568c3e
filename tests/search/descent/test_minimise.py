import naive
import numpy as np
import pytest

from sphcode.search.descent.energies import ListEnergy, TiledEnergy
from sphcode.search.descent.minimise import minimise


def never():
    return False


@pytest.mark.parametrize(("kind", "dim"), [(ListEnergy, 3), (TiledEnergy, 6)])
def test_minimise_ends_at_a_stationary_point(kind, dim):
    points = np.ascontiguousarray(naive.random_unit(30, dim, 2).T)
    energy = kind(points, 3)
    evaluations = minimise(energy, points, 2000, 1e-7, never)
    assert evaluations < 2000
    gradient = np.empty_like(points)
    energy(points, gradient)
    gradient -= np.sum(gradient * points, axis=0) * points
    assert np.linalg.norm(gradient) < 1e-6
    assert np.linalg.norm(points, axis=0) == pytest.approx(1.0, abs=1e-14)
