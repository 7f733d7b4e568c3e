"""What holds for any input of the public functions: invariance, bounds on both sides, files that give back a code."""

import inspect
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sphcode

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=8)


def unit_rows(seed, n_points, dim):
    rows = np.random.default_rng(seed).standard_normal((n_points, dim))
    return rows / np.linalg.norm(rows, axis=1)[:, None]


def isometry(seed, dim):
    """Return an orthogonal matrix; half of them reflect."""
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((dim, dim)))[0]


def moved(points, seed):
    """Return the points permuted, turned and perhaps reflected, and the permutation."""
    order = np.random.default_rng(seed + 1).permutation(len(points))
    rows = (points @ isometry(seed, points.shape[1]))[order]
    return rows / np.linalg.norm(rows, axis=1)[:, None], order


@FEW
@given(SEEDS, st.integers(3, 9), st.integers(2, 5))
def test_a_code_and_its_file(seed, n_points, dim):
    code = sphcode.SphericalCode(unit_rows(seed, n_points, dim))
    turned = sphcode.SphericalCode(moved(code.points, seed)[0])
    assert turned.max_cosine == pytest.approx(code.max_cosine, abs=1e-14)
    assert turned.min_angle == pytest.approx(code.min_angle, abs=1e-7)
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".npz", ".json", ".npy", ".txt"):
            path = Path(folder) / f"pack.{dim}.{n_points}{suffix}"
            code.save(path)
            assert np.array_equal(sphcode.SphericalCode.load(path).points, code.points), suffix


@FEW
@given(SEEDS, st.integers(3, 9), st.integers(2, 5))
def test_best_known_is_not_beaten_by_random_codes(seed, n_points, dim):
    row = sphcode.best_known(dim, n_points)
    code = sphcode.SphericalCode(unit_rows(seed, n_points, dim))
    assert row is None or code.max_cosine >= row.max_cosine


@FEW
@given(st.integers(2, 4), st.integers(2, 9))
def test_generate_lies_between_a_bound_and_nothing_better(dim, n_points):
    result = sphcode.generate(dim, n_points, effort=20, rng=0, constructions=False)
    ceiling = sphcode.bound(dim, n_points, method="closed-form")
    assert result.max_cosine >= ceiling.max_cosine_lower_bound - 1e-12
    assert result.max_cosine == pytest.approx(result.code.max_cosine, abs=1e-15)
    again = sphcode.generate(dim, n_points, effort=20, rng=0, constructions=False)
    assert np.array_equal(again.code.points, result.code.points)


@FEW
@given(SEEDS, st.integers(6, 9), st.integers(2, 4))
def test_refine_does_not_make_worse_and_does_not_care_how_the_code_lies(seed, n_points, dim):
    points = unit_rows(seed, n_points, dim)
    better = sphcode.refine(points)
    assert better.max_cosine <= sphcode.SphericalCode(points).max_cosine + 1e-14
    turned = sphcode.refine(moved(better.code.points, seed)[0])
    assert turned.max_cosine <= better.max_cosine + 1e-14
    if better.kkt_residual is not None and better.kkt_residual < 1e-12:
        assert turned.max_cosine == pytest.approx(better.max_cosine, abs=1e-12)


@pytest.mark.parametrize("name", [family.name for family in sphcode.constructions()])
def test_constructions_are_named_once_and_say_what_they_take(name):
    families = [family for family in sphcode.constructions() if family.name == name]
    assert len(families) == 1
    assert families[0].summary
    assert callable(families[0].build)


@FEW
@given(st.integers(2, 8), st.integers(2, 60))
def test_construct_is_a_code_above_every_bound(dim, n_points):
    try:
        construction = sphcode.construct(dim, n_points)
    except sphcode.errors.SphcodeError:
        return
    code = construction.code()
    assert code.points.shape == (n_points, dim)
    assert code.max_cosine >= sphcode.bound(dim, n_points, method="closed-form").max_cosine_lower_bound - 1e-12


@FEW
@given(SEEDS, st.integers(3, 8), st.integers(2, 4), st.sampled_from([1e-6, 1.0, 1e5]))
def test_one_vs_rest_turns_permutes_and_scales(seed, n_classes, dim, scale):
    weights = np.random.default_rng(seed).standard_normal((n_classes, dim))
    found = sphcode.one_vs_rest(weights)
    turned, order = weights @ isometry(seed, dim), np.random.default_rng(seed).permutation(n_classes)
    other = sphcode.one_vs_rest(scale * turned[order])
    size = np.linalg.norm(weights, axis=1).max()
    assert np.abs(other.distances / scale - found.distances[order]).max() <= 1e-12 * size
    assert (found.lower <= found.distances + 1e-15).all()
    assert (found.distances <= found.upper + 1e-15).all()


@FEW
@given(SEEDS, st.integers(3, 8), st.integers(2, 4))
def test_a_direction_attains_the_distance_and_hardmax_is_below_it(seed, n_classes, dim):
    weights = unit_rows(seed, n_classes, dim)
    found = sphcode.one_vs_rest(weights)
    if (found.distances > 1e-6).all():
        assert sphcode.hardmax_value(weights, found.directions) == pytest.approx(found.distances.min(), abs=1e-10)
    features = unit_rows(seed + 1, n_classes, dim)
    assert sphcode.hardmax_value(weights, features) <= found.distances.min() + 1e-12
    turn = isometry(seed, dim)
    assert sphcode.hardmax_value(weights @ turn, features @ turn) == pytest.approx(
        sphcode.hardmax_value(weights, features), abs=1e-12
    )


@FEW
@given(SEEDS, st.integers(3, 12), st.integers(2, 5))
def test_nearest_is_brute_force_and_ignores_norms(seed, n_rows, dim):
    rng = np.random.default_rng(seed)
    weights = rng.standard_normal((n_rows, dim))
    cosines = weights @ weights.T / np.outer(*[np.linalg.norm(weights, axis=1)] * 2)
    np.fill_diagonal(cosines, -2)
    found = sphcode.nearest(weights)
    assert found.max_cosine == pytest.approx(cosines.max(), abs=1e-13)
    assert np.abs(found.cosine - cosines.max(axis=1)).max() <= 1e-13
    scaled = sphcode.nearest(weights * rng.uniform(0.1, 10, (n_rows, 1)) @ isometry(seed, dim))
    assert np.array_equal(scaled.index, found.index)


@FEW
@given(SEEDS, st.integers(3, 7), st.integers(3, 5))
def test_midpoint_keeps_its_promise(seed, n_classes, dim):
    weights = unit_rows(seed, n_classes, dim)
    try:
        code = sphcode.midpoint(weights)
    except sphcode.errors.SphcodeError:
        assert sphcode.one_vs_rest(weights).distances.min() < 1e-9
        return
    assert code.max_cosine <= 1 - code.provenance["margin"] + 1e-12
    turned = sphcode.midpoint(moved(weights, seed)[0])
    assert turned.max_cosine == pytest.approx(code.max_cosine, abs=1e-9)


@settings(max_examples=3)
@given(st.integers(2, 4), st.integers(3, 6))
def test_ufm_is_below_the_ceiling(dim, n_classes):
    model = sphcode.ufm(dim, n_classes, scale=20, n_starts=1, iterations=200, rng=0)
    ceiling = sphcode.bound(dim, n_classes, method="closed-form").one_vs_rest_upper_bound
    assert model.one_vs_rest_distance <= ceiling + 1e-9
    assert model.one_vs_rest_distance == pytest.approx(sphcode.one_vs_rest(model.weights).distances.min(), abs=1e-9)


@settings(max_examples=4)
@given(st.integers(2, 4), st.integers(3, 7))
def test_softmax_codes_are_below_the_ceiling(dim, n_points):
    found = sphcode.softmax_code(dim, n_points, effort=20, rng=0)
    assert (
        found.one_vs_rest_distance <= sphcode.bound(dim, n_points, method="closed-form").one_vs_rest_upper_bound + 1e-12
    )
    distances = sphcode.one_vs_rest(found.code.points).distances
    assert np.abs(found.distances.distances - distances).max() <= 1e-12


@FEW
@given(st.integers(2, 8), st.integers(2, 40))
def test_bounds_do_not_contradict_each_other(dim, n_points):
    found = sphcode.bound(dim, n_points, method="closed-form")
    assert -1 <= found.max_cosine_lower_bound < 1
    more = sphcode.bound(dim, n_points + 1, method="closed-form")
    wider = sphcode.bound(dim + 1, n_points, method="closed-form")
    assert more.max_cosine_lower_bound >= found.max_cosine_lower_bound - 1e-12
    assert wider.max_cosine_lower_bound <= found.max_cosine_lower_bound + 1e-12
    row = sphcode.best_known(dim, n_points)
    assert row is None or found.max_cosine_lower_bound <= row.max_cosine + 1e-12
    if 0 < found.max_cosine_lower_bound < 0.9:
        back = sphcode.bound(dim, max_cosine=found.max_cosine_lower_bound, method="closed-form")
        assert back.n_points_upper_bound <= n_points
    assert sphcode.verify(dict(found.certificate)).accepted


@settings(max_examples=4)
@given(SEEDS, st.integers(3, 7), st.integers(2, 4))
def test_a_proof_is_verified_however_the_code_lies(seed, n_points, dim):
    points = unit_rows(seed, n_points, dim)
    certificate = sphcode.prove(points, digits=10)
    verdict = sphcode.verify(certificate)
    assert verdict.accepted
    turned = sphcode.prove(moved(points, seed)[0], digits=10)
    claimed = [float(made["claim"]["max_cosine"]) for made in (certificate, turned)]
    assert claimed[0] == pytest.approx(claimed[1], abs=3e-10)
    lower = {**certificate, "claim": {**certificate["claim"], "max_cosine": f"{claimed[0] - 1e-6:.10f}"}}
    assert not sphcode.verify(lower).accepted


@FEW
@given(SEEDS, st.integers(3, 9), st.integers(2, 4))
def test_same_code_finds_the_isometry(seed, n_points, dim):
    points = unit_rows(seed, n_points, dim)
    found = sphcode.same_code(points, moved(points, seed)[0])
    assert found is not None
    assert found.distance <= 1e-9
    other = points.copy()
    other[0] = -other[0]
    back = sphcode.same_code(other, points)
    assert (back is None) == (sphcode.same_code(points, other) is None)


@FEW
@given(SEEDS, st.integers(2, 6), st.integers(2, 4))
def test_load_weights_gives_back_what_was_saved(seed, n_classes, dim):
    weights = np.random.default_rng(seed).standard_normal((n_classes, dim))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "head.npz"
        np.savez(path, weight=weights)
        head = sphcode.load_weights(path)
        assert np.array_equal(np.asarray(head.weight), weights)


@settings(max_examples=4)
@given(SEEDS, st.integers(3, 7), st.integers(2, 4))
def test_compare_is_below_the_ceiling_and_does_not_care_how_the_head_lies(seed, n_classes, dim):
    weights = np.random.default_rng(seed).standard_normal((n_classes, dim))
    first = sphcode.compare(weights, workers=1)
    order = np.random.default_rng(seed).permutation(n_classes)
    second = sphcode.compare((weights @ isometry(seed, dim))[order], workers=1)
    assert first.unit.nearest.max_cosine == pytest.approx(second.unit.nearest.max_cosine, abs=1e-12)
    least = first.unit.distances.distances.min()
    assert least == pytest.approx(second.unit.distances.distances.min(), abs=1e-12)
    assert least <= first.ceiling.one_vs_rest_upper_bound + 1e-12


@settings(max_examples=4)
@given(SEEDS, st.integers(4, 7), st.integers(2, 4))
def test_align_finds_what_was_hidden(seed, n_points, dim):
    code = sphcode.SphericalCode(unit_rows(seed, n_points, dim))
    found = sphcode.align(moved(code.points, seed)[0], code)
    assert found.relative_residual <= 1e-9
    assert np.abs(found.rotation @ found.rotation.T - np.eye(dim)).max() <= 1e-12
    assert sorted(found.assignment) == list(range(n_points))


@FEW
@given(SEEDS, st.integers(3, 6), st.integers(2, 4))
def test_assign_lies_between_its_bound_and_the_mean(seed, n_points, dim):
    code = sphcode.SphericalCode(unit_rows(seed, n_points, dim))
    similarity = np.random.default_rng(seed).standard_normal((n_points, n_points))
    similarity = similarity + similarity.T
    found = sphcode.assign(code, similarity, n_starts=4)
    assert found.lower_bound <= found.cost + 1e-9
    assert found.cost <= found.random_cost + 1e-9
    turned = sphcode.assign(sphcode.SphericalCode(code.points @ isometry(seed, dim)), similarity, n_starts=4)
    assert turned.cost == pytest.approx(found.cost, abs=1e-9)


@FEW
@given(SEEDS, st.integers(3, 8), st.integers(3, 5), st.sampled_from(["gaussian", "logarithmic", "riesz"]))
def test_no_code_has_less_energy_than_the_floor(seed, n_points, dim, potential):
    floor = sphcode.energy_bound(dim, n_points, potential, method="universal")
    rows = unit_rows(seed, n_points, dim)
    cosines = rows @ rows.T
    distances = np.sqrt(2 - 2 * cosines[~np.eye(n_points, dtype=bool)])
    energies = {"gaussian": np.exp(-2 * distances**2), "logarithmic": -np.log(distances), "riesz": 1 / distances}
    assert energies[potential].mean() >= floor.mean_energy_lower_bound - 1e-12


@FEW
@given(SEEDS, st.integers(3, 8), st.integers(2, 5), st.floats(0.05, 2.0))
def test_no_head_has_less_cross_entropy_than_the_floor(seed, n_classes, dim, temperature):
    weights, features = unit_rows(seed, n_classes, dim), unit_rows(seed + 1, n_classes, dim)
    logits = features @ weights.T / temperature
    loss = (np.log(np.exp(logits - logits.max(axis=1)[:, None]).sum(axis=1)) + logits.max(axis=1)) - np.diag(logits)
    floor = sphcode.cross_entropy_bound(dim, n_classes, temperature).cross_entropy_lower_bound
    assert 0 <= floor <= loss.mean() + 1e-12


@FEW
@given(st.integers(2, 12), st.integers(20, 10_000))
def test_volumetric_margins_are_in_order_and_fall(dim, n_points):
    lower, upper = sphcode.volumetric_margins(dim, n_points)
    assert lower <= upper
    assert sphcode.volumetric_margins(dim, 2 * n_points)[1] <= upper


@settings(max_examples=3)
@given(st.floats(0.0, 0.4))
def test_the_three_point_model_is_above_the_codes(cosine):
    model = sphcode.three_point_model(3, cosine, 2)
    value = 1 + float(model.problem.solve(solver="CLARABEL"))
    assert value >= 6 - 1e-4  # the octahedron
    assert value <= 15  # kissing number 12 with room: Delsarte's bound at 1/2 is 13.3


@settings(max_examples=3)
@given(st.floats(0.0, 0.6), st.integers(1, 2))
def test_write_sdpa_writes_the_same_file_again(cosine, degree):
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{k}.dat-s" for k in range(2)]
        for path in paths:
            sphcode.write_sdpa(path, 3, cosine, degree)
        first, second = (path.read_bytes() for path in paths)
        assert first == second
        assert len(first) > 1000


@settings(max_examples=3)
@given(st.integers(2, 3), st.integers(3, 5))
def test_a_temperature_path_is_below_the_ceiling(dim, n_classes):
    ceiling = sphcode.bound(dim, n_classes, method="closed-form").one_vs_rest_upper_bound
    path = sphcode.temperature_path(dim, n_classes, [1, 10], n_starts=1, iterations=100, rng=0)
    assert [model.scale for model in path] == [1, 10]
    for model in path:
        assert model.one_vs_rest_distance <= ceiling + 1e-9
        floor = sphcode.cross_entropy_bound(dim, n_classes, 1 / model.scale).cross_entropy_lower_bound
        assert np.exp(model.log_loss) >= floor - 1e-12


@settings(max_examples=3)
@given(SEEDS, st.integers(4, 5))
def test_lifted_margins_are_attained_and_below_the_ceiling(seed, n_classes):
    weights = unit_rows(seed, n_classes, 3)
    found = sphcode.lifted(weights, perturbation=0.01, rng=seed)
    assert found.margin == pytest.approx(sphcode.hardmax_value(found.weights, found.features), abs=1e-9)
    assert found.margin >= sphcode.hardmax_value(weights, weights) - 0.1
    assert found.margin <= sphcode.bound(3, n_classes, method="closed-form").one_vs_rest_upper_bound + 1e-9


@FEW
@given(SEEDS, st.integers(3, 8), st.integers(2, 5), st.sampled_from([1e-3, 1.0, 1e3]))
def test_classifier_geometry_turns_and_scales(seed, n_classes, dim, scale):
    weights = np.random.default_rng(seed).standard_normal((n_classes, dim))
    first = sphcode.classifier_geometry(weights)
    second = sphcode.classifier_geometry(scale * (weights @ isometry(seed, dim))[::-1])
    for key, value in first.items():
        assert second[key] == pytest.approx(value * (scale if key == "norm_mean" else 1), rel=1e-6, abs=1e-9), key


@pytest.mark.parametrize(("name", "params"), [("polygon", {"n_points": 7}), ("simplex", {"dim": 5})])
def test_construct_named_is_the_same_each_time(name, params):
    first, second = (sphcode.construct_named(name, **params).code() for _ in range(2))
    assert np.array_equal(first.points, second.points)
    assert first.max_cosine == pytest.approx(float(sphcode.construct_named(name, **params).max_cosine), abs=1e-15)


@FEW
@given(SEEDS, st.integers(4, 12), st.integers(2, 4))
def test_codebook_facts_turn_with_the_code(seed, n_points, dim):
    code = sphcode.SphericalCode(unit_rows(seed, n_points, dim))
    book = sphcode.codebook(code, n_samples=50, rng=seed)
    # Every direction is at most the covering radius from a point, so the mean of those sampled is too.
    assert 0 < book.mean_angle < np.pi
    assert book.mean_squared_error <= 4
    again = sphcode.codebook(sphcode.SphericalCode(code.points[::-1]), n_samples=50, rng=seed)
    assert again.mean_squared_error == pytest.approx(book.mean_squared_error, abs=1e-12)


@FEW
@given(SEEDS, st.sampled_from([(3, 6), (3, 9), (4, 8), (4, 24)]))
def test_symmetry_group_turns_with_the_code(seed, case):
    points = sphcode.construct(*case).code().points
    first = sphcode.symmetry_group(points)
    second = sphcode.symmetry_group((points @ isometry(seed, case[0]))[::-1])
    assert (first.order, sorted(first.orbits)) == (second.order, sorted(second.orbits))


@FEW
@given(SEEDS, st.integers(3, 9), st.integers(2, 4), st.sampled_from([1e-3, 1.0, 1e3]))
def test_argmax_classes_turn_and_scale(seed, n_classes, dim, scale):
    weights = np.random.default_rng(seed).standard_normal((n_classes, dim))
    first = sphcode.argmax_classes(weights)
    second = sphcode.argmax_classes(scale * (weights @ isometry(seed, dim))[::-1])
    assert sorted(n_classes - 1 - second.never) == sorted(first.never)


def test_every_public_function_has_a_property():
    text = Path(__file__).read_text()
    functions = [name for name in sphcode.__all__ if inspect.isfunction(getattr(sphcode, name))]
    assert [name for name in ("SphericalCode", *functions) if f"sphcode.{name}(" not in text] == []
