import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from sphcode.cli.main import main
from sphcode.proofs.bound.check import check_bound

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "bound.json").read_text())


@pytest.mark.parametrize("arguments", [["3", "24"], ["8", "--cosine", "0.5"], ["7", "--cosine", "1/3"], ["4", "3"]])
def test_json_and_certificate(arguments, capsys, tmp_path):
    path = tmp_path / "certificate.json"
    assert main(["bound", *arguments, "--json", "--certificate", str(path)]) == 0
    content = json.loads(capsys.readouterr().out)
    jsonschema.validate(content, SCHEMA)
    assert next(iter(content)) == "schema"
    written = json.loads(path.read_text())
    assert written == content["certificate"]
    assert check_bound(written).accepted


def test_nothing_but_json_on_stdout():
    # Solvers print from C, past capsys.
    command = [sys.executable, "-m", "sphcode", "bound", "4", "13", "--method", "lp", "--json"]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert json.loads(done.stdout)["name"] == "delsarte-7"


def test_text(capsys):
    assert main(["bound", "10", "100"]) == 0
    text = capsys.readouterr().out
    assert "one-vs-rest <= 0.72155365" in text
    assert "levenshtein-4" in text
    assert main(["bound", "3", "--cosine", "0.5", "--method", "closed-form"]) == 0
    assert "points      <= 13 " in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["3"], ["3", "7", "--cosine", "0.5"], ["1", "7"], ["3", "7", "--method", "x"], ["3", "--cosine", "one"]],
)
def test_bad_usage_is_one_line_and_code_2(arguments, capsys):
    assert main(["bound", *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
