"""Local optimality: positive stress and rigidity, and codes that have neither."""

import numpy as np
import pytest

from sphcode.proofs.code.contact_system import ContactSystem
from sphcode.proofs.code.contacts import find_contacts
from sphcode.proofs.code.stress import prove_local


def system_of(points):
    return ContactSystem(*points.shape, find_contacts(points))


@pytest.mark.parametrize("name", ["3,7", "3,13", "snub cube", "icosahedron", "half cube", "heptagon"])
def test_optima_carry_a_balanced_positive_stress(codes, name):
    points = codes[name]
    system = system_of(points)
    local = prove_local(system, points, 1e-12)
    assert local.level == "strict-local"
    assert local.stress.min() > local.error
    assert local.stress.sum() == pytest.approx(1.0, abs=1e-9)
    pull = np.zeros_like(points)
    for (i, j), weight in zip(system.pairs, local.stress, strict=True):
        pull[i] += weight * points[j]
        pull[j] += weight * points[i]
    tangent = pull - np.sum(pull * points, axis=1)[:, None] * points
    assert np.abs(tangent).max() < 1e-9


def test_a_given_stress_is_checked(codes):
    points = codes["3,13"]
    system = system_of(points)
    good = prove_local(system, points, 1e-12).stress
    assert prove_local(system, points, 1e-12, good).level == "strict-local"
    for factor in (-1.0, 0.0, 1.01):
        bad = good.copy()
        bad[3] *= factor
        local = prove_local(system, points, 1e-12, bad)
        assert local.level == "exists" or local.error > abs(bad[3] - good[3])


def test_flexible_contacts_prove_nothing():
    cube = np.array([[x, y, z] for x in (1, -1) for y in (1, -1) for z in (1, -1)]) / np.sqrt(3)
    assert prove_local(system_of(cube), cube, 1e-12).level == "exists"
