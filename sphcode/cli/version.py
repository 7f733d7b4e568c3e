"""sphcode version."""

from __future__ import annotations

import argparse

from sphcode import __version__
from sphcode.cli._output import add_json_argument, print_json

HELP = "print the version"
EXAMPLES = ("sphcode version", "sphcode version --json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_json_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print the version."""
    if args.json:
        print_json({"schema": "sphcode.version/1", "version": __version__})
    else:
        print(f"sphcode {__version__}")
    return 0
