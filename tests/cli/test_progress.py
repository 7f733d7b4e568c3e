"""The progress line: rewritten in a terminal and gone at the end, one line every half minute elsewhere."""

import io
import os
import struct
import subprocess
import sys

import pytest

from sphcode import _compilation
from sphcode._progress import Progress
from sphcode.cli import _progress
from sphcode.cli._progress import ProgressLine


class Terminal(io.StringIO):
    def isatty(self):
        return True

    def screen(self):
        """What can be read on the last line."""
        return self.getvalue().split("\x1b[2K")[-1].split("\r")[-1]


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is moved."""
    now = [1000.0]
    monkeypatch.setattr(_progress.time, "monotonic", lambda: now[0])
    return now


def in_terminal(monkeypatch):
    """A terminal in the place of stderr; not a fixture, as pytest itself replaces stderr after these."""
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    return stream


@pytest.mark.parametrize("end", [None, KeyboardInterrupt, ValueError])
def test_the_line_is_gone_however_the_work_ends(end, clock, monkeypatch):
    terminal = in_terminal(monkeypatch)
    try:
        with ProgressLine("generate") as report:
            report(Progress("search", 8, 100, 0.78155187509530, "max cosine", at_most=True))
            assert terminal.screen() == "search,   8 %, max cosine 0.781551875095"
            if end is not None:
                raise end
    except (KeyboardInterrupt, ValueError):
        pass
    assert terminal.screen() == ""


def test_time_left_is_of_the_stage_and_a_cap_is_called_one(clock, monkeypatch):
    terminal = in_terminal(monkeypatch)
    with ProgressLine("compare") as report:
        clock[0] += 100
        report(Progress("nearest neighbours", 1, 10))
        clock[0] += 10
        report(Progress("nearest neighbours", 5, 10))
        assert terminal.screen() == "nearest neighbours,  50 %, about 12 s left", "4 of 10 in 10 s"
        clock[0] += 10
        report(Progress("search", 2, 8, at_most=True))
        assert terminal.screen() == "search,  25 %", "nothing is known of its speed"
        clock[0] += 300
        report(Progress("search", 5, 8, at_most=True))
        assert terminal.screen() == "search,  62 %, at most 5 min left"
        report(Progress("search", 6, 8))
        assert "75 %" not in terminal.screen(), "the line is rewritten ten times a second"
        clock[0] += 1
        report(Progress("bounds", 3, gap=0.25))
        assert terminal.screen() == "bounds, gap 2.5e-01"


def test_a_long_line_does_not_wrap(clock, monkeypatch):
    terminal = in_terminal(monkeypatch)
    monkeypatch.setenv("COLUMNS", "40")
    with ProgressLine("generate") as report:
        report(Progress("x" * 100, 0))
        assert terminal.screen() == "x" * 39


def test_in_a_log_there_is_a_plain_line_every_half_minute(capsys, clock):
    with ProgressLine("compare") as report:
        for second in range(100):
            clock[0] = 1000.0 + second
            report(Progress("one-vs-rest", second, 100, 0.5, "distance"))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert lines[0] == "sphcode compare: one-vs-rest,  30 %, about 70 s left, distance 0.5, 30 s so far"


def test_what_knows_how_long_it_takes_is_told_at_once(capsys, clock, monkeypatch):
    with ProgressLine("generate") as report:
        report(Progress("compiling", 1, 41, left=40))
        report(Progress("compiling", 2, 41, left=39))
        clock[0] += 31
        report(Progress("compiling", 32, 41, left=9))
    assert capsys.readouterr().err.splitlines() == [
        "sphcode generate: compiling, about 40 s",
        "sphcode generate: compiling,  78 %, about 9 s left, 31 s so far",
    ]
    terminal = in_terminal(monkeypatch)
    with ProgressLine("generate") as report:
        report(Progress("compiling", 1, 41, left=40))
        assert terminal.screen() == "compiling,   2 %, about 40 s left"


def test_compilations_are_told_while_the_block_lasts(capsys):
    with ProgressLine("generate"):
        _compilation.tell(Progress("compiling", 1, 41, left=40))
    _compilation.tell(Progress("compiling", 1, 41, left=40))
    assert capsys.readouterr().err == "sphcode generate: compiling, about 40 s\n"


@pytest.mark.parametrize("isatty", [False, True])
def test_quiet_shows_nothing(isatty, clock, monkeypatch):
    terminal = in_terminal(monkeypatch)
    monkeypatch.setattr(terminal, "isatty", lambda: isatty)
    with ProgressLine("compare", quiet=True) as report:
        for second in range(100):
            clock[0] = 1000.0 + second
            report(Progress("one-vs-rest", second, 100))
    assert terminal.getvalue() == ""


def test_verbose_tells_how_long_each_stage_took(capsys, clock):
    with ProgressLine("compare", verbose=True) as report:
        report(Progress("nearest neighbours", 0, 1))
        clock[0] += 2
        report(Progress("one-vs-rest", 0, 1))
        clock[0] += 3
    assert capsys.readouterr().err.splitlines() == [
        "sphcode compare: nearest neighbours took 2.0 s",
        "sphcode compare: one-vs-rest took 3.0 s",
    ]


def test_a_terminal_that_goes_away_does_not_end_the_work(clock, monkeypatch):
    terminal = in_terminal(monkeypatch)

    def gone(*_):
        raise OSError(5, "Input/output error")

    with ProgressLine("compare") as report:
        monkeypatch.setattr(terminal, "write", gone)
        report(Progress("one-vs-rest", 0, 1))


def test_the_line_fits_into_the_terminal_of_stderr_whatever_stdout_is():
    pty = pytest.importorskip("pty")
    import fcntl
    import termios

    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 20, 0, 0))
    script = (
        "from sphcode._progress import Progress; from sphcode.cli._progress import ProgressLine\n"
        "with ProgressLine('generate') as report: report(Progress('search', 8, 100, 0.78155187509530, 'max cosine'))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    command = [sys.executable, "-c", script]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=terminal, env=environment, check=True)
    os.close(terminal)
    shown = os.read(screen, 4096).decode().replace("\x1b[2K", "").split("\r")
    os.close(screen)
    assert "search,   8 %, max " in shown
