import json
from pathlib import Path

import jsonschema
import pytest

from sphcode import SphericalCode, verify
from sphcode.cli.main import main

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "generate.json").read_text())


def printed(capsys, *arguments):
    assert main(["generate", *arguments, "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    jsonschema.validate(content, SCHEMA)
    assert next(iter(content)) == "schema"
    return content


def test_json_of_a_search(capsys):
    content = printed(capsys, "3", "24", "--no-constructions", "--seed", "0", "--effort", "20000")
    assert abs(content["max_cosine"] - 0.7230784683335085) < 1e-14
    assert content["contacts"] == 60
    assert content["proof"] == "none"
    assert content["certificate"] is None
    assert content["best_known"]["max_cosine"] == 0.7230784683335085


def test_json_of_a_formula(capsys):
    content = printed(capsys, "5", "6")
    assert content["status"] == "formula"
    assert content["max_cosine"] == pytest.approx(-0.2, abs=1e-15)


def test_proof_and_file(capsys, tmp_path):
    path = tmp_path / "code.json"
    content = printed(capsys, "3", "13", "--prove", "--digits", "12", "--effort", "20000", "-o", str(path))
    assert content["proof"] != "none"
    assert verify(content["certificate"]).accepted
    assert verify(path).accepted
    assert abs(SphericalCode.load(path).max_cosine - content["max_cosine"]) < 1e-15
    printed(capsys, "3", "13", "--prove", "--effort", "20000", "-o", str(tmp_path / "code.npz"))
    assert verify(tmp_path / "code.certificate.json").accepted


def test_lines_and_symmetry(capsys):
    lines = printed(capsys, "3", "14", "--antipodal", "--effort", "20000")
    assert abs(lines["max_cosine"] - 3**-0.5) < 1e-14
    symmetric = printed(capsys, "4", "24", "--symmetry", "permutation", "--effort", "20000")
    assert abs(symmetric["max_cosine"] - 0.5) < 1e-14


def test_text(capsys):
    assert main(["generate", "3", "9", "--no-constructions", "--effort", "5000"]) == 0
    text = capsys.readouterr().out
    assert "max cosine        0.333333333333333" in text
    assert "converged" in text


def test_missed_target_is_code_4(capsys):
    assert main(["generate", "3", "13", "--target", "0.5", "--effort", "2000", "--no-constructions"]) == 4
    assert "above the target" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["1", "5"], ["3", "1"], ["3", "5", "--effort", "-1"], ["3", "5", "-o", "x.doc"]])
def test_bad_input_is_one_line_and_code_2(arguments, capsys):
    assert main(["generate", *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
