"""The arguments of commands that read a code: which layout the file has, and what may be done with its rows."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sphcode.errors import FileFormatError

if TYPE_CHECKING:
    from sphcode.codes.code import SphericalCode

STDIN = "-"


def add_point_arguments(parser: argparse.ArgumentParser, *, normalize: bool = True) -> None:
    """Add --format, --dim, --gram and, unless the command normalises anyway, --normalize."""
    parser.add_argument("--format", metavar="SUFFIX", help="read the file (or -) as npz, npy, json, txt, csv, ...")
    parser.add_argument("--dim", type=int, metavar="D", help="dimension of a file of one coordinate per line")
    parser.add_argument("--gram", action="store_true", help="the file holds the matrix of inner products")
    if normalize:
        parser.add_argument("--normalize", action="store_true", help="divide the rows by their norms (few decimals)")


def load_code(args: argparse.Namespace, path: str, *, normalize: bool = False) -> SphericalCode:
    """Load the code that a command was given; `-` is standard input."""
    from sphcode.codes.code import SphericalCode

    with input_file(path, args.format) as file:
        normalize = normalize or getattr(args, "normalize", False)
        return SphericalCode.load(file, dim=args.dim, format=args.format, gram=args.gram, normalize=normalize)


@contextmanager
def input_file(path: str, format: str | None) -> Iterator[Path]:
    """Give the file to read; for `-` a copy of standard input, whose format its first bytes tell if nothing does."""
    if path != STDIN:
        yield Path(path)
        return
    data = sys.stdin.buffer.read()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "stdin." + (format or _format_of(data)).lstrip("."))
        file.write_bytes(data)
        try:
            yield file
        except FileFormatError as error:
            raise FileFormatError(str(error).replace(str(file), "standard input")) from None


def _format_of(data: bytes) -> str:
    """Return the suffix of the format that the first bytes tell; text when they tell none."""
    if data.startswith(b"\x93NUMPY"):
        return "npy"
    if data.startswith(b"PK\x03\x04"):
        return "npz"
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return "json" if start in (b"{", b"[") and _is_json(data) else "txt"


def _is_json(data: bytes) -> bool:
    """Tell JSON from other texts with brackets."""
    import json

    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return data.lstrip().startswith(b'{"')
    return True
