"""Contacts proven equal by the symmetry of parts."""

import dataclasses

import numpy as np
import pytest
from flint import arb

from sphcode.proofs.code import circuits, parts
from sphcode.proofs.code.circuits import partly_symmetric_zero
from sphcode.proofs.code.contact_system import ContactSystem, exact_zero, midpoints, polish
from sphcode.proofs.code.contacts import find_contacts, find_rattlers
from sphcode.proofs.code.isometry import find_symmetries
from sphcode.proofs.code.parts import find_plan
from sphcode.proofs.code.symmetry import pair_orbits, symmetric_zero


def solved(points):
    contacts = find_contacts(points)
    held = np.setdiff1d(np.arange(len(points)), find_rattlers(*points.shape, contacts))
    contacts = np.searchsorted(held, contacts[np.isin(contacts, held).all(axis=1)])
    system = ContactSystem(len(held), points.shape[1], contacts)
    return system, *polish(system, points[held], 200)


def test_a_code_without_symmetry_that_has_one_contact_too_many(codes):
    points = codes["3,23"]
    assert find_symmetries(points) == []
    system, solution, cosine = solved(points)
    assert len(system.pairs) + system.n_points == system.rigid_rank + 1
    assert exact_zero(system, solution, cosine, 200) is None
    assert float(partly_symmetric_zero(system, solution, cosine, [], 200)) < 1e-50


def test_a_part_that_is_not_rigid_but_keeps_its_symmetry(codes):
    system, solution, cosine = solved(codes["4,39"])
    plan = find_plan(system, midpoints(solution), [])
    assert [len(part.braces) for part in plan.parts] == [1]
    assert float(partly_symmetric_zero(system, solution, cosine, [], 200)) < 1e-50


def test_parts_more_symmetric_than_the_whole(codes):
    system, solution, cosine = solved(codes["5,35"])
    generators = find_symmetries(midpoints(solution))
    labels = pair_orbits(system.n_points, generators)
    assert symmetric_zero(system, solution, cosine, labels, 200) is None
    assert partly_symmetric_zero(system, solution, cosine, [], 200) is None
    assert float(partly_symmetric_zero(system, solution, cosine, generators, 200)) < 1e-50


def test_a_plan_with_too_little_proves_nothing(codes, monkeypatch):
    system, solution, cosine = solved(codes["4,39"])
    plan = find_plan(system, midpoints(solution), [])
    identity = [np.arange(len(plan.parts[0].points))]
    for changes in ({"braces": np.empty((0, 2), dtype=np.int64)}, {"symmetries": identity}):
        parts = [dataclasses.replace(plan.parts[0], **changes)]
        worse = dataclasses.replace(plan, parts=parts)
        monkeypatch.setattr(circuits, "find_plan", lambda *_, worse=worse: worse)
        assert partly_symmetric_zero(system, solution, cosine, [], 200) is None
    monkeypatch.setattr(circuits, "find_plan", lambda *_: dataclasses.replace(plan, parts=[]))
    assert partly_symmetric_zero(system, solution, cosine, [], 200) is None


def test_points_off_the_optimum_have_no_equal_contacts(codes):
    system, solution, cosine = solved(codes["4,39"])
    moved = [[value + arb("1e-6") for value in row] for row in solution[:1]] + solution[1:]
    assert partly_symmetric_zero(system, moved, cosine, [], 200) is None


@pytest.mark.parametrize("name", ["3,7", "3,13", "3,15 twisted"])
def test_no_proof_without_symmetric_parts(codes, name):
    assert partly_symmetric_zero(*solved(codes[name]), [], 200) is None


@pytest.mark.parametrize("limit", ["_SPARSE_WORK", "_PART_WORK"])
def test_the_search_for_parts_ends_at_its_limits(codes, monkeypatch, limit):
    system, solution, _ = solved(codes["5,35"])
    tried = []
    monkeypatch.setattr(parts, "_part", lambda system, floats, points: tried.append(len(points)))
    assert find_plan(system, midpoints(solution), []) is None
    assert len(tried) > 20
    smallest, limited = min(tried), len(tried)
    tried.clear()
    monkeypatch.setattr(parts, limit, 1.0)
    assert find_plan(system, midpoints(solution), []) is None
    assert 1 <= len(tried) < limited
    assert limit == "_SPARSE_WORK" or tried == [smallest, *tried[1:2]]
