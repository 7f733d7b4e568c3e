"""How a kernel is compiled: in a thread of its own, told of, and by one process at a time.

Python runs signal handlers in the main thread, between bytecodes; LLVM may work for many seconds on one of them. So the
thread that needs a kernel waits for another one that compiles, and Ctrl-C ends the waiting, in the main thread at once,
in others when their pool gives up. What is compiled then goes on, and its result is kept, unless the process ends;
numba writes each file of its cache under another name first, so that nothing half written is ever read.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from numba.core import event
from numba.core.compiler_lock import global_compiler_lock

from sphcode import _compilation
from sphcode._progress import Progress

try:
    import fcntl
except ImportError:  # Windows: two processes may compile the same kernel, which costs time and nothing else.
    fcntl = None  # type: ignore[assignment]

#: Seconds of compilation, with all that they call, of the kernels that are called from Python and take more than two
#: (`python -m tests.benchmarks compile`); the rest, a second each or less, is not counted.
SECONDS = {
    "descent._descend": 6.0,
    "interior_point.interior_point": 8.0,
    "active_set.newton": 2.5,
    "overlap.descend": 5.0,
    "columns.solve_rows": 12.0,
    "columns.solve_easy_rows": 10.0,
}
#: Which of them follow one another in a command.
TOGETHER = (("descent._descend", "interior_point.interior_point", "active_set.newton"),)
#: Seconds below which nothing is said.
_WORTH_TELLING = 2.0
#: Seconds between two looks at the compiling thread, and at a lock that another process holds.
_GLANCE = 0.1
#: Seconds that a process waits for another one to compile a module, some five times what the slowest takes here.
PATIENCE = 120.0
#: An estimate never says that all is done before it is.
_NEARLY_ALL = 0.95

#: Modules whose lock this process holds.
_locks: set[Path] = set()


class _Compiled(event.Listener):  # type: ignore[misc]
    """Counts what numba really compiles, as opposed to loads from the cache, and takes its time.

    `told` are seconds of the estimate that are over, those of the kernels in `ended`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.begun = 0
        self.told = 0.0
        self.ended = set[str]()
        self.seconds: dict[str, float] = {}
        self._open: list[list[float]] = []

    def on_start(self, event: Any) -> None:
        self.begun += 1
        self._open.append([time.thread_time(), 0.0])

    def on_end(self, event: Any) -> None:
        begin, inner = self._open.pop()
        whole = time.thread_time() - begin
        function = event.data["dispatcher"].py_func
        # What numba writes in Python for a function of NumPy is part of the kernel that calls it.
        ours = function.__module__.startswith("sphcode.")
        if self._open:
            self._open[-1][1] += whole if ours else inner
        if ours:
            name = _name(function)
            self.seconds[name] = self.seconds.get(name, 0.0) + whole - inner


_compiled = _Compiled()
event.register("numba:compile", _compiled)


def compiled_seconds() -> dict[str, float]:
    """CPU seconds that this process has spent on each kernel, those of its callees not among them."""
    return dict(_compiled.seconds)


def _name(function: Any) -> str:
    return f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}"


class _Job(threading.Thread):
    """One piece of work in a thread that does not keep the process alive."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__(daemon=True, name="sphcode compiles")
        self._work = work
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self._work()
        except BaseException as error:
            self.error = error


def guard(dispatcher: Any) -> Any:
    """Let a dispatcher of numba compile as this module says; return it."""
    if not hasattr(dispatcher, "py_func"):  # NUMBA_DISABLE_JIT: the function itself.
        return dispatcher
    compile_or_load = dispatcher.compile
    name = _name(dispatcher.py_func)
    module = name.partition(".")[0]

    def alone(signature: Any) -> Any:
        folder = dispatcher._cache.cache_path
        with global_compiler_lock, _locked(None if folder is None else Path(folder) / f"{module}.lock"):
            return compile_or_load(signature)

    def guarded(signature: Any) -> Any:
        if isinstance(threading.current_thread(), _Job):  # A kernel that another one calls.
            return alone(signature)
        job, news = _Job(lambda: alone(signature)), _News(name, Path(dispatcher._cache.cache_path or "."))
        job.start()
        in_main = threading.current_thread() is threading.main_thread()
        with _compilation.left_by_interrupt() if in_main else nullcontext():
            while job.is_alive():
                job.join(_GLANCE)
                if not in_main and _compilation.is_given_up():
                    raise KeyboardInterrupt
                news.spread()
        news.end()
        if job.error is not None:
            raise job.error
        return job.result

    dispatcher.compile = guarded
    return dispatcher


class _News:
    """What the watcher is told while one kernel is compiled: how much of its command's kernels is done."""

    def __init__(self, name: str, folder: Path) -> None:
        self._name, self._folder, self._own = name, folder, SECONDS.get(name, 0.0)
        self._begun, self._start, self._cpu_start = _compiled.begun, time.monotonic(), time.process_time()
        self._total = -1.0

    def spread(self) -> None:
        """Tell how far it is, if the kernel is not simply loaded."""
        if _compiled.begun == self._begun:
            return
        if self._total < 0.0:
            self._total = _compiled.told + self._own + sum(SECONDS[other] for other in self._to_come())
        if self._total >= _WORTH_TELLING:
            passed, used = time.monotonic() - self._start, time.process_time() - self._cpu_start
            done = _compiled.told + min(used, _NEARLY_ALL * self._own)
            # On a busy machine a second of work takes longer.
            left = (self._total - done) * max(1.0, passed / used if used > _GLANCE else 1.0)
            _compilation.tell(Progress("compiling the kernels, once", done, self._total, left=left))

    def end(self) -> None:
        """Count the kernel as done."""
        if self._total >= 0.0 and self._name not in _compiled.ended:
            _compiled.ended.add(self._name)
            _compiled.told += self._own

    def _to_come(self) -> Iterator[str]:
        """The other kernels of the command that have nothing in the cache."""
        for group in TOGETHER:
            if self._name in group:
                yield from (
                    name for name in group if name != self._name and not any(self._folder.glob(f"{name}-*.nbi"))
                )


@contextmanager
def _locked(path: Path | None) -> Iterator[None]:
    """Let one process at a time compile a module's kernels; the others then find them in the cache.

    The system drops the lock of a process that ends, however it ends. Callers hold numba's lock, which is entered
    first by all threads; modules import each other without circles, so that processes never wait for each other.
    """
    if path is None or fcntl is None or path in _locks:
        yield
        return
    try:
        file = path.open("ab")
    except OSError:
        yield
        return
    with file:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                _compiled.begun += 1  # Elsewhere, but it takes as long.
                time.sleep(_GLANCE)
            except OSError:  # A file system without locks.
                break
        _locks.add(path)
        try:
            yield
        finally:
            _locks.remove(path)
