"""python -m fuzz SEED COUNT: run trials of all three kinds, and count how they end.

A trial may give a result or a SphcodeError, and a command an exit code with one line; anything else is a fault: another
exception, a call of more than 20 CPU seconds, several lines for one error, NaN in JSON.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import io
import json
import os
import resource
import signal
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sphcode import _notebook_progress
from sphcode.errors import SphcodeError

from . import calls, damage, lines

SECONDS = 20.0
_CODES = (0, 2, 3, 4, 5, 6, 130)
_MEMORY = 6 << 30
#: The file from which functions that tell their progress are called.
_WRAPPER = _notebook_progress.__file__


class TooSlowError(BaseException):
    """The trial took too long; not an Exception, so that nobody but the runner catches it."""


def outcome(trial: Callable[[], Any]) -> str:
    """Return "result", "clear error", or what is wrong."""

    def stop(*_: Any) -> None:
        raise TooSlowError

    former = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        trial()
    except SphcodeError as error:
        return "clear error" if len(str(error).splitlines()) == 1 else f"FAULT: several lines, {str(error)[:80]!r}"
    except TooSlowError:
        return f"FAULT: more than {SECONDS:g} CPU seconds"
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        called_here = Path(where.filename).parent == Path(__file__).parent or where.filename == _WRAPPER
        if isinstance(error, TypeError) and called_here:
            return "clear error"  # Python's own, about a missing argument.
        place = f"{Path(where.filename).name}:{where.lineno}"
        return f"FAULT: {type(error).__name__} in {place}: {' '.join(str(error).split())[:80]}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, former)
    return "result"


def command_outcome(trial: Callable[[], Any]) -> str:
    """Return how a command ended: as `outcome` has it, with its exit code and what it printed looked at."""
    out, err = io.StringIO(), io.StringIO()
    code: Any = None

    def run() -> None:
        nonlocal code
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = trial()
        except SystemExit as end:
            code = end.code

    ended = outcome(run)
    if ended != "result":
        return ended if ended.startswith("FAULT") else "FAULT: an error left the command"
    errors = [line for line in err.getvalue().splitlines() if ": warning: " not in line]
    if code not in _CODES:
        return f"FAULT: exit code {code}"
    if code in (2, 5, 6) and len(errors) != 1:
        return f"FAULT: exit code {code} with {len(errors)} lines, {err.getvalue()[:80]!r}"
    if code == 0 and out.getvalue().startswith("{"):
        for line in out.getvalue().splitlines():
            if line.startswith("{") and "NaN" in json.dumps(json.loads(line)):
                return "FAULT: NaN in JSON"
    return f"exit code {code}"


def count(trials: Iterable[tuple[str, Callable[[], Any]]], end: Callable[[Callable[[], Any]], str]) -> list[str]:
    """Run trials, print how many ended in which way, and return the faults."""
    ends, faults = collections.Counter[str](), []
    for what, trial in trials:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ended = end(trial)
        if ended.startswith("FAULT"):
            faults.append(f"{what}: {ended}")
            ended = "FAULT"
        ends[ended] += 1
    print(", ".join(f"{number} {name}" for name, number in sorted(ends.items())), flush=True)
    return faults


def run(seed: int, each: int) -> list[str]:
    """Run `each` trials of every kind in a folder of their own; return the faults."""
    calls.call_rightly()
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("lines", "files"):
            (folder / part).mkdir()
        with contextlib.redirect_stdout(io.StringIO()):
            lines.prepare(folder / "lines")
        damage.prepare(folder / "files")
        os.chdir(folder / "lines")
        try:
            faults = count(calls.trials(seed, each), outcome)
            faults += count(lines.trials(seed, each), command_outcome)
            faults += count(damage.trials(seed, each, folder / "files"), outcome)
        finally:
            os.chdir(here)
    return faults


def main() -> int:
    """Run, print the faults, and return 1 if there are any."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("seed", type=int)
    parser.add_argument("count", type=int, help="trials of each kind")
    args = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    faults = run(args.seed, args.count)
    print("\n".join(faults))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"seed {args.seed}: {len(faults)} faults, peak memory {peak} MiB")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
