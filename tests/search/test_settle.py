from dataclasses import replace

import naive
import numpy as np
import pytest

from sphcode import generate
from sphcode.codes.store import Case, shipped
from sphcode.codes.table import published
from sphcode.search.barrier import Rows
from sphcode.search.plan import make_plan
from sphcode.search.polish import polish
from sphcode.search.settle import Edges, is_settled, settle
from sphcode.search.sphere import unit
from sphcode.search.workspace import Task, Workspace


def icosahedron():
    return generate(3, 12, rng=0).points


@pytest.mark.parametrize("dim", [2, 3, 5])
def test_frames_are_orthonormal_bases_of_the_tangent_spaces(dim):
    points = np.vstack([naive.random_unit(20, dim, 0), np.eye(dim), -np.eye(dim)])
    nobody = np.zeros(0, np.int64)
    frames = Rows(points, nobody, nobody).bases
    assert frames.shape == (20 + 2 * dim, dim, dim - 1)
    assert np.einsum("nia,ni->na", frames, points) == pytest.approx(0.0, abs=1e-14)
    grams = np.einsum("nia,nib->nab", frames, frames)
    assert np.abs(grams - np.eye(dim - 1)).max() < 1e-14


def cosines(points, code):
    return np.einsum("ij,ij->i", points[code.first], points[code.second])


def rigid_code():
    code = polish(generate(3, 26, rng=0, constructions=False).points, 1e-10)
    assert code.critical
    return code


def test_an_edge_opens_one_contact_and_keeps_the_others_equal():
    code = rigid_code()
    edges = Edges.of(code)
    for contact in range(0, len(code.first), 5):
        # To first order: what is left is of the square of the shift.
        after = cosines(edges.opened(contact, 1e-5), code) - code.max_cosine
        others = np.delete(after, contact)
        assert np.ptp(others) < 1e-9
        assert others.mean() - after[contact] > 1e-7
        # The largest cosine rises by the multiplier, as multipliers balance.
        share = code.multipliers[contact] / code.multipliers.sum()
        assert others.mean() == pytest.approx(share * (others.mean() - after[contact]), abs=1e-9)


def test_an_edge_shifts_points_by_the_distance_at_most_and_keeps_their_norm():
    code = rigid_code()
    opened = Edges.of(code).opened(3, 1e-3)
    assert np.linalg.norm(opened, axis=1) == pytest.approx(1.0, abs=1e-15)
    assert np.linalg.norm(opened - code.points, axis=1).max() == pytest.approx(1e-3, rel=1e-5)


def test_points_without_contacts_stay():
    code = polish(generate(3, 19, rng=0, constructions=False).points, 1e-10)
    assert code.rattlers
    opened = Edges.of(code).opened(0, 1e-2)
    assert opened[list(code.rattlers)] == pytest.approx(code.points[list(code.rattlers)], abs=1e-15)


def test_a_code_of_more_contacts_than_unknowns_has_edges():
    code = polish(icosahedron(), 1e-6)
    assert len(code.first) > 2 * 12 + 1
    opened = Edges.of(code).opened(0, 0.01)
    assert np.linalg.norm(opened - code.points, axis=1).max() == pytest.approx(0.01, rel=1e-3)


@pytest.mark.parametrize("seed", [0, 2, 3])
def test_better_codes_nearby_are_found(seed):
    start = generate(3, 74, rng=seed, constructions=False, effort=1000)
    work = Workspace(Task(make_plan(3, 74), "improve", np.random.SeedSequence(1), (0, 0), 4000.0))
    work.best = polish(start.points, 1e-10)
    reached = settle(work, start.points, 4000.0)
    assert naive.max_cosine(reached) < start.max_cosine - 1e-6
    assert work.outcome().best.max_cosine == pytest.approx(naive.max_cosine(reached), abs=1e-15)
    assert work.outcome().best.critical
    assert 4000.0 <= work.effort < 4500.0


def test_a_code_without_contacts_is_returned():
    plan = make_plan(3, 74)
    work = Workspace(Task(plan, "improve", np.random.SeedSequence(1), (0, 0), 100.0))
    code = naive.random_unit(74, 3, 5)
    work.best = polish(code, 0.1)
    assert settle(work, code, 100.0) is code


def workspace(dim, n_points):
    return Workspace(Task(make_plan(dim, n_points), "improve", np.random.SeedSequence(1), (0, 0), 100.0))


def test_codes_are_settled_where_optima_are_many_and_some_polishes_are_paid_for():
    assert is_settled(workspace(3, 74), 1e4)
    assert not is_settled(workspace(3, 74), 100.0)
    assert is_settled(workspace(16, 75), 1e6)
    assert not is_settled(workspace(16, 75), 1e4)
    assert not is_settled(workspace(3, 24), 1e6)  # all starts end at few codes
    assert not is_settled(workspace(3, 1000), 1e9)  # large
    assert not is_settled(workspace(24, 100), 1e9)  # its edges take too long


def test_a_code_whose_polish_is_left_for_later_is_polished_after_each_kick():
    plan = replace(make_plan(3, 74), polish_later=True)
    start = generate(3, 74, rng=0, constructions=False, effort=1000)
    work = Workspace(Task(plan, "improve", np.random.SeedSequence(1), (0, 0), 3000.0, best=start.max_cosine))
    settle(work, start.points, 3000.0)
    assert work.outcome().best.critical
    assert work.outcome().best.max_cosine < start.max_cosine - 1e-6


@pytest.mark.parametrize("n_points", [102, 103])
def test_a_code_that_leans_the_other_way_is_found_at_once(n_points):
    # A large barrier ends at the other code of the family, 2e-7 and 4e-9 above, from where descents hardly come back.
    best = published()[3, n_points].max_cosine
    code = shipped().points(Case("points", 3, n_points))
    noise = np.random.default_rng(0).standard_normal(code.shape)
    start = polish(unit(code + 1e-3 * noise), 2.0**-9 * (1.0 - best))
    assert 1e-9 < start.max_cosine - best < 1e-6
    effort = 60_000.0
    plan = make_plan(3, n_points)
    work = Workspace(Task(plan, "improve", np.random.SeedSequence(1), (0, 0), effort, target=best + 1e-12))
    work.best = start
    settle(work, start.points, effort)
    assert work.outcome().best.max_cosine == pytest.approx(best, abs=1e-11)
    assert work.effort < effort
