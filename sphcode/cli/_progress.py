"""Progress on stderr: one line that is rewritten in a terminal, a line every half minute elsewhere, gone at the end."""

from __future__ import annotations

import argparse
import math
import shutil
import sys
import time
from types import TracebackType

from sphcode import _compilation
from sphcode._progress import Progress
from sphcode.cli._streams import complain, silence

#: Seconds between two states of the line in a terminal, and between two lines in a log file.
_REWRITTEN, _LOGGED = 0.1, 30.0
#: Seconds of a stage from which its speed says how long it will last.
_TELLING = 1.0


class ProgressLine:
    """Shows events while the block lasts: `with progress(args) as report: work(progress=report)`.

    What is printed after the block finds the line empty, however the work ended.
    """

    def __init__(self, command: str, *, quiet: bool = False, verbose: bool = False) -> None:
        self._command, self._quiet, self._verbose = command, quiet, verbose
        self._terminal = sys.stderr.isatty()
        self._start = time.monotonic()
        self._stage, self._stage_start, self._stage_done = "", self._start, 0.0
        self._last = -math.inf if self._terminal else self._start
        self._shown = False

    def __enter__(self) -> ProgressLine:
        _compilation.watch(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _compilation.unwatch(self)
        self._end_stage()

    def __call__(self, event: Progress) -> None:
        """Show an event, unless the last one was shown just now."""
        now = time.monotonic()
        new = event.stage != self._stage
        if new:
            self._end_stage()
            self._stage, self._stage_start, self._stage_done = event.stage, now, event.done
        # What knows from the start how long it takes is told at once.
        told = new and event.left is not None
        if self._quiet or (not told and now - self._last < (_REWRITTEN if self._terminal else _LOGGED)):
            return
        self._last = now
        if told and not self._terminal:
            complain(f"sphcode {self._command}: {event.stage}, about {_duration(event.left or 0.0)}")
            return
        text = self._text(event, now)
        if self._terminal:
            # A line that wraps could not be erased.
            self._write(f"\r\x1b[2K{text[: shutil.get_terminal_size().columns - 1]}")
            self._shown = True
        else:
            complain(f"sphcode {self._command}: {text}, {_duration(now - self._start)} so far")

    def _end_stage(self) -> None:
        if self._shown:
            self._write("\r\x1b[2K")
            self._shown = False
        if self._verbose and self._stage:
            complain(f"sphcode {self._command}: {self._stage} took {time.monotonic() - self._stage_start:.1f} s")

    def _text(self, event: Progress, now: float) -> str:
        parts = [event.stage]
        if event.total:
            share = min(1.0, event.done / event.total)
            parts.append(f"{100 * share:3.0f} %")
            left = self._left(event, now) if share < 1 else None
            if left is not None:
                parts.append(f"{'at most' if event.at_most else 'about'} {_duration(left)} left")
        if event.best is not None:
            parts.append(f"{event.unit} {event.best:.12g}")
        if event.gap is not None:
            parts.append(f"gap {event.gap:.1e}")
        return ", ".join(parts)

    def _left(self, event: Progress, now: float) -> float | None:
        """Seconds left at the speed since the stage was first told of; None until that says something."""
        if event.left is not None:
            return event.left
        passed, done = now - self._stage_start, event.done - self._stage_done
        return passed * (event.total - event.done) / done if passed >= _TELLING and done > 0 else None

    def _write(self, text: str) -> None:
        try:
            print(text, end="", file=sys.stderr, flush=True)
        except OSError:
            silence(sys.stderr)


def progress(args: argparse.Namespace) -> ProgressLine:
    """Return the progress line of a command: nothing with --quiet, the time of each stage too with --verbose."""
    return ProgressLine(args.command, quiet=args.quiet, verbose=args.verbose)


def _duration(seconds: float) -> str:
    """Return seconds as people say them."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
