"""What all commands share: JSON on stdout, progress and warnings on stderr."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Mapping
from typing import Any

from sphcode._progress import Progress, ProgressCallback
from sphcode._rounding import rounded_down, rounded_up

__all__ = ["add_json_argument", "print_json", "progress_reporter", "rounded_down", "rounded_up", "warn"]


def add_json_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")


def print_json(content: Mapping[str, Any]) -> None:
    """Print one JSON object; NaN and infinity are not JSON and must not be in it."""
    print(json.dumps(content, allow_nan=False))


def warn(args: argparse.Namespace, message: str) -> None:
    """Print a warning on stderr unless --quiet."""
    if not args.quiet:
        print(f"sphcode {args.command}: warning: {message}", file=sys.stderr)


def progress_reporter(args: argparse.Namespace) -> ProgressCallback | None:
    """Return a callback that keeps one line on stderr up to date; None unless stderr is a terminal."""
    if args.quiet or not sys.stderr.isatty():
        return None
    return _TerminalLine()


class _TerminalLine:
    """Rewrites one line of stderr at most ten times a second."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._last = -math.inf

    def __call__(self, event: Progress) -> None:
        now = time.monotonic()
        if now - self._last < 0.1 and event.done != event.total:
            return
        self._last = now
        parts = [event.stage]
        if event.total:
            share = min(1.0, event.done / event.total)
            parts.append(f"{100 * share:3.0f} %")
            if 0 < share < 1:
                parts.append(f"about {(now - self._start) * (1 - share) / share:.0f} s left")
        if event.best is not None:
            parts.append(f"{event.unit} {event.best:.12g}")
        if event.gap is not None:
            parts.append(f"gap {event.gap:.1e}")
        end = "\n" if event.total and event.done >= event.total else ""
        print(f"\r\x1b[2K{', '.join(parts)}", end=end, file=sys.stderr, flush=True)
