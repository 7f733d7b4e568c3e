"""sphcode generate: the best code found for a dimension and a number of points."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from sphcode.cli._output import check_output, print_json
from sphcode.cli._parser import n_workers
from sphcode.cli._progress import progress
from sphcode.cli._search import add_output_arguments, finish
from sphcode.errors import FileFormatError, Status, TargetNotReachedError

HELP = "search the best spherical code of N points in dimension DIM, or the largest one under a max cosine"
EXAMPLES = ("sphcode generate 3 13 -o code.npz", "sphcode generate 4 --cosine 0.5 --seed 1 --json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "dim", type=int, metavar="DIM", help="dimension of the space; the points lie on its unit sphere"
    )
    parser.add_argument("n_points", type=int, nargs="?", metavar="N", help="number of points")
    parser.add_argument("--cosine", type=float, metavar="S", help="in place of N: the largest code with max cosine S")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="seed of the search (default 0)")
    parser.add_argument("--effort", type=float, metavar="E", help="most work, in energy evaluations")
    parser.add_argument(
        "--time", type=float, metavar="SECONDS", help="cap in seconds; results then depend on the machine"
    )
    parser.add_argument(
        "--workers", type=n_workers, default=1, metavar="W", help="processes (default 1); same result for any"
    )
    parser.add_argument("--target", type=float, metavar="COSINE", help="stop at this max cosine; exit code 4 if missed")
    parser.add_argument(
        "--symmetry", metavar="GROUP", help="search unions of orbits: cyclic-K, octahedral, M22 ..., auto, or FILE.json"
    )
    parser.add_argument("--antipodal", action="store_true", help="search N / 2 lines: -x with every x")
    parser.add_argument("--no-constructions", action="store_true", help="search even where the optimum has a formula")
    parser.add_argument("--plan", action="store_true", help="print what a search would do, and search nothing")
    add_output_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Search, prove, write, print."""
    from sphcode.search.generate import generate

    if args.plan:
        return _print_plan(args)
    check_output(args)
    with progress(args) as report:
        result = generate(
            args.dim,
            args.n_points,
            max_cosine=args.cosine,
            effort=args.effort,
            time_limit=args.time,
            rng=args.seed,
            workers=args.workers,
            target=args.target,
            symmetry=_symmetry(args.symmetry),
            antipodal=args.antipodal,
            constructions=not args.no_constructions,
            progress=report,
        )
    code = finish(args, result)
    if args.target is not None and result.max_cosine > args.target and result.status is not Status.INTERRUPTED:
        raise TargetNotReachedError(f"max cosine {result.max_cosine!r} is above the target {args.target!r}")
    return code


def _symmetry(text: str | None) -> Any:
    """Return the name of a group, or the generators in a JSON file: permutations or matrices."""
    if text is None or not text.endswith(".json"):
        return text
    try:
        return json.loads(Path(text).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise FileFormatError(f"could not read generators from {text}: {error}") from error


def _print_plan(args: argparse.Namespace) -> int:
    from sphcode.search.generate import search_plan

    if args.n_points is None:
        from sphcode._validate import fail

        raise fail("N", "given with `--plan`", "none")
    plan = search_plan(
        args.dim, args.n_points, effort=args.effort, symmetry=_symmetry(args.symmetry), antipodal=args.antipodal
    )
    if args.json:
        print_json({"schema": "sphcode.plan/1", **plan.to_dict()})
    else:
        print(plan)
    return 0
