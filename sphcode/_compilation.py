"""Kernels are compiled at first use, which takes a while: who is told of it, and whether Ctrl-C may leave it.

The room of kernels waits in `left_by_interrupt` and calls `tell`; the command line watches; a search that turns Ctrl-C
into a flag asks `waiting`. Nothing here knows numba.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sphcode._progress import Progress, ProgressCallback

_watchers: list[ProgressCallback] = []
_waiting = 0


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
