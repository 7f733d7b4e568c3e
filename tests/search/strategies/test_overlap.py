"""Hopping on overlaps: where it takes part, its level, that chains go on, end and lead to better codes."""

import naive
import numpy as np
import pytest

from sphcode.search.plan import make_plan
from sphcode.search.settings import SETTINGS
from sphcode.search.strategies import BY_NAME
from sphcode.search.strategies import overlap as strategy
from sphcode.search.strategies.overlap import Overlap, _begun, _gone_on, _Level
from sphcode.search.workspace import Chain, Task, Workspace

PLAN = make_plan(3, 74)


def workspace(effort, plan=PLAN, seed=5, **fields):
    return Workspace(Task(plan, "overlap", np.random.SeedSequence(seed), (0, 0), effort, **fields))


def outcome(effort, **fields):
    work = workspace(effort, **fields)
    BY_NAME["overlap"].run(work)
    return work.outcome()


def test_it_takes_part_in_free_searches_where_optima_are_many():
    assert PLAN.parts["overlap"] == SETTINGS.overlap_parts
    for plan in (make_plan(3, 24), make_plan(3, 74, antipodal=True), make_plan(3, 2000), make_plan(9, 90)):
        assert Overlap().parts(plan) == 0.0
        assert "overlap" not in plan.parts
    assert Overlap().parts(make_plan(3, 74, symmetry="antipodal")) == 0.0


def test_a_chain_makes_a_random_code_better_and_is_the_same_again():
    found, again = outcome(8000.0), outcome(8000.0)
    np.testing.assert_array_equal(found.best.points, again.best.points)
    assert found.best.critical
    assert found.best.max_cosine == pytest.approx(naive.max_cosine(found.best.points), abs=1e-15)
    # Its first code, which it polishes before anything else.
    assert found.best.max_cosine < outcome(1.0).best.max_cosine - 1e-4
    assert 8000.0 <= found.effort < 11_000.0
    assert len(found.cosines) >= 1


def test_it_meets_the_listed_value_of_78_points():
    from sphcode.codes.table import published

    known = next(row for row in published().values() if (row.dim, row.n_points) == (3, 78))
    work = workspace(60_000.0, make_plan(3, 78), target=known.max_cosine + 1e-10)
    BY_NAME["overlap"].run(work)
    assert work.outcome().best.max_cosine <= known.max_cosine + 1e-10


def test_a_chain_goes_on_in_the_next_round():
    first = outcome(2500.0)
    assert first.chain is not None
    assert first.chain.idle < strategy._PATIENCE
    kept = {"best": first.best.max_cosine, "incumbent": first.best.points}
    then = outcome(1.0, chain=first.chain, **kept)
    # For want of effort it is where it was, but for the descent to the level.
    assert np.linalg.norm(then.chain.points - first.chain.points, axis=2).max() < 0.1
    assert then.cosines == ()


def test_a_chain_out_of_patience_ends_as_a_start():
    first = outcome(2500.0)
    kept = {"best": first.best.max_cosine, "incumbent": first.best.points}
    tired = Chain(first.chain.points, 0.0, 0.0, idle=strategy._PATIENCE)
    found = outcome(500.0, chain=tired, **kept)
    assert len(found.cosines) >= 1
    assert found.chain is None or found.chain.idle < strategy._PATIENCE
    # One that began at the best code is none.
    at_best = Chain(first.best.points[None], 0.0, 0.0, best=first.best.max_cosine, idle=strategy._PATIENCE)
    work = workspace(500.0, **kept)
    assert _gone_on(work, at_best).best == first.best.max_cosine
    assert work.cosines == []


def test_chains_begin_at_the_best_code_and_at_random_ones():
    best = naive.random_unit(74, 3, 1)
    work = workspace(1000.0, best=naive.max_cosine(best), incumbent=best)
    chains = [_begun(work) for _ in range(60)]
    at_best = sum(np.array_equal(chain.points[0], best) for chain in chains)
    assert 6 <= at_best <= 32
    assert sum(np.isfinite(chain.best) for chain in chains) == at_best


def test_the_level_is_a_little_below_the_best_and_its_energy_is_what_the_best_keeps_there():
    best = outcome(2500.0).best
    work = workspace(1e5, best=best.max_cosine, incumbent=best.points)
    level = _Level(work)
    assert level.cosine == pytest.approx(best.max_cosine - 0.005 * (1.0 - best.max_cosine), abs=1e-15)
    assert level.energy >= 0.9 * 0.005**2
    assert not level.passed
    spent = work.effort
    # Of the energy of the best, so not polished again.
    level.take(best.points, level.energy)
    assert work.effort == spent
    assert work.best is None


def test_a_rough_best_code_is_polished_before_there_is_a_level():
    start = naive.random_unit(74, 3, 3)
    rough = workspace(300.0)
    rough.descend(start[None], PLAN.schedules["medium"])
    work = workspace(1e5, best=naive.max_cosine(start), incumbent=start)
    level = _Level(work)
    assert work.best.critical
    assert level.best == work.known == work.best.max_cosine < naive.max_cosine(start)
    assert level.energy >= 0.5 * 0.005**2


def test_where_polishes_are_left_for_later_codes_are_sharpened():
    plan = make_plan(8, 140)
    assert plan.polish_later
    assert plan.many_optima
    found = outcome(4000.0, plan=plan)
    assert not found.best.critical
    assert found.best.max_cosine == pytest.approx(naive.max_cosine(found.best.points), abs=1e-14)


def test_what_is_left_of_the_search_bounds_what_is_settled():
    first = outcome(2500.0)
    kept = {"best": first.best.max_cosine, "incumbent": first.best.points}
    efforts = []
    for left in (150_000.0, np.inf):
        work = workspace(100.0, left=left, **kept)
        level = _Level(work)
        level.polish(level.descended(first.best.points)[0])
        efforts.append(work.effort)
    # A hundredth, and the polish that begins before that is spent.
    assert 1500.0 <= efforts[0] <= 1500.0 + 2.0 * PLAN.polish
    assert efforts[1] > 10.0 * PLAN.polish
