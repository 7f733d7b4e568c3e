"""Whatever has become of stdout and stderr: one line, an exit code, no traceback."""

import io
import os
import subprocess
import sys
import warnings

import pytest

from sphcode.cli import main as command_line
from sphcode.cli._streams import coloured
from sphcode.errors import WorkerError

ENVIRONMENT = dict(os.environ, OMP_NUM_THREADS="1")


def shell(line):
    done = subprocess.run(
        ["bash", "-c", line.replace("sphcode", f"{sys.executable} -m sphcode", 1)],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    return done


@pytest.mark.parametrize("command", ["constructions", "version --json", "--help", "construct --for 3 12"])
@pytest.mark.parametrize("stdout", ["/dev/full", "&-"])
def test_a_result_that_cannot_be_printed_is_exit_code_6(command, stdout):
    done = shell(f"sphcode {command} >{stdout}")
    assert done.returncode == 6
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "could not write to stdout" in done.stderr


def test_what_is_not_printed_may_have_a_closed_stdout(tmp_path):
    done = shell(f"sphcode nonsense >&- 2>{tmp_path / 'errors'}")
    assert done.returncode == 2
    assert len((tmp_path / "errors").read_text().splitlines()) == 1


@pytest.mark.parametrize("stderr", ["/dev/full", "&-"])
@pytest.mark.parametrize(
    ("command", "code"), [("construct --for 3 1", 2), ("construct --for 3 12 -o /nowhere/x.npz", 6)]
)
def test_without_stderr_the_exit_code_tells_and_stdout_stays_clean(command, code, stderr):
    done = shell(f"sphcode {command} 2>{stderr}")
    assert done.returncode == code
    assert done.stdout == ""


def test_with_all_streams_closed_a_file_is_written_all_the_same(tmp_path):
    path = tmp_path / "code.json"
    assert shell(f"sphcode construct --for 3 12 -o {path} <&- >&- 2>&-").returncode == 6
    assert path.stat().st_size > 100
    assert shell(f"sphcode verify {path} <&- 2>&-").returncode == 0


def test_a_reader_that_goes_away_is_no_failure():
    done = shell("set -o pipefail; sphcode constructions | true")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_file_name_that_is_no_text_can_be_printed(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "sphcode", "compare", os.fsencode(tmp_path) + b"/\xff.npy"],
        capture_output=True,
        env=ENVIRONMENT | {"PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert b"no such file" in done.stderr


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 2, "not enough memory"),
        (WorkerError("a worker\nwas killed"), 130, "a worker was killed"),
        (BrokenPipeError(), 0, None),
    ],
)
def test_every_end_has_its_code_and_its_line(error, code, said, capsys, monkeypatch):
    def run(args):
        raise error

    monkeypatch.setattr("sphcode.cli.version.run", run)
    assert command_line.main(["version"]) == code
    assert capsys.readouterr() == ("", "" if said is None else f"sphcode version: {said}\n")


def test_an_error_that_ctrl_c_caused_counts_as_ctrl_c(capsys, monkeypatch):
    def run(args):
        try:
            raise KeyboardInterrupt
        finally:
            raise RuntimeError("no compiled object yet")

    monkeypatch.setattr("sphcode.cli.version.run", run)
    assert command_line.main(["version"]) == 130
    assert capsys.readouterr().err == "sphcode version: interrupted\n"


def test_an_error_of_our_own_making_is_not_hidden(monkeypatch):
    monkeypatch.setattr("sphcode.cli.version.run", lambda args: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        command_line.main(["version"])


@pytest.mark.parametrize("quiet", [False, True])
def test_a_warning_is_one_line_of_the_command(quiet, capsys, monkeypatch):
    def run(args):
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("this is\nslow", RuntimeWarning, stacklevel=1)
        return 0

    monkeypatch.setattr("sphcode.cli.version.run", run)
    assert command_line.main(["version", *["--quiet"] * quiet]) == 0
    assert capsys.readouterr().err == ("" if quiet else "sphcode version: warning: this is slow\n")


@pytest.mark.parametrize(
    ("terminal", "variables", "expected"),
    [
        (True, {}, "\x1b[32maccepted\x1b[0m"),
        (False, {}, "accepted"),
        (True, {"NO_COLOR": "1"}, "accepted"),
        (True, {"NO_COLOR": ""}, "\x1b[32maccepted\x1b[0m"),
        (True, {"TERM": "dumb"}, "accepted"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="no colours there")
def test_colours_are_for_terminals_that_want_them(terminal, variables, expected, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    assert coloured("accepted", "good", stream) == expected
