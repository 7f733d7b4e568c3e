"""Laminated starts: where they take part, how layers are made and chosen; they find what random starts do not."""

import naive
import numpy as np
import pytest

from sphcode.search.plan import make_plan
from sphcode.search.settings import SETTINGS
from sphcode.search.strategies import BY_NAME
from sphcode.search.strategies import laminated as module
from sphcode.search.strategies.laminated import _LAST_TRIES, _LAYER_SHARES, _TRIES, Laminated, laminated
from sphcode.search.workspace import Task, Workspace


def outcome(plan, effort, strategy="laminated", seed=5):
    workspace = Workspace(Task(plan, strategy, np.random.SeedSequence(seed), (0, 0), effort))
    BY_NAME[strategy].run(workspace)
    return workspace.outcome()


def recorded(monkeypatch, plan, seed, tries, effort=1e6):
    """One start, with the codes below, the codes descended and their largest cosines, layer by layer."""
    workspace = Workspace(Task(plan, "laminated", np.random.SeedSequence(seed), (0, 0), effort))
    descend, layered = workspace.descend, module.layered
    made, below = [], []

    def spy_descend(code, schedule):
        cosines = descend(code, schedule)
        made.append((code[0].copy(), float(cosines[0])))
        return cosines

    def spy_layered(points, *arguments):
        below.append(points.copy())
        return layered(points, *arguments)

    monkeypatch.setattr(workspace, "descend", spy_descend)
    monkeypatch.setattr(module, "layered", spy_layered)
    code, cosine = module._start(workspace, plan.schedules["exchange"], tries)
    return code, cosine, made, below, workspace


def test_they_take_part_from_nine_dimensions_on_where_optima_are_many_and_nothing_is_imposed():
    assert make_plan(9, 90).parts["laminated"] == dict(SETTINGS.structured_parts)["laminated"]
    for plan in (make_plan(8, 90), make_plan(9, 12), make_plan(9, 90, antipodal=True), make_plan(3, 2000)):
        assert Laminated().parts(plan) == 0.0
        assert "laminated" not in plan.parts
    assert Laminated().parts(make_plan(9, 90, symmetry="simplex")) == 0.0


@pytest.mark.parametrize("tries", _TRIES)
def test_layers_have_a_dimension_more_each_and_the_points_that_are_usual_there(monkeypatch, tries):
    plan = make_plan(10, 60)
    for seed in range(3):
        code, cosine, made, below, _ = recorded(monkeypatch, plan, seed, tries)
        assert code.shape == (1, 60, 10)
        assert cosine == pytest.approx(naive.max_cosine(code[0]), abs=1e-15)
        np.testing.assert_allclose(np.linalg.norm(code[0], axis=1), 1.0, atol=1e-14)
        dims = [points.shape[1] for points, _ in made]
        assert dims == [dim for dim in range(dims[0], 11) for _ in range(tries)]
        assert len(below) == len(made) - tries
        for points, _ in made[:-tries]:
            n_points, dim = points.shape
            usual = 60 * dim * (dim - 1) / 90
            assert max(dim + 1, int(_LAYER_SHARES[0] * usual)) <= n_points
            assert n_points <= max(dim + 1, np.ceil(_LAYER_SHARES[1] * usual))


def test_each_layer_is_built_on_the_code_whose_caps_would_cover_most(monkeypatch):
    plan = make_plan(10, 60)
    code, cosine, made, below, _ = recorded(monkeypatch, plan, 1, 4)
    layers = [made[i : i + 4] for i in range(0, len(made), 4)]
    assert len(layers) >= 3
    chosen = []
    for layer, above in zip(layers, range(0, len(below), 4), strict=False):
        # One minus the cosine is half the square of the distance, which goes as n^(-1 / (dim - 1)).
        merits = [(1.0 - value) * len(points) ** (2.0 / (points.shape[1] - 1)) for points, value in layer]
        for points in below[above : above + 4]:
            np.testing.assert_array_equal(points, layer[int(np.argmax(merits))][0])
        chosen.append(int(np.argmax(merits)))
    assert len(set(chosen)) > 1
    least = min(layers[-1], key=lambda found: found[1])
    np.testing.assert_array_equal(code[0], least[0])
    assert cosine == least[1]


def test_layers_that_effort_does_not_pay_for_are_left_out(monkeypatch):
    plan = make_plan(12, 60)
    code, _, made, _, workspace = recorded(monkeypatch, plan, 4, 8, effort=1.0)
    assert code.shape == (1, 60, 12)
    assert made[0][0].shape[1] <= made[-2][0].shape[1] < 11
    assert made[-1][0].shape == (60, 12)
    assert workspace.effort < plan.overrun


def test_layers_cost_less_than_whole_codes():
    # Work is counted in evaluations of the whole code: the descents of all layers cost less than as many of it.
    plan = make_plan(12, 60)
    workspace = Workspace(Task(plan, "laminated", np.random.SeedSequence(0), (0, 0), 1e6))
    code = naive.random_unit(30, 6, 1)[None].copy()
    workspace.descend(code, plan.schedules["exchange"])
    most = 2 * plan.schedules["exchange"].iterations
    assert 0.0 < workspace.effort <= most * (30 * 30 * 6) / (60 * 60 * 12)


def test_the_best_is_taken_of_as_many_last_layers_whatever_the_tries(monkeypatch):
    plan = make_plan(9, 48)
    start = module._start
    seen = set()
    for seed in range(12):
        workspace = Workspace(Task(plan, "exchange", np.random.SeedSequence(seed), (0, 0), 1e6))
        made = []

        def spy(workspace, schedule, tries, made=made):
            made.append((start(workspace, schedule, tries), tries))
            return made[-1][0]

        monkeypatch.setattr(module, "_start", spy)
        code, cosine = laminated(workspace, plan.schedules["exchange"])
        assert cosine == min(found for (_, found), _ in made) == pytest.approx(naive.max_cosine(code[0]), abs=1e-15)
        assert sum(tries for _, tries in made) == _LAST_TRIES
        assert len({tries for _, tries in made}) == 1
        seen.add(made[0][1])
    assert len(seen) >= 3
    short = Workspace(Task(plan, "exchange", np.random.SeedSequence(0), (0, 0), 1.0))
    assert laminated(short, plan.schedules["exchange"])[0].shape == (1, 48, 9)
    assert short.effort < plan.overrun


def test_they_are_the_same_again_and_within_their_effort():
    plan = make_plan(9, 48)
    found, again = (outcome(plan, 30_000.0) for _ in range(2))
    np.testing.assert_array_equal(found.best.points, again.best.points)
    assert found.best.max_cosine == pytest.approx(naive.max_cosine(found.best.points), abs=1e-15)
    assert 30_000.0 <= found.effort < 30_000.0 + plan.overrun
    assert len(found.cosines) >= 2


def test_they_find_layers_that_random_starts_miss():
    # (17, 73): the best code known has 46 points in a hyperplane.
    plan = make_plan(17, 73)
    found = {name: outcome(plan, 60_000.0, name, seed=1).best.max_cosine for name in ("laminated", "slow")}
    assert found["laminated"] < 0.1276
    assert found["slow"] > 0.133
