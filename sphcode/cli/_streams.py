"""The three standard streams, whatever the caller has made of them: closed, full, or without a reader."""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: What is coloured: verdicts, claims and errors; all else stays as it is.
COLOURS = {"good": "32", "bad": "31", "strong": "1"}


def open_closed_streams() -> None:
    """Put the null device in the place of standard streams that are closed.

    Otherwise the next file that is opened would take their numbers, and what is printed would go into it. In the place
    of stdout the device is open for reading only, so that printing a result fails as on a full device.
    """
    for number, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.dup2(os.open(os.devnull, mode), number)
    # Python sets the objects to None; print(file=None) would write errors to stdout.
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, "r", closefd=False)
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file name that is not text, or a name that the terminal's encoding lacks, is printed all the same.
            stream.reconfigure(errors="backslashreplace")


def silence(stream: Any) -> None:
    """Let a stream that cannot be written to discard what it still holds, now and at the end of the interpreter."""
    try:
        number = stream.fileno()
    except (OSError, ValueError, AttributeError):
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)


def complain(message: str) -> None:
    """Print one line on stderr; where that cannot be written to, the exit code alone tells."""
    try:
        print(" ".join(message.splitlines()), file=sys.stderr, flush=True)
    except OSError:
        silence(sys.stderr)


def coloured(text: str, colour: str, stream: Any) -> str:
    """Return a text as a terminal shows it in a colour of `COLOURS`; as it is elsewhere, and with NO_COLOR."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or sys.platform == "win32"
    return text if plain or not stream.isatty() else f"\x1b[{COLOURS[colour]}m{text}\x1b[0m"


@contextmanager
def one_line_warnings(command: str, quiet: bool) -> Iterator[None]:
    """Print warnings as lines of the command, without the line of source that caused them."""

    def show(message: Any, *_: Any, **__: Any) -> None:
        if not quiet:
            complain(f"sphcode {command}: warning: {message}")

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield
