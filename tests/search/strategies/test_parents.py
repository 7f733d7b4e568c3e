"""Codes made from parents: nothing without one; with one, a code of the size asked for, better than the parent."""

import naive
import numpy as np

from sphcode.search.parents import Parent
from sphcode.search.plan import make_plan
from sphcode.search.strategies.parents import Parents
from sphcode.search.workspace import Task, Workspace


def outcome(parents):
    workspace = Workspace(
        Task(make_plan(3, 64), "parents", np.random.SeedSequence(0), (0, 0), 3000.0, best=0.95, parents=parents)
    )
    Parents().run(workspace)
    return workspace.outcome()


def test_without_a_parent_nothing_is_done():
    assert outcome(()) == outcome(())
    assert (outcome(()).best, outcome(()).effort) == (None, 0.0)


def test_points_are_taken_away_and_the_rest_is_relaxed():
    points = naive.random_unit(66, 3, 0)
    found = outcome((Parent(points, 0.99, "random"),))
    assert found.best.points.shape == (64, 3)
    assert found.best.max_cosine < 0.95
    assert found.effort > 0.0
    assert len(found.cosines) >= 1
    np.testing.assert_array_equal(found.best.points, outcome((Parent(points, 0.99, "random"),)).best.points)


def test_it_takes_part_where_optima_are_many_and_nothing_is_imposed():
    assert Parents().parts(make_plan(3, 80)) > 0.0
    for plan in (make_plan(3, 24), make_plan(3, 1000), make_plan(3, 80, antipodal=True)):
        assert Parents().parts(plan) == 0.0
