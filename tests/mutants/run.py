"""Mutants of the checker: is each caught by a test?

`python -m mutants.run --count 200 --workers 2 --journal FILE` changes `sphcode/proofs` in one place at a time, in a
copy, and runs the tests of the changed module, then the controls, then the other tests of proofs, then those of the
rooms that use it. Each result is one line of the journal; a run that was interrupted goes on where it stopped. A mutant
that no test notices must be explained in `explained.json`, which names no others; the exit code is 0 when all are.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import test_mirror
from mutants.operators import Mutant, mutants, source

ROOT = Path(__file__).parents[2]
CHECKER = "sphcode/proofs"
EXPLAINED = Path(__file__).parent / "explained.json"

#: How many of a hundred mutants are of this kind, as far as there are as many.
SHARES = {
    "comparison": 40,
    "and/or": 10,
    "dropped condition": 15,
    "dropped check": 15,
    "sign": 8,
    "opposite": 6,
    "off by one": 6,
}

#: CPU seconds for one run of tests, which take 70 at most; a mutant that goes on for ever is caught. The clock on the
#: wall would count a busy machine as a catch.
PATIENCE = 300

#: Parts of the checker about bounds. Their certificates are made and checked again in the room `bounds`, the others'
#: by the command (the search for three-point bounds takes minutes, and reaches nothing of the checker besides).
ABOUT_BOUNDS = {"bound", "closed_forms.py", "gegenbauer.py", "schlaefli.py", "sharp.py"}
USERS = {
    True: ["tests/bounds", "--ignore=tests/bounds/three_point/test_bound.py", "tests/cli/test_bound.py"],
    False: ["tests/cli/test_verify.py", "tests/codes/test_code.py"],
}


@dataclass
class Result:
    """What became of a mutant: caught by the tests of one stage, or survived."""

    key: str
    outcome: str
    test: str
    seconds: float


def chosen(count: int, seed: int) -> list[Mutant]:
    """Return the mutants of a seed, in the shares of their kinds."""
    everything: list[Mutant] = []
    for path in sorted((ROOT / CHECKER).rglob("*.py")):
        everything += mutants(ROOT, str(path.relative_to(ROOT)))
    everything.sort(key=lambda mutant: mutant.rank(seed))
    left = {kind: round(count * share / 100) for kind, share in SHARES.items()}
    some = []
    for mutant in everything:
        kind = next(kind for kind in SHARES if f" {kind}: " in mutant.key)
        if left[kind] > 0:
            left[kind] -= 1
            some.append(mutant)
    return some


def stages(path: str) -> list[tuple[str, list[str]]]:
    """Return which tests are run for a file, one after another until one fails."""
    module, part = str(Path(path).relative_to("sphcode")), Path(path).relative_to(CHECKER).parts[0]
    entry = test_mirror.elsewhere(module)
    files = [test_mirror.own_test(module), *([] if entry is None else [test_mirror.TESTS / entry[1]])]
    own = [str(file.relative_to(ROOT)) for file in files if file.exists()]
    others = [f"--deselect={file}" for file in own]
    return [
        ("its own tests", own),
        ("the controls", ["tests/adversary"]),
        ("the other tests of proofs", ["tests/proofs", *others]),
        ("the rooms that use it", [*USERS[part in ABOUT_BOUNDS], *others]),
    ]


def explained() -> dict[str, str]:
    """Return the reasons why mutants may survive; each must be about one that can be made."""
    reasons: dict[str, str] = json.loads(EXPLAINED.read_text())
    paths = sorted({key.split(" ")[0] for key in reasons})
    stale = set(reasons) - {mutant.key for path in paths if (ROOT / path).exists() for mutant in mutants(ROOT, path)}
    if stale:
        raise SystemExit("explained.json names mutants that do not exist:\n" + "\n".join(sorted(stale)))
    return reasons


def examine(mutant: Mutant) -> Result:
    """Run the tests on a copy of the package with the mutation."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        package = _copy(Path(folder), mutant.path)
        (package.parent / mutant.path).write_text(source(ROOT, mutant))
        for name, tests in stages(mutant.path):
            failed = _failure(tests, folder)
            if failed is not None:
                return Result(mutant.key, f"caught by {name}", failed, round(time.monotonic() - start, 1))
    return Result(mutant.key, "survived", "", round(time.monotonic() - start, 1))


def _copy(folder: Path, path: str) -> Path:
    """Copy the checker; everything else of the package is linked, compiled kernels too."""
    package = folder / "sphcode"
    package.mkdir()
    for entry in (ROOT / "sphcode").iterdir():
        if entry.name not in ("proofs", "__pycache__"):
            (package / entry.name).symlink_to(entry)
    (package / "data").symlink_to(ROOT / "data")
    shutil.copytree(ROOT / CHECKER, package / "proofs", ignore=shutil.ignore_patterns("__pycache__"))
    return package


def _failure(tests: list[str], folder: str) -> str | None:
    """Return the first test that fails, or None."""
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-header", *tests]
    env = {**os.environ, "PYTHONPATH": folder, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    env |= {"PYTHONDONTWRITEBYTECODE": "1"}
    limited = ["sh", "-c", 'ulimit -t "$0"; exec "$@"', str(PATIENCE), *command]
    done = subprocess.run(limited, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"no answer in {PATIENCE} CPU seconds"
    if done.returncode in (0, 5):
        return None
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return lines[0][:200] if lines else (done.stdout + done.stderr)[-200:]


def main() -> int:
    """Examine the mutants that the journal does not have yet, and say what survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--again", action="store_true", help="examine once more what survived unexplained")
    arguments = parser.parse_args()
    done: dict[str, Result] = {}
    if arguments.journal.exists():
        rows = (Result(**json.loads(line)) for line in arguments.journal.read_text().splitlines() if line.endswith("}"))
        done = {row.key: row for row in rows}
    wanted = chosen(arguments.count, arguments.seed)
    reasons = explained()
    again = {key for key, row in done.items() if row.outcome == "survived" and key not in reasons}
    left = [m for m in wanted if m.key not in done or (arguments.again and m.key in again)]
    with concurrent.futures.ThreadPoolExecutor(arguments.workers) as pool:
        for row in pool.map(examine, left):
            done[row.key] = row
            with arguments.journal.open("a") as file:
                file.write(json.dumps(asdict(row)) + "\n")
    survivors = [m for m in wanted if done[m.key].outcome == "survived"]
    for mutant in survivors:
        print(f"{mutant.path}:{mutant.line}: {mutant.key}\n    {reasons.get(mutant.key, 'NOT EXPLAINED')}")
    counts = collections.Counter(done[m.key].outcome for m in wanted)
    unexplained = [m for m in survivors if m.key not in reasons]
    print(f"{len(wanted)} mutants: {dict(counts)}; {len(survivors) - len(unexplained)} of the survivors explained")
    return int(bool(unexplained))


if __name__ == "__main__":
    raise SystemExit(main())
