"""What the kernels cost to compile: each alone, and the first run of two commands against the second.

`OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks compile`. With SPHCODE_BEFORE=FOLDER, a checkout of
another commit with its environment in `.venv`, the commands are run there too, in turn with ours.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAD = ROOT / "data" / "examples" / "two_digits_scale10.safetensors"
COMMANDS = {
    "generate 3 7": ["generate", "3", "7", "--json", "--quiet"],
    "compare example": ["compare", str(HEAD), "--json", "--quiet"],
}


def run(python: str, folder: Path, command: list[str], cache: str) -> tuple[float, str]:
    """Return CPU seconds and stdout of a command with a cache of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"NUMBA_CACHE_DIR": cache}
    done = subprocess.run(
        [python, "-m", "sphcode", *command], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def cold_and_warm(python: str, folder: Path, command: list[str]) -> tuple[float, float, str]:
    """Return CPU seconds of the first and of the second run, and what was printed."""
    with tempfile.TemporaryDirectory() as cache:
        cold, _ = run(python, folder, command, cache)
        warm, out = run(python, folder, command, cache)
    return cold, warm, out


def start(command: list[str]) -> dict[str, object]:
    """The value is the first run's CPU seconds as a share of those before, or themselves where there is no before."""
    cold, warm, out = cold_and_warm(sys.executable, ROOT, command)
    row: dict[str, object] = {"value": f"{cold:.1f}", "cold": f"{cold:.1f}", "warm": f"{warm:.2f}"}
    other = os.environ.get("SPHCODE_BEFORE")
    if other is None:
        return row
    folder = Path(other).resolve()
    cold_before, warm_before, out_before = cold_and_warm(str(folder / ".venv" / "bin" / "python"), folder, command)
    ours, theirs = json.loads(out), json.loads(out_before)
    keys = {"max_cosine", "min_one_vs_rest", "hits", "n_starts", "one_vs_rest_quantiles"} & ours.keys() & theirs.keys()
    same = all(ours[key] == theirs[key] for key in keys)
    return {
        **row,
        "value": f"{cold / cold_before:.2f}",
        "cold_before": f"{cold_before:.1f}",
        "warm_before": f"{warm_before:.2f}",
        "same": "same" if same else "differs",
    }


def starts(quick: bool) -> Iterator[tuple[str, partial[dict[str, object]]]]:
    """CPU seconds of a command with an empty cache and with a full one."""
    for name, command in COMMANDS.items():
        if not quick or name == "compare example":
            yield name, partial(start, command)


def kernels(quick: bool) -> Iterator[tuple[str, partial[dict[str, object]]]]:
    """CPU seconds of compiling each kernel that takes more than half a second, without its callees."""
    with tempfile.TemporaryDirectory() as cache:
        _, out = run(sys.executable, ROOT, ["doctor", "--warm", "--workers", "1", "--json", "--quiet"], cache)
    seconds = json.loads(out)["warm"]["kernels"]
    yield "all", partial(dict, value=f"{sum(seconds.values()):.1f}", kernels=len(seconds))
    for name, value in seconds.items():
        if value >= 0.5:
            yield name, partial(dict, value=f"{value:.2f}", kernels=1)


TABLES = {"starts": starts, "kernels": kernels}
