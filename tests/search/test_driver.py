"""The policy of a search, on states made by hand."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from sphcode.codes.code import SphericalCode
from sphcode.errors import InvalidInputError, Status
from sphcode.search.driver import (
    Limits,
    State,
    begin,
    expected_effort,
    is_polished_between,
    polish_best,
    polish_candidates,
    round_effort,
    run_search,
    run_task,
    settled,
    shares,
    tasks,
)
from sphcode.search.known import KnownCode
from sphcode.search.plan import make_plan
from sphcode.search.polish import unpolished
from sphcode.search.strategies import BY_NAME
from sphcode.search.workspace import Candidate, Outcome, Task

FEW, MANY, LARGE = make_plan(3, 24), make_plan(3, 80), make_plan(3, 1000)
LIMITS = Limits(np.random.SeedSequence(0))


def found(cosine, critical=True):
    code = unpolished(np.eye(3), cosine)
    return replace(code, spread=0.0, residual=0.0) if critical else code


def state(plan, spent, found_at=0.0, **hits):
    return State(
        best=found(0.7), strategy="soft", hits=Counter(hits), spent=spent, found_at=found_at,
        effort=dict.fromkeys(plan.parts, spent / len(plan.parts)),
    )  # fmt: skip


def test_ten_hits_by_two_strategies_settle():
    enough = FEW.least_effort
    assert settled(FEW, state(FEW, enough, soft=9, hop=1))
    assert not settled(FEW, state(FEW, enough, soft=8, hop=1))
    assert not settled(FEW, state(FEW, enough, soft=39))
    assert settled(FEW, state(FEW, enough, soft=40))


def test_not_before_the_least_effort_and_three_times_that_of_meeting_it_first():
    assert FEW.least_effort == 5000.0 * 48
    assert not settled(FEW, state(FEW, 0.99 * FEW.least_effort, soft=20, hop=20))
    assert not settled(FEW, state(FEW, FEW.least_effort, 0.4 * FEW.least_effort, soft=20, hop=20))
    assert settled(FEW, state(FEW, 1.2 * FEW.least_effort, 0.4 * FEW.least_effort, soft=20, hop=20))


def test_where_optima_are_many_hits_do_not_end_a_search():
    assert MANY.least_effort == MANY.effort
    assert not settled(MANY, state(MANY, 0.99 * MANY.effort, soft=100, hop=100))


def test_shares_are_the_parts_as_long_as_nothing_was_met():
    share = shares(MANY, State())
    total = sum(MANY.parts.values()) + MANY.settings.bonus * 0
    assert share == pytest.approx({name: part / total for name, part in MANY.parts.items()})


def test_hits_per_evaluation_earn_a_bonus():
    now = state(FEW, 9000.0, soft=4, hop=2)
    share = shares(FEW, now)
    assert share["soft"] / share["medium"] == pytest.approx(1.0 + FEW.settings.bonus)
    assert share["hop"] / share["medium"] == pytest.approx(1.0 + 0.5 * FEW.settings.bonus)
    now.effort["hop"] *= 0.25
    share = shares(FEW, now)
    assert share["hop"] > share["soft"] > share["medium"]
    without = replace(FEW, settings=replace(FEW.settings, bonus=0.0))
    assert len(set(shares(without, now).values())) == 1


def test_a_value_met_often_earns_nothing_more():
    share = shares(FEW, state(FEW, 9000.0, soft=10))
    assert share["improve"] == 4.0 * share["soft"] == 4.0 * share["hop"]
    share = shares(MANY, state(MANY, 9000.0, soft=10))
    # There a wrong value is met often: hopping from random codes keeps its parts.
    assert share["symmetric hop"] == share["improve"] == 0.5 * share["hop"]


def test_the_last_quarter_is_hopping_from_the_best_unless_that_was_met_early():
    found_at = 0.3 * MANY.effort
    before, after = (state(MANY, part * MANY.effort, found_at, soft=1) for part in (0.749, 0.75))
    assert len(shares(MANY, before)) == len(MANY.parts)
    assert shares(MANY, after) == {"improve": 1.0}
    structured = make_plan(9, 90)
    late = state(structured, 0.75 * structured.effort, 0.3 * structured.effort, slow=1)
    assert shares(structured, late) == {"improve": 0.5, "exchange": 0.5}
    assert len(shares(MANY, state(MANY, 0.91 * MANY.effort, found_at, soft=1))) == len(MANY.parts)
    assert shares(FEW, state(FEW, 0.9 * FEW.effort, soft=1)).keys() == FEW.parts.keys()


def test_rounds_grow_and_end_where_the_last_effort_begins():
    assert round_effort(MANY, State()) == sum(MANY.parts.values()) * MANY.start
    assert round_effort(LARGE, State()) == LARGE.start
    assert round_effort(MANY, state(MANY, 0.4 * MANY.effort)) == 0.2 * MANY.effort
    assert round_effort(MANY, state(MANY, 0.7 * MANY.effort)) == pytest.approx(0.05 * MANY.effort)
    assert round_effort(MANY, state(MANY, 0.9 * MANY.effort)) == pytest.approx(0.1 * MANY.effort)


def test_tasks_take_the_whole_round_and_who_cannot_pay_for_a_start_waits():
    now = state(MANY, 0.1 * MANY.effort, soft=1)
    made = tasks(MANY, now, LIMITS, 3)
    assert sum(task.effort for task in made) == pytest.approx(round_effort(MANY, now))
    expected = [(3, index) for index, name in enumerate(MANY.parts) if name != "parents"]
    assert [task.key for task in made] == expected, "parents wait for one"
    assert all(task.best == 0.7 and task.incumbent is now.best.points for task in made)
    assert {task.left for task in made} == {0.9 * MANY.effort}
    poor = replace(MANY, effort=3.0 * MANY.start, last_effort=np.inf)
    made = tasks(poor, State(), LIMITS, 0)
    assert [task.strategy for task in made] == ["soft", "overlap"]
    assert sum(task.effort for task in made) == pytest.approx(poor.effort - MANY.start)
    assert [task.strategy for task in tasks(LARGE, State(), LIMITS, 0)] == ["large"]


def test_from_four_dimensions_on_the_first_round_is_one_soft_start():
    for case, first in {(4, 24): "soft", (4, 120): "slow", (8, 240): "slow", (5, 1000): "large"}.items():
        plan = make_plan(*case)
        (task,) = tasks(plan, State(), LIMITS, 0)
        assert (plan.first, task.strategy) == (first, first)
        least = plan.start if plan.large else min(plan.start, plan.schedules[first].iterations)
        assert least <= task.effort <= plan.start + plan.schedules[first].iterations
        assert len(tasks(plan, replace(state(plan, plan.start * 100), n_starts=1), LIMITS, 1)) > 1 or plan.large
    assert len(tasks(MANY, State(), LIMITS, 0)) > 1
    assert MANY.first is None
    assert make_plan(8, 64, symmetry="PSL(2,7)").first is None


def test_a_rough_code_is_polished_at_once_if_that_may_meet_the_target():
    plan = make_plan(8, 240)
    assert plan.polish_later
    now = State(best=found(0.5 + 5e-4, critical=False), spent=plan.start)
    assert not is_polished_between(plan, now, LIMITS)
    assert is_polished_between(plan, now, replace(LIMITS, target=0.5))
    assert not is_polished_between(plan, now, replace(LIMITS, target=0.49))
    assert is_polished_between(plan, replace(now, spent=1e9), LIMITS)
    assert not is_polished_between(plan, State(), LIMITS)
    dense = make_plan(16, 256)
    assert dense.polish_later
    assert not is_polished_between(dense, replace(now, spent=1e9), LIMITS)
    assert is_polished_between(dense, now, replace(LIMITS, target=0.5))


def test_the_last_rounds_have_fewer_tasks_so_that_the_effort_is_a_cap():
    left = 5.0 * MANY.start
    late = replace(MANY, last_effort=np.inf)
    made = tasks(late, state(late, late.effort - left, soft=1), LIMITS, 9)
    assert sum(task.effort for task in made) + (len(made) - 1) * late.start <= left * (1.0 + 1e-12)
    assert {"soft", "hop"} <= {task.strategy for task in made}, "the first, and those of the largest shares"
    assert len(tasks(late, state(late, late.effort - 1.0, soft=1), LIMITS, 9)) == 1


def test_a_known_code_is_the_best_until_a_better_one_or_a_critical_one_is_found():
    now = begin(KnownCode("construction d", 0.0, True, False, lambda: SphericalCode(np.eye(3)), {}))
    assert (now.best.max_cosine, now.strategy, now.has_given, now.hits.total()) == (0.0, "construction d", True, 0)
    now.add(outcome("soft", [0.1]), MANY)
    assert (now.strategy, now.searched, now.status) == ("construction d", 0.1, Status.UNPOLISHED)
    now.add(outcome("hop", [0.0]), MANY)
    assert (now.strategy, now.has_given, now.hits) == ("hop", False, {"soft": 0, "hop": 1})
    now.add(outcome("slow", [-0.1]), MANY)
    assert (now.strategy, now.searched) == ("slow", -0.1)


def test_statuses():
    rough = found(0.7, critical=False)
    assert State(best=found(0.7)).status is Status.CONVERGED
    assert State(best=rough).status is Status.UNPOLISHED
    assert State(best=rough, unfinished=True).status is Status.EFFORT
    assert State(best=found(0.7), cut=True).status is Status.TIME
    assert State(best=found(0.7), cut=True, interrupted=True).status is Status.INTERRUPTED


def test_the_effort_that_is_expected_is_what_settles_a_search():
    least = FEW.least_effort
    assert expected_effort(FEW, state(FEW, 0.5 * least, soft=20, hop=20)) == least
    assert expected_effort(FEW, state(FEW, 1.5 * least, least, soft=20, hop=20)) == FEW.settings.enough_repeats * least
    few_hits = state(FEW, least, soft=4, hop=1)
    assert expected_effort(FEW, few_hits) == least * FEW.settings.enough_hits / 5
    assert expected_effort(FEW, state(FEW, least)) <= FEW.effort
    assert expected_effort(FEW, state(FEW, 0.9 * FEW.effort, soft=1)) == FEW.effort
    over = state(FEW, 1.1 * FEW.effort, soft=1)
    assert expected_effort(FEW, over) == over.spent


def test_a_polish_is_tried_again_only_while_effort_is_left(monkeypatch):
    asked = []

    def in_vain(points, gap, *, antipodal, stop):
        asked.append(gap)
        return replace(found(0.7, critical=False), effort=60.0)

    monkeypatch.setattr("sphcode.search.driver.polish", in_vain)
    plan = replace(FEW, effort=1000.0)
    now = State(best=found(0.7, critical=False), spent=0.0)
    polish_best(plan, now, lambda: False)
    assert len(asked) == 3
    assert (now.spent, now.status) == (180.0, Status.UNPOLISHED)
    polish_best(plan, now, lambda: False)
    assert len(asked) == 3, "a code that was polished in vain is left alone"
    known = State(best=found(0.7, critical=False), strategy="stored code", given="stored code", exact=True)
    polish_best(replace(plan, polish_later=True), known, lambda: False)
    assert (len(asked), known.status) == (3, Status.EFFORT)
    late = State(best=found(0.7, critical=False), spent=990.0)
    polish_best(plan, late, lambda: False)
    assert (len(asked), late.status) == (4, Status.EFFORT)


def with_candidates(*values, spent=1e6, best=0.7):
    made = tuple(Candidate(np.eye(3), value, "hop", {"group": "C3"}) for value in values)
    return State(best=found(best), strategy="soft", spent=spent, candidates=made)


def polished_to(monkeypatch, cosines, effort=0.0):
    """Let polishes end at these, one after the other; return the gaps asked for."""
    gaps, left = [], list(cosines)

    def polish(points, gap, *, stop):
        gaps.append(gap)
        return replace(found(left.pop(0)), effort=effort)

    monkeypatch.setattr("sphcode.search.driver.polish", polish)
    return gaps


def test_candidates_are_polished_until_none_is_worth_less_than_the_best(monkeypatch):
    gaps = polished_to(monkeypatch, [0.69, 0.65])
    now = with_candidates(0.6, 0.64, 0.66, 0.68)
    polish_candidates(MANY, now, lambda: False)
    assert gaps == [0.4 * 2.0**-17, 0.36 * 2.0**-17]
    assert (now.best.max_cosine, now.strategy, now.symmetry) == (0.65, "hop", {"group": "C3"})
    assert (now.candidates, now.hits, now.found_at) == ((), {"hop": 1}, now.spent)


def test_a_candidate_that_is_not_better_once_polished_leaves_the_best_alone(monkeypatch):
    polished_to(monkeypatch, [0.71])
    now = with_candidates(0.69)
    polish_candidates(MANY, now, lambda: False)
    assert (now.best.max_cosine, now.strategy, now.symmetry, now.candidates) == (0.7, "soft", None, ())


def test_candidates_wait_while_polishing_them_would_take_much_of_what_was_spent(monkeypatch):
    dear = MANY.settings.judged_share * 1e6
    gaps = polished_to(monkeypatch, [0.65, 0.64], effort=dear)
    plan = replace(MANY, polish=dear, effort=1e9)
    now = with_candidates(0.6, 0.61, spent=0.9e6)
    polish_candidates(plan, now, lambda: False)
    assert (gaps, len(now.candidates)) == ([], 2)
    now.spent = 1e6
    polish_candidates(plan, now, lambda: False)
    assert (len(gaps), len(now.candidates), now.judged, now.spent) == (1, 1, dear, 1e6 + dear)


def test_beyond_the_effort_one_candidate_is_polished(monkeypatch):
    gaps = polished_to(monkeypatch, [0.65, 0.64])
    now = with_candidates(0.6, 0.61)
    polish_candidates(replace(MANY, effort=1e6), now, lambda: False)
    assert (len(gaps), len(now.candidates)) == (1, 1)
    polish_candidates(replace(MANY, effort=1e6), now, lambda: True)
    assert len(gaps) == 1


def test_the_best_candidates_are_kept_and_the_best_code_is_not_polished_twice():
    now = State(best=found(0.7, critical=False), spent=1e6)
    for value in (0.69, 0.65, 0.68, 0.66, 0.67):
        one = Candidate(np.full((3, 3), value), value, "hop")
        now.add(Outcome("hop", None, (), 1.0, candidate=one), MANY)
    assert [one.value for one in now.candidates] == [0.65, 0.66, 0.67, 0.68]
    now.candidates = (Candidate(now.best.points, 0.6, "hop"), *now.candidates[:1])
    polish_best(FEW, now, lambda: False)
    assert [one.value for one in now.candidates] == [0.65]


def outcome(strategy, cosines, effort=100.0, critical=True):
    return Outcome(strategy, found(min(cosines), critical), tuple(cosines), effort)


def test_hits_belong_to_the_best_value():
    now = State()
    now.add(outcome("soft", [0.8, 0.8, 0.9]), MANY)
    assert (now.hits, now.n_starts, now.strategy, now.found_at) == ({"soft": 2}, 3, "soft", 100.0)
    now.add(outcome("hop", [0.8 + 1e-12, 0.85]), MANY)
    assert (now.hits, now.strategy) == ({"soft": 2, "hop": 1}, "soft")
    now.add(outcome("slow", [0.7]), MANY)
    assert (now.hits, now.strategy, now.found_at, now.spent) == ({"slow": 1}, "slow", 300.0, 300.0)


def test_a_critical_point_replaces_an_equal_code_that_is_none():
    now = State()
    now.add(outcome("soft", [0.8], critical=False), MANY)
    now.add(outcome("hop", [0.8]), MANY)
    assert now.best.critical
    assert now.hits.total() == 2


def test_a_task_without_a_code_costs_its_effort():
    now = State()
    now.add(Outcome("symmetric", None, (), 300.0), MANY)
    assert (now.best, now.spent, now.n_starts) == (None, 300.0, 0)


def test_an_effort_too_small_for_one_code_is_said():
    plan = make_plan(8, 70, symmetry="PSL(2,7)", effort=5_000.0)
    with pytest.raises(InvalidInputError, match="`effort` must be enough to find one code"):
        run_search(plan, LIMITS, 1, None)


def test_a_task_has_one_thread_for_linear_algebra_so_that_results_do_not_depend_on_the_number_of_cores(monkeypatch):
    # Eigenvectors of a matrix of some hundred rows are rounded otherwise by two threads.
    seen = []

    class Looks:
        def run(self, workspace):
            seen.extend(threadpool_info())

    monkeypatch.setitem(BY_NAME, "hop", Looks())
    plan = make_plan(3, 118, effort=1000.0)
    with threadpool_limits(2):
        run_task(Task(plan=plan, strategy="hop", seed=np.random.SeedSequence(0), key=(0, 0), effort=1.0))
    assert seen
    assert {each["num_threads"] for each in seen if each["user_api"] == "blas"} == {1}
