import dataclasses

import numpy as np
import pytest

from sphcode import construct
from sphcode.search.descent.schedules import ROUGH
from sphcode.search.groups import named_group
from sphcode.search.parents import Parent, with_poles
from sphcode.search.plan import make_plan
from sphcode.search.sphere import unit
from sphcode.search.strategies import BY_NAME
from sphcode.search.strategies.symmetric import (
    _best_of_several,
    _draws,
    _symmetric_parents,
    draw_orbits,
    small_group_orbits,
)
from sphcode.search.workspace import Task, Workspace
from sphcode.symmetry.small_groups import NAMES


def workspace(strategy, plan, effort):
    return Workspace(Task(plan, strategy, np.random.SeedSequence(2), (0, 0), effort))


def test_drawn_orbits_make_up_the_size():
    work = workspace("symmetric", make_plan(3, 30), 5000.0)
    drawn = [draw_orbits(work, 30) for _ in range(40)]
    orbits = [one for one in drawn if one is not None]
    assert len(orbits) > 10
    assert {one.n_points for one in orbits} == {30}


@pytest.mark.parametrize("strategy", ["symmetric", "symmetric hop"])
def test_an_imposed_group_maps_the_code_to_itself(strategy):
    work = workspace(strategy, make_plan(3, 24, symmetry="octahedral"), 40_000.0)
    BY_NAME[strategy].run(work)
    outcome = work.outcome()
    assert outcome.best.max_cosine == pytest.approx(0.7230784683335, abs=1e-10)
    code = outcome.best.points
    for element in named_group("octahedral", 3):
        assert np.abs((code @ element.T)[:, None] - code[None]).max(axis=2).min(axis=1).max() < 1e-7


def test_a_task_ends_though_no_draw_fits():
    work = workspace("symmetric", make_plan(3, 7, symmetry="icosahedral"), 1000.0)
    BY_NAME["symmetric"].run(work)
    assert work.outcome().best is None
    assert work.outcome().effort >= 1000.0


def test_large_codes_are_unions_of_orbits_of_point_groups():
    work = workspace("symmetric", make_plan(3, 480), 5000.0)
    drawn = [orbits for orbits in (draw_orbits(work, 480) for _ in range(40)) if orbits is not None]
    assert {orbits.n_points for orbits in drawn} == {480}
    assert min(len(orbits.elements) for orbits in drawn) >= 6
    assert len({orbits.group for orbits in drawn}) > 5


def test_the_icosahedral_code_of_480_points():
    work = workspace("symmetric", make_plan(3, 480), 3000.0)
    BY_NAME["symmetric"].run(work)
    outcome = work.outcome()
    assert outcome.best.max_cosine < 0.9857219
    assert outcome.symmetry == {"group": "I", "irreducibles": None, "orbits": [60] * 8}
    assert outcome.effort < 3000.0 + work.plan.overrun


def test_small_groups_make_up_the_size_of_mostly_free_orbits():
    rng = np.random.default_rng(0)
    drawn = [orbits for orbits in (small_group_orbits(14, 77, rng) for _ in range(120)) if orbits is not None]
    assert len({orbits.group for orbits in drawn}) > 10
    for orbits in drawn:
        assert orbits.n_points == 77
        assert sum(orbits.irreducibles) == 14
        assert orbits.to_dict()["irreducibles"] == list(orbits.irreducibles)
        code = orbits.whole(orbits.starts(rng, 1)[0])
        for element in orbits.elements[1:3]:
            assert np.abs((code @ element.T)[:, None] - code[None]).max(axis=2).min(axis=1).max() < 1e-9


@pytest.mark.parametrize(("dim", "n_points"), [(4, 41), (4, 64), (5, 33), (7, 25), (24, 40)])
def test_representations_that_are_not_faithful_make_no_code(dim, n_points):
    rng = np.random.default_rng(3)
    for orbits in (small_group_orbits(dim, n_points, rng) for _ in range(150)):
        if orbits is not None:
            assert orbits.n_points == n_points
            assert np.abs(orbits.elements[1:] - np.eye(dim)).max(axis=(1, 2)).min() > 1e-6


def test_a_hop_goes_on_with_the_best_of_several_unions():
    work = workspace("symmetric hop", make_plan(14, 77), 30_000.0)
    seen = []
    descend = work.descend

    def watched(starts, schedule, orbits=None):
        cosines = descend(starts, schedule, orbits)
        seen.append((float(cosines.min()), orbits, schedule))
        return cosines

    work.descend = watched
    found = _best_of_several(work, _draws(work))
    assert {schedule for _, _, schedule in seen} == {ROUGH}
    assert len(seen) > 10
    assert min(seen, key=lambda one: one[0])[1] is found[0]
    assert found[1].shape == (1, len(found[0].types), 14)


def test_small_groups_are_drawn_in_more_than_three_dimensions_where_optima_are_many():
    parts = {case: make_plan(*case).parts for case in [(3, 90), (4, 24), (5, 60)]}
    assert parts[5, 60]["symmetric hop"] > parts[4, 24]["symmetric hop"] == 1.0
    work = workspace("symmetric", make_plan(4, 24), 3000.0)
    assert {orbits.group for orbits in (draw_orbits(work, 24) for _ in range(60)) if orbits is not None} == {None}
    work = workspace("symmetric", make_plan(5, 60), 3000.0)
    groups = {orbits.group for orbits in (draw_orbits(work, 60) for _ in range(60)) if orbits is not None}
    assert len(groups & set(NAMES)) > 5
    assert None in groups


def test_every_other_hop_begins_at_a_parent_with_symmetry():
    plan = make_plan(9, 75)
    random = unit(np.random.default_rng(0).standard_normal((77, 9)))
    whole = with_poles(construct(8, 72).code().points)
    parents = (Parent(random, 0.9, "random"), Parent(whole, 0.5, "whole"))
    task = Task(plan, "symmetric hop", np.random.SeedSequence(2), (0, 0), 1.0, best=0.4, parents=parents)
    assert [len(code.points) for code in _symmetric_parents(Workspace(task))] == [74]
    found = []
    for given in (parents, ()):
        work = Workspace(dataclasses.replace(task, effort=2000.0, parents=given))
        BY_NAME["symmetric hop"].run(work)
        found.append(work.outcome())
    assert found[0].best.max_cosine < 0.34 < found[1].best.max_cosine


def test_below_nine_dimensions_hops_begin_at_no_parent():
    assert not make_plan(8, 96).structured
    assert make_plan(9, 75).structured
