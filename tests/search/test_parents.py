"""Parents: which are kept, and how codes of another size are made from them."""

import naive
import numpy as np
import pytest

from sphcode.search.driver import Limits, State, begin, tasks
from sphcode.search.known import known_parents
from sphcode.search.parents import Parent, best_parents, removal, resized, with_poles, worthy
from sphcode.search.plan import make_plan
from sphcode.search.polish import unpolished
from sphcode.search.workspace import Outcome, Task, Workspace


def parent(n_points, cosine, dim=4):
    return Parent(naive.random_unit(n_points, dim, n_points), cosine, "made up")


def test_a_parent_with_more_points_promises_more():
    assert parent(20, 0.5).expected(20) == 0.5
    assert parent(22, 0.5).expected(20) < 0.5 < parent(18, 0.5).expected(20)


def test_the_best_different_parents_are_kept():
    pool = [parent(22, 0.5), parent(20, 0.6), parent(22, 0.5 + 1e-11), parent(21, 0.4), parent(20, 0.7)]
    kept = best_parents(pool, 20, 3)
    assert [(len(one.points), one.max_cosine) for one in kept] == [(21, 0.4), (22, 0.5), (20, 0.6)]
    assert best_parents(reversed(pool), 20, 1) == (pool[3],)


def test_parents_are_left_as_the_best_gets_better():
    good, fair = parent(20, 0.505), parent(20, 0.52)
    assert worthy([fair, good], 20, np.inf, 0.01) == worthy([fair, good], 20, 0.52, 0.01) == [fair, good]
    assert worthy([fair, good], 20, 0.50, 0.01) == [good]
    assert worthy([fair, good], 20, 0.49, 0.01) == []


@pytest.mark.parametrize("n_points", [17, 20, 23])
def test_resized_codes_have_the_size_asked_for(n_points):
    points, rng = naive.random_unit(20, 3, 0), np.random.default_rng(0)
    for _ in range(12):
        code = resized(points, n_points, rng)
        assert code.shape == (n_points, 3)
        np.testing.assert_allclose(np.linalg.norm(code, axis=1), 1.0)
        common = (np.abs(code[:, None] - points[None]).max(axis=2) < 1e-12).any(axis=1).sum()
        assert common == min(n_points, 20)


def test_removals_take_caps_orbits_and_the_most_constrained():
    # Two orbits: the six axes, and eight corners; a corner has most contacts with axes and corners alike.
    corners = np.array(np.meshgrid(*[[-1.0, 1.0]] * 3)).reshape(3, 8).T / np.sqrt(3.0)
    points, rng = np.vstack([np.eye(3), -np.eye(3), corners]), np.random.default_rng(0)
    taken = [frozenset(removal(points, 4, rng)) for _ in range(60)]
    assert all(len(one) == 4 for one in taken)
    assert any(max(one) < 6 for one in taken), "a part of the orbit of axes"
    assert any(min(one) >= 6 for one in taken), "a part of the orbit of corners"
    assert len(set(taken)) > 10


def test_poles_are_orthogonal_to_the_equator():
    code = with_poles(np.eye(3))
    assert code.shape == (5, 4)
    assert np.abs(code[:3] @ code[3:].T).max() == 0.0
    assert code[3] @ code[4] == -1.0


def test_offers_go_by_the_driver_into_the_next_tasks():
    plan = make_plan(4, 60)
    workspace = Workspace(Task(plan, "neighbour", np.random.SeedSequence(0), (0, 0), 1.0, best=0.7))
    workspace.offer(parent(64, 0.9))
    assert workspace.outcome().parents == (), "a bad code is none"
    workspace.offer(good := parent(64, 0.7))
    state = State(best=unpolished(np.eye(4), 0.7), n_starts=1)
    limits = Limits(np.random.SeedSequence(0))
    assert "parents" not in {task.strategy for task in tasks(plan, state, limits, 3)}
    state.add(Outcome("neighbour", None, (), 9.0, parents=(good,)), plan)
    state.spent = plan.start * 100
    made = tasks(plan, state, limits, 3)
    assert "parents" in {task.strategy for task in made}
    assert all(task.parents == (good,) for task in made)


def test_known_codes_are_parents_only_when_asked_for():
    parents = known_parents(8, 100, 112, 3)
    assert 0 < len(parents) <= 3
    assert all(len(one.points) >= 100 for one in parents)
    assert begin(None, parents).parents == parents
    assert begin(None).parents == ()
