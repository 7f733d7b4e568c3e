"""The policy of a campaign, on states made by hand."""

import dataclasses

import numpy as np

from sphcode.codes.store import Case
from sphcode.codes.table import TableRow
from sphcode.search.plan import default_effort
from sphcode.table.campaign import MOST_PARENTS, Entry, layers, next_effort, parents, promise, state, tasks
from sphcode.table.journal import Record, Settings, packed
from sphcode.table.numbers import proven_cosine


def entry(n_points, max_cosine, **values):
    facts = {"hits": 10, "searches": 1, "proof": "strict-local", "points": np.zeros((n_points, 3)), "evaluations": 1e4}
    return Entry(
        case=Case("points", 3, n_points), max_cosine=max_cosine, construction=None, claim=str(max_cosine),
        found_by="soft", **{**facts, **values},
    )  # fmt: skip


def record(n_points, max_cosine, round_index=0, improved=True, **values):
    facts = {"strategy": "soft", "status": "converged", "hits": 2, "n_starts": 5, "evaluations": 100.0}
    facts["proof"] = "strict-local"
    rows = np.random.default_rng(0).normal(size=(n_points, 3))
    points = packed(rows / np.linalg.norm(rows, axis=1, keepdims=True)) if improved else None
    return Record(
        kind="points", dim=3, n_points=n_points, round=round_index, improved=improved, max_cosine=max_cosine,
        points=points, claim=f"{max_cosine}0" if improved else "", **{**facts, **values},
    )  # fmt: skip


def rows(*entries):
    return {one.case: one for one in entries}


def worth(one, known=None, public=None, unit=1.0):
    """The promise of an entry among others, beside a public value."""
    return promise(one.case, rows(one) if known is None else known, {} if public is None else {one.case: public}, unit)


def test_what_is_proven_optimal_promises_nothing():
    one = entry(7, 0.3, proof="optimal", ceiling=0.1)
    assert worth(one, public=published("0.10000000")) == 0.0


def test_what_is_at_its_ceiling_promises_nothing():
    met, left = entry(7, 0.3, ceiling=0.3 - 1e-16), entry(7, 0.3, ceiling=0.3 - 1e-9)
    assert worth(met) == 0.0 < worth(left)


def published(max_cosine):
    return TableRow(3, 7, float(max_cosine), max_cosine, "a table", "2026-01-01", False)


def test_a_better_public_value_promises_more():
    one = entry(7, 0.3)
    values = ("0.3000", "0.29999990", "0.20000000")
    equal, slightly, much = (worth(one, public=published(value)) for value in values)
    assert much > slightly > equal == worth(one)


def test_a_row_that_is_certainly_not_the_best_comes_before_one_that_may_be():
    worse, met_once = entry(7, 0.3, evaluations=4e5), entry(7, 0.3, hits=0)
    assert worth(worse, public=published("0.29999990"), unit=0.05) > worth(met_once, unit=0.05)


def test_a_search_spends_as_much_as_all_before_it():
    one = entry(7, 0.3, evaluations=0.5 * default_effort(3, 7))
    assert next_effort(one, None, 0.05) == 0.5
    assert next_effort(dataclasses.replace(one, evaluations=0.0), None, 0.05) == 0.05
    assert next_effort(None, published("0.1"), 0.05) == 0.05


def test_a_row_worse_than_public_takes_a_default_search_and_then_as_much_as_all_before_it():
    one = entry(7, 0.3, evaluations=0.1 * default_effort(3, 7))
    assert next_effort(one, published("0.29999990"), 0.05) == 1.0
    assert next_effort(one, published("0.3000"), 0.05) == 0.1
    tried = dataclasses.replace(one, evaluations=1.5 * default_effort(3, 7))
    assert next_effort(tried, published("0.29999990"), 0.05) == 1.5
    assert next_effort(one, published("0.29999990"), 2.0) == 2.0


def test_rows_that_are_not_there_come_first_then_those_worse_than_public_for_some_searches():
    worse, taken = entry(7, 0.3), entry(8, 0.3, derived="8 of the 9 points of that row", hits=0)
    known = rows(worse, taken)
    public = {worse.case: published("0.29999990")}
    missing, large = Case("points", 3, 6), Case("points", 3, 10**4)
    values = [promise(case, known, public, 0.05) for case in (missing, worse.case, taken.case, large)]
    assert values == sorted(values, reverse=True)
    tried = dataclasses.replace(worse, evaluations=20 * default_effort(3, 7))
    assert worth(tried, rows(tried, taken), published("0.29999990"), 0.05) < values[2]


def test_few_hits_promise_more():
    often, once = entry(7, 0.3, hits=100), entry(7, 0.3, hits=1)
    assert worth(once) > worth(often)


def test_neighbours_suggest_slack():
    below, above = entry(6, 0.2), entry(8, 0.4)
    good, bad = entry(7, 0.29), entry(7, 0.35)
    assert worth(bad, rows(below, bad, above)) > worth(good, rows(below, good, above))


def test_neighbours_say_little_of_a_row_that_many_starts_have_met():
    below, above = entry(6, 0.2), entry(8, 0.4)
    once, often = entry(7, 0.35, hits=1), entry(7, 0.35, hits=100)
    assert worth(once, rows(below, once, above)) > 10 * worth(often, rows(below, often, above))


def test_a_code_of_another_row_promises_more_and_effort_less():
    own, taken = entry(7, 0.3), entry(7, 0.3, derived="7 of the 8 points of that row")
    tried = dataclasses.replace(own, evaluations=2 * default_effort(3, 7))
    assert worth(taken) > worth(own) > worth(tried)


def test_a_round_sees_earlier_rounds_only():
    records = [record(7, 0.3), record(7, 0.25, round_index=1)]
    case = Case("points", 3, 7)
    assert state(records, 1)[case].max_cosine == 0.3
    assert state(records, 2)[case].max_cosine == 0.25
    assert state(records, 2)[case].evaluations == 200.0
    assert state(records[::-1], 2)[case].searches == 2


def test_a_search_that_meets_the_value_again_counts_as_hits():
    records = [record(7, 0.3), record(7, 0.3, round_index=1, improved=False, hits=3)]
    assert state(records, 2)[Case("points", 3, 7)].hits == 5


def test_a_point_less_of_a_better_code_is_the_row():
    found = state([record(7, 0.3), record(8, 0.28)], 1)[Case("points", 3, 7)]
    assert found.max_cosine == 0.28
    assert found.proof == "exists"
    # Of a local optimum the claim is about an exact code near the points: what is left is what these have.
    assert found.claim == proven_cosine(record(8, 0.28).unpacked()[:7])
    assert found.points.shape == (7, 3)
    assert found.derived == "7 of the 8 points of that row"


def test_a_claim_to_exist_is_taken_over_unless_it_is_about_contacts():
    plain, near = (record(8, 0.28, proof="exists", contacts=contacts) for contacts in (None, 20))
    own = Case("points", 3, 7)
    assert state([record(7, 0.3), plain], 1)[own].claim == plain.claim
    # With contacts it is about an exact code near the points, as (14, 86) was.
    assert state([record(7, 0.3), near], 1)[own].claim == proven_cosine(near.unpacked()[:7])


def test_so_are_some_points_of_the_next_row_that_there_is():
    found = state([record(7, 0.3), record(12, 0.28), dataclasses.replace(record(30, 0.1), kind="lines")], 1)
    row = found[Case("points", 3, 7)]
    assert (row.max_cosine, row.points.shape, row.derived) == (0.28, (7, 3), "7 of the 12 points of that row")


def test_a_code_of_a_dimension_less_is_the_row_and_so_are_those_of_fewer_points():
    better = dataclasses.replace(record(9, 0.2), dim=2, proof="exists", points=packed(np.eye(9)[:, :2]))
    worse = [record(7, 0.3), record(8, 0.3), record(9, 0.3)]
    found = state([*worse, better], 1)
    for n_points in (7, 8, 9):
        row = found[Case("points", 3, n_points)]
        assert (row.max_cosine, row.claim, row.points.shape) == (0.2, "0.20", (n_points, 3))
        assert not row.points[:, 2].any()
    assert found[Case("points", 3, 9)].derived == "the points of the row in 2 dimensions"


def test_the_first_round_takes_all_rows_and_later_ones_those_that_promise_most():
    cases = tuple(Case("points", 3, n) for n in range(10, 30))
    settings = Settings(cases, 0.5, 3)
    first = tasks(settings, {}, 0, {})
    assert [task.case for task in first] == list(cases)
    assert all(task.with_ceiling and task.effort == 0.5 and task.seed == 3 for task in first)
    hits = {5: 2, 2: 1}
    known = rows(
        *(entry(case.n_points, 0.5 + 0.01 * i, hits=hits.get(i, 50), ceiling=0.1) for i, case in enumerate(cases))
    )
    later = tasks(settings, known, 1, {})
    assert [task.case.n_points for task in later] == [12, 15]
    assert all(task.effort == 0.5 and not task.with_ceiling and task.known is known[task.case] for task in later)


def test_the_first_round_takes_the_cheap_rows_first_and_those_of_public_value_before_all():
    cases = (Case("lines", 3, 9), Case("points", 3, 9), Case("points", 3, 200), Case("points", 24, 20))
    order = [task.case for task in tasks(Settings(tuple(sorted(cases))), {}, 0, {})]
    assert order == [Case("points", 3, 9), Case("lines", 3, 9), Case("points", 24, 20), Case("points", 3, 200)]
    first = tasks(Settings(tuple(sorted(cases))), {}, 0, {cases[2]: published("0.9")})[0]
    assert first.case == cases[2]


def test_a_campaign_that_begins_with_known_rows_goes_by_promise_from_the_start():
    cases = tuple(Case("points", 3, n) for n in range(7, 23))
    known = rows(*(entry(n, 0.3 + 0.01 * n, ceiling=0.1) for n in range(9, 23)))
    settings = Settings(cases, 0.05, 0, from_shipped=True)
    assert [task.case.n_points for task in tasks(settings, known, 0, {})] == [7]
    # What is certainly not the best comes after that, before what may be, with the effort that it needs.
    whole = rows(*(entry(n, 0.3 + 0.01 * n, ceiling=0.1) for n in range(7, 23)))
    public = {cases[5]: dataclasses.replace(published("0.10000000"), n_points=12)}
    assert [task.case.n_points for task in tasks(settings, known, 0, public)] == [7]
    assert [(task.case.n_points, task.effort) for task in tasks(settings, whole, 0, public)] == [(12, 1.0)]


def test_a_search_makes_codes_from_rows_near_in_n_and_from_those_with_poles():
    case = Case("points", 4, 40)
    near = [dataclasses.replace(entry(n, 0.5), case=case._replace(n_points=n)) for n in (34, 35, 39, 45, 46)]
    taken = dataclasses.replace(
        entry(41, 0.1, derived="41 of the 42 points of that row"), case=case._replace(n_points=41)
    )
    poles, not_poles = entry(38, 0.5), entry(39, 0.5)
    own = dataclasses.replace(entry(40, 0.1), case=case)
    found = parents(case, rows(*near, taken, poles, not_poles, own))
    # Of equal cosine the larger codes promise most.
    assert [(one.case.dim, one.case.n_points) for one in found] == [(4, 45), (3, 38), (4, 39), (4, 35)]
    assert parents(Case("lines", 4, 40), rows(*near)) == parents(Case("points", 4, 10_000), rows(*near)) == ()
    many = rows(*(entry(n, 0.5) for n in range(90, 120)))
    assert len(parents(Case("points", 3, 100), many)) == MOST_PARENTS
    (task,) = tasks(Settings((case,), 0.5, 0, from_shipped=True), rows(*near), 1, {})
    assert task.parents == parents(case, rows(*near)) != ()


def test_a_search_fills_up_codes_of_one_and_of_two_dimensions_less():
    case = Case("points", 5, 40)

    def less(dim, n_points, cosine=0.5, **values):
        return dataclasses.replace(entry(n_points, cosine, **values), case=Case("points", dim, n_points))

    own = less(5, 40, 0.5)
    kept = [less(4, 28), less(4, 40, 0.5 + 0.0009), less(3, 22), less(3, 40)]
    others = [less(4, 27), less(4, 41), less(3, 21), less(4, 30, 0.502), less(3, 30, derived="30 of 31"), less(5, 39)]
    assert layers(case, rows(own, *kept, *others)) == tuple(kept)
    # Where the row has no code yet, every equator may do.
    assert [one.case.n_points for one in layers(case, rows(*kept, *others))] == [28, 30, 40, 22, 40]
    assert layers(Case("lines", 5, 20), rows(own, *kept)) == layers(Case("points", 5, 10_000), rows(*kept)) == ()
    (task,) = tasks(Settings((case,), 0.5, 0, from_shipped=True), rows(own, *kept), 1, {})
    assert task.layers == tuple(kept)


def test_codes_that_are_not_searched_do_not_come_first():
    large, small = Case("points", 24, 196_560), Case("points", 24, 60)
    assert promise(small, {}, {}) > promise(large, {}, {}) > 0.0


def test_a_ceiling_is_made_where_none_is_known():
    case = Case("points", 3, 7)
    closed = rows(entry(7, 0.3, proof="optimal"))
    assert [task.with_ceiling for task in tasks(Settings((case,)), closed, 1, {})] == [True]
    ceiling = {"claim": {"n_points": 7, "max_cosine_at_least": "1/4"}}
    assert state([record(7, 0.3, ceiling=ceiling)], 1)[case].ceiling == 0.25


def test_as_good_a_code_with_a_stronger_proof_is_the_row():
    case = Case("points", 3, 7)
    weak = record(7, 0.3, proof="exists")
    strong = record(7, 0.3 + 1e-16, round_index=1, proof="strict-local", evaluations=0.0)
    for records in ([weak, strong], [strong, dataclasses.replace(weak, round=2, max_cosine=0.3 - 1e-16)]):
        assert state(records, 3)[case].proof == "strict-local"
    assert (
        state([strong, dataclasses.replace(weak, round=2, max_cosine=0.3 - 1e-9, claim="0.3")], 3)[case].proof
        == "exists"
    )
    assert state([weak, dataclasses.replace(strong, max_cosine=0.3 + 1e-9, claim="0.31")], 3)[case].proof == "exists"


def test_a_record_whose_claim_is_worse_than_its_value_brings_nothing():
    false = dataclasses.replace(record(7, 0.2, round_index=1), claim="0.62")
    row = state([record(7, 0.3), false], 2)[Case("points", 3, 7)]
    assert (row.max_cosine, row.claim) == (0.3, "0.30")
