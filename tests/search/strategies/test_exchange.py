"""Chains of exchanges: where they take part, where they begin, that they go on and lead to better codes."""

from dataclasses import replace

import naive
import numpy as np
import pytest

from sphcode.search.parents import Parent
from sphcode.search.plan import make_plan
from sphcode.search.settings import SETTINGS
from sphcode.search.strategies import BY_NAME
from sphcode.search.strategies.exchange import Exchange, _begun
from sphcode.search.workspace import Task, Workspace

PLAN = make_plan(9, 48)


def outcome(plan=PLAN, effort=20_000.0, key=(0, 0), **fields):
    workspace = Workspace(Task(plan, "exchange", np.random.SeedSequence(5), key, effort, **fields))
    BY_NAME["exchange"].run(workspace)
    return workspace.outcome()


def test_it_takes_part_from_nine_dimensions_on_where_optima_are_many_and_nothing_is_imposed():
    assert make_plan(9, 90).parts["exchange"] == dict(SETTINGS.structured_parts)["exchange"]
    for plan in (make_plan(8, 90), make_plan(9, 12), make_plan(9, 90, antipodal=True), make_plan(3, 2000)):
        assert Exchange().parts(plan) == 0.0
        assert "exchange" not in plan.parts
    assert Exchange().parts(make_plan(9, 90, symmetry="simplex")) == 0.0


def test_a_chain_makes_a_random_code_better_and_is_the_same_again():
    found, again = outcome(), outcome()
    np.testing.assert_array_equal(found.best.points, again.best.points)
    started = outcome(effort=500.0)
    assert found.best.max_cosine == pytest.approx(naive.max_cosine(found.best.points), abs=1e-15)
    # What is left of the random code at the beginning of the same chain.
    assert found.chain.best < started.chain.rough - 0.002
    assert found.effort >= 20_000.0
    assert len(found.cosines) >= 1


def test_a_chain_goes_on_in_the_next_round_and_another_begins_when_its_patience_is_used_up():
    first = outcome(effort=3000.0)
    then = outcome(effort=3000.0, key=(1, 0), chain=first.chain)
    assert then.chain.best <= first.chain.best
    plan = replace(PLAN, settings=replace(SETTINGS, exchange_patience=1))
    assert outcome(plan, effort=3000.0).chain is None or outcome(plan, effort=3000.0).chain.idle < 1


def test_chains_begin_at_the_best_code_a_parent_and_a_random_code_in_turn():
    best = naive.random_unit(48, 9, 1)
    parents = (Parent(naive.random_unit(50, 9, 2), 0.9, "random"),)
    known = {"incumbent": best, "best": naive.max_cosine(best), "parents": parents}
    starts = []
    for turn in range(4):
        work = Workspace(Task(PLAN, "exchange", np.random.SeedSequence(5), (turn, 0), 1000.0, **known))
        starts.append(_begun(work, turn))
    np.testing.assert_array_equal(starts[0].points[0], best)
    assert starts[0].rough == starts[3].rough == naive.max_cosine(best)
    for chain in starts[1:3]:
        assert chain.rough == pytest.approx(naive.max_cosine(chain.points[0]), abs=1e-15)
        assert chain.rough < 0.4
    assert starts[1].rough != starts[2].rough
    # For want of a best code and of parents all begin at random.
    alone = Workspace(Task(PLAN, "exchange", np.random.SeedSequence(5), (0, 0), 1000.0))
    assert all(_begun(alone, turn).rough < 0.4 for turn in range(3))
