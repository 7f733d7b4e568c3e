import numpy as np
import pytest

from sphcode.search.driver import Limits, run_search
from sphcode.search.plan import make_plan
from sphcode.search.strategies.catalogue import Catalogue, plan_pieces


def test_where_it_takes_part():
    catalogue = Catalogue()
    assert catalogue.parts(make_plan(3, 24)) == 0.0
    assert catalogue.parts(make_plan(8, 60)) > 0.0
    assert catalogue.parts(make_plan(8, 60, symmetry="cyclic-3")) == 0.0
    assert catalogue.parts(make_plan(8, 60, symmetry="M11")) == 1.0
    assert {piece.group for piece in plan_pieces(make_plan(11, 60, symmetry="M11"))} == {"M11"}


def test_a_search_alone_meets_a_union_of_orbits_for_any_number_of_workers():
    plan = make_plan(10, 40)
    best = []
    for workers in (1, map):
        limits = Limits(np.random.SeedSequence(0), target=1 / 6 + 1e-9)
        polished, state = run_search(plan, limits, workers, None)
        assert polished.max_cosine < 1 / 6 + 1e-9
        assert state.positions.get("catalogue", 0) >= 0
        best.append(polished.points)
    assert np.array_equal(*best)


@pytest.mark.parametrize("case", [(4, 12), (4, 26), (6, 40), (8, 60)])
def test_effort_is_kept(case):
    plan = make_plan(*case, effort=20_000.0)
    _, state = run_search(plan, Limits(np.random.SeedSequence(0)), 1, None)
    assert state.spent <= plan.effort + plan.overrun
