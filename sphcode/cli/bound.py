"""sphcode bound: a proven ceiling, and its certificate as a file."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from sphcode.cli._output import add_json_argument, print_json, rounded_down, rounded_up, wrote
from sphcode.cli._parser import n_workers
from sphcode.cli._progress import progress
from sphcode.errors import InvalidInputError

if TYPE_CHECKING:
    from sphcode.bounds.result import Bound

HELP = "prove how good a code, or a classifier's margin, can be at most"
EXAMPLES = (
    "sphcode bound 4 24 --certificate proof.json",
    "sphcode bound 3 --cosine 1/2 --method three-point --degree 8 --checkpoint state.npz",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("dim", type=int, metavar="DIM", help="dimension of the space")
    parser.add_argument("n_points", type=int, nargs="?", metavar="N", help="number of points (classes)")
    parser.add_argument("--cosine", metavar="S", help='bound the number of points at max cosine S, e.g. 0.5 or "1/3"')
    parser.add_argument("--method", default="best", help="best (default), closed-form, lp or three-point")
    solver = parser.add_argument_group("programs")
    solver.add_argument("--degree", type=int, metavar="D", help="degree of the polynomial; three-point: half of it")
    solver.add_argument("--workers", type=n_workers, default=1, metavar="W", help="threads of the three-point solver")
    solver.add_argument(
        "--checkpoint",
        metavar="FILE",
        help="keep the three-point solver's state, go on from it (.npz)",
    )
    parser.add_argument("--antipodal", action="store_true", help="bound only antipodal codes (N points are N/2 lines)")
    parser.add_argument("--certificate", metavar="FILE", help="write the certificate (JSON); check it with verify")
    add_json_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Compute the bound, write its certificate, print it."""
    from sphcode._files import write_atomically
    from sphcode.bounds.bound import bound

    if (args.n_points is None) == (args.cosine is None):
        raise InvalidInputError("give either N or --cosine S")
    with progress(args) as report:
        result = bound(
            args.dim,
            args.n_points,
            max_cosine=args.cosine,
            method=args.method,
            degree=args.degree,
            antipodal=args.antipodal,
            workers=args.workers,
            checkpoint=args.checkpoint,
            progress=report,
        )
    if args.certificate is not None:
        content = json.dumps(dict(result.certificate), indent=1).encode() + b"\n"
        write_atomically(args.certificate, lambda stream: stream.write(content))
        wrote(args, args.certificate)
    if args.json:
        print_json(result.to_dict())
    else:
        print(_text(result))
    return 130 if _interrupted(result) else 0


def _interrupted(result: Bound) -> bool:
    """Whether Ctrl-C ended the solver: then this is the best bound that was proven until then."""
    return result.solver is not None and result.solver.get("reason") == "interrupted"


def _text(result: Bound) -> str:
    """Lines for people: the bound in each unit, its method, and what is known beside it.

    A certificate about fewer points or more dimensions is named with what it says.
    """
    from sphcode.proofs.bound.kinds import KINDS

    code = "antipodal code" if result.antipodal else "code"
    if result.n_points is None:
        certified = "" if result.certified_value is None else f"   (certified {result.certified_value:.12g})"
        lines = [
            f"{code}s in R^{result.dim} with max cosine <= {result.given_cosine:.12g}",
            f"  points      <= {result.n_points_upper_bound}{certified}",
        ]
    else:
        assert result.max_cosine_lower_bound is not None
        assert result.min_angle_upper_bound_deg is not None
        assert result.one_vs_rest_upper_bound is not None
        lines = [
            f"{code}s of {result.n_points} points in R^{result.dim}",
            f"  max cosine  >= {rounded_down(result.max_cosine_lower_bound)}",
            f"  min angle   <= {rounded_up(result.min_angle_upper_bound_deg, 9)} degrees",
            f"  one-vs-rest <= {rounded_up(result.one_vs_rest_upper_bound)}",
        ]
    lines.append(f"  proven by   {result.name} ({result.method})")
    stated = KINDS[result.certificate["kind"]].read(result.certificate)
    about = (stated.dim, stated.n_points, None if stated.n_points else float(stated.cosine))
    if about != (result.dim, result.n_points, result.given_cosine):
        lines.append(f"  which says  {stated}")
    if _interrupted(result):
        lines.append("  status      interrupted: the best bound proven so far")
    if result.optimal is not None:
        lines.append(f"  attained by {result.optimal}: optimal, proven")
    if result.cited is not None:
        lines.append(f"  cited       {result.cited['statement']} ({result.cited['source']})")
    return "\n".join(lines)
