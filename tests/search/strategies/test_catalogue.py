import numpy as np

from sphcode._workers import mapper
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
    for workers in (1, mapper):
        limits = Limits(np.random.SeedSequence(0), target=1 / 6 + 1e-9)
        polished, state = run_search(plan, limits, 1 if workers == 1 else map, None)
        assert polished.max_cosine < 1 / 6 + 1e-9
        assert state.positions.get("catalogue", 0) >= 0
        best.append(polished.points)
    assert np.array_equal(*best)
