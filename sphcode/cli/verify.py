"""sphcode verify: a file, or a code with a formula by its name."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sphcode.cli._output import add_json_argument, print_json
from sphcode.cli._points import add_point_arguments, input_file, load_code
from sphcode.cli._progress import progress
from sphcode.cli._streams import coloured
from sphcode.cli.construct import parsed_params
from sphcode.errors import InvalidInputError, NotProvenError

if TYPE_CHECKING:
    from sphcode.codes.constructions import Construction
    from sphcode.proofs.verdict import Verdict

HELP = "check a code, a bound certificate or a construction in exact arithmetic"
EXAMPLES = ("sphcode verify proof.json", "sphcode verify leech --large")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE | NAME",
        help="a certificate (.json), a code in any format (- reads it), a family",
    )
    parser.add_argument("params", nargs="*", metavar="PARAM=VALUE", help="parameters of the family NAME")
    parser.add_argument("--for", nargs=2, type=int, dest="case", metavar=("DIM", "N"), help="the best construction")
    parser.add_argument("--large", action="store_true", help="look at all pairs of a construction above 50000 points")
    add_point_arguments(parser)
    parser.add_argument("--digits", type=int, metavar="D", help="decimal places of the stated cosine (default 18)")
    add_json_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print the verdict; exit code 3 when the claim is not proven."""
    from sphcode.proofs.verify import DEFAULT_DIGITS, verify

    construction = _construction(args)
    if construction is not None:
        with progress(args) as report:
            return _told(args, verify(construction, digits=args.digits, large=args.large, progress=report))
    with input_file(args.file, args.format) as file:
        if not (args.gram or args.normalize) and _is_certificate(file):
            verdict = verify(file, digits=args.digits)
        else:
            # A Gram matrix fixes its points only up to rotation: what is proven is that there are such points.
            digits = args.digits or (DEFAULT_DIGITS if args.gram else None)
            verdict = verify(load_code(args, str(file)), digits=digits)
    return _told(args, verdict)


def _construction(args: argparse.Namespace) -> Construction | None:
    """Return the construction that is asked for, None for a file: names of families have no suffix."""
    from sphcode.codes.constructions import construct, construct_named, constructions

    if (args.file is None) == (args.case is None):
        raise InvalidInputError("give either FILE, or NAME [PARAM=VALUE ...], or --for DIM N")
    named = args.file is not None and args.format is None and args.file in {family.name for family in constructions()}
    if args.case is None and not named:
        if args.params or args.large:
            raise InvalidInputError(f"PARAM=VALUE and --large are about a construction, and {args.file} is none")
        return None
    if args.format or args.dim or args.gram or args.normalize:
        raise InvalidInputError("--format, --dim, --gram and --normalize are about a FILE, and verify was given none")
    return construct(*args.case) if args.case else construct_named(args.file, **parsed_params(args.params))


def _told(args: argparse.Namespace, verdict: Verdict) -> int:
    """Print a verdict and return its exit code."""
    if args.json:
        print_json(verdict.to_dict())
    else:
        word = coloured(*(("accepted", "good") if verdict.accepted else ("NOT PROVEN", "bad")), sys.stdout)
        print(f"{word} ({verdict.level}): {verdict.claim}")
        print(verdict.reason)
        if verdict.slack is not None:
            print(f"slack {verdict.slack:.3g}")
    return 0 if verdict.accepted else NotProvenError.exit_code


def _is_certificate(file: Path) -> bool:
    """Tell a JSON object that states its schema, which the checker reads itself, from any other file of points."""
    if file.suffix.lower() != ".json" or not file.is_file():
        return file.suffix.lower() == ".json"
    content = file.read_bytes()
    return b'"schema"' in content or not content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"[", b"{"))
