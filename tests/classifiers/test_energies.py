"""Energies of unit rows against a double loop, and never below their proven floors."""

import math

import numpy as np
import pytest

from sphcode import construct
from sphcode.classifiers.energies import measure_energies


def unit_rows(n, dim, seed=0):
    rows = np.random.default_rng(seed).standard_normal((n, dim))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize(("n", "dim"), [(5, 3), (300, 4), (40, 60)])
def test_means_against_a_double_loop(n, dim):
    rows = unit_rows(n, dim)
    distances = np.array([np.linalg.norm(rows[i] - rows[j]) for i in range(n) for j in range(i)])
    energies = measure_energies(rows)
    assert energies["gaussian"].mean == pytest.approx(np.exp(-2 * distances**2).mean(), rel=1e-12)
    assert energies["riesz"].mean == pytest.approx((1 / distances).mean(), rel=1e-12)
    assert energies["logarithmic"].mean == pytest.approx(-np.log(distances).mean(), rel=1e-11, abs=1e-13)
    for energy in energies.values():
        assert energy.lower_bound is None or energy.mean > energy.lower_bound


def test_a_sharp_code_attains_the_floor():
    for energy in measure_energies(construct(5, 16).code().points).values():
        assert energy.mean == pytest.approx(energy.lower_bound, rel=1e-12)
        assert energy.bound.startswith("universal-")


def test_near_rows_keep_their_digits_and_equal_rows_have_no_finite_energy():
    angle = 1e-9
    rows = np.array([[1.0, 0.0, 0.0], [math.cos(angle), math.sin(angle), 0.0], [0.0, 0.0, 1.0]])
    assert measure_energies(rows)["riesz"].mean == pytest.approx((1e9 + 2 / math.sqrt(2)) / 3, rel=1e-12)
    rows[1] = rows[0]
    energies = measure_energies(rows)
    assert energies["riesz"].mean is None
    assert energies["logarithmic"].mean is None
    assert energies["gaussian"].mean is not None


def test_a_plane_has_no_floor():
    assert measure_energies(unit_rows(6, 2))["riesz"].lower_bound is None
