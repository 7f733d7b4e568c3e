"""What all commands share: JSON on stdout, progress and warnings on stderr."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sphcode._rounding import rounded_down, rounded_up
from sphcode.cli._streams import complain
from sphcode.errors import InvalidInputError

if TYPE_CHECKING:
    from sphcode.codes.code import SphericalCode
    from sphcode.codes.constructions.construction import Construction

__all__ = [
    "STDOUT",
    "add_json_argument",
    "check_output",
    "print_json",
    "rounded_down",
    "rounded_up",
    "save_code",
    "warn",
    "wrote",
]


#: What `-o` takes for stdout.
STDOUT = "-"


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


def check_output(args: argparse.Namespace) -> None:
    """Raise InvalidInputError unless `-o` names a format of codes, or stdout, which then holds the code alone."""
    from sphcode.codes.code import check_suffix

    if args.output == STDOUT:
        if args.json:
            raise InvalidInputError("give one of --json and -o -: both would be on stdout")
    elif args.output is not None:
        check_suffix(args.output, "-o")


def save_code(args: argparse.Namespace, code: SphericalCode | Construction) -> None:
    """Write the code where `-o` says: into a file, which is named on stderr, or to stdout as JSON."""
    from sphcode.codes.constructions.construction import Construction

    if args.output == STDOUT:
        print_json((code.code() if isinstance(code, Construction) else code).to_dict())
    else:
        code.save(args.output)
        wrote(args, args.output)
