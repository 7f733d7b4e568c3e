"""Laminated starts: where they take part, that they are codes of the right size, and find what random starts do not."""

import naive
import numpy as np
import pytest

from sphcode.search.plan import make_plan
from sphcode.search.settings import SETTINGS
from sphcode.search.strategies import BY_NAME
from sphcode.search.strategies.laminated import _BEST_OF, Laminated, laminated, unfinished
from sphcode.search.workspace import Task, Workspace


def outcome(plan, effort, strategy="laminated", seed=5):
    workspace = Workspace(Task(plan, strategy, np.random.SeedSequence(seed), (0, 0), effort))
    BY_NAME[strategy].run(workspace)
    return workspace.outcome()


def test_they_take_part_from_nine_dimensions_on_where_optima_are_many_and_nothing_is_imposed():
    assert make_plan(9, 90).parts["laminated"] == dict(SETTINGS.structured_parts)["laminated"]
    for plan in (make_plan(8, 90), make_plan(9, 12), make_plan(9, 90, antipodal=True), make_plan(3, 2000)):
        assert Laminated().parts(plan) == 0.0
        assert "laminated" not in plan.parts
    assert Laminated().parts(make_plan(9, 90, symmetry="simplex")) == 0.0


def test_a_start_has_all_points_and_dimensions_and_most_of_it_near_an_equator():
    plan = make_plan(10, 50)
    near = []
    for seed in range(20):
        workspace = Workspace(Task(plan, "laminated", np.random.SeedSequence(seed), (0, 0), 1e6))
        (code,) = unfinished(workspace, plan.schedules["exchange"])
        assert code.shape == (50, 10)
        np.testing.assert_allclose(np.linalg.norm(code, axis=1), 1.0, atol=1e-14)
        near.append(int(np.sum(np.abs(code[:, -1]) < 0.01)))
        assert 0.0 < workspace.effort < 1e4
    # The last layer is on the equator of the last dimension; its size varies.
    assert min(near) >= 0.3 * 50
    assert len(set(near)) > 5


def test_layers_cost_less_than_whole_codes():
    # Work is counted in evaluations of the whole code: the descents of all layers cost less than as many of it.
    plan = make_plan(12, 60)
    workspace = Workspace(Task(plan, "laminated", np.random.SeedSequence(0), (0, 0), 1e6))
    code = naive.random_unit(30, 6, 1)[None].copy()
    workspace.descend(code, plan.schedules["exchange"])
    most = 2 * plan.schedules["exchange"].iterations
    assert 0.0 < workspace.effort <= most * (30 * 30 * 6) / (60 * 60 * 12)


def test_they_are_the_same_again_and_within_their_effort():
    plan = make_plan(9, 48)
    found, again = (outcome(plan, 30_000.0) for _ in range(2))
    np.testing.assert_array_equal(found.best.points, again.best.points)
    assert found.best.max_cosine == pytest.approx(naive.max_cosine(found.best.points), abs=1e-15)
    assert 30_000.0 <= found.effort < 30_000.0 + plan.overrun
    assert len(found.cosines) >= 2


def test_they_find_layers_that_random_starts_miss():
    # (17, 73): the best code known has 46 points in a hyperplane.
    plan = make_plan(17, 73)
    found = {name: outcome(plan, 60_000.0, name).best.max_cosine for name in ("laminated", "slow")}
    assert found["laminated"] < 0.1276
    assert found["slow"] > 0.133


def test_a_chain_begins_at_the_best_of_several_as_far_as_effort_goes():
    plan = make_plan(9, 48)
    schedule = plan.schedules["exchange"]

    def workspace(effort):
        return Workspace(Task(plan, "exchange", np.random.SeedSequence(2), (0, 0), effort))

    work = workspace(1e6)
    code, cosine = laminated(work, schedule)
    assert code.shape == (1, 48, 9)
    assert cosine == pytest.approx(naive.max_cosine(code[0]), abs=1e-15)
    again, each = workspace(1e6), []
    for _ in range(_BEST_OF):
        start = unfinished(again, schedule)
        each.append(float(again.descend(start, schedule)[0]))
    assert cosine == min(each) < max(each)
    assert work.effort == again.effort
    short = workspace(1.0)
    assert laminated(short, schedule)[1] > cosine
    assert short.effort < work.effort / 4
