"""Measurements of planted heads, what they are held against, and what the comparison refuses to say."""

import json
from importlib.resources import as_file, files
from pathlib import Path

import jsonschema
import naive
import numpy as np
import pytest

from sphcode import Features, Head, SphericalCode, compare, construct, load_weights, one_vs_rest
from sphcode.errors import InvalidInputError

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "compare.json").read_text())


def unit_rows(n_classes, dim, seed=0):
    rows = np.random.default_rng(seed).standard_normal((n_classes, dim))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def example():
    with as_file(files("sphcode.data") / "examples" / "two_digits_scale10.safetensors") as path:
        return compare(path)


def test_a_rotated_optimal_code_is_at_its_reference_and_its_ceiling():
    rng = np.random.default_rng(1)
    rotation, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    result = compare(rng.permutation(construct(4, 24).code().points) @ rotation)
    assert result.min_one_vs_rest == pytest.approx(0.5, abs=1e-12)
    assert result.ratio_to_best_known == pytest.approx(1.0, abs=1e-12)
    assert result.reference.kind == "table"
    assert result.unit.nearest.max_cosine == pytest.approx(0.5, abs=1e-12)
    assert len(result.unit.slack_classes) == 0


def test_distances_agree_with_the_oracle():
    rows = unit_rows(20, 4)
    result = compare(rows)
    expected = min(naive.one_vs_rest(rows))
    assert result.min_one_vs_rest == pytest.approx(expected, abs=1e-10)
    assert result.unit.nearest.max_cosine == pytest.approx(naive.max_cosine(rows), abs=1e-14)
    assert result.ratio_to_upper_bound < result.ratio_to_best_known < 1


def test_norms_do_not_change_the_measurement_of_unit_rows():
    rows = unit_rows(20, 4)
    scaled = rows * np.linspace(0.5, 3, 20)[:, None]
    result = compare(scaled)
    assert result.min_one_vs_rest == pytest.approx(compare(rows).min_one_vs_rest, abs=1e-12)
    assert result.raw.to_dict()["norms"]["max"] == pytest.approx(3)
    assert any("normalised" in warning for warning in result.warnings)
    assert result.comparable


def test_equal_rows_give_zero_and_are_named():
    rows = unit_rows(20, 4)
    rows[17] = rows[5]
    names = [f"class {index}" for index in range(20)]
    result = compare(rows, names=names)
    assert result.min_one_vs_rest == 0.0
    assert result.unit.duplicates == [(5, 17)]
    assert [result.name(index) for index in result.unit.duplicates[0]] == ["class 5", "class 17"]
    assert list(result.unit.inside_hull) == [5, 17]
    single = compare(np.delete(rows, 17, axis=0))
    assert result.unit.min_distinct == pytest.approx(single.min_one_vs_rest, abs=1e-12)
    assert result.ratio_to_best_known == 0.0


def test_three_equal_rows_and_nothing_else_distinct_enough():
    rows = np.vstack([np.eye(3), np.eye(3)[:1], np.eye(3)[:1]])
    result = compare(rows)
    assert result.unit.duplicates == [(0, 3), (0, 4), (3, 4)]
    assert result.unit.min_distinct == pytest.approx(min(naive.one_vs_rest(np.eye(3))), abs=1e-12)


def test_near_duplicates_are_listed_apart_from_equal_rows():
    rows = unit_rows(20, 4)
    rows[3] = rows[8] + 1e-3 * rows[0]
    result = compare(rows)
    assert result.unit.near_duplicates == [(3, 8)]
    assert result.unit.duplicates == []


def test_zero_rows_are_left_out_and_listed():
    rows = np.insert(unit_rows(20, 4), [0, 7], 0.0, axis=0)
    result = compare(rows)
    assert list(result.raw.zero_rows) == [0, 8]
    assert result.n_classes == 22
    assert len(result.unit.rows) == 20
    assert result.min_one_vs_rest == pytest.approx(compare(unit_rows(20, 4)).min_one_vs_rest, abs=1e-12)
    assert {index for index, *_ in result.unit.worst(20)} == set(range(22)) - {0, 8}
    assert any("2 zero rows" in warning for warning in result.warnings)


def test_without_two_directions_there_is_nothing_to_compare():
    rows = np.zeros((5, 3))
    rows[2, 0] = 1
    result = compare(rows)
    content = result.to_dict()
    assert content["min_one_vs_rest"] is content["ratio_to_best_known"] is content["ratio_to_upper_bound"] is None
    jsonschema.validate(json.loads(json.dumps(content)), SCHEMA)


def biased(seed=0):
    rows = unit_rows(20, 4, seed)
    return rows, np.random.default_rng(seed).standard_normal(20)


def test_with_a_bias_the_class_vectors_alone_have_ratios_and_the_head_has_none():
    rows, bias = biased()
    free, result = compare(rows), compare(rows, bias=bias)
    content = result.to_dict()
    jsonschema.validate(json.loads(json.dumps(content, allow_nan=False)), SCHEMA)
    for key in ("ratio_to_best_known", "ratio_to_upper_bound", "best_known_one_vs_rest", "one_vs_rest_upper_bound"):
        assert content[key] is None
        assert content["class_vectors"][key] == free.to_dict()[key] is not None
    assert content["bias"] == {"present": True, "constant": False}
    assert content["class_vectors"]["min_one_vs_rest"] == free.min_one_vs_rest
    assert content["advice"] is content["position"] is None
    assert not content["normalized"]
    assert result.claim.startswith("class vectors alone, without the bias: min one-vs-rest 0.")
    assert "% of the proven ceiling" in result.claim
    assert any("has a bias" in warning for warning in result.warnings)


def test_without_a_bias_the_class_vectors_say_the_same_as_the_head():
    content = compare(unit_rows(20, 4)).to_dict()
    same = set(content["class_vectors"])
    assert {key: content[key] for key in same} == content["class_vectors"]
    assert content["bias"] == {"present": False, "constant": False}


@pytest.mark.parametrize("value", [0.0, -2.5, 1e6])
def test_a_constant_bias_is_no_bias(value):
    rows, _ = biased()
    free, result = compare(rows), compare(rows, bias=np.full(20, value))
    assert result.comparable
    assert result.claim == free.claim
    assert result.to_dict()["bias"] == {"present": True, "constant": True}
    assert result.ratio_to_upper_bound == free.ratio_to_upper_bound
    assert not result.raw.has_bias


def test_biases_that_differ_by_a_constant_give_the_same_answers():
    rows, bias = biased(1)
    rows = np.vstack([rows, 0.5 * rows[:3].mean(axis=0)])
    bias = np.append(bias, -4.0)
    one, other = compare(rows, bias=bias), compare(rows, bias=bias + 1e5)
    assert list(one.raw.never_argmax) == list(other.raw.never_argmax) == [20]
    assert one.raw.distances.minimum == pytest.approx(other.raw.distances.minimum, abs=1e-9)
    assert one.class_vectors == other.class_vectors


def test_the_raw_measurement_keeps_the_bias():
    rows, bias = unit_rows(20, 4), np.zeros(20)
    bias[4] = -1e3
    result = compare(rows, bias=bias)
    assert result.raw.has_bias
    assert list(result.raw.never_argmax) == []  # a unit row is a corner of the hull: some long feature still wins
    inside = np.vstack([rows, rows[:3].mean(axis=0)])
    assert list(compare(inside).raw.never_argmax) == [20]
    assert list(compare(inside, bias=np.append(np.zeros(20), 5.0)).raw.never_argmax) == []


def test_arguments_of_the_first_version_warn_and_work(tmp_path):
    rows = unit_rows(6, 3)
    np.savez(tmp_path / "w.npz", first=rows, second=rows.T)
    with pytest.warns(DeprecationWarning, match="load_weights"):
        old = compare(tmp_path / "w.npz", key="second", classes_axis=1)
    assert old.min_one_vs_rest == compare(load_weights(tmp_path / "w.npz", "first")).min_one_vs_rest
    with pytest.warns(DeprecationWarning, match="Features"):
        assert compare(rows, class_means=rows).features.gnc3 is not None
    with pytest.warns(DeprecationWarning, match="classes_axis"):
        assert compare(rows.T, classes_axis=1).n_classes == 6
    with pytest.raises(TypeError, match="unexpected keyword argument 'nonsense'"):
        compare(rows, nonsense=3)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("weights", "arguments", "named"),
    [
        (unit_rows(6, 3), {"key": "fc.weight"}, "key"),
        (unit_rows(6, 3), {"classes_axis": 7}, "classes_axis"),
        (Head(unit_rows(6, 3)), {"key": "fc.weight"}, "key"),
        (Head(unit_rows(6, 3)), {"classes_axis": 0}, "classes_axis"),
        (Head(unit_rows(6, 3), bias=np.arange(6.0)), {"bias": np.arange(6.0)}, "bias"),
        ([Head(unit_rows(6, 3))], {"bias": np.arange(6.0)}, "bias"),
        (unit_rows(6, 3), {"features": Features(class_means=unit_rows(6, 3)), "labels": [0, 1]}, "labels"),
    ],
)
def test_arguments_that_would_be_ignored_are_refused(weights, arguments, named):
    with pytest.raises(InvalidInputError, match=f"`{named}` must be"):
        compare(weights, **arguments)


def test_a_list_of_files_gives_one_comparison_each(tmp_path):
    for index in range(2):
        np.save(tmp_path / f"{index}.npy", unit_rows(6, 3, index))
    paths = [tmp_path / "0.npy", str(tmp_path / "1.npy")]
    results = compare(paths, names=list("abcdef"))
    assert [result.path for result in results] == [str(path) for path in paths]
    assert [result.min_one_vs_rest for result in results] == [compare(path).min_one_vs_rest for path in paths]
    assert results[1].names == tuple("abcdef")


def test_the_output_says_what_was_taken_and_why(tmp_path):
    np.savez(tmp_path / "w.npz", **{"head.weight": unit_rows(6, 3), "head.bias": np.zeros(6)})
    content = compare(tmp_path / "w.npz").to_dict()
    assert content["tensor"] == {
        "name": "head.weight",
        "why": "it is named like a head (head)",
        "stand_in": False,
    }
    assert content["bias"] == {"present": True, "constant": True}


def test_centering_undoes_a_common_vector():
    rows = unit_rows(20, 4)
    rows -= rows.mean(axis=0)
    shifted = rows + 3.0
    assert compare(shifted, center=True).min_one_vs_rest == pytest.approx(
        compare(rows, center=True).min_one_vs_rest, abs=1e-10
    )
    assert compare(shifted).min_one_vs_rest < compare(rows).min_one_vs_rest
    assert compare(shifted).raw.distances.minimum == pytest.approx(compare(rows).raw.distances.minimum, abs=1e-10)


def test_a_given_code_is_the_reference():
    code = SphericalCode(np.vstack([np.eye(4), -np.eye(4)]))
    result = compare(unit_rows(8, 4), against=code)
    assert result.reference.source == "the given code"
    assert result.ratio_to_best_known == pytest.approx(result.min_one_vs_rest, abs=1e-12)


def test_collapse_is_measured_from_features_and_from_moments():
    rng = np.random.default_rng(2)
    rows, labels = unit_rows(6, 3), np.repeat(np.arange(6), 50)
    features = rows[labels] + 0.05 * rng.standard_normal((300, 3))
    measured = compare(rows, features=Features(features, labels)).features
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    means = np.array([unit[labels == k].mean(axis=0) for k in range(6)])
    covariance = (unit - means[labels]).T @ (unit - means[labels]) / 300
    given = compare(rows, features=Features(class_means=means, within_class_covariance=covariance)).features
    assert measured.gnc1 == pytest.approx(given.gnc1, rel=1e-10)
    assert measured.gnc3 == pytest.approx(given.gnc3, rel=1e-10)
    assert compare(rows, features=Features(class_means=means)).features.gnc1 is None


def test_the_shipped_example(example):
    assert (example.dim, example.n_classes, example.key) == (10, 100, "weight")
    assert example.features.gnc1 is not None
    assert 0 < example.ratio_to_upper_bound < example.ratio_to_best_known <= 1
    assert example.claim.startswith("min one-vs-rest 0.")
    assert f" % of {example.reference.source}, " in example.claim
    assert example.claim.endswith(f" % of the proven ceiling ({example.ceiling.name})")
    jsonschema.validate(json.loads(json.dumps(example.to_dict(), allow_nan=False)), SCHEMA)


def test_the_schema_is_strict(example):
    content = example.to_dict()
    del content["gnc2"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, SCHEMA)


def test_torch_tensors_are_taken_as_they_are():
    torch = pytest.importorskip("torch")
    rows = unit_rows(12, 3)
    tensor = torch.tensor(rows, dtype=torch.float64, requires_grad=True)
    assert compare(tensor).min_one_vs_rest == compare(rows).min_one_vs_rest


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"names": ["one"]}, "names"),
        ({"against": SphericalCode(np.eye(3))}, "against"),
        ({"bias": np.zeros(3)}, "bias"),
        ({"bias": "fc.bias"}, "bias"),
        ({"features": np.zeros((3, 4))}, "labels"),
        ({"features": Features(class_means=np.zeros((3, 4)))}, "class_means"),
        ({"names": "twenty letters, none"}, "names"),
        ({"center": "yes"}, "center"),
        ({"progress": 3}, "progress"),
        ({"against": 3}, "against"),
    ],
)
def test_arguments_that_do_not_fit_are_named(arguments, named):
    with pytest.raises(InvalidInputError, match=f"`{named}` must be"):
        compare(unit_rows(20, 4), **arguments)


def test_weights_that_are_not_finite_are_refused():
    rows = unit_rows(20, 4)
    rows[3, 1] = np.nan
    with pytest.raises(InvalidInputError, match="row 3"):
        compare(rows)


def test_a_rotated_noisy_copy_of_the_best_code_is_recognised():
    rng = np.random.default_rng(4)
    rotation, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    points = rng.permutation(construct(4, 24).code().points) @ rotation
    result = compare(points + 0.05 * rng.standard_normal(points.shape))
    residual, note = result.alignment
    assert note == "recognised"
    assert 0.05 < residual < 0.2
    assert compare(unit_rows(24, 4)).alignment[1] == "not recognised"


def test_random_rows_are_near_zero_and_a_best_code_at_one():
    values = [compare(unit_rows(40, 6, seed)).position for seed in range(4)]
    assert abs(np.mean(values)) < 0.25
    assert compare(construct(4, 24).code().points).position == pytest.approx(1.0, abs=1e-9)


def test_rattlers_in_both_senses():
    square = [[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0]]
    result = compare(np.array([*square, [0.0, 0.0, 1.0]]) + np.array([[0, 0, -0.3]] * 4 + [[0, 0, 0]]))
    assert list(result.unit.rattlers_packing) == [4]
    assert list(result.unit.slack_classes) == [4]


def test_rows_in_a_plane_are_judged_in_the_plane():
    angles = 2 * np.pi * np.arange(7) / 7
    rows = np.zeros((7, 5))
    rows[:, :2] = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    geometry = compare(rows).geometry
    assert geometry.effective_rank == pytest.approx(2.0, abs=1e-9)
    assert geometry.effective_dim == 2
    assert geometry.effective_upper_bound == pytest.approx(1 - np.cos(2 * np.pi / 7), abs=1e-12)
    assert geometry.uniformity > geometry.uniformity_lower_bound


def test_a_sample_measures_fewer_classes_and_says_so():
    rows = unit_rows(60, 5)
    everything, part = compare(rows), compare(rows, sample=10, rng=1)
    assert len(part.unit.distances.classes) == 10
    np.testing.assert_allclose(
        part.unit.distances.distances, everything.unit.distances.distances[part.unit.distances.classes], atol=1e-12
    )
    assert part.min_one_vs_rest >= everything.min_one_vs_rest
    assert part.to_dict()["sample"] == 10
    assert "of a sample of 10 classes" in part.claim
    assert any("may be smaller" in warning for warning in part.warnings)
    assert compare(rows, sample=60).to_dict()["sample"] is None


@pytest.mark.slow
def test_a_large_clustered_head_with_planted_facts():
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((200, 384))
    rows = 0.7 * centres[rng.integers(0, 200, 30522)] + rng.standard_normal((30522, 384))
    rows *= rng.lognormal(0, 0.2, 30522)[:, None]
    rows[100], rows[5000], rows[-20:], rows[3] = rows[7], 2 * rows[44], rows[-1], 0
    result = compare(rows)
    assert {(7, 100), (44, 5000)} <= set(result.unit.duplicates)
    assert len(result.unit.duplicates) == 2 + 190
    assert list(result.raw.zero_rows) == [3]
    assert result.min_one_vs_rest == pytest.approx(0.0, abs=1e-13)
    assert result.unit.min_distinct > 0.5
    assert result.unit.distances.certified.all()
    assert set(result.raw.never_argmax) >= {3, 44, 7, 100, 30521}
    assert result.geometry.effective_rank > 300


@pytest.mark.parametrize("exponent", [-990, -660, -530, -100, 100, 530, 660, 990])
def test_the_scale_of_the_whole_matrix_changes_no_ratio(exponent):
    """2^-990 is below 1e-298: no squares under way, no zero rows, no open row."""
    rows = np.random.default_rng(0).standard_normal((6, 3))
    plain, scaled = (compare(matrix).to_dict() for matrix in (rows, np.ldexp(rows, exponent)))
    for result in (plain, scaled):
        result.pop("raw")
    assert json.dumps(scaled) == json.dumps(plain)
    one, other = one_vs_rest(rows), one_vs_rest(np.ldexp(rows, exponent))
    assert other.certified.all()
    assert np.ldexp(other.distances, -exponent) == pytest.approx(one.distances, rel=1e-13)
