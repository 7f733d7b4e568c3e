import naive
import numpy as np
import pytest

from sphcode import generate
from sphcode.search.descent.estimate import critical_value
from sphcode.search.descent.schedules import JUDGE, Schedule
from sphcode.search.plan import make_plan
from sphcode.search.polish import polish
from sphcode.search.workspace import Task, Workspace


def test_a_code_whose_distances_are_all_equal_is_worth_its_cosine():
    assert critical_value(np.eye(5), 5) == pytest.approx(0.0, abs=1e-15)


def test_it_is_never_above_the_largest_cosine_and_comes_to_it_with_the_exponent():
    points = naive.random_unit(30, 4, 0)
    values = [critical_value(points, squarings) for squarings in range(0, 25, 4)]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(naive.max_cosine(points), abs=1e-12)
    assert values[0] < naive.max_cosine(points) - 0.1


def test_equal_points_are_worth_one():
    assert critical_value(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), 9) == pytest.approx(1.0, abs=1e-13)


@pytest.mark.parametrize("case", [(9, 40), (12, 50), (5, 60)])
def test_after_a_descent_it_is_nearer_to_the_critical_value_than_the_largest_cosine(case):
    plan = make_plan(*case)
    work = Workspace(Task(plan, "soft", np.random.SeedSequence(1), (0, 0), 1e9))
    code = naive.random_unit(case[1], case[0], 3)[None]
    work.descend(code, Schedule(tuple((k, 1000, 1e-4) for k in range(14))))
    end = polish(code[0], 1e-5)
    assert end.critical
    above = naive.max_cosine(code[0]) - end.max_cosine
    assert above > 1e-5
    assert abs(critical_value(code[0], 13) - end.max_cosine) < 0.1 * above


def test_judged_codes_are_told_apart_to_a_millionth():
    best = generate(12, 50, rng=0, constructions=False, effort=2000.0).points
    work = Workspace(Task(make_plan(12, 50), "soft", np.random.SeedSequence(1), (0, 0), 1e9))
    code = best[None].copy()
    work.descend(code, JUDGE)
    end = polish(code[0], 1e-5)
    assert critical_value(code[0], JUDGE.squarings) == pytest.approx(end.max_cosine, abs=1e-6)
