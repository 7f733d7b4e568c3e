import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from sphcode import SphericalCode
from sphcode.cli.main import main

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


def schema(name):
    return json.loads((SCHEMAS / f"{name}.json").read_text())


@pytest.mark.parametrize(
    "arguments",
    [
        ["e8"],
        ["kerdock", "dim=64"],
        ["reed_solomon", "q=5", "length=5", "k=3", "antipodal=true"],
        ["--for", "512", "10000"],
        ["--for", "4096", "16785408"],
        ["--for", "3", "1000"],
        ["subset", 'of={"name": "leech", "params": {}}', "n_points=1000"],
    ],
)
def test_json(arguments, capsys):
    assert main(["construct", *arguments, "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    jsonschema.validate(content, schema("construct"))
    assert next(iter(content)) == "schema"


def test_json_forms_no_points():
    script = (
        "import sys, numpy, resource; from sphcode.cli.main import main;"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "main(['construct', '--for', '4096', '16785408', '--json']);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, file=sys.stderr);"
        "print(sorted({'scipy', 'numba', 'cvxpy', 'torch'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    content = json.loads(done.stdout)
    assert (content["exact_cosine"], content["one_vs_rest_distance"]) == ("1/64", 0.984375)
    assert sum(line["pairs"] for line in content["spectrum"]) == 16785408 * 16785407 // 2
    kibibytes, modules = done.stderr.splitlines()
    assert int(kibibytes) < 100 * 1024
    assert modules == "[]"


def test_text(capsys):
    assert main(["construct", "--for", "5", "16"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("clebsch: 16 points in dimension 5, proven optimal")
    assert "largest cosine        = 1/5 (rounded up 0.200000000000)" in text
    assert "one-vs-rest distance  >= 0.800000000000" in text


def test_file(tmp_path, capsys):
    path = tmp_path / "code.npz"
    assert main(["construct", "schlaefli", "-o", str(path)]) == 0
    assert SphericalCode.load(path).max_cosine == pytest.approx(0.25, abs=1e-15)
    assert "schlaefli" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give either"),
        (["e8", "--for", "8", "240"], "give either"),
        (["nothing"], "one of"),
        (["kerdock", "dim=65"], "64 and 256"),
        (["kerdock", "64"], "PARAM=VALUE"),
        (["kerdock", "dim=x"], "an integer"),
        (["--for", "1", "5"], "`dim`"),
        (["e8", "-o", "e8.xyz"], "file name ending"),
    ],
)
def test_bad_usage_is_one_line_and_code_2(arguments, message, capsys):
    assert main(["construct", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1


def test_a_file_that_cannot_be_written(tmp_path):
    assert main(["construct", "e8", "-o", str(tmp_path / "missing" / "e8.npy")]) == 6


def test_constructions(capsys):
    assert main(["constructions"]) == 0
    assert "kerdock" in capsys.readouterr().out
    assert main(["constructions", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    jsonschema.validate(content, schema("constructions"))
    assert {"name": "e8", "summary": "240 roots of E8 at 1/2", "params": {}} in content["constructions"]
