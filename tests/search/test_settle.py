from dataclasses import replace

import naive
import numpy as np
import pytest

from sphcode import generate
from sphcode.search.barrier import Rows
from sphcode.search.plan import make_plan
from sphcode.search.polish import polish
from sphcode.search.settle import SoftModes, is_settled, settle
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


def test_rotations_are_the_softest_modes_of_a_rigid_code():
    code = polish(icosahedron(), 1e-6)
    modes = SoftModes.of(code)
    assert modes.stiffness[:3] == pytest.approx(0.0, abs=1e-7)
    assert modes.stiffness[3] > 0.1
    assert not modes.free.any()


def test_a_kick_moves_all_points_but_the_free_ones_and_keeps_their_norm():
    code = polish(icosahedron(), 1e-6)
    modes = SoftModes.of(code)
    free = np.zeros(12, bool)
    free[4] = True
    kicked = SoftModes(modes.points, modes.frames, modes.vectors, modes.stiffness, free).kicked(
        1.0, np.random.default_rng(0)
    )
    assert np.linalg.norm(kicked, axis=1) == pytest.approx(1.0, abs=1e-15)
    moved = np.linalg.norm(kicked - code.points, axis=1)
    assert moved[4] < 1e-15
    assert np.delete(moved, 4).min() > 0.0
    assert moved.max() <= 10.0**-0.7


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
    assert not is_settled(workspace(24, 100), 1e9)  # its modes take too long


def test_a_code_whose_polish_is_left_for_later_is_polished_after_each_kick():
    plan = replace(make_plan(3, 74), polish_later=True)
    start = generate(3, 74, rng=0, constructions=False, effort=1000)
    work = Workspace(Task(plan, "improve", np.random.SeedSequence(1), (0, 0), 3000.0, best=start.max_cosine))
    settle(work, start.points, 3000.0)
    assert work.outcome().best.critical
    assert work.outcome().best.max_cosine < start.max_cosine - 1e-6
