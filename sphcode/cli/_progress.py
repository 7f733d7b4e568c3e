"""Progress on stderr: one line that is rewritten in a terminal, a line every half minute elsewhere, gone at the end."""

from __future__ import annotations

import argparse
import math
import os
import shutil
import sys
import time
from types import TracebackType

from sphcode import _compilation
from sphcode._progress import Progress, Stages, duration
from sphcode.cli._streams import complain, silence

#: Seconds between two states of the line in a terminal, and between two lines in a log file.
_REWRITTEN, _LOGGED = 0.1, 30.0


class ProgressLine:
    """Shows events while the block lasts: `with progress(args) as report: work(progress=report)`.

    What is printed after the block finds the line empty, however the work ended.
    """

    def __init__(self, command: str, *, quiet: bool = False, verbose: bool = False) -> None:
        self._command, self._quiet, self._verbose = command, quiet, verbose
        self._terminal = sys.stderr.isatty()
        self._start = time.monotonic()
        self._stages = Stages()
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
        if event.stage != self._stages.name:
            self._end_stage()
        new = self._stages.entered(event)
        # What knows from the start how long it takes is told at once.
        told = new and event.left is not None
        if self._quiet or (not told and now - self._last < (_REWRITTEN if self._terminal else _LOGGED)):
            return
        self._last = now
        if told and not self._terminal:
            complain(f"sphcode {self._command}: {event.stage}, about {duration(event.left or 0.0)}")
            return
        text = self._stages.text(event)
        if self._terminal:
            # A line that wraps could not be erased.
            self._write(f"\r\x1b[2K{text[: _columns() - 1]}")
            self._shown = True
        else:
            complain(f"sphcode {self._command}: {text}, {duration(now - self._start)} so far")

    def _end_stage(self) -> None:
        if self._shown:
            self._write("\r\x1b[2K")
            self._shown = False
        if self._verbose and self._stages.name:
            passed = time.monotonic() - self._stages.start
            complain(f"sphcode {self._command}: {self._stages.name} took {passed:.1f} s")

    def _write(self, text: str) -> None:
        try:
            print(text, end="", file=sys.stderr, flush=True)
        except OSError:
            silence(sys.stderr)


def progress(args: argparse.Namespace) -> ProgressLine:
    """Return the progress line of a command: nothing with --quiet, the time of each stage too with --verbose."""
    return ProgressLine(args.command, quiet=args.quiet, verbose=args.verbose)


def _columns() -> int:
    """Width of the terminal that stderr is, whatever stdout may be."""
    try:
        columns = os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):  # No terminal, or one that does not say.
        columns = 0
    return columns or shutil.get_terminal_size().columns
