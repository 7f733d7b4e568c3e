from dataclasses import replace

import naive
import numpy as np
import pytest

from sphcode.codes.constructions import construct
from sphcode.kernels import active_set
from sphcode.kernels.contact_system import max_cosine
from sphcode.kernels.descent import descend
from sphcode.search import costs
from sphcode.search.costs import polish_step
from sphcode.search.descent.engine import descend_large
from sphcode.search.descent.schedules import DEAR, DENSE, SCHEDULES, Schedule
from sphcode.search.polish import polish
from sphcode.search.settings import SETTINGS
from sphcode.search.sphere import unit


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


def test_few_steps_of_the_barrier_are_left_by_the_descents_before_them():
    # With exponents in steps of four and a barrier of 1000 gaps they were some 40 for such codes.
    settings = replace(SETTINGS, most_factored=0.0, patient_above=0)
    step = polish_step(8, 100, settings)
    for seed in (0, 1):
        points = naive.random_unit(100, 8, seed)
        rough, _ = descend_large(points, Schedule(((3, 200, 1e-3), (5, 200, 1e-3), (7, 200, 1e-3))), lambda: False)
        sharp, schedule = points.copy(), DENSE
        cosine, _ = descend_large(sharp, schedule, lambda: False)
        polished = polish(sharp, float(schedule.gap(cosine)), settings=replace(settings, dear_step=np.inf))
        assert polished.critical
        assert polished.effort <= 25 * step
        assert 0.0 < cosine - polished.max_cosine < 2.0 * schedule.gap(cosine)
        assert polished.max_cosine < rough


def noisy_optimum(dim, n_points, seed):
    """Return a polished code, and the same with its points moved so that its largest cosine is 1e-11 above."""
    points = naive.random_unit(n_points, dim, seed)
    none = np.zeros(0, np.int64)
    arguments = (np.zeros((0, dim, dim)), none, none, none, np.zeros(0))
    rough = descend(points[None], n_points, arguments, *SCHEDULES["slow"].arrays())[0][0]
    polished = polish(points, SCHEDULES["slow"].gap(rough))
    noise = np.random.default_rng(seed).standard_normal(points.shape)
    return polished, unit(polished.points + 5e-12 * noise)


def test_a_code_too_large_for_a_factorisation_in_each_step_ends_at_the_same_critical_point():
    by_kernels, noisy = noisy_optimum(8, 60, 3)
    dense = polish(noisy, 1e-11, settings=replace(SETTINGS, most_factored=0.0))
    assert by_kernels.critical
    assert dense.critical
    assert dense.max_cosine == pytest.approx(by_kernels.max_cosine, abs=1e-13)
    contacts = [
        {(i, j): stress for i, j, stress in zip(each.first, each.second, each.multipliers, strict=True)}
        for each in (by_kernels, dense)
    ]
    assert contacts[1] == pytest.approx(contacts[0], abs=1e-9)


def test_lines_of_a_code_too_large_for_a_factorisation_stay_lines():
    code = construct(3, 12).points
    lines = code[code[:, 0] + 0.1 * code[:, 1] + 0.01 * code[:, 2] > 0.0]
    noisy = unit(lines + 1e-6 * np.random.default_rng(0).standard_normal(lines.shape))
    whole = np.repeat(noisy, 2, axis=0) * np.tile([1.0, -1.0], 6)[:, None]
    polished = polish(whole, 1e-6, antipodal=True, settings=replace(SETTINGS, most_factored=0.0))
    assert np.array_equal(polished.points[::2], -polished.points[1::2])
    assert polished.critical
    assert polished.max_cosine == pytest.approx(0.2**0.5, abs=1e-14)


def test_a_dense_polish_ends_when_it_is_told_to_with_no_worse_code():
    points = noisy_optimum(8, 60, 3)[1]
    asked = []

    def stop():
        asked.append(1)
        return len(asked) > 40

    polished = polish(points, 1e-11, stop=stop, settings=replace(SETTINGS, most_factored=0.0))
    assert len(asked) < 60
    assert polished.max_cosine <= max_cosine(points)


def test_many_points_on_a_surface_are_polished_by_nested_dissection(monkeypatch):
    points = naive.random_unit(300, 3, 4)
    cosine, _ = descend_large(points, DEAR, lambda: False)
    gap = float(DEAR.gap(cosine))
    by_band = polish(points, gap)
    monkeypatch.setattr(costs, "is_dissected", lambda *_: True)
    dissected = polish(points, gap)
    assert by_band.critical
    assert dissected.critical
    assert dissected.max_cosine < cosine
    assert dissected.max_cosine == pytest.approx(by_band.max_cosine, abs=0.1 * gap)


def test_contacts_that_newton_finds_to_bear_no_force_are_left_out(monkeypatch):
    code, noisy = noisy_optimum(4, 20, 1)
    newton, sizes = active_set.newton, []

    def negative_once(points, antipode, first, second, multipliers):
        sizes.append(len(first))
        found = newton(points, antipode, first, second, multipliers)
        if len(sizes) == 1:
            multipliers[0] = -1e-6
        return found

    monkeypatch.setattr(active_set, "newton", negative_once)
    polish(noisy, 1e-11)
    assert sizes[:2] == [len(code.first), len(code.first) - 1]
