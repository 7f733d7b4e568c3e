"""A local optimum near approximate points: enclosed by growth, without contacts proven equal."""

import numpy as np
import pytest
from flint import arb, ctx

from sphcode.proofs.code import local_minimum as module
from sphcode.proofs.code.contact_system import ContactSystem, polish
from sphcode.proofs.code.contacts import find_contacts, find_rattlers
from sphcode.proofs.code.local_minimum import REACH, local_minimum
from sphcode.proofs.optimality import THEOREMS

BITS = 200


def enclosed(points, pairs=None):
    pairs = find_contacts(points) if pairs is None else pairs
    system = ContactSystem(*points.shape, pairs)
    with ctx.workprec(BITS):
        return local_minimum(system, *polish(system, points, BITS), BITS)


@pytest.mark.parametrize(("name", "case"), [("3,7", (3, 7)), ("3,13", (3, 13)), ("snub cube", (3, 24))])
def test_the_cosine_is_the_known_number(codes, name, case):
    minimum = enclosed(codes[name])
    assert float(minimum.radius) < 1e-25
    assert float(minimum.cosine.rad()) < 1e-55
    with ctx.workprec(BITS):
        value = arb(0)
        for coefficient in reversed(THEOREMS[case].polynomial):
            value = value * minimum.cosine + coefficient
    assert value.contains(0)


@pytest.mark.parametrize("name", ["3,13", "snub cube", "3,23"])
def test_codes_within_reach_are_worse(codes, name):
    points = codes[name]
    points = np.delete(points, find_rattlers(*points.shape, find_contacts(points)), axis=0)
    minimum = enclosed(points)
    rng = np.random.default_rng(0)
    for _ in range(200):
        step = rng.standard_normal(points.shape)
        moved = points + REACH * step / np.linalg.norm(step)
        moved /= np.linalg.norm(moved, axis=1)[:, None]
        assert (moved @ moved.T - 2 * np.eye(len(moved))).max() > float(minimum.cosine) + 1e-12


def test_flexes_of_first_order_are_judged_by_the_second(codes):
    # Three points on a great circle: moving all of them off its plane changes no contact to first order.
    triangle = np.array([[np.cos(a), np.sin(a), 0.0] for a in 2 * np.pi * np.arange(3) / 3])
    minimum = enclosed(triangle)
    assert minimum.cosine.contains(arb(-1) / 2)
    assert float(minimum.cosine.rad()) < 1e-50
    # Five points on a great circle, and the cube, carry a positive stress, but a flex improves them.
    pentagon = np.array([[np.cos(a), np.sin(a), 0.0] for a in 2 * np.pi * np.arange(5) / 5])
    assert enclosed(pentagon) is None
    cube = np.array([[x, y, z] for x in (1, -1) for y in (1, -1) for z in (1, -1)]) / np.sqrt(3)
    assert enclosed(cube) is None
    assert enclosed(codes["five of the octahedron"]) is None


def test_no_stress_no_optimum(codes):
    points = codes["3,13"]
    pairs = find_contacts(points)
    assert enclosed(points, np.delete(pairs, 0, axis=0)) is None


def test_unfinished_points_are_not_enough(codes):
    points = codes["snub cube"]
    system = ContactSystem(24, 3, find_contacts(points))
    disturbed = points + 1e-6 * np.random.default_rng(0).standard_normal(points.shape)
    with ctx.workprec(BITS):
        rows = [[arb(float(value)) for value in row] for row in disturbed]
        assert local_minimum(system, rows, arb(float(points[0] @ points[1])), BITS) is None


def estimate(**changes):
    exact = {"error": 0, "imbalance": 0, "gap": 0, "total": 0, "largest": 0, "least": 1}
    numbers = {name: arb(value) for name, value in (exact | changes).items()}
    return module._Estimate(**numbers, n_contacts=9, n_points=4)


@pytest.mark.parametrize(
    ("changes", "distance", "growth"),
    [
        # By hand from the head of the module: (k d^2 - m (contacts^2 + norms^2)) / 2 - loss, with k = 2 and m = 2;
        # contacts = (u + below) / least + 3 u, u = g + e + d^2 / 2, norms = 2 e / 2 + d^2 / 2.
        ({}, 2, 4 - ((2 + 3 * 2) ** 2 + 2**2)),
        ({"error": 1}, 0, -((1 + 3) ** 2 + 1) - 1),
        ({"error": 1, "total": 2}, 0, -((1 + 1 + 3) ** 2 + 1) - 2),
        ({"gap": 1}, 0, -((1 + 3) ** 2)),
        ({"imbalance": 1}, 2, 4 - ((2 + 2 + 3 * 2) ** 2 + 2**2) - 2),
        ({"largest": 1}, 2, 4 - ((2 + 2 + 3 * 2) ** 2 + 2**2)),
        ({"gap": 1, "least": 0.5}, 0, -((2 + 3) ** 2)),
    ],
)
def test_the_growth_that_is_proven(changes, distance, growth):
    assert estimate(**changes).growth(arb(distance), 2.0, 2.0) == growth


@pytest.mark.parametrize(
    ("changes", "proven"),
    [
        ({}, True),
        ({"least": 1e-12}, False),  # the penalty is more than the curvature at the far end
        ({"error": 1e-17}, False),  # the near end is beyond the far one
        ({"gap": 1e-17}, False),
        ({"imbalance": 1e-8}, False),
    ],
)
def test_other_codes_must_be_worse_at_both_ends(changes, proven, monkeypatch):
    monkeypatch.setattr(module, "_curvature", lambda *_: 1.0)
    assert (module._isolated(None, None, [], estimate(**({"error": 1e-40} | changes)), arb(0)) is not None) is proven


def test_no_factors_no_optimum(codes, monkeypatch):
    monkeypatch.setattr(module, "factorise", lambda *_: None)
    assert enclosed(codes["3,7"]) is None
