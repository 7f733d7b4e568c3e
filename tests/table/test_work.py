import dataclasses
from types import SimpleNamespace

import naive
import numpy as np
import pytest

from sphcode import construct, generate
from sphcode._environment import code_version
from sphcode.codes.code import SphericalCode
from sphcode.codes.store import Case
from sphcode.search import driver
from sphcode.search.plan import make_plan
from sphcode.search.settings import SETTINGS
from sphcode.table.campaign import Entry, Task, state
from sphcode.table.work import _FROM_KNOWN, _as_parent, claim_of, one_of_each, run_task


def test_the_same_task_gives_the_same_record():
    task = Task(Case("points", 3, 7), 0, 0, 0.01, with_ceiling=True)
    first, again = run_task(task), run_task(task)
    assert first.points == again.points
    assert (first.claim, first.proof) == (again.claim, again.proof)
    assert first.ceiling["claim"]["n_points"] <= 7


def test_a_construction_is_kept_by_name():
    found = run_task(Task(Case("points", 8, 240), 0, 0, 0.01))
    assert found.construction == construct(8, 240).label
    assert found.points is None
    assert found.claim == "0." + "5" + 29 * "0"


def test_a_later_search_that_finds_nothing_better_records_no_code():
    case = Case("points", 4, 9)
    first = run_task(Task(case, 0, 0, 0.01))
    known = state([first], 1)[case]
    later = run_task(Task(case, 1, 0, 0.01, known))
    assert not later.improved
    assert later.points is None
    assert later.evaluations > 0


def test_a_code_taken_from_another_row_is_proven_as_one_of_this_row():
    # Five points of the octahedron, which no five points in three dimensions better.
    other = run_task(Task(Case("points", 3, 6), 0, 0, 0.01))
    case = Case("points", 3, 5)
    points = construct(3, 6).code().points[:5]
    taken = Entry(
        case, 0.0, points, None, other.claim, "exists", "5 of the 6 points of that row", 0, 1, 1.0,
        derived="5 of the 6 points of that row",
    )  # fmt: skip
    found = run_task(Task(case, 1, 0, 0.001, taken))
    assert found.improved
    assert found.strategy == taken.derived
    assert found.proof == claim_of(case, points)["proof"]
    assert not run_task(Task(case, 1, 0, 0.001, dataclasses.replace(taken, derived=""))).improved


def row(case, code, **values):
    facts = {"hits": 1, "searches": 1, "evaluations": 1.0, "proof": "exists", "found_by": "soft", **values}
    return Entry(case, code.max_cosine, code.points, None, f"{code.max_cosine:.17f}", **facts)


def test_a_row_that_takes_a_larger_code_has_it_relaxed_first():
    larger = generate(4, 21, effort=20_000).code
    other, case = row(Case("points", 4, 21), larger), Case("points", 4, 20)
    taken = "20 of the 21 points of that row"
    held = SphericalCode(larger.points[:20])
    known = dataclasses.replace(row(case, held, found_by=taken, derived=taken), max_cosine=larger.max_cosine)
    for before in (known, None):
        found = run_task(Task(case, 1, 0, 1e-4, before, parents=(other,)))
        assert found.improved
        assert found.max_cosine < larger.max_cosine - 1e-3
        assert found.strategy == "20 of the 21 points of (4, 21), relaxed"


def test_a_row_of_a_dimension_less_is_a_parent_with_poles():
    other = row(Case("points", 3, 6), construct(3, 6).code())
    parent = _as_parent(other, Case("points", 4, 8))
    assert parent.points.shape == (8, 4)
    assert parent.max_cosine == pytest.approx(0.0, abs=1e-15)
    assert parent.origin == "(3, 6) with poles"


def test_a_row_takes_a_code_of_a_dimension_less_filled_up():
    layer, case = row(Case("points", 3, 6), construct(3, 6).code()), Case("points", 4, 11)
    before = row(case, SphericalCode(naive.random_unit(11, 4, 1)))
    found = run_task(Task(case, 0, 0, 1e-6, before, layers=(layer,)))
    assert found.improved
    assert found.max_cosine < 0.35
    assert found.strategy == "(3, 6) on an equator, filled up"


def test_a_search_from_a_known_code_has_the_strategies_that_go_on_from_codes():
    settings = dataclasses.replace(SETTINGS, structured_parts=_FROM_KNOWN)
    assert set(dict(_FROM_KNOWN)) == set(make_plan(9, 90).parts) | {"symmetric"}
    assert make_plan(9, 90, settings=settings).parts == {name: share for name, share in _FROM_KNOWN if share > 0.0}
    assert make_plan(8, 90, settings=settings).parts == make_plan(8, 90).parts


def test_lines_hold_one_point_each():
    points = construct(3, 12).code().points
    lines = one_of_each(points)
    assert len(lines) == 6
    claim = claim_of(Case("lines", 3, 6), lines)
    assert float(claim["claim"]) == pytest.approx(1 / np.sqrt(5), abs=1e-15)
    assert claim["proof"] == "exists"


def test_a_local_optimum_is_proven():
    code = generate(4, 9, effort=20_000)
    claim = claim_of(Case("points", 4, 9), code.points)
    assert claim["proof"] == "strict-local"
    assert claim["contacts"] == 22


def test_a_large_code_is_its_construction_and_is_not_searched():
    found = run_task(Task(Case("points", 13, 1154), 0, 0, 1.0))
    assert (found.claim, found.proof, found.evaluations) == ("0." + "5" + 29 * "0", "exists", 0.0)
    assert found.construction == construct(13, 1154).label


def test_a_record_names_the_code_that_searched():
    assert run_task(Task(Case("points", 4, 5), 0, 0, 0.01)).version == code_version()


@pytest.mark.parametrize(
    ("dim", "n_points", "proof"), [(6, 27, "optimal"), (9, 16, "optimal"), (7, 53, "strict-local")]
)
def test_symmetric_codes_of_more_contacts_than_freedom_are_proven(dim, n_points, proof):
    found = claim_of(Case("points", dim, n_points), construct(dim, n_points).code().points)
    assert found["proof"] == proof
    assert found["claim"].startswith(f"{construct(dim, n_points).max_cosine:.6f}"[:5])


def test_a_code_from_elsewhere_that_is_only_known_to_exist_is_proven_at_its_first_search():
    known = row(Case("points", 4, 9), generate(4, 9, effort=20_000).code, searches=0)
    found = run_task(Task(known.case, 1, 0, 1e-4, known))
    assert (found.improved, found.proof, found.strategy) == (True, "strict-local", "soft")
    assert state([found], 2)[known.case].proof == "strict-local"
    again = run_task(Task(known.case, 1, 0, 1e-4, dataclasses.replace(known, searches=1)))
    assert (again.improved, again.points) == (False, None)


def test_the_value_of_lines_is_that_of_both_points_of_each(monkeypatch):
    search = driver.run_search

    def points_alone(*arguments):
        _, end = search(*arguments)
        return SimpleNamespace(points=np.array(generate(3, 8, effort=1000.0).points), max_cosine=-0.5), end

    monkeypatch.setattr(driver, "run_search", points_alone)
    found = run_task(Task(Case("lines", 3, 4), 0, 0, 0.001))
    assert found.max_cosine == pytest.approx(float(found.claim), abs=1e-12)
    assert found.max_cosine > 1 / 3
