"""sphcode show: the invariants of a file, and what is known about a case."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from sphcode import SphericalCode
from sphcode.cli.main import main

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "show.json").read_text())


def run(arguments, capsys):
    code = main(["show", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_file(tmp_path, capsys):
    path = tmp_path / "octahedron.npz"
    SphericalCode(np.vstack([np.eye(3), -np.eye(3)]), {"source": "test"}).save(path)
    code, out, _ = run([path, "--json"], capsys)
    facts = json.loads(out)
    jsonschema.validate(facts, SCHEMA)
    assert code == 0
    assert facts["max_cosine"] == 0.0
    assert facts["contacts"] == 12
    assert facts["rattlers"] == {"count": 0, "first": []}
    assert facts["spectrum"] == {"values": [0.0, -1.0], "counts": [12, 3], "complete": True}
    assert facts["design_strength"] == 3
    assert facts["energies"]["riesz_1"] == pytest.approx(12 / 2**0.5 + 3 / 2)
    assert facts["provenance"] == {"source": "test"}
    assert facts["best_known"]["proven_optimal"]
    code, out, _ = run([path], capsys)
    assert code == 0
    assert "design_strength" in out


def test_a_case(capsys):
    code, out, _ = run([3, 24, "--json"], capsys)
    facts = json.loads(out)
    jsonschema.validate(facts, SCHEMA)
    assert code == 0
    assert facts["best_known"]["max_cosine"] == pytest.approx(0.7230784683335085, abs=1e-15)
    assert facts["max_cosine_lower_bound"] <= facts["best_known"]["max_cosine"] <= facts["construction"]["max_cosine"]
    code, out, _ = run([3, 24], capsys)
    assert code == 0
    assert "bound_method" in out


@pytest.mark.parametrize("arguments", [["missing.npz"], ["3", "x"], ["3", "4", "5"], ["1", "5"], ["3", "1"], ["a.xyz"]])
def test_bad_input(arguments, capsys):
    code, out, err = run(arguments, capsys)
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
