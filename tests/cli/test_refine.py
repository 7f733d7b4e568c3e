import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from sphcode import SphericalCode
from sphcode.cli.main import main

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "refine.json").read_text())


def test_a_rough_tetrahedron_is_polished(capsys, tmp_path):
    rough = np.array([[1, 1, 1.01], [1, -1, -1], [-1, 1.02, -1], [-1, -1, 1]])
    path, polished = tmp_path / "rough.txt", tmp_path / "polished.npz"
    np.savetxt(path, rough / np.linalg.norm(rough, axis=1, keepdims=True))
    assert main(["refine", str(path), "-o", str(polished), "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    jsonschema.validate(content, SCHEMA)
    assert content["status"] == "converged"
    assert abs(content["max_cosine"] + 1 / 3) < 1e-15
    assert SphericalCode.load(polished).max_cosine == content["max_cosine"]


def test_unreadable_file_is_one_line_and_code_2(capsys, tmp_path):
    path = tmp_path / "code.txt"
    path.write_text("1 0\nnan 1\n")
    assert main(["refine", str(path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert main(["refine", str(tmp_path / "missing.npz")]) == 2


def test_few_decimals(tmp_path, capsys):
    path = tmp_path / "rough.txt"
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / 3**0.5
    np.savetxt(path, corners + np.arange(12).reshape(4, 3) / 1000, fmt="%.2f")
    assert main(["refine", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["max_cosine"] == pytest.approx(-1 / 3, abs=1e-12)
