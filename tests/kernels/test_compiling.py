"""Compilation: Ctrl-C leaves it, it is told once, and one process at a time does it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sphcode import _compilation
from sphcode._workers import thread_mapper
from sphcode.kernels import _compiling

SEARCH = [sys.executable, "-m", "sphcode", "generate", "3", "7", "--no-constructions", "--json"]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
#: A module of two kernels, one of which calls the other, that takes a second to compile.
MODULE = """
from sphcode.kernels._jit import kernel

@kernel
def inner(values):
    total = 0.0
    for value in values:
        total += value
    return total

@kernel
def outer(values):
    return 2.0 * inner(values)
"""
USE = """
import json, time
import numpy as np
from numba.core import event
from sphcode import _compilation
from sphcode.kernels import _compiling
import slow

class Compiled(event.Listener):
    names = []
    def on_start(self, event):
        self.names.append(event.data["dispatcher"].py_func.__name__)
        time.sleep(0.3)
    def on_end(self, event):
        pass

event.register("numba:compile", Compiled())
print(flush=True)
input()
value = slow.outer(np.ones(3))
print(json.dumps({"value": value, "compiled": Compiled.names}))
"""


@pytest.fixture
def environment(tmp_path):
    (tmp_path / "slow.py").write_text(MODULE)
    cache = tmp_path / "cache"
    return os.environ | {"NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(tmp_path)}


def started(environment):
    """A process that has imported everything and waits for a line before it compiles."""
    process = subprocess.Popen(
        [sys.executable, "-c", USE], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "\n"
    return process


def test_two_processes_compile_a_kernel_once(environment):
    processes = [started(environment) for _ in range(2)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [json.loads(process.communicate()[0]) for process in processes]
    assert [answer["value"] for answer in answers] == [6.0, 6.0]
    compiled = [name for answer in answers for name in answer["compiled"]]
    assert compiled.count("outer") == 1
    assert compiled.count("inner") == 1


def test_the_lock_of_a_process_that_was_killed_is_none(environment, tmp_path):
    process = started(environment)
    process.stdin.write("go\n")
    process.stdin.flush()
    end = time.monotonic() + 60.0
    while not list(tmp_path.glob("cache/*/slow.lock")) and time.monotonic() < end:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert len(list(tmp_path.glob("cache/*/slow.lock"))) == 1
    again = started(environment)
    assert json.loads(again.communicate("go\n")[0]) == {"value": 6.0, "compiled": ["outer", "inner"]}


def test_a_lock_that_is_held_for_long_is_not_waited_for(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(_compiling, "PATIENCE", 0.2)
    with (tmp_path / "held.lock").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with _compiling._locked(tmp_path / "held.lock"):
            pass
    with _compiling._locked(tmp_path / "missing" / "folder.lock"):
        pass


class Kernel:
    """Stands for a dispatcher: compiling it is what the test says."""

    class _cache:
        cache_path = None

    def __init__(self, work):
        def descend():
            pass

        descend.__module__ = "sphcode.kernels.descent"
        descend.__qualname__ = "_descend"
        self.py_func = descend
        self.compile = work


def test_it_is_told_what_is_compiled_and_not_what_is_loaded(monkeypatch):
    def compiles(signature):
        monkeypatch.setattr(_compiling._compiled, "begun", _compiling._compiled.begun + 1)
        time.sleep(0.4)
        return signature

    monkeypatch.setattr(_compiling._compiled, "told", 0.0)  # of kernels that tests before have compiled
    told = []
    _compilation.watch(told.append)
    try:
        assert _compiling.guard(Kernel(lambda signature: signature)).compile("signature") == "signature"
        assert told == []
        assert _compiling.guard(Kernel(compiles)).compile("signature") == "signature"
    finally:
        _compilation.unwatch(told.append)
    assert {event.stage for event in told} == {"compiling the kernels, once"}
    assert all(0.0 <= event.done < event.total for event in told)
    expected = sum(_compiling.SECONDS[name] for name in _compiling.TOGETHER[0])
    assert all(event.total == expected and event.left >= event.total - event.done for event in told)


def test_kernels_that_follow_go_on_where_the_first_has_ended(monkeypatch, tmp_path):
    monkeypatch.setattr(_compiling, "_compiled", _compiling._Compiled())
    events = []
    _compilation.watch(events.append)
    try:
        for name in _compiling.TOGETHER[0]:
            news = _compiling._News(name, tmp_path)
            _compiling._compiled.begun += 1
            news.spread()
            news.end()
            (tmp_path / f"{name}-1.py311.nbi").touch()
    finally:
        _compilation.unwatch(events.append)
    assert len({event.total for event in events}) == 1
    shares = [event.done / event.total for event in events]
    assert shares == sorted(shares)
    assert shares[1] >= _compiling.SECONDS[_compiling.TOGETHER[0][0]] / events[0].total


def test_own_seconds_of_a_kernel_are_without_those_of_its_callees(monkeypatch):
    clock = iter([0.0, 1.0, 3.0, 6.0])
    monkeypatch.setattr(_compiling.time, "thread_time", lambda: next(clock))
    compiled, outer, inner = _compiling._Compiled(), Kernel(None), Kernel(None)
    inner.py_func.__qualname__ = "minimise"
    for event, kernel in ((compiled.on_start, outer), (compiled.on_start, inner),
                          (compiled.on_end, inner), (compiled.on_end, outer)):  # fmt: skip
        event(SimpleNamespace(data={"dispatcher": kernel}))
    assert compiled.seconds == {"descent.minimise": 2.0, "descent._descend": 4.0}


def test_the_users_cache_folder_is_taken_where_the_package_cannot_be_written(environment, tmp_path):
    (tmp_path / "__pycache__").touch()
    environment = environment | {"NUMBA_CACHE_DIR": "", "XDG_CACHE_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    process = started(environment)
    assert json.loads(process.communicate("go\n")[0])["compiled"] == ["outer", "inner"]
    assert list(tmp_path.rglob("slow.outer-*.nbi"))
    assert json.loads(started(environment).communicate("go\n")[0])["compiled"] == []


def test_an_error_of_the_compiler_arrives():
    def fails(signature):
        raise ValueError(signature)

    with pytest.raises(ValueError, match="integers"):
        _compiling.guard(Kernel(fails)).compile("integers")


def test_kernels_with_an_estimate_exist():
    for name in {*_compiling.SECONDS, *(name for group in _compiling.TOGETHER for name in group)}:
        module, kernel = name.split(".")
        assert f"def {kernel}(" in (Path(_compiling.__file__).parent / f"{module}.py").read_text()
        assert name in _compiling.SECONDS


def interrupted(cache, command=SEARCH):
    """Interrupt a command while it compiles; return how it ended."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr.readline().startswith(f"sphcode {command[3]}: compiling the kernels, once, about ")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@POSIX
def test_ctrl_c_ends_a_compilation_in_one_line(tmp_path):
    assert interrupted(tmp_path) == (130, "", "sphcode generate: interrupted\n")


@POSIX
def test_ctrl_c_ends_a_compilation_in_a_thread_in_one_line(tmp_path):
    np.save(tmp_path / "head.npy", np.random.default_rng(0).standard_normal((100, 10)))
    compare = [sys.executable, "-m", "sphcode", "compare", str(tmp_path / "head.npy"), "--workers", "2"]
    assert interrupted(tmp_path / "cache", compare) == (130, "", "sphcode compare: interrupted\n")
    # The compilation was given up, not awaited: nothing of it is in the cache.
    assert not list(tmp_path.rglob("columns.solve_rows-*.nbi"))


def test_a_thread_that_waits_for_a_kernel_is_told_of_and_gives_up():
    begin, told = threading.Event(), []

    def compiles(signature):
        _compiling._compiled.begun += 1
        begin.set()
        time.sleep(1.0)
        return signature

    def need(signature):
        return _compiling.guard(Kernel(compiles)).compile(signature)

    def interrupt():
        with thread_mapper(2) as run:
            answers.append(run(need, ["one", "two"]))
            begin.wait()
            time.sleep(0.3)
            raise KeyboardInterrupt

    answers = []
    _compilation.watch(told.append)
    try:
        with pytest.raises(KeyboardInterrupt):
            interrupt()
        with thread_mapper(2) as run:
            assert list(run(need, ["one", "two"])) == ["one", "two"]
    finally:
        _compilation.unwatch(told.append)
    assert told
    with pytest.raises(KeyboardInterrupt):
        next(answers[0])


@POSIX
@pytest.mark.slow
def test_the_cache_can_be_used_after_ctrl_c_and_is_then_complete(tmp_path):
    interrupted(tmp_path)
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    first, second = (subprocess.run(SEARCH, env=environment, capture_output=True, text=True) for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0)
    assert json.loads(first.stdout)["max_cosine"] == json.loads(second.stdout)["max_cosine"]
    assert "compiling the kernels" in first.stderr
    assert second.stderr == ""
