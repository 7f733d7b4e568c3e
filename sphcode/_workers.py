"""One meaning of `workers=`: a number, anything that maps a function over a list in order, or an executor."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType
from typing import Any

from sphcode._validate import check_int, fail, shown

#: What `workers=` takes.
Workers = int | Executor | Callable[..., Iterable[Any]]

#: The most processes that a number may ask for.
MOST_PROCESSES = 4096

Mapper = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]


class _Process(SpawnProcess):
    """A process that does not run the caller's script again: its work comes from sphcode alone.

    So a script needs no `if __name__ == "__main__":`, and its imports are not paid once more.
    """

    @staticmethod
    def _Popen(process: Any) -> Any:  # noqa: N802
        script = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            return SpawnProcess._Popen(process)
        finally:
            sys.modules["__main__"] = script


class _Context(SpawnContext):
    Process = _Process


def check_workers(workers: Any) -> Workers:
    """Return `workers` if it is a number of processes from 1 up, map-like, or an executor."""
    if isinstance(workers, Executor) or callable(workers):
        return workers  # type: ignore[no-any-return]
    try:
        return check_int("workers", workers, minimum=1, maximum=MOST_PROCESSES)
    except ValueError:
        requirement = f"an integer from 1 to {MOST_PROCESSES}, an executor, or a function such as `map` or `pool.map`"
        raise fail("workers", requirement, shown(workers)) from None


@contextmanager
def mapper(workers: Workers, initializer: Callable[[], Any] | None = None) -> Iterator[Mapper]:
    """Yield a function that applies another to the items of a list and yields the results in order.

    A number above 1 starts as many processes for the length of the block, each with `initializer`; an executor or a
    map-like function of the caller is used as it is, and left running. The function and the items must then be
    picklable, if the caller's workers are processes.
    """
    if isinstance(workers, Executor):
        yield lambda function, items: iter(workers.map(function, items))
    elif callable(workers):
        yield lambda function, items: iter(workers(function, items))
    elif workers == 1:
        yield map
    else:
        with ProcessPoolExecutor(workers, mp_context=_Context(), initializer=initializer) as pool:
            try:
                yield pool.map
            finally:
                pool.shutdown(cancel_futures=True)


@contextmanager
def thread_mapper(workers: Workers) -> Iterator[Mapper]:
    """Yield what `mapper` does, a number being that of threads."""
    if not isinstance(workers, int) or workers == 1:
        with mapper(workers) as run:
            yield run
        return
    pool = ThreadPoolExecutor(workers)
    try:
        yield pool.map
    finally:
        pool.shutdown(cancel_futures=True)
