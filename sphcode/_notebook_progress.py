"""Progress in notebooks: a bar under the cell while a function works that was given no callback, gone when it ends.

Only where a kernel of IPython runs the cell; scripts, terminals and worker processes see nothing.
"""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable
from html import escape
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from sphcode import _compilation
from sphcode._progress import Progress, Stages

#: Seconds from which work is worth a bar, and between two of its states: each is a message to the browser.
_PATIENCE, _REWRITTEN = 1.0, 0.25

_P = ParamSpec("_P")
_R = TypeVar("_R")


def told_in_notebooks(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Let a function with the keyword `progress` show a bar in a notebook where the caller gives none."""

    @functools.wraps(function)
    def told(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        if kwargs.get("progress") is not None or _Bar.shown_by is not None or (display := _display()) is None:
            return function(*args, **kwargs)
        with _Bar(display) as bar:
            kwargs["progress"] = bar
            return function(*args, **kwargs)

    return told


def _display() -> Callable[..., Any] | None:
    """Return the display function of IPython if a kernel, and not a terminal, runs this; nothing is imported for it."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return None if getattr(shell, "kernel", None) is None else sys.modules["IPython.display"].display


class _Bar:
    """Shows events while the block lasts; of functions that call each other the outermost has the bar."""

    shown_by: _Bar | None = None

    def __init__(self, display: Callable[..., Any]) -> None:
        self._display = display
        self._handle: Any = None
        self._stages = Stages()
        self._next = time.monotonic() + _PATIENCE

    def __enter__(self) -> _Bar:
        _Bar.shown_by = self
        _compilation.watch(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _compilation.unwatch(self)
        _Bar.shown_by = None
        if self._handle is not None:
            self._show("", "")

    def __call__(self, event: Progress) -> None:
        """Show an event, unless the work has just begun or the last one was shown just now."""
        self._stages.entered(event)
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _REWRITTEN
        text = self._stages.text(event)
        known = f' value="{min(1.0, event.done / event.total):.3f}"' if event.total else ""
        self._show(f'<progress{known} style="width:16em"></progress> <span>{escape(text)}</span>', text)

    def _show(self, html: str, text: str) -> None:
        bundle = {"text/html": html, "text/plain": text}
        if self._handle is None:
            self._handle = self._display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)
