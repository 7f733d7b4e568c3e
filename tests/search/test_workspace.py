from dataclasses import replace

import naive
import numpy as np
import pytest

from sphcode import generate
from sphcode.search.plan import make_plan
from sphcode.search.polish import polish
from sphcode.search.workspace import Task, Workspace

PLAN = make_plan(12, 50)
LATER = replace(PLAN, polish_later=True)


def workspace(plan, **fields):
    return Workspace(Task(plan, "hop", np.random.SeedSequence(0), (0, 0), 1e6, **fields))


def descended(plan, seed=0):
    """A workspace with a descended and sharpened code, its value and about its error."""
    work = workspace(plan)
    start = naive.random_unit(plan.n_points, plan.dim, seed)[None]
    work.descend(start, plan.schedules["slow"])
    values, gaps = work.sharpen(start)
    return work, start[0], float(values[0]), float(gaps[0])


def test_sharpened_codes_have_their_largest_cosine_or_what_they_are_worth():
    _, points, cosine, gap = descended(replace(PLAN, polish_later=False))
    assert cosine == pytest.approx(naive.max_cosine(points), abs=1e-15)
    _, same, value, same_gap = descended(LATER)
    assert np.array_equal(points, same)
    end = polish(points, gap).max_cosine
    assert abs(value - end) < 0.2 * (cosine - end)
    assert gap == same_gap == (1.0 - cosine) / 2**13


def test_a_code_that_may_be_better_than_the_best_is_a_candidate():
    work, points, value, gap = descended(LATER)
    cosine = naive.max_cosine(points)
    # The best is between what the code is worth and its largest cosine.
    best = replace(work.task, best=0.5 * (cosine + value), incumbent=points)
    work = Workspace(best)
    rough = work.polish(points, value, gap)
    assert rough.max_cosine == pytest.approx(cosine, abs=1e-15)
    assert rough.max_cosine > work.known == best.best
    candidate = work.outcome().candidate
    assert candidate.strategy == "hop"
    end = polish(points, gap).max_cosine
    assert candidate.value == pytest.approx(end, abs=1e-6)
    # One that is worth no less changes nothing.
    work.polish(points, value, gap)
    assert work.candidate is candidate


@pytest.mark.parametrize(
    "change",
    [
        {"task": {"best": 0.0}},  # the best is better
        {"task": {"left": 1e5}},  # the search is nearly over
        {"plan": {"antipodal": True}},
        {"plan": {"symmetry": "simplex"}},
    ],
)
def test_other_codes_are_not(change):
    work, points, value, gap = descended(LATER)
    plan = replace(LATER, **change.get("plan", {}))
    work = Workspace(replace(work.task, plan=plan, **change.get("task", {})))
    work.polish(points, value, gap)
    assert work.outcome().candidate is None
    assert work.best.max_cosine == pytest.approx(naive.max_cosine(points) if plan.judges else value, abs=1e-15)


@pytest.mark.parametrize("best", [np.inf, -0.5])
def test_starts_count_with_their_largest_cosine_whether_they_may_be_the_best_or_not(best):
    work, points, value, gap = descended(LATER)
    work = Workspace(replace(work.task, best=best))
    work.best = work.polish(naive.random_unit(50, 12, 1), 0.9, 0.1)
    work.finish(points, value, gap, screened=True)
    assert work.outcome().cosines == (pytest.approx(naive.max_cosine(points), abs=1e-15),)


class Symmetry:
    def to_dict(self):
        return {"group": "C3"}


def test_the_symmetry_of_what_is_found_meanwhile_is_noted():
    work, points, value, gap = descended(LATER)
    with work.crediting(Symmetry()):
        pass
    assert (work.symmetry, work.candidate) == (None, None)
    with work.crediting(Symmetry()):
        work.polish(points, value, gap)
    assert work.symmetry == work.candidate.symmetry == {"group": "C3"}
    before = work.candidate
    with work.crediting(Symmetry()):
        pass
    assert work.candidate is before


def test_a_search_with_dear_polishes_ends_at_the_best_candidate():
    # (16, 79) was left at 0.1567127 by four times the default effort when rough codes were compared by their largest
    # cosines; the best optimum that is near has larger ones than its neighbours.
    code = generate(16, 79, rng=3, constructions=False, target=0.15668445508311443, effort=8e5)
    assert code.max_cosine <= 0.15668445508311443
