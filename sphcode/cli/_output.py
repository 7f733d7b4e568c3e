"""What all commands share: JSON on stdout, progress and warnings on stderr."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from typing import Any

from sphcode._rounding import rounded_down, rounded_up
from sphcode.cli._streams import complain

__all__ = ["add_json_argument", "print_json", "rounded_down", "rounded_up", "warn", "wrote"]


def add_json_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")


def print_json(content: Mapping[str, Any]) -> None:
    """Print one JSON object; NaN and infinity are not JSON and must not be in it."""
    print(json.dumps(content, allow_nan=False))


def warn(args: argparse.Namespace, message: str) -> None:
    """Print a warning on stderr unless --quiet."""
    if not args.quiet:
        complain(f"sphcode {args.command}: warning: {message}")


def wrote(args: argparse.Namespace, path: str | os.PathLike[str]) -> None:
    """Say on stderr which file was written, unless --quiet."""
    if not args.quiet:
        complain(f"wrote {os.fspath(path)}")
