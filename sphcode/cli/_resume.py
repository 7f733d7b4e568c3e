"""What `--resume DIR` means for a command."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from sphcode.cli._output import warn
from sphcode.errors import InvalidInputError


def one_path_to_resume(args: argparse.Namespace) -> None:
    """Refuse several files: a folder belongs to one."""
    if args.resume is not None and len(args.paths) > 1:
        raise InvalidInputError("--resume takes one file, as its folder belongs to one matrix")


@contextmanager
def said_how_to_go_on(args: argparse.Namespace) -> Iterator[None]:
    """Say after Ctrl-C that nothing is lost."""
    try:
        yield
    except KeyboardInterrupt:
        if args.resume is not None:
            warn(args, f"finished blocks are in {args.resume}; the same command goes on from them")
        raise
