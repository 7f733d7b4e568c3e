import tracemalloc

import naive
import numpy as np
import pytest

from sphcode.search.descent.energies import ListEnergy, TiledEnergy
from sphcode.search.descent.minimise import minimise


@pytest.mark.parametrize(("kind", "dim", "squarings"), [(ListEnergy, 3, 4), (ListEnergy, 7, 9), (TiledEnergy, 7, 3)])
def test_energies_agree_with_a_double_loop(kind, dim, squarings, monkeypatch):
    monkeypatch.setattr("sphcode.search.descent.energies.TILE", 16)
    points = naive.random_unit(20 if kind is ListEnergy else 40, dim, 1)
    columns = np.ascontiguousarray(points.T)
    energy = kind(columns, squarings)
    energy.moved_to(columns)
    gradient = np.empty_like(columns)
    value = energy(columns, gradient)
    gradient = gradient.T
    assert value == pytest.approx(naive.smoothed_max(points, 2**squarings, energy.gap), abs=1e-8)
    tangent = gradient - np.sum(gradient * points, axis=1, keepdims=True) * points
    expected = naive.tangent_gradient(lambda p: naive.smoothed_max(p, 2**squarings, energy.gap), points)
    assert np.abs(tangent - expected).max() < 1e-6 * np.abs(expected).max()


def test_an_energy_gives_up_within_an_evaluation(monkeypatch):
    monkeypatch.setattr("sphcode.search.descent.energies.TILE", 16)
    points = np.ascontiguousarray(naive.random_unit(64, 30, 1).T)
    before, asked = points.copy(), []

    def third_tile_of_the_second_evaluation():
        asked.append(0)
        return len(asked) > 7

    energy = TiledEnergy(points, 3, third_tile_of_the_second_evaluation)
    assert minimise(energy, points, 5, 1e-9, third_tile_of_the_second_evaluation) == 2
    assert (points == before).all()


def test_no_array_of_all_pairs():
    points = np.ascontiguousarray(naive.random_unit(4000, 16, 0).T)
    energy, gradient = TiledEnergy(points, 3), np.empty_like(points)
    tracemalloc.start()
    energy(points, gradient)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.1 * points.shape[1] ** 2 * 8
