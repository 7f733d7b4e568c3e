import json
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from sphcode.bounds.three_point.checkpoint import Checkpoint
from sphcode.bounds.three_point.solution import program_key
from sphcode.cli.main import main
from sphcode.proofs.bound.check import check_bound
from sphcode.proofs.bound.three_point_residual import block_sizes

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
    assert "one-vs-rest <= 0.717041363" in text
    assert "proven by   three-point-7 (three-point)" in text
    assert "which says" not in text
    assert main(["bound", "3", "--cosine", "0.5", "--method", "closed-form"]) == 0
    text = capsys.readouterr().out
    assert "points      <= 13 " in text
    assert "which says" not in text


@pytest.mark.parametrize(
    ("arguments", "statement"),
    [
        (["8", "27"], "every code of 26 points in R^8 has max cosine >= "),
        (["18", "51"], "every code of 50 points in R^21 has max cosine >= 1/21"),
        (["6", "79"], "every code in R^6 with max cosine <= 1/2 has at most 78."),
        (["4", "--cosine", "0.49"], "every code of 24 points in R^4 has max cosine >= 0.493"),
    ],
)
def test_a_certificate_about_another_case_is_named(arguments, statement, capsys):
    assert main(["bound", *arguments]) == 0
    assert f"\n  which says  {statement}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["3"], ["3", "7", "--cosine", "0.5"], ["1", "7"], ["3", "7", "--method", "x"], ["3", "--cosine", "one"]],
)
def test_bad_usage_is_one_line_and_code_2(arguments, capsys):
    assert main(["bound", *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_inside_the_linear_algebra_keeps_the_checkpoint(workers, tmp_path):
    """The first iterate is in the file; what follows is a factorisation or a product of matrices."""
    file = tmp_path / "state.npz"
    arguments = ["bound", "4", "--cosine", "1/2", "--method", "three-point", "--degree", "9", "--workers", workers]
    command = [sys.executable, "-m", "sphcode", *arguments, "--checkpoint", str(file), "-q"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not file.exists() and process.poll() is None:
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "sphcode bound: interrupted\n")
    iterate, done = Checkpoint(file).resumed(program_key(4, Fraction(1, 2), 9), len(block_sizes(9)))
    assert done >= 0
    assert np.isfinite(iterate.y.high).all()
