"""The dictionary for training logs: values from the oracles, torch tensors as they are, refusals."""

import math
from pathlib import Path

import naive
import numpy as np
import pytest

from sphcode import load_weights
from sphcode.classifiers.training import classifier_geometry
from sphcode.errors import InvalidInputError

HEAD = load_weights(Path(__file__).parents[2] / "data" / "examples" / "two_digits_scale7.safetensors")


def test_values():
    log = classifier_geometry(HEAD.weight, HEAD.companions["class_means"])
    rows = HEAD.weight / np.linalg.norm(HEAD.weight, axis=1, keepdims=True)
    assert log["max_cosine"] == pytest.approx(naive.max_cosine(HEAD.weight), abs=1e-14)
    assert log["min_angle_deg"] == pytest.approx(math.degrees(math.acos(log["max_cosine"])), abs=1e-9)
    assert log["frame_potential"] == pytest.approx(naive.frame_potential(HEAD.weight), rel=1e-12)
    assert log["gnc3"] == pytest.approx(naive.gnc3(HEAD.weight, HEAD.companions["class_means"]), abs=1e-12)
    assert log["hardmax_value"] == pytest.approx(naive.hardmax_value(rows, HEAD.companions["class_means"]), abs=1e-12)
    assert 1 - log["max_cosine"] <= log["min_one_vs_rest"] <= math.sqrt(2 - 2 * log["max_cosine"])
    assert log["hardmax_value"] <= log["min_one_vs_rest"]
    assert all(type(value) is float for value in log.values())


def test_scale_of_the_rows_does_not_matter_to_the_angles():
    log, scaled = classifier_geometry(HEAD.weight), classifier_geometry(3 * HEAD.weight)
    assert set(log) == set(scaled)
    assert "gnc3" not in log
    assert scaled["norm_mean"] == pytest.approx(3 * log["norm_mean"], rel=1e-14)
    for name in set(log) - {"norm_mean"}:
        assert scaled[name] == pytest.approx(log[name], rel=1e-10, abs=1e-12)


def test_torch_parameters_are_taken_as_they_are():
    torch = pytest.importorskip("torch")
    parameter = torch.nn.Parameter(torch.tensor(HEAD.weight, dtype=torch.bfloat16))
    expected = classifier_geometry(parameter.detach().double().numpy())
    assert classifier_geometry(parameter) == expected


@pytest.mark.parametrize("bad", [0.0, math.nan])
def test_refusals(bad):
    weights = HEAD.weight.copy()
    weights[3] = bad
    with pytest.raises(InvalidInputError, match="`weights` must be free of"):
        classifier_geometry(weights)
