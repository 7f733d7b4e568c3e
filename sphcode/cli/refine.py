"""sphcode refine: a given code polished to a critical point at machine precision."""

from __future__ import annotations

import argparse

from sphcode.cli._output import check_output
from sphcode.cli._points import add_point_arguments, load_code
from sphcode.cli._progress import progress
from sphcode.cli._search import add_output_arguments, finish

HELP = "polish a given code to machine precision"
EXAMPLES = ("sphcode refine rough.txt -o code.json --prove", "sphcode refine pack.3.24.txt --json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("file", metavar="FILE", help="a code in any format, of any number of decimals; - reads it")
    add_point_arguments(parser, normalize=False)
    add_output_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Load, refine, prove, write, print."""
    from sphcode.search.refine import refine

    check_output(args)
    code = load_code(args, args.file, normalize=True)
    with progress(args) as report:
        result = refine(code, progress=report)
    return finish(args, result)
