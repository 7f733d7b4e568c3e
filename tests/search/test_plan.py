import json
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from sphcode.cli.main import main
from sphcode.errors import InvalidInputError
from sphcode.search.generate import search_plan
from sphcode.search.plan import make_plan
from sphcode.search.settings import SETTINGS
from sphcode.search.strategies import STRATEGIES


def test_a_plan_is_frozen_and_depends_on_its_arguments_alone():
    assert make_plan(7, 90) == make_plan(7, 90)
    with pytest.raises(FrozenInstanceError):
        make_plan(7, 90).effort = 1.0


@pytest.mark.parametrize(
    ("case", "regime"), [((3, 24), "few optima"), ((7, 90), "many optima"), ((9, 90), "many optima")]
)
def test_free_searches_use_all_strategies_but_that_of_large_codes(case, regime):
    plan = make_plan(*case)
    assert plan.regime == regime
    without = {"large"} if regime == "many optima" else {"large", "parents", "catalogue", "overlap"}
    without |= {"overlap"} if plan.structured else {"exchange", "laminated"}
    assert list(plan.parts) == [strategy.name for strategy in STRATEGIES if strategy.name not in without]


def test_large_codes_have_two():
    plan = make_plan(4, 1000)
    assert plan.regime == "large"
    assert list(plan.parts) == ["large", "improve"]


def test_large_codes_of_three_dimensions_have_point_groups_but_not_the_largest():
    plan = make_plan(3, 1000)
    assert plan.regime == "large"
    assert list(plan.parts) == ["large", "symmetric", "symmetric hop", "improve"]
    assert plan.least_effort == plan.effort
    assert list(make_plan(3, 10_000).parts) == ["large", "improve"]


def test_a_symmetry_or_lines_leave_strategies_out():
    assert list(make_plan(3, 32, symmetry="icosahedral").parts) == ["symmetric", "symmetric hop"]
    lines = make_plan(4, 40, antipodal=True)
    assert list(lines.parts) == ["soft", "medium", "sharp", "slow", "symmetric", "symmetric hop"]
    assert not make_plan(3, 400, antipodal=True).large


def test_where_optima_are_many_hopping_has_most_and_the_last_effort():
    few, many = make_plan(3, 60), make_plan(3, 62)
    assert set(few.parts.values()) == {1.0}
    assert few.last_effort == np.inf
    assert many.parts["overlap"] == max(many.parts.values()) > many.parts["hop"] > many.parts["soft"]
    assert many.last_effort == 0.75 * many.effort
    # What is met often may be a wrong value: hopping from random codes keeps its parts.
    assert many.late_parts["symmetric hop"] == many.settings.last_parts > many.parts["symmetric hop"]
    assert many.late_parts["hop"] == many.parts["hop"]


@pytest.mark.parametrize(("dim", "n_points"), [(10, 91), (12, 73), (14, 77), (8, 240)])
def test_polishes_that_are_dear_by_default_are_dear_with_more_effort(dim, n_points):
    usual = make_plan(dim, n_points)
    assert usual.polish_later
    for times in (0.5, 4.0, 100.0):
        plan = make_plan(dim, n_points, effort=times * usual.effort)
        assert plan.polish_later
        assert plan.start == usual.start


def test_rough_codes_are_judged_where_polishes_are_dear_but_possible_and_nothing_is_imposed():
    assert all(make_plan(*case).judges for case in ((10, 91), (16, 79), (8, 240)))
    assert make_plan(16, 256).polish_later
    assert not make_plan(16, 256).judges
    assert not any(make_plan(*case).judges for case in ((3, 102), (8, 90), (24, 1000), (64, 1000)))
    assert not make_plan(10, 91, symmetry="simplex").judges
    assert not make_plan(10, 91, antipodal=True).judges
    for case, text in {(10, 91): "up to 4 that may be", (16, 256): "only, at the end", (3, 90): "each start"}.items():
        assert text in str(make_plan(*case))


def test_in_many_dimensions_groups_and_parents_have_most():
    flat, many = make_plan(8, 90), make_plan(9, 90)
    assert flat.parts["hop"] > many.parts["hop"]
    groups = {"symmetric hop", "catalogue", "parents", "exchange", "laminated"}
    assert sum(many.parts[name] for name in groups) > 0.75 * sum(many.parts.values())
    assert {name: many.parts[name] for name, _ in SETTINGS.structured_parts} == dict(SETTINGS.structured_parts)
    assert make_plan(9, 90, symmetry="simplex").parts.keys() == {"symmetric", "symmetric hop"}
    changed = make_plan(9, 90, settings=replace(SETTINGS, structured_parts=(("hop", 1.0),)))
    others = make_plan(9, 90, settings=replace(SETTINGS, structured_above=9)).parts
    assert others.pop("overlap") == SETTINGS.overlap_parts
    assert changed.parts == {**others, "hop": 1.0, "exchange": 1.0, "laminated": 1.0}
    without = make_plan(9, 90, settings=replace(SETTINGS, structured_parts=(("hop", 0.0),))).parts
    assert set(changed.parts) - set(without) == {"hop"}


def test_only_codes_of_few_optima_are_hopped_from_without_wide_moves():
    assert not make_plan(3, 60).moves_widely
    assert all(make_plan(*case).moves_widely for case in ((3, 61), (3, 1000), (5, 80)))
    assert not make_plan(3, 90, symmetry="octahedral").moves_widely


def test_efforts():
    # 4e10 / (N^2 d), five times that for more than 200 unknowns; at most 4 million.
    assert make_plan(3, 50).effort == 4e6
    assert make_plan(3, 90).effort == 3.6e6
    assert make_plan(8, 24).effort == 4e6
    assert make_plan(3, 102).effort == 6e6
    assert make_plan(3, 130).effort == pytest.approx(2e11 / (130**2 * 3))
    assert make_plan(3, 10).effort == 4e6
    assert make_plan(64, 1000).effort == pytest.approx(2e11 / (1000**2 * 64))
    assert make_plan(3, 24, effort=5.0).effort == 5.0
    # Several starts of a large code, one of a very large.
    for case in ((3, 1000), (3, 10_000), (16, 512), (24, 1000)):
        assert make_plan(*case).effort > 4.0 * make_plan(*case).start
    assert make_plan(64, 10_000).effort == 950.0


def test_which_codes_are_polished_when():
    assert not make_plan(3, 24).polish_later
    assert make_plan(8, 240, effort=3000).polish_later
    assert make_plan(64, 1000).polish == 0.0
    assert make_plan(3, 24).sharpens is False
    assert make_plan(3, 30).sharpens is True


def test_settings_decide():
    plan = make_plan(3, 24, settings=replace(SETTINGS, many_optima_above=40, last_share=0.5))
    assert plan.regime == "many optima"
    assert plan.last_effort == 0.5 * plan.effort


def test_every_setting_has_a_reason_and_a_place():
    for number in SETTINGS.numbers():
        assert len(number.reason) > 10, number.name
        assert number.measured, number.name


def test_command_prints_the_plan_and_searches_nothing(capsys, monkeypatch):
    monkeypatch.setattr("sphcode.search.driver.run_search", None)
    assert main(["generate", "7", "90", "--plan"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("90 points on the unit sphere in R^7: many optima, 540 unknowns")
    for number in SETTINGS.numbers():
        assert number.reason in text
    assert main(["generate", "7", "90", "--plan", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["schema"] == "sphcode.plan/1"
    assert content["effort"] == make_plan(7, 90).effort
    assert content["schedules"]["sharp"] == [{"exponent": 32, "iterations": 40, "tolerance": 0.01}]
    assert {entry["name"] for entry in content["settings"]} == {number.name for number in SETTINGS.numbers()}
    assert main(["generate", "7", "--cosine", "0.5", "--plan"]) == 2
    assert json.loads(json.dumps(make_plan(3, 24).to_dict()))["last_effort"] is None


def test_a_plan_checks_its_arguments():
    for arguments, options, named in [((1, 5), {}, "dim"), ((3, 5), {"antipodal": True}, "n_points")]:
        with pytest.raises(InvalidInputError, match=f"`{named}` must be"):
            search_plan(*arguments, **options)


def test_annealed_starts_converge_at_every_second_exponent_and_have_more_parts():
    flat, annealed, many = make_plan(3, 90), make_plan(9, 73), make_plan(30, 200)
    assert [stage[0] for stage in annealed.schedules["slow"].stages] == [1, 3, 5, 7, 9]
    assert [stage[0] for stage in many.schedules["slow"].stages] == [1, 3, 5, 7, 9, 11, 13, 15]
    assert annealed.parts["slow"] == annealed.settings.annealed_parts > flat.parts["slow"]
    assert annealed.schedules["soft"] == flat.schedules["soft"]
