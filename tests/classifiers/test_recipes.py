"""The Python of docs/weights.md and docs/training.md runs as printed."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from sphcode import load_weights
from sphcode.classifiers.keys import HEAD_KEYS, WRAPPERS
from sphcode.classifiers.weights import UNIT_ROUNDOFF

ROOT = Path(__file__).parents[2]


def run(page, folder, monkeypatch):
    monkeypatch.chdir(folder)
    names = {}
    for block in re.findall(r"```python\n(.*?)```", (ROOT / "docs" / page).read_text(), flags=re.S):
        exec(block, names)
    return names


def test_weights_page(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    shutil.copytree(ROOT / "data" / "examples", tmp_path / "data" / "examples")
    assert run("weights.md", tmp_path, monkeypatch)["head"].n_classes == 100


def test_weights_page_states_the_rules_of_the_code():
    page = (ROOT / "docs" / "weights.md").read_text()
    for key in HEAD_KEYS:
        assert f"`{key.removesuffix('.weight')}`" in page
    for wrapper in WRAPPERS:
        assert f"`{wrapper}`" in page
    printed = [float(text) for text in re.findall(r"^\| \S*float\S*(?: E\dM\d)? \| (\S+) \|$", page, flags=re.M)]
    np.testing.assert_allclose(printed, [2 * value for value in UNIT_ROUNDOFF.values()], rtol=0.05)


def test_training_page(tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    names = run("training.md", tmp_path, monkeypatch)
    assert names["logits"].shape == (8, 100)
    stored = load_weights(tmp_path / "head.safetensors")
    np.testing.assert_allclose(names["FixedHead"]("head.safetensors", 1.0).weight, stored.weight, atol=1e-7)
    assert names["assignment"].lower_bound <= names["assignment"].cost < names["assignment"].random_cost
    log = names["log"]
    assert len(log) == 20
    assert log[-1]["min_one_vs_rest"] > log[0]["min_one_vs_rest"]
    assert 0 < log[-1]["of_ceiling"] <= 1
    head = names["ClassMeanHead"](4, 3, scale=1.0)
    before = head.weight.clone()
    head(torch.eye(3), torch.tensor([0, 0, 2]))
    assert torch.allclose(head.weight[[1, 3]], before[[1, 3]])
    expected = 0.9 * before[2] + 0.1 * torch.eye(3)[2]
    assert torch.allclose(head.weight[2], expected / expected.norm())
    assert torch.allclose(head.weight.norm(dim=1), torch.ones(4))
