"""sphcode compare."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from sphcode.cli._output import add_json_argument, print_json, rounded_down, rounded_up, warn, wrote
from sphcode.cli._parser import n_workers
from sphcode.cli._progress import progress
from sphcode.cli._resume import one_path_to_resume, said_how_to_go_on
from sphcode.cli._scheduler import scheduled
from sphcode.cli._streams import coloured
from sphcode.errors import FileFormatError, InvalidInputError, TargetNotReachedError

if TYPE_CHECKING:
    from sphcode.classifiers.comparison import Comparison
    from sphcode.classifiers.features import Features
    from sphcode.classifiers.weights import Head

HELP = "measure a classifier head against the best code at hand and the proven ceiling"
EXAMPLES = ("sphcode compare model.safetensors --report report.html", "sphcode compare epoch*.pt --fail-below 0.9")

#: A comparison that is expected to take longer says that `--sample` would be faster.
_LONG_MINUTES = 10
#: Marks ratios that are about the class vectors of a head with a bias.
_ALONE = "*"
#: Options that mean nothing for complex lines.
_OF_HEADS = (
    *("key", "bias", "classes_axis", "center", "features", "labels", "class_means", "names", "against", "search"),
    *("sample", "scale", "report", "fail_below", "fail_below_ceiling", "as_points", "scheduler", "resume"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="file of weights; several files give one row each")
    parser.add_argument("--key", help="name of the tensor in the file")
    parser.add_argument("--bias", metavar="KEY", help="name of the bias tensor in the file")
    parser.add_argument("--classes-axis", type=int, choices=(0, 1), help="axis of the classes in the tensor")
    parser.add_argument("--center", action="store_true", help="subtract the mean row before normalising")
    parser.add_argument("--features", metavar="F.npy", help="features, one row a sample, for GNC1 and GNC3")
    parser.add_argument("--labels", metavar="L.npy", help="classes of the features, 0 to K-1")
    parser.add_argument("--class-means", metavar="M.npy", help="mean feature of every class, for GNC3")
    parser.add_argument("--names", metavar="FILE", help="names of the classes, one a line")
    parser.add_argument("--against", metavar="FILE", help="a code file to use as the reference")
    parser.add_argument("--search", action="store_true", help="search for a reference code even for a large head")
    parser.add_argument("--sample", type=int, metavar="M", help="measure M random classes against all others")
    parser.add_argument("--complex", action="store_true", help="the files hold complex vectors: measure them as lines")
    parser.add_argument("--as-points", action="store_true", help="take the points x, -x, ix, -ix of complex vectors x")
    parser.add_argument("--only-argmax", action="store_true", help="only say which classes can never be the argmax")
    parser.add_argument("--scale", type=float, metavar="S", help="logit scale of the unit rows (default: the file's)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the search and the sample (default 0)")
    parser.add_argument(
        "--workers", type=n_workers, metavar="W", help="threads (default: one a core); same result for any"
    )
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="where scores are computed (default auto); same bounds on any",
    )
    parser.add_argument("--scheduler", metavar="ADDRESS", help="measure on the workers of this Dask scheduler")
    parser.add_argument(
        "--resume", metavar="DIR", help="keep finished blocks in this folder, and go on from those that are there"
    )
    parser.add_argument("--report", metavar="FILE", help="also write one self-contained HTML page")
    parser.add_argument("--fail-below", type=float, metavar="R", help="exit 4 if a ratio to the reference is below R")
    parser.add_argument(
        "--fail-below-ceiling", type=float, metavar="R", help="exit 4 if a ratio to the proven ceiling is below R"
    )
    add_json_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Compare every file, print, write the report, then judge the ratios."""
    if args.complex:
        return _lines(args)
    one_path_to_resume(args)
    with scheduled(args), said_how_to_go_on(args):
        if args.only_argmax:
            from sphcode.cli._only_argmax import run_only_argmax

            return run_only_argmax(args)
        return _run(args)


def _run(args: argparse.Namespace) -> int:
    comparisons = []
    for name in ("fail_below", "fail_below_ceiling"):
        if getattr(args, name) is not None:
            from sphcode._validate import check_real

            check_real(name, getattr(args, name))
    if args.report:
        from sphcode.figures.report import check_packages

        check_packages()
    options = _options(args)
    for path in args.paths:
        comparison = _compare(path, args, options)
        for warning in comparison.warnings:
            warn(args, warning if len(args.paths) == 1 else f"{path}: {warning}")
        if args.json:
            print_json(comparison.to_dict())
        comparisons.append(comparison)
    if not args.json:
        print(_one(comparisons[0]) if len(comparisons) == 1 else "\n".join(_rows(comparisons)))
    if args.report:
        from sphcode.figures.report import write_report

        write_report(args.report, comparisons, command=_command(args))
        wrote(args, args.report)
    _judge(comparisons, args.fail_below, "ratio_to_best_known", "the reference")
    _judge(comparisons, args.fail_below_ceiling, "ratio_to_upper_bound", "the proven ceiling")
    return 0


def _lines(args: argparse.Namespace) -> int:
    """Print the coherence of complex lines and what bounds it; nothing else is known of them."""
    from sphcode.cli.show import facts_of_lines
    from sphcode.codes.complex_lines import ComplexLines

    given = [name for name in _OF_HEADS if getattr(args, name) not in (None, False)]
    if given:
        raise InvalidInputError(f"--complex and --{given[0].replace('_', '-')} exclude each other")
    for path in args.paths:
        facts = facts_of_lines(ComplexLines.load(path))
        if args.json:
            print_json(facts)
            continue
        text = {key: f"{value:.9g}" if isinstance(value, float) else value for key, value in facts.items()}
        print(f"{path}: {text['n_points']} complex lines in dimension {text['dim']}")
        print(f"coherence {text['coherence']}, Welch bound {text['welch_bound']}, orthoplex {text['orthoplex_bound']}")
    return 0


def _options(args: argparse.Namespace) -> dict[str, Any]:
    """Read the files that the options name."""
    options: dict[str, Any] = {
        "center": args.center,
        "features": _features(args),
        "against": args.against,
        "search": args.search,
        "sample": args.sample,
        "scale": args.scale,
        "rng": args.seed,
        "workers": args.workers,
        "device": args.device,
        "resume": args.resume,
    }
    if args.names:
        from sphcode._files import reading

        with reading(args.names, "a text file of names"), open(args.names, encoding="utf-8") as stream:
            options["names"] = stream.read().splitlines()
    return options


def _features(args: argparse.Namespace) -> Features | None:
    if args.features is None and args.labels is None and args.class_means is None:
        return None
    from sphcode.classifiers.features import Features

    return Features(_array(args.features), _array(args.labels), _array(args.class_means))


def _array(path: str | None) -> Any:
    if path is None:
        return None
    import numpy as np

    from sphcode._files import reading

    with reading(path, "a .npy file"):
        return np.load(path, mmap_mode="r", allow_pickle=False)


def _compare(path: str, args: argparse.Namespace, options: dict[str, Any]) -> Comparison:
    from dataclasses import replace

    from sphcode.classifiers.compare import compare, expected_seconds

    try:
        head = _head(path, args)
        minutes = expected_seconds(head.n_classes, head.dim) / 60
        if minutes > _LONG_MINUTES and args.sample is None:
            warn(args, f"{path}: this takes about {minutes:.0f} minutes; --sample M measures M classes only")
        with progress(args) as report:
            comparison = compare(head, **options, progress=report)
        return replace(comparison, path=path)
    except FileFormatError:
        raise
    except InvalidInputError as error:
        raise InvalidInputError(f"{path}: {error}") from error


def _head(path: str, args: argparse.Namespace) -> Head:
    """Read the head, or the points of complex vectors."""
    from sphcode.classifiers.weights import Head, load_weights

    if not args.as_points:
        return load_weights(path, args.key, bias=args.bias, classes_axis=args.classes_axis)
    for name in ("key", "bias", "classes_axis"):
        if getattr(args, name) is not None:
            raise InvalidInputError(f"--as-points and --{name.replace('_', '-')} exclude each other")
    from sphcode.codes.complex_lines import ComplexLines

    points = ComplexLines.load(path).as_points().points
    return Head(points, path=path, why="the points x, -x, ix, -ix of its complex vectors x")


def _one(comparison: Comparison) -> str:
    """The text of one head; its last line, the claim, stands out in a terminal."""
    *lines, claim = str(comparison).splitlines()
    return "\n".join([*lines, coloured(claim, "strong", sys.stdout)])


def _rows(comparisons: list[Comparison]) -> list[str]:
    """One line a head under a header, then what was taken and what the ratios refer to."""
    from sphcode.classifiers.comparison import ABOUT

    table: list[tuple[str, ...]] = [
        ("file", "classes", "dim", "min one-vs-rest", "max cosine", "of reference", "of ceiling")
    ]
    for one in comparisons:
        cosine = "-" if one.unit is None else rounded_up(float(one.unit.nearest.max_cosine), 6)
        minimum = "-" if one.min_one_vs_rest is None else rounded_down(one.min_one_vs_rest, 6)
        vectors = one.class_vectors
        ratios = (None, None) if vectors is None else (vectors.ratio_to_best_known, vectors.ratio_to_upper_bound)
        mark = "" if one.comparable else _ALONE
        shares = ["-" if ratio is None else f"{rounded_down(100 * ratio, 2)} %{mark}" for ratio in ratios]
        table.append((str(one.path), str(one.n_classes), str(one.dim), minimum, cosine, *shares))
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in table
    ]
    if not all(one.comparable for one in comparisons):
        lines.append(f"{_ALONE} about {ABOUT}")
    taken = [f"{one.path}: {one.key or 'the only array'}: {one.why}" for one in comparisons]
    return [*lines, *taken, *(f"{one.path}: {one.claim}" for one in comparisons)]


def _command(args: argparse.Namespace) -> str:
    """The command line that gives this report again."""
    import shlex

    return shlex.join(["sphcode", *sys.argv[1:]])


def _judge(comparisons: list[Comparison], least: float | None, attribute: str, what: str) -> None:
    if least is None:
        return
    for comparison in comparisons:
        ratio = getattr(comparison, attribute)
        if ratio is None:
            reason = " (it has a bias; the class vectors alone are in class_vectors)" if comparison.has_bias else ""
            raise InvalidInputError(f"{comparison.path}: there is no ratio to {what} to judge{reason}")
        if ratio < least:
            raise TargetNotReachedError(f"{comparison.path}: {ratio:.6f} of {what} is below {least:g}")
