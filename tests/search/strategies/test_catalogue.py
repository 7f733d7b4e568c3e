import numpy as np
import pytest

from sphcode.search.driver import Limits, run_search
from sphcode.search.plan import make_plan
from sphcode.search.strategies.catalogue import Catalogue, plan_pieces
from sphcode.search.workspace import Task, Workspace


def test_where_it_takes_part():
    catalogue = Catalogue()
    assert catalogue.parts(make_plan(3, 24)) == 0.0
    assert catalogue.parts(make_plan(8, 60)) > 0.0
    assert catalogue.parts(make_plan(8, 60, symmetry="cyclic-3")) == 0.0
    assert catalogue.parts(make_plan(8, 60, symmetry="M11")) == 1.0
    assert {(piece.group, poles) for piece, poles in plan_pieces(make_plan(11, 60, symmetry="M11"))} == {("M11", False)}


def test_most_effort_with_groups_asks_for_equators_too():
    assert not any(poles for _, poles in plan_pieces(make_plan(8, 60)))
    work = plan_pieces(make_plan(16, 95))
    assert {sum(piece.degrees) + poles for piece, poles in work} == {16}
    assert [piece.score for piece, _ in work] == sorted(piece.score for piece, _ in work)


def test_codes_of_fewer_points_and_equators_are_parents():
    plan = make_plan(16, 95)
    wanted = "A6", (1, 5, 9), True
    a6 = next(i for i, (piece, poles) in enumerate(plan_pieces(plan)) if (piece.group, piece.degrees, poles) == wanted)
    task = Task(plan, "catalogue", np.random.SeedSequence(0), (0, 0), 2000.0, best=0.18, position=a6)
    workspace = Workspace(task)
    Catalogue().run(workspace)
    parents = {len(parent.points): parent for parent in workspace.outcome().parents}
    core = parents[87]
    assert core.points.shape == (87, 16)
    assert core.max_cosine == pytest.approx(0.1686851751, abs=1e-7)
    assert core.origin.endswith("orbits 10 + 15 + 60, and poles")
    assert np.max(core.points @ core.points.T - 2.0 * np.eye(87)) == pytest.approx(core.max_cosine, abs=1e-12)


def test_a_search_alone_meets_a_union_of_orbits_for_any_number_of_workers():
    plan = make_plan(10, 40)
    best = []
    for workers in (1, map):
        limits = Limits(np.random.SeedSequence(0), target=1 / 6 + 1e-9)
        polished, state = run_search(plan, limits, workers, None)
        assert polished.max_cosine < 1 / 6 + 1e-9
        assert state.positions.get("catalogue", 0) >= 0
        best.append(polished.points)
    assert np.array_equal(*best)


@pytest.mark.parametrize("case", [(4, 12), (4, 26), (6, 40), (8, 60)])
def test_effort_is_kept(case):
    plan = make_plan(*case, effort=20_000.0)
    _, state = run_search(plan, Limits(np.random.SeedSequence(0)), 1, None)
    assert state.spent <= plan.effort + plan.overrun
