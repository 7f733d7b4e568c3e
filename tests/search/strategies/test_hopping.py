import naive
import numpy as np
import pytest

from sphcode.search.plan import make_plan
from sphcode.search.strategies import BY_NAME
from sphcode.search.strategies.hopping import Hop, Improve, accepted, hop_on
from sphcode.search.workspace import Chain, Task, Workspace


def workspace(strategy, plan, effort, **fields):
    return Workspace(Task(plan, strategy, np.random.SeedSequence(3), (0, 0), effort, **fields))


def test_better_hops_are_accepted_always_and_worse_ones_by_chance():
    rng = np.random.default_rng(0)
    assert all(accepted(0.5, 0.6, 0.0, rng) for _ in range(100))
    assert not any(accepted(0.6, 0.6, 0.0, rng) for _ in range(100))
    # A rise of t (1 - s) is accepted with probability exp(-1).
    share = np.mean([accepted(0.6 + 0.01 * 0.4, 0.6, 0.01, rng) for _ in range(20_000)])
    assert share == pytest.approx(np.exp(-1.0), abs=0.02)


@pytest.mark.parametrize(("dim", "n_points"), [(3, 30), (3, 100)])
def test_a_chain_is_never_worse_than_its_start(dim, n_points):
    work = workspace("hop", make_plan(dim, n_points), 4000.0)
    start = naive.random_unit(n_points, dim, 1)[None]
    rough = naive.max_cosine(start[0])
    schedule = make_plan(dim, n_points).schedules["hop"]
    reached = hop_on(work, Chain(start, rough, schedule.gap(rough)), schedule)
    assert reached.best < rough
    assert reached.best == work.outcome().best.max_cosine
    assert work.outcome().effort >= 4000.0


def test_a_chain_goes_on_in_the_next_round():
    plan = make_plan(3, 100)
    first = workspace("hop", plan, 3000.0)
    BY_NAME["hop"].run(first)
    left = first.outcome().chain
    assert left is not None  # its patience is longer than the effort
    best = first.outcome().best.max_cosine
    assert (left.best,) == first.outcome().cosines == (best,)
    second = workspace("hop", plan, 3000.0, best=best, chain=left)
    BY_NAME["hop"].run(second)
    went_on = second.outcome()
    assert went_on.chain is not None
    assert went_on.chain.best <= left.best
    # It counts as a start again only where it came to a better code.
    assert went_on.cosines == (() if went_on.chain.best == left.best else (went_on.chain.best,))


def test_a_chain_out_of_patience_does_not_go_on():
    plan = make_plan(3, 100)
    left = Chain(naive.random_unit(100, 3, 1)[None], 0.9, 0.01, best=-1.0, idle=10**6)
    work = workspace("hop", plan, 1000.0, best=-1.0, chain=left)
    BY_NAME["hop"].run(work)
    assert work.outcome().chain is None or work.outcome().chain.best > -1.0


def test_improving_begins_at_the_incumbent():
    code = naive.random_unit(24, 3, 2)
    best = naive.max_cosine(code)
    work = workspace("improve", make_plan(3, 24), 3000.0, best=best, incumbent=code)
    BY_NAME["improve"].run(work)
    assert work.outcome().cosines == ()  # these are no independent starts
    assert work.outcome().best.max_cosine < best


def test_parts():
    many, few = make_plan(3, 90), make_plan(3, 24)
    assert Hop().parts(many) > Hop().parts(few) > 0
    assert Improve().parts(many) > Improve().parts(few) > 0
    lines = make_plan(3, 24, antipodal=True)
    assert Hop().parts(lines) == Improve().parts(lines) == 0.0
