import math
import tracemalloc

import naive
import numpy as np
import pytest

from sphcode import generate, refine
from sphcode.errors import Status
from sphcode.kernels.descent import descend
from sphcode.search.descent.energies import ListEnergy, TiledEnergy
from sphcode.search.descent.engine import descend_large
from sphcode.search.descent.lists import near_pairs, smallest_gap, spatial_order
from sphcode.search.descent.minimise import minimise
from sphcode.search.descent.schedules import SCHEDULES, large_schedule
from sphcode.search.polish import polish
from sphcode.search.regimes import is_large, is_polishable
from sphcode.search.sphere import typical_angle


def never():
    return False


@pytest.mark.parametrize("dim", [2, 3, 5, 8])
def test_near_pairs_are_those_within_the_angle(dim, monkeypatch):
    monkeypatch.setattr("sphcode.search.descent.lists.TILE", 32)
    points = naive.random_unit(80, dim, 1)
    found = list(zip(*near_pairs(points, 0.9), strict=True))
    assert found == [(i, j) for i in range(80) for j in range(i) if points[i] @ points[j] >= math.cos(0.9)]


@pytest.mark.parametrize(("dim", "n_points"), [(3, 50), (8, 600)])
def test_smallest_gap_and_order(dim, n_points):
    points = naive.random_unit(n_points, dim, 1)
    assert smallest_gap(points) == pytest.approx(1.0 - naive.max_cosine(points), abs=1e-14)
    assert sorted(spatial_order(points)) == list(range(n_points))


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


def test_descent_can_be_stopped_and_keeps_the_order_of_points():
    points = naive.random_unit(400, 3, 3)
    before = points.copy()
    cosine, evaluations = descend_large(points, large_schedule(3, 400), lambda: True)
    assert (points == before).all()
    assert evaluations == 1
    assert cosine == pytest.approx(naive.max_cosine(points), abs=1e-14)


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


def test_which_codes_are_large_and_which_polished():
    assert is_large(3, 1000)
    assert is_large(64, 1000)
    assert not is_large(3, 130)
    assert not is_large(8, 240)
    assert is_polishable(3, 10_000)
    assert is_polishable(8, 240)
    assert not is_polishable(3, 100_000)
    assert not is_polishable(64, 1000)
    assert typical_angle(3, 1000) == pytest.approx(0.12, abs=0.02)


def test_a_large_code_in_three_dimensions_converges():
    result = generate(3, 400, rng=0, constructions=False, effort=3000)
    assert result.status is Status.CONVERGED
    assert result.kkt_residual <= 1e-13
    assert result.contact_spread <= 1e-13
    # An infinite hexagonal packing has density pi / sqrt(12); a cap of half the angle each covers this share.
    assert 0.84 < 400 * (1.0 - math.cos(0.5 * math.acos(result.max_cosine))) / 2.0 < math.pi / math.sqrt(12)
    assert result.max_cosine == pytest.approx(naive.max_cosine(result.code.points), abs=1e-15)
    again = refine(result.code)
    assert again.status is Status.CONVERGED
    assert again.max_cosine == pytest.approx(result.max_cosine, abs=1e-14)


def test_a_code_of_many_unknowns_is_polished_from_a_rough_descent():
    points = naive.random_unit(230, 6, 1)
    none = np.zeros(0, np.int64)
    schedule = SCHEDULES["soft"]
    rough = descend(points[None], 230, (np.zeros((0, 6, 6)), none, none, none, np.zeros(0)), *schedule.arrays())[0][0]
    polished = polish(points, schedule.gap(rough))
    assert polished.critical
    assert polished.max_cosine < rough - schedule.gap(rough)
    again = polish(polished.points, 1e-9)
    assert again.critical
    assert again.max_cosine == pytest.approx(polished.max_cosine, abs=1e-14)


def test_a_large_code_does_not_depend_on_workers():
    one, two = (generate(3, 310, rng=0, constructions=False, effort=4000, workers=n) for n in (1, 2))
    assert (one.code.points == two.code.points).all()
    assert one.to_dict() | {"elapsed_s": 0} == two.to_dict() | {"elapsed_s": 0}


def test_many_dimensions_improve_with_effort():
    little, much = (generate(64, 300, rng=0, constructions=False, effort=effort) for effort in (20, 200))
    assert much.max_cosine < little.max_cosine
    assert much.status is Status.UNPOLISHED


def test_no_array_of_all_pairs():
    points = np.ascontiguousarray(naive.random_unit(4000, 16, 0).T)
    energy, gradient = TiledEnergy(points, 3), np.empty_like(points)
    tracemalloc.start()
    energy(points, gradient)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.1 * points.shape[1] ** 2 * 8


def test_time_stops_a_large_code():
    result = generate(64, 1000, rng=0, constructions=False, time_limit=2.0)
    assert result.status is Status.TIME
    assert result.elapsed < 20.0
    assert result.max_cosine < 0.6
