"""Kernels are compiled at first use, which takes a while: who is told of it, and whether Ctrl-C may leave it.

The room of kernels waits in `left_by_interrupt` and calls `tell`; the command line watches; a search that turns Ctrl-C
into a flag asks `waiting`; a pool of threads that is interrupted has `given_up`. Nothing here knows numba.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sphcode._progress import Progress, ProgressCallback

_watchers: list[ProgressCallback] = []
_waiting = 0
_given_up = threading.Event()


def watch(callback: ProgressCallback) -> None:
    """Tell `callback` of compilations until `unwatch`; of several the latest is told."""
    _watchers.append(callback)


def unwatch(callback: ProgressCallback) -> None:
    """End what `watch` began."""
    _watchers.remove(callback)


def tell(event: Progress) -> None:
    """Tell the latest watcher, if there is one."""
    if _watchers:
        _watchers[-1](event)


@contextmanager
def left_by_interrupt() -> Iterator[None]:
    """Say that the main thread only waits: KeyboardInterrupt may be raised in it, the work goes on without it."""
    global _waiting  # noqa: PLW0603
    _waiting += 1
    try:
        yield
    finally:
        _waiting -= 1


def waiting() -> bool:
    """Whether the main thread is inside `left_by_interrupt`."""
    return _waiting > 0


@contextmanager
def given_up() -> Iterator[None]:
    """Let threads that wait for a kernel raise KeyboardInterrupt: only the main thread receives that of the user."""
    _given_up.set()
    try:
        yield
    finally:
        _given_up.clear()


def is_given_up() -> bool:
    """Whether some thread is inside `given_up`."""
    return _given_up.is_set()
