"""sphcode verify: exit codes, JSON against its schema, all code formats."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from sphcode import SphericalCode, prove
from sphcode.cli.main import main

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "verify.json").read_text())
OCTAHEDRON = np.vstack([np.eye(3), -np.eye(3)])


@pytest.fixture(scope="module")
def certificate():
    return prove(OCTAHEDRON, digits=25)


def run(arguments, capsys):
    code = main(["verify", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_certificate_is_accepted(tmp_path, certificate, capsys):
    path = tmp_path / "code.json"
    path.write_text(json.dumps(certificate))
    code, out, _ = run([path, "--json"], capsys)
    verdict = json.loads(out)
    jsonschema.validate(verdict, SCHEMA)
    assert code == 0
    assert verdict["accepted"]
    assert verdict["level"] == "optimal"
    code, out, _ = run([path], capsys)
    assert code == 0
    assert out.startswith("accepted (optimal): 6 points in dimension 3")


def test_a_false_claim_gives_exit_code_3(tmp_path, certificate, capsys):
    path = tmp_path / "code.json"
    path.write_text(json.dumps(certificate | {"claim": {"max_cosine": "-0.0000000000000000000000001"}}))
    code, out, _ = run([path, "--json"], capsys)
    verdict = json.loads(out)
    jsonschema.validate(verdict, SCHEMA)
    assert code == 3
    assert not verdict["accepted"]
    assert verdict["slack"] < 0
    code, out, _ = run([path], capsys)
    assert code == 3
    assert out.startswith("NOT PROVEN")


@pytest.mark.parametrize("suffix", [".npz", ".json", ".npy", ".txt", ".safetensors"])
def test_every_code_format(tmp_path, suffix, capsys):
    name = tmp_path / f"pack.3.6{suffix}"
    SphericalCode(OCTAHEDRON).save(name)
    code, out, _ = run([name, "--digits", "40", "--json"], capsys)
    assert code == 0
    assert json.loads(out)["level"] == "optimal"


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"schema": "sphcode.code/1", "points": [[1, 0], [0, NaN]]}', '{"schema": "sphcode.code/1"}'],
)
def test_malformed_files_give_exit_code_2(tmp_path, content, capsys):
    path = tmp_path / "bad.json"
    path.write_text(content)
    code, out, err = run([path], capsys)
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1


def test_truncated_certificate(tmp_path, certificate, capsys):
    path = tmp_path / "cut.json"
    path.write_text(json.dumps(certificate)[:-20])
    assert run([path], capsys)[0] == 2
    assert run([tmp_path / "missing.json"], capsys)[0] == 2
    assert run([tmp_path / "missing.npz"], capsys)[0] == 2
    assert run([path, "--digits", "0"], capsys)[0] == 2


@pytest.mark.parametrize("arguments", [["clebsch"], ["--for", "5", "16"], ["kerdock", "dim=16"]])
def test_a_construction_by_its_name(arguments, capsys):
    code, out, _ = run([*arguments, "--json"], capsys)
    verdict = json.loads(out)
    jsonschema.validate(verdict, SCHEMA)
    assert code == 0
    assert verdict["level"] == "optimal"
    assert "block by block" in verdict["reason"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["leech"], "--large must be set to look at all pairs of more than 50000 points, got leech with 196560"),
        (["code.npz", "--large"], "are about a construction"),
        (["code.npz", "dim=3"], "are about a construction"),
        (["clebsch", "--gram"], "are about a FILE"),
        (["clebsch", "--for", "5", "16"], "give either FILE"),
        ([], "give either FILE"),
        (["clebsch", "dim=5"], "clebsch"),
    ],
)
def test_constructions_that_are_not_examined(arguments, said, capsys):
    code, out, err = run(arguments, capsys)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_ctrl_c_between_two_blocks_of_a_large_code_is_one_line():
    script = """
import sys
from sphcode.cli.main import main
from sphcode.proofs.code import streamed

pairs = streamed._pairs_of_blocks

def told(*arguments):
    for count, pair in enumerate(pairs(*arguments)):
        if count == 1:
            print("ready", flush=True)
        yield pair

streamed._pairs_of_blocks = told
sys.exit(main(["verify", "leech", "--large"]))
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "sphcode verify: interrupted\n")
