"""Ctrl-C as a flag: compiled code cannot be left by an exception, so a search looks at the flag between starts."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sphcode import _compilation

_REQUESTED = threading.Event()


def requested() -> bool:
    """Whether Ctrl-C was pressed since `listening` began."""
    return _REQUESTED.is_set()


def listen() -> Any:
    """Let the first Ctrl-C set the flag, and the next one raise as usual; return the former handler.

    While kernels are compiled the first one raises, too: then nothing is being computed that could be finished.
    """
    _REQUESTED.clear()
    former = signal.getsignal(signal.SIGINT)

    def first(signum: int, frame: Any) -> None:
        _REQUESTED.set()
        signal.signal(signal.SIGINT, former)
        if _compilation.waiting():
            raise KeyboardInterrupt

    return signal.signal(signal.SIGINT, first)


@contextmanager
def listening() -> Iterator[None]:
    """`listen` inside the block; does nothing outside the main thread, which alone receives signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = listen()
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
