"""sphcode verify."""

from __future__ import annotations

import argparse
from pathlib import Path

from sphcode.cli._output import add_json_argument, print_json
from sphcode.cli._points import add_point_arguments, input_file, load_code
from sphcode.errors import NotProvenError

HELP = "check a code or a bound certificate in exact arithmetic"
EXAMPLES = ("sphcode verify proof.json", "sphcode verify code.npz --digits 30")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("file", metavar="FILE", help="a certificate (.json) or a code in any format; - reads it")
    add_point_arguments(parser)
    parser.add_argument("--digits", type=int, metavar="D", help="decimal places of the stated cosine (default 18)")
    add_json_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print the verdict; exit code 3 when the claim is not proven."""
    from sphcode.proofs.verify import DEFAULT_DIGITS, verify

    with input_file(args.file, args.format) as file:
        if not (args.gram or args.normalize) and _is_certificate(file):
            verdict = verify(file, digits=args.digits)
        else:
            # A Gram matrix fixes its points only up to rotation: what is proven is that there are such points.
            digits = args.digits or (DEFAULT_DIGITS if args.gram else None)
            verdict = verify(load_code(args, str(file)), digits=digits)
    if args.json:
        print_json(verdict.to_dict())
    else:
        print(f"{'accepted' if verdict.accepted else 'NOT PROVEN'} ({verdict.level}): {verdict.claim}")
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
