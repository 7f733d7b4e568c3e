"""Run a benchmark and keep its rows: `python -m tests.benchmarks NAME [TABLE ...] [--quick] [--again] [--only TEXT]`.

NAME may be `chapters`: those benchmarks that every number of the two chapters of the docs comes from.

A benchmark is a module `tests/benchmarks/NAME.py` with a dict `TABLES`, from the name of a table to a function of
`quick` (a bool) that yields its cases in order, each a pair (label, function without arguments). The function measures
one row and returns a dict with `value` (what is measured; its meaning stands in the docstring of the table's function),
`status` (one word, `ok` if left out) and columns of its own. Each row is written to
`docs/measurements/NAME_TABLE.csv` as soon as it is measured,

    case, value, status, ... own columns ..., seconds, commit, date, processor

where `seconds` are CPU seconds of this process and its children (unless the row brings its own), and `commit` is the
last one that changed the code or the benchmarks, with a `+` when they have changes that are not committed. A run that
was stopped goes on: rows of this commit and processor are kept, others are measured again (all with `--again`; with
`--keep` none of this processor that has been measured without an error, whatever its commit). With
`--only TEXT` those cases are measured whose labels contain the text, and other rows stay. With `--quick` a few small
cases are measured and printed, and no file is touched. Pages show a table by

    ```{measurements} NAME_TABLE
    ```
"""

from __future__ import annotations

import argparse
import csv
import datetime
import importlib
import os
import platform
import resource
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "measurements"
FIRST, LAST = ("case", "value", "status"), ("seconds", "commit", "date", "processor")
#: Names for several benchmarks.
GROUPS = {"chapters": ("paper", "field")}
#: What a measurement may depend on; a row is measured again when one of these has changed.
MEASURED = ("sphcode", "data", "tests/benchmarks")

Row = dict[str, object]
Cases = Iterable[tuple[str, Callable[[], Row]]]


def read(path: Path) -> list[Row]:
    """Return the rows of a table, none if there is no file."""
    if not path.exists():
        return []
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def write(path: Path, rows: list[Row]) -> None:
    """Write all rows at once, so that a stopped run leaves whole rows; own columns in the order of appearance."""
    own = [name for name in dict.fromkeys(key for row in rows for key in row) if name not in (*FIRST, *LAST)]
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, [*FIRST, *own, *LAST], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    part.replace(path)


def run(
    cases: Cases, old: list[Row], source: Row, again: bool = False, keep: bool = False
) -> Iterator[tuple[list[Row], Row, bool]]:
    """Measure the cases that `old` does not hold from the same source; yield (all rows so far, this row, new or not).

    With `keep` those of any commit are held, if the processor is the same.

    Rows of cases that are not met stay, behind the others.
    """
    waiting = {str(row["case"]): row for row in old}
    done: list[Row] = []
    for label, measure in cases:
        kept = waiting.pop(label, None)
        same = {key: value for key, value in source.items() if not keep or key != "commit"}
        if kept is not None and not again and holds(kept, same):
            row = kept
        else:
            row, kept = measured(label, measure) | source | {"date": datetime.date.today().isoformat()}, None
        done.append(row)
        yield [*done, *waiting.values()], row, kept is None


def holds(row: Row, source: Row) -> bool:
    """Whether a row was measured, without an error, from what is here now."""
    same = all(row[key] == value for key, value in source.items())
    return same and not str(row["commit"]).endswith("+") and not failed(row)


def failed(row: Row) -> bool:
    """Whether the status of a row is the message of an error."""
    return ": " in str(row["status"])


def measured(label: str, measure: Callable[[], Row]) -> Row:
    """Return one row; an error is a row with its message as status, so that the others are still measured."""
    began = cpu_seconds()
    try:
        row = {"value": "", "status": "ok"} | measure()
    except Exception as error:
        row = {"value": "", "status": f"{type(error).__name__}: {error}".splitlines()[0]}
    return {"case": label, **row} | {"seconds": row.get("seconds", f"{cpu_seconds() - began:.3g}")}


def cpu_seconds() -> float:
    """CPU seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def source_here() -> Row:
    """Return the commit and the processor of rows measured now."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    commit = git("log", "-1", "--format=%h", "--", *MEASURED) or "unknown"
    changed = "+" if git("status", "--porcelain", "--", *MEASURED) else ""
    return {"commit": commit + changed, "processor": processor()}


def processor() -> str:
    """Return the name of the processor and its number of cores."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor() or platform.machine()}, {os.cpu_count()} cores"


def names() -> list[str]:
    """Return the names of the benchmarks."""
    own = {"__init__", "__main__", "runner"}
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in own)


def main(arguments: list[str] | None = None) -> int:
    """Run one benchmark; 0 if every row was measured, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure and keep the rows.")
    choices = [*names(), *GROUPS]
    parser.add_argument("name", metavar="NAME", choices=choices, help="one of " + ", ".join(choices))
    parser.add_argument("tables", metavar="TABLE", nargs="*", help="tables of it (default: all)")
    parser.add_argument("--quick", action="store_true", help="a few small cases, printed only")
    parser.add_argument("--again", action="store_true", help="measure also the rows that this commit has already")
    parser.add_argument("--keep", action="store_true", help="keep rows of other commits, measure what is missing")
    parser.add_argument("--only", metavar="TEXT", default="", help="only cases whose label contains this")
    options = parser.parse_args(arguments)
    if os.environ.get("OMP_NUM_THREADS") != "1":
        parser.error("set OMP_NUM_THREADS=1, so that every time is that of one thread")
    if options.name in GROUPS:
        given = sys.argv[1:] if arguments is None else arguments
        return max(main([name if text == options.name else text for text in given]) for name in GROUPS[options.name])
    module = importlib.import_module(f"{__package__}.{options.name}")
    if not hasattr(module, "TABLES"):  # a script that prints; until it keeps its rows
        sys.argv = [options.name, *options.tables]
        runpy.run_module(module.__name__, run_name="__main__")
        return 0
    tables = module.TABLES
    unknown = [table for table in options.tables if table not in tables]
    if unknown:
        parser.error(f"{options.name} has the tables {', '.join(tables)}, not {', '.join(unknown)}")
    source = source_here()
    errors = 0
    for table in options.tables or tables:
        path = FOLDER / f"{options.name}_{table}.csv"
        print(f"{path.stem}:", flush=True)
        old = [] if options.quick else read(path)
        cases = [case for case in tables[table](options.quick) if options.only in case[0]]
        for rows, row, new in run(cases, old, source, options.again, options.keep):
            errors += failed(row)
            shown = ", ".join(
                f"{key} {value}" for key, value in row.items() if key not in ("case", "commit", "processor")
            )
            print(f"  {row['case']}: {shown}{'' if new else ' (kept)'}", flush=True)
            if new and not options.quick:
                write(path, rows)
    return 1 if errors else 0
