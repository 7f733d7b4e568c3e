"""sphcode construct: a code with a formula, by name or the best for a dimension and a number of points."""

from __future__ import annotations

import argparse
import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sphcode.cli._codebook import CODEBOOK_COORDINATES, codebook_lines
from sphcode.cli._output import STDOUT, add_json_argument, check_output, print_json, save_code
from sphcode.errors import InvalidInputError

if TYPE_CHECKING:
    from sphcode.codes.constructions import Construction

#: Decimals of the cosine and the distance in text; the exact form is printed too.
_DIGITS = 12

HELP = "a code with a formula: NAME PARAM=VALUE ..., or the best one --for DIM N"
EXAMPLES = ("sphcode construct kerdock dim=64 -o code.npz", "sphcode construct --for 8 240")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="a family of `sphcode constructions`")
    parser.add_argument("params", nargs="*", metavar="PARAM=VALUE", help="its parameters")
    parser.add_argument(
        "--for", nargs=2, type=int, dest="case", metavar=("DIM", "N"), help="the best for N points in DIM dimensions"
    )
    parser.add_argument(
        "-o", metavar="FILE", dest="output", help="write the points: .npz .npy .safetensors .json .txt; - is stdout"
    )
    parser.add_argument(
        "--codebook", action="store_true", help="measure it as a codebook (unasked only for small codes with --json)"
    )
    add_json_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print what is known by formula; write the points only if asked."""
    from sphcode.codes.codebook import codebook
    from sphcode.codes.constructions import construct, construct_named

    if (args.name is None) == (args.case is None):
        raise InvalidInputError("give either NAME [PARAM=VALUE ...] or --for DIM N")
    code = construct(*args.case) if args.name is None else construct_named(args.name, **parsed_params(args.params))
    check_output(args)
    if args.output == STDOUT:
        save_code(args, code)
        return 0
    measured = args.codebook or (args.json and code.n_points * code.dim <= CODEBOOK_COORDINATES)
    book = codebook(code).to_dict() if measured else None
    if args.json:
        bits = math.log2(code.n_points) / code.dim
        print_json({"schema": "sphcode.construct/1", **code.to_dict(), "bits_per_dimension": bits, "codebook": book})
    else:
        _print_text(code)
        for line in [] if book is None else codebook_lines(book):
            print(line)
    if args.output is not None:
        save_code(args, code)
    return 0


def parsed_params(items: list[str]) -> dict[str, Any]:
    """Turn PARAM=VALUE strings into a mapping; values are JSON where they can be, else strings."""
    params: dict[str, Any] = {}
    for item in items:
        key, equals, text = item.partition("=")
        if not equals:
            raise InvalidInputError(f"`params` must be PARAM=VALUE, got {item!r}.")
        try:
            params[key] = json.loads(text)
        except (ValueError, RecursionError):  # no JSON, too many digits, too many brackets
            params[key] = text
    return params


def _decimal(scaled: int) -> str:
    return str(Decimal(scaled).scaleb(-_DIGITS))


def _print_text(code: Construction) -> None:
    status = "proven optimal" if code.proven_optimal else "no proof of optimality"
    print(f"{code.label}: {code.n_points} points in dimension {code.dim}, {status}")
    scaled = code.cosine.value * 10**_DIGITS
    relation = "=" if code.attained else "<="
    print(f"largest cosine        {relation} {code.cosine} (rounded up {_decimal(math.ceil(scaled))})")
    print(f"one-vs-rest distance  >= {_decimal(math.floor(10**_DIGITS - scaled))}")
    if code.spectrum is not None:
        shown = ", ".join(f"{line.cosine} ({line.pairs} pairs)" for line in code.spectrum[:10])
        print(f"inner products        {shown}{', ...' if len(code.spectrum) > 10 else ''}")
    if code.design_strength is not None:
        print(f"design strength       {code.design_strength}")
    print(f"reference             {code.reference}")
