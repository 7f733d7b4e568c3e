import naive
import numpy as np
import pytest

from sphcode.search.plan import make_plan
from sphcode.search.strategies import BY_NAME
from sphcode.search.strategies.hopping import Hop, Improve, accepted, chain
from sphcode.search.workspace import Task, Workspace


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
    reached = chain(work, start, rough, schedule.gap(rough), schedule)
    assert reached < rough
    assert reached == work.outcome().best.max_cosine
    assert work.outcome().effort >= 4000.0


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
