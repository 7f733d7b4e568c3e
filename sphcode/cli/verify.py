"""sphcode verify."""

from __future__ import annotations

import argparse

from sphcode.cli._output import add_json_argument, print_json
from sphcode.errors import NotProvenError

HELP = "check a code or a bound certificate in exact arithmetic"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("file", metavar="FILE", help="a certificate (.json) or a code in any format")
    parser.add_argument("--digits", type=int, metavar="D", help="decimal places of the stated cosine (default 18)")
    add_json_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print the verdict; exit code 3 when the claim is not proven."""
    from pathlib import Path

    from sphcode.codes.code import SphericalCode
    from sphcode.proofs.verify import verify

    source = args.file if Path(args.file).suffix == ".json" else SphericalCode.load(args.file)
    verdict = verify(source, digits=args.digits)
    if args.json:
        print_json(verdict.to_dict())
    else:
        print(f"{'accepted' if verdict.accepted else 'NOT PROVEN'} ({verdict.level}): {verdict.claim}")
        print(verdict.reason)
        if verdict.slack is not None:
            print(f"slack {verdict.slack:.3g}")
    return 0 if verdict.accepted else NotProvenError.exit_code
