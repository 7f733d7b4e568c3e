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
    for more in (-1, 1, 1, -1, 1, -1):
        code = _sized(work, more)
        assert code.shape == (20 + more, 3)
        assert np.abs(np.linalg.norm(code, axis=1) - 1).max() < 1e-12


def test_where_optima_are_many_a_symmetric_code_may_have_an_eighth_more_points_or_poles():
    work = workspace(make_plan(4, 48), 20_000.0)
    sizes = {len(_sized(work, 1)) for _ in range(30)}
    assert 49 in sizes
    assert max(sizes) > 49
    assert max(sizes) <= 54
    assert all(len(parent.points) <= 54 for parent in work.outcome().parents)


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
