"""A bar in notebooks where no callback is given: shown late, gone at the end, one at a time; nothing elsewhere."""

import inspect
import sys
import types

import pytest

import sphcode
from sphcode import _compilation, _notebook_progress
from sphcode._notebook_progress import told_in_notebooks
from sphcode._progress import Progress

FUNCTIONS = [
    name
    for name in sphcode.__all__
    if inspect.isfunction(getattr(sphcode, name)) and "progress" in inspect.signature(getattr(sphcode, name)).parameters
]


class Kernel:
    """IPython as far as it is used: what is displayed, state by state."""

    def __init__(self, kernel):
        self.states = []
        self.kernel = kernel

    def display(self, bundle, *, raw, display_id):
        assert raw
        assert display_id
        self.update(bundle, raw=raw)
        return self

    def update(self, bundle, *, raw):
        self.states.append(bundle["text/plain"])
        assert not bundle["text/plain"] or bundle["text/html"].startswith("<progress")


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is moved."""
    now = [1000.0]
    monkeypatch.setattr(_notebook_progress.time, "monotonic", lambda: now[0])
    return now


def put_in(monkeypatch, shell):
    """Let IPython be there with this shell."""
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    display = getattr(shell, "display", None)
    monkeypatch.setitem(sys.modules, "IPython.display", types.SimpleNamespace(display=display))


@told_in_notebooks
def work(clock, seconds, *, progress=None, inner=None):
    """Take a while, and tell of each second."""
    for second in range(seconds):
        clock[0] += 1.0
        if progress is not None:
            progress(Progress("work <hard>", second + 1, seconds))
    if inner is not None:
        inner()
    return "done"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_function_that_tells_of_progress_does_so_in_notebooks(name):
    assert len(FUNCTIONS) >= 11
    code = getattr(sphcode, name).__code__
    assert code is work.__code__


def test_a_bar_is_shown_and_gone_at_the_end(clock, monkeypatch):
    kernel = Kernel(kernel=object())
    put_in(monkeypatch, kernel)
    assert work(clock, 4) == "done"
    assert kernel.states == [
        "work <hard>,  25 %",
        "work <hard>,  50 %, about 2 s left",
        "work <hard>,  75 %, about 1 s left",
        "work <hard>, 100 %",
        "",
    ]


def test_it_is_gone_after_an_error_and_the_next_one_is_shown(clock, monkeypatch):
    kernel = Kernel(kernel=object())
    put_in(monkeypatch, kernel)
    with pytest.raises(ZeroDivisionError):
        work(clock, 3, inner=lambda: 1 / 0)
    assert kernel.states[-1] == ""
    kernel.states.clear()
    work(clock, 3)
    assert len(kernel.states) == 4


def test_quick_work_shows_nothing(monkeypatch):
    kernel = Kernel(kernel=object())
    put_in(monkeypatch, kernel)
    sphcode.generate(3, 24)
    assert kernel.states == []


def test_a_callback_is_all_that_is_told_and_one_bar_is_enough(clock, monkeypatch):
    kernel = Kernel(kernel=object())
    put_in(monkeypatch, kernel)
    events = []
    work(clock, 3, progress=events.append)
    assert len(events) == 3
    assert kernel.states == []
    work(clock, 0, inner=lambda: work(clock, 3))
    assert kernel.states == [], "the inner function was given no callback by the outer one, so it is silent"


def test_compilation_is_told_too(clock, monkeypatch):
    kernel = Kernel(kernel=object())
    put_in(monkeypatch, kernel)
    work(clock, 1, inner=lambda: (clock.append(0), _compilation.tell(Progress("compiling", 1, 2))))
    assert kernel.states[-2:] == ["work <hard>, 100 %", ""], "a state of just now is not followed by another"


@pytest.mark.parametrize("shell", [None, types.SimpleNamespace(kernel=None), types.SimpleNamespace()])
def test_nothing_is_shown_in_a_terminal(shell, clock, monkeypatch):
    put_in(monkeypatch, shell)
    assert work(clock, 4) == "done"
