import naive
import numpy as np
import pytest

from sphcode.search.plan import make_plan
from sphcode.search.sphere import spiral
from sphcode.search.strategies import BY_NAME
from sphcode.search.workspace import Task, Workspace


def workspace(strategy, plan, effort, **fields):
    return Workspace(Task(plan, strategy, np.random.SeedSequence(0), (0, 0), effort, **fields))


@pytest.mark.parametrize("name", sorted(make_plan(3, 12).schedules.keys() & BY_NAME.keys()))
def test_every_schedule_finds_the_icosahedron(name):
    work = workspace(name, make_plan(3, 12), 3000.0)
    BY_NAME[name].run(work)
    outcome = work.outcome()
    assert outcome.best.max_cosine == pytest.approx(1 / 5**0.5, abs=1e-14)
    assert outcome.best.max_cosine == pytest.approx(naive.max_cosine(outcome.best.points), abs=1e-15)
    assert 3000.0 <= outcome.effort < 6000.0
    assert min(outcome.cosines) == pytest.approx(1 / 5**0.5, abs=1e-11)


def test_lines_are_antipodal():
    plan = make_plan(3, 12, antipodal=True)
    work = workspace("soft", plan, 2000.0)
    BY_NAME["soft"].run(work)
    points = work.outcome().best.points
    assert np.abs(points[0::2] + points[1::2]).max() < 1e-15


def test_a_large_start_that_time_cuts_is_no_worse_than_the_spiral():
    work = workspace("large", make_plan(3, 2000), 1e6, deadline=0.0)
    BY_NAME["large"].run(work)
    outcome = work.outcome()
    assert outcome.cut
    assert outcome.best.max_cosine == pytest.approx(naive.max_cosine(spiral(2000)), abs=1e-14)


def test_a_target_ends_a_task():
    plan = make_plan(3, 13)
    early, whole = (workspace("soft", plan, 20_000.0, target=target) for target in (0.6, -1.0))
    for work in (early, whole):
        BY_NAME["soft"].run(work)
    assert early.outcome().effort < 0.5 * whole.outcome().effort


def test_no_independent_starts_where_a_symmetry_is_imposed():
    assert BY_NAME["soft"].parts(make_plan(3, 24, symmetry="octahedral")) == 0.0
    assert BY_NAME["soft"].parts(make_plan(3, 24)) == 1.0
