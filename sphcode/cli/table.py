"""sphcode table: build, check, extend and print the table of codes."""

from __future__ import annotations

import argparse
import re
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphcode.cli._output import print_json, wrote
from sphcode.cli._parser import n_workers
from sphcode.cli._progress import progress
from sphcode.cli._scheduler import scheduled
from sphcode.errors import InvalidInputError, NotProvenError

if TYPE_CHECKING:
    from sphcode.codes.store import Case, Row

HELP = "build, check, extend and print the table of codes, proofs and ceilings"
EXAMPLES = (
    "sphcode table build --dims 3-4 --points 4-12 --effort 0.1 --resume campaign",
    "sphcode table check --table campaign",
)

#: Ranges such as 3-8 and 4,6,10-12.
_RANGES = re.compile(r"\d{1,7}(-\d{1,7})?(,\d{1,7}(-\d{1,7})?)*")
_MOST_LISTED = 10**6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments: one word that says what to do, and options."""
    parser.add_argument(
        "action",
        choices=tuple(_ACTIONS),
        metavar="ACTION",
        help="build a table or go on; check it by the checker alone; add FILE; merge FOLDER; export; page; show DIM N",
    )
    parser.add_argument("what", nargs="*", metavar="FILE | DIM N", help="what `add`, `merge` and `show` are about")
    which = parser.add_argument_group("which rows")
    which.add_argument("--dims", metavar="3-8", help="dimensions, such as 3-8 or 3,5,9-12")
    which.add_argument("--points", metavar="4-64", help="numbers of points")
    which.add_argument("--lines", metavar="3-32", help="numbers of lines")
    which.add_argument("--table", metavar="FOLDER", help="the folder of a table (default: the one shipped)")
    work = parser.add_argument_group("campaign")
    work.add_argument("--planned", action="store_true", help="the rows planned for the table shipped")
    work.add_argument("--resume", metavar="FOLDER", help="where the campaign is kept; it goes on from there")
    work.add_argument(
        "--effort", type=float, default=1.0, metavar="E", help="of the first round, in default searches (default 1)"
    )
    work.add_argument("--rounds", type=int, default=1, metavar="R", help="the first takes every row (default 1)")
    work.add_argument("--seed", type=int, default=0, metavar="S", help="seed (default 0)")
    work.add_argument(
        "--workers", type=n_workers, metavar="W", help="processes (default 1); the same table for any number"
    )
    work.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler, whose workers do the tasks")
    work.add_argument("--from-shipped", action="store_true", help="begin with the rows of the table shipped")
    parser.add_argument("--kind", choices=("points", "lines"), default="points", help="what a FILE or DIM N is about")
    parser.add_argument("--format", metavar="FORMAT", help="of export: csv, json, md, latex or sloane (default csv)")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="where export and page write (sloane: a folder), and show the code"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")


def run(args: argparse.Namespace) -> int:
    """Do what the first word says."""
    return _ACTIONS[args.action](args)


def _build(args: argparse.Namespace) -> int:
    """Build a table, or go on with one."""
    from sphcode._validate import fail
    from sphcode.table.build import build, cases_of
    from sphcode.table.plan import planned_cases

    if args.resume is None:
        raise fail("--resume", "a folder, where the campaign is kept", "none")
    if args.planned:
        cases = planned_cases()
    elif args.dims is None or (args.points is None and args.lines is None):
        raise InvalidInputError(
            "table build takes --dims with --points or --lines, or none: the rows of the one shipped"
        )
    else:
        cases = cases_of(_numbers(args.dims), _numbers(args.points), _numbers(args.lines))
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # So it is in a job that a script has put into the background. Searches hear the signal all the same, and so
        # the rest of a campaign does, which is ended by it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    with progress(args) as report, scheduled(args):
        try:
            store = build(
                args.resume,
                cases,
                effort=args.effort,
                rounds=args.rounds,
                rng=args.seed,
                workers=args.workers or 1,
                from_shipped=args.from_shipped,
                progress=report,
            )
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"the same command goes on from {args.resume}") from None
    rows = list(store.rows.values())
    proofs, status = _counts(rows, "proof"), _counts(rows, "status")
    if args.json:
        facts = {"folder": str(args.resume), "rows": len(rows), "proofs": proofs, "status": status}
        print_json({"schema": "sphcode.table/1", **facts})
    else:
        print(f"{len(rows)} rows in {args.resume}")
        print(f"  proofs   {_listed(proofs)}")
        print(f"  public   {_listed(status)}")
    return 0


def _check(args: argparse.Namespace) -> int:
    """Check every row of a table; exit code 3 when one is not proven."""
    from sphcode._progress import Progress
    from sphcode.codes.store import as_store
    from sphcode.table.check import NOT_EXAMINED, check_rows, violations

    store = as_store(args.table)
    cases = [row.case for row in _chosen(args, store.rows.values())]
    done = 0
    with progress(args) as report:

        def each(_: Any) -> None:
            nonlocal done
            done += 1
            report(Progress("rows", done, len(cases)))

        verdicts = check_rows(store, cases, each)
    failed = [verdict for verdict in verdicts if not verdict.accepted]
    contradictions = violations(store)
    if args.json:
        print_json(
            {
                "schema": "sphcode.table-check/1",
                "rows": len(verdicts),
                "accepted": len(verdicts) - len(failed),
                "failed": [{**verdict.case._asdict(), "reasons": list(verdict.failed)} for verdict in failed],
                "violations": contradictions,
                "not_examined": list(NOT_EXAMINED),
            }
        )
    else:
        for verdict in failed:
            print(f"NOT PROVEN ({verdict.case.dim}, {verdict.case.n_points}, {verdict.case.kind}): {verdict.failed[0]}")
        print(
            f"{len(verdicts) - len(failed)} of {len(verdicts)} rows accepted; not examined: {', '.join(NOT_EXAMINED)}"
        )
        print("".join(f"work left: {line}\n" for line in contradictions), end="")
    return NotProvenError.exit_code if failed else 0


def _add(args: argparse.Namespace) -> int:
    """Prove a code and say what it improves; with --resume it goes into that campaign."""
    from sphcode.table.add import add

    if len(args.what) != 1:
        raise InvalidInputError("table add takes one FILE")
    found = add(Path(args.what[0]), folder=args.resume, kind=args.kind, found_by=f"table add {Path(args.what[0]).name}")
    facts = {
        **found.case._asdict(), "max_cosine": found.claim, "proof": found.proof, "before": found.before or None,
        "improved": found.improved,
    }  # fmt: skip
    if args.json:
        print_json({"schema": "sphcode.table-add/1", **facts})
    else:
        print(
            f"({found.case.dim}, {found.case.n_points}, {found.case.kind}): max cosine <= {found.claim}, {found.proof}"
        )
        print(f"{'better than' if found.improved else 'not better than'} the row, {found.before or 'which is new'}")
    return 0


def _merge(args: argparse.Namespace) -> int:
    """Take in another campaign."""
    from sphcode.table.add import merge

    if len(args.what) != 1 or args.resume is None:
        raise InvalidInputError("table merge takes one FOLDER, and --resume names the campaign that takes it in")
    new = merge(args.resume, args.what[0])
    if args.json:
        print_json({"schema": "sphcode.table-merge/1", "new": new})
    else:
        print(f"{new} records of {args.what[0]} are new in {args.resume}")
    return 0


def _export(args: argparse.Namespace) -> int:
    """Print rows, or write them."""
    from sphcode._files import write_atomically
    from sphcode._validate import fail
    from sphcode.codes.store import as_store
    from sphcode.table.export import export, export_points

    store = as_store(args.table)
    rows = _chosen(args, store.rows.values())
    format = args.format or "csv"
    if format == "sloane":
        if args.output is None:
            raise fail("-o", "a folder for --format sloane", "none")
        print(f"{export_points(store, rows, Path(args.output))} codes in {args.output}")
        return 0
    text = export(rows, format)
    if args.output in (None, "-"):
        print(text, end="")
    else:
        write_atomically(args.output, lambda stream: stream.write(text.encode()))
        wrote(args, args.output)
    return 0


def _page(args: argparse.Namespace) -> int:
    """Write the table as one HTML page."""
    from sphcode._files import write_atomically
    from sphcode._validate import fail
    from sphcode.codes.store import as_store
    from sphcode.figures.table_page import table_page

    if args.output in (None, "-"):
        raise fail("-o", "a file for the page", "none")
    store = as_store(args.table)
    rows = _chosen(args, store.rows.values())
    if not rows:
        raise InvalidInputError("no row of the table is asked for")
    content = table_page(store, rows).encode()
    write_atomically(args.output, lambda stream: stream.write(content))
    wrote(args, args.output)
    return 0


def _show(args: argparse.Namespace) -> int:
    """Print one row; with -o also write its code."""
    from sphcode._validate import fail, shown
    from sphcode.codes.store import Case, as_store
    from sphcode.table.export import code_of

    numbers = [int(word) for word in args.what if re.fullmatch(r"\d{1,7}", word)]
    if len(numbers) != 2 or len(args.what) != 2:
        raise InvalidInputError(f"table show takes DIM and N, got {shown(' '.join(args.what))}")
    case = Case(args.kind, *numbers)
    store = as_store(args.table)
    row = store.rows.get(case)
    if row is None:
        raise fail("DIM N", "a row of the table", f"({case.dim}, {case.n_points}, {case.kind})")
    if args.output is not None:
        code_of(store, row).save(args.output)
    if args.json:
        print_json({"schema": "sphcode.table-row/1", **row.to_dict()})
    else:
        print("".join(f"{key:22s} {value}\n" for key, value in row.to_dict().items()), end="")
    return 0


def _numbers(text: str | None) -> list[int]:
    """Return the numbers of "3-8" or "3,5,9-12"."""
    from sphcode._validate import fail, shown

    if text is None:
        return []
    if not _RANGES.fullmatch(text):
        raise fail("--dims, --points and --lines", "ranges such as 3-8 or 3,5,9-12", shown(text))
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if int(last or first) - int(first) > _MOST_LISTED:
            raise fail("--dims, --points and --lines", f"ranges of at most {_MOST_LISTED} numbers", shown(text))
        found += range(int(first), int(last or first) + 1)
    return found


def _chosen(args: argparse.Namespace, rows: Iterable[Row]) -> list[Row]:
    """Return the rows that --dims, --points and --lines name; all where none is given."""
    dims, points, lines = (_numbers(text) for text in (args.dims, args.points, args.lines))
    sizes = {"points": points, "lines": lines}

    def wanted(case: Case) -> bool:
        of_kind = case.n_points in sizes[case.kind] if args.points or args.lines else True
        return of_kind and (not dims or case.dim in dims)

    return [row for row in rows if wanted(row.case)]


def _counts(rows: Iterable[Row], name: str) -> dict[str, int]:
    values = [getattr(row, name) for row in rows]
    return {value: values.count(value) for value in sorted(set(values))}


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {value}" for value, count in counts.items())


_ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "build": _build,
    "check": _check,
    "add": _add,
    "merge": _merge,
    "export": _export,
    "page": _page,
    "show": _show,
}
