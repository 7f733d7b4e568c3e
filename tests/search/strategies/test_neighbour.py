import numpy as np
import pytest

from sphcode.search.plan import make_plan
from sphcode.search.strategies import BY_NAME
from sphcode.search.strategies.neighbour import Neighbour, _sized
from sphcode.search.workspace import Task, Workspace


def workspace(plan, effort):
    return Workspace(Task(plan, "neighbour", np.random.SeedSequence(1), (0, 0), effort))


def test_codes_of_another_size_are_unit_rows_of_that_size():
    work = workspace(make_plan(3, 20), 2000.0)
    for n_points in (19, 21, 21, 19, 21, 19):
        code = _sized(work, n_points)
        assert code.shape == (n_points, 3)
        assert np.abs(np.linalg.norm(code, axis=1) - 1).max() < 1e-12


def test_starts_have_the_size_that_was_asked_for():
    work = workspace(make_plan(4, 24), 8000.0)
    BY_NAME["neighbour"].run(work)
    outcome = work.outcome()
    assert outcome.best.points.shape == (24, 4)
    assert outcome.best.max_cosine < 0.6
    assert len(outcome.cosines) > 3


@pytest.mark.parametrize("dim", [2, 3])
def test_two_points_have_no_smaller_neighbour(dim):
    work = workspace(make_plan(dim, 2), 50.0)
    BY_NAME["neighbour"].run(work)
    assert work.outcome().best.max_cosine == pytest.approx(-1.0, abs=1e-11)


def test_its_part_is_larger_where_optima_are_many():
    assert Neighbour().parts(make_plan(3, 90)) > Neighbour().parts(make_plan(3, 24)) > 0.0
    assert Neighbour().parts(make_plan(3, 24, antipodal=True)) == 0.0
    assert Neighbour().parts(make_plan(3, 24, symmetry="octahedral")) == 0.0
