"""The command line as a whole: help, exit codes, one clear line for every kind of bad input."""

import json
import shlex
import subprocess
import sys
from importlib.resources import as_file, files

import numpy as np
import pytest

from sphcode import __version__
from sphcode.cli.main import COMMANDS, build_parser, main


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """A folder with every bad file that a command could be given."""
    folder = tmp_path_factory.mktemp("inputs")
    weights = np.random.default_rng(0).standard_normal((20, 5))
    np.save(folder / "good.npy", weights)
    bad = weights.copy()
    bad[3, 2] = np.nan
    np.save(folder / "nan.npy", bad)
    whole = (folder / "good.npy").read_bytes()
    (folder / "truncated.npy").write_bytes(whole[:-100])
    np.savez(folder / "good.npz", weight=weights)
    (folder / "truncated.npz").write_bytes((folder / "good.npz").read_bytes()[:200])
    with as_file(files("sphcode.data") / "examples" / "two_digits_scale10.safetensors") as head:
        (folder / "head.safetensors").write_bytes(head.read_bytes())
    (folder / "truncated.safetensors").write_bytes((folder / "head.safetensors").read_bytes()[:-50])
    (folder / "text.json").write_text("not json")
    (folder / "empty.npz").write_bytes(b"")
    return folder


def run(arguments, folder, capsys, monkeypatch):
    """Exit code, stdout and stderr of one command run inside `folder`."""
    monkeypatch.chdir(folder)
    try:
        code = main(arguments)
    except SystemExit as stop:
        code = stop.code
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nonsense",
        "generate",
        "generate 1 10",
        "generate 3 1",
        "generate three 10",
        "generate 3 2.5",
        "generate 3 24 --seed -1",
        "generate 3 24 --effort nan",
        "generate 3 24 --target 2",
        "generate 3 24 -o code.docx",
        "generate 3 99999999999999999999",
        "refine missing.npz",
        "refine nan.npy",
        "refine truncated.npy",
        "construct nonsense",
        "construct --for 1 10",
        "construct --for 3 1",
        "construct --for x 10",
        "construct point dim=0",
        "bound 1 10",
        "bound 3 1",
        "bound 3 ten",
        "bound 3 --cosine 1.5",
        "bound 3 --cosine nan",
        "bound 3 10 --method magic",
        "bound 3",
        "verify missing.json",
        "verify text.json",
        "verify truncated.npz",
        "verify empty.npz",
        "verify nan.npy",
        "compare missing.safetensors",
        "compare truncated.safetensors",
        "compare truncated.npy",
        "compare truncated.npz",
        "compare nan.npy",
        "compare head.safetensors --key no.such.key",
        "compare text.json",
        "compare .",
        "compare good.npy --fail-below high",
        "compare good.npy --fail-below nan",
        "show missing.npz",
        "show 1 10",
        "show 3 1",
        "show three 4",
        "show nan.npy",
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(line, inputs, capsys, monkeypatch):
    code, out, err = run(line.split(), inputs, capsys, monkeypatch)
    assert code == 2
    assert out == ""
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1, err
    assert err.startswith("sphcode")


def test_wrong_key_lists_the_keys(inputs, capsys, monkeypatch):
    _, _, err = run(["compare", "head.safetensors", "--key", "nope"], inputs, capsys, monkeypatch)
    assert "nope" in err
    assert "weight" in err


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: sphcode {command}")
    examples = text.partition("\nexamples:\n")[2].strip().splitlines()
    assert len(examples) == 2
    for example in examples:
        program, *words = shlex.split(example)
        assert (program, words[0]) == ("sphcode", command)
        assert build_parser().parse_args(words).command == command


def test_version(capsys):
    assert main(["version"]) == 0
    assert capsys.readouterr().out == f"sphcode {__version__}\n"
    for option in ("-V", "--version"):
        with pytest.raises(SystemExit) as stop:
            main([option])
        assert stop.value.code == 0
        assert capsys.readouterr().out == f"sphcode {__version__}\n"
    assert main(["version", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"schema": "sphcode.version/1", "version": __version__}


def test_module_is_runnable():
    done = subprocess.run([sys.executable, "-m", "sphcode", "version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"sphcode {__version__}\n"


def test_closed_pipe_is_silent():
    script = f"{sys.executable} -m sphcode --help | true"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {script}"], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_unwritable_output_is_exit_code_6(inputs, capsys, monkeypatch):
    line = ["generate", "3", "6", "-o", "no/such/folder/code.npz"]
    code, _, err = run(line, inputs, capsys, monkeypatch)
    assert code == 6
    assert "could not write" in err


@pytest.mark.parametrize(
    "line",
    ["generate 3 60 -o nowhere/x.json", "bound 3 7 --certificate nowhere/x.json", "compare good.npy --report ."],
)
def test_what_cannot_be_written_is_said_before_the_work(line, inputs, capsys, monkeypatch):
    for module in ("generate", "bound", "compare"):
        monkeypatch.setattr(f"sphcode.cli.{module}.run", lambda args: pytest.fail("work began"))
    code, out, err = run(line.split(), inputs, capsys, monkeypatch)
    assert code == 6
    assert out == ""
    assert err.startswith("sphcode ")
    assert "could not write" in err
    assert len(err.splitlines()) == 1
