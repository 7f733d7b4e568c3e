"""One meaning of `workers=`: a number, anything that maps a function over a list in order, or an executor."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sphcode import _compilation
from sphcode._validate import check_int, fail, shown

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

#: What `workers=` takes.
Workers = int | Executor | Callable[..., Iterable[Any]]

#: The most processes that a number may ask for.
MOST_PROCESSES = 4096

#: What libraries for linear algebra read when they are loaded.
_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

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


def share_of(n_workers: int) -> int:
    """Return the number of cores for each of so many workers."""
    return max(1, (os.cpu_count() or 1) // n_workers)


def _limits(share: int) -> dict[str, int]:
    """Return how many threads each library for linear algebra may use, which is fewer where it was set to fewer."""
    from threadpoolctl import threadpool_info

    return {each["prefix"]: min(each["num_threads"], share) for each in threadpool_info()}


@contextmanager
def shared_cores(n_workers: int) -> Iterator[None]:
    """Let threads of linear algebra and `n_workers` threads of ours not multiply, as long as the block runs."""
    from threadpoolctl import threadpool_limits

    torch = sys.modules.get("torch")
    # Its number of threads is its own; the limits change it too, to that of the last library with the same OpenMP.
    before = 0 if torch is None else torch.get_num_threads()
    with ExitStack() as stack:
        stack.enter_context(threadpool_limits(_limits(share_of(n_workers))))
        if torch is not None:
            stack.callback(torch.set_num_threads, before)
            torch.set_num_threads(min(before, share_of(n_workers)))
        yield


@contextmanager
def one_thread() -> Iterator[None]:
    """Do linear algebra by one thread, as long as the block runs: small matrices gain nothing by more.

    By several threads sums may be rounded otherwise, so that results would depend on the number of cores.
    """
    with _libraries().limit(limits=1, user_api="blas"):
        yield


@cache
def _libraries() -> ThreadpoolController:
    """Return what holds the libraries for linear algebra; looking for them takes a millisecond."""
    # NumPy and SciPy bring one each, and the second is loaded late.
    import scipy.linalg  # noqa: F401
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _start(n_workers: int, initializer: Callable[[], Any] | None) -> None:
    """Limit a process of ours for as long as it lives: the libraries that are loaded, and those that will be."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(_limits(share_of(n_workers)))
    for name in _VARIABLES:
        os.environ.setdefault(name, str(share_of(n_workers)))
    if initializer is not None:
        initializer()


@contextmanager
def mapper(workers: Workers, initializer: Callable[[], Any] | None = None) -> Iterator[Mapper]:
    """Yield a function that applies another to the items of a list and yields the results in order.

    A number above 1 starts as many processes for the length of the block, each with its share of the cores for linear
    algebra and with `initializer`; an executor or a map-like function of the caller is used as it is, and left running.
    The function and the items must then be picklable, if the caller's workers are processes.
    """
    if isinstance(workers, Executor):
        yield lambda function, items: iter(workers.map(function, items))
    elif callable(workers):
        yield lambda function, items: iter(workers(function, items))
    elif workers == 1:
        yield map
    else:
        start = partial(_start, workers, initializer)
        with ProcessPoolExecutor(workers, mp_context=_Context(), initializer=start) as pool:
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
    with shared_cores(workers):
        try:
            yield pool.map
        except KeyboardInterrupt:
            with _compilation.given_up():
                pool.shutdown(cancel_futures=True)
            raise
        finally:
            pool.shutdown(cancel_futures=True)
