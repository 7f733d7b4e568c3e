"""What the kernels cost to compile: each alone, and the first run of two commands against the second; and Ctrl-C.

`OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks compile`. With SPHCODE_BEFORE=FOLDER, a checkout of
another commit with its environment in `.venv`, the commands are run there too, at the same time as ours.
"""

from __future__ import annotations

import functools
import json
import os
import pty
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAD = ROOT / "data" / "examples" / "two_digits_scale10.safetensors"
COMMANDS = {
    "generate 3 7": ["generate", "3", "7", "--json", "--quiet"],
    "compare example": ["compare", str(HEAD), "--json", "--quiet"],
}

#: Kernels that take longer to compile than SHOWN seconds; the row "all" names those that are missing here.
SHOWN = 0.5
KERNELS = (
    "interior_point.interior_point",
    "descent._descend",
    "columns.solve_rows",
    "columns.solve_easy_rows",
    "orbit_union.solve_unions",
    "hull.min_norm_point",
    "orbit_union._solve",
    "orbit_union._minimise",
    "active_set.newton",
    "hull._enter",
    "double_double.add_product_of_products",
    "support_factor.affine_minimiser",
    "hull._restart",
    "pivoting.easy_min_norm_point",
    "pivoting._pivot",
    "pivoting._factor",
    "feature_model.log_loss",
    "double_double._factor_row",
    "gram.scan_pairs",
    "vectors.combine",
    "columns.check_candidates",
    "lbfgs.direction",
    "decoding.e8_words",
    "hull._polish",
    "double_double.cholesky_solve",
    "energy.list_energy",
    "hull._shrink",
    "vectors.gram_matrix",
    "hull._price",
    "double_double.inverse_lower",
    "double_double.divide",
)

Side = tuple[str, Path]


def run(sides: list[Side], command: list[str], caches: list[str]) -> list[tuple[float, str]]:
    """Run a command on all sides at the same time, as CPU seconds depend on what else runs; CPU seconds and stdout."""
    running = []
    for (python, folder), cache in zip(sides, caches, strict=True):
        environment = os.environ | {"NUMBA_CACHE_DIR": cache}
        out = tempfile.TemporaryFile("w+")  # noqa: SIM115
        line = [python, "-m", "sphcode", *command]
        running.append((subprocess.Popen(line, cwd=folder, env=environment, stdout=out), out))
    results = []
    for process, out in running:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise ValueError(f"exit code {process.returncode}")
        out.seek(0)
        results.append((used.ru_utime + used.ru_stime, out.read()))
        out.close()
    return results


def cold_and_warm(sides: list[Side], command: list[str]) -> list[tuple[float, float, str]]:
    """Return CPU seconds of the first and of the second run on each side, and what was printed."""
    with tempfile.TemporaryDirectory() as cache:
        caches = [str(Path(cache) / str(index)) for index in range(len(sides))]
        cold, warm = run(sides, command, caches), run(sides, command, caches)
    return [(first, second, out) for (first, _), (second, out) in zip(cold, warm, strict=True)]


def start(command: list[str]) -> dict[str, object]:
    """The value is the first run's CPU seconds as a share of those before, or themselves where there is no before."""
    sides = [(sys.executable, ROOT)]
    if other := os.environ.get("SPHCODE_BEFORE"):
        folder = Path(other).resolve()
        sides.append((str(folder / ".venv" / "bin" / "python"), folder))
    (cold, warm, out), *before = cold_and_warm(sides, command)
    row: dict[str, object] = {"value": f"{cold:.1f}", "cold": f"{cold:.1f}", "warm": f"{warm:.2f}"}
    if not before:
        return row
    cold_before, warm_before, out_before = before[0]
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


@functools.cache
def compiled() -> dict[str, float]:
    """CPU seconds of every kernel, compiled into an empty cache by one process."""
    with tempfile.TemporaryDirectory() as cache:
        command = ["doctor", "--warm", "--workers", "1", "--json", "--quiet"]
        [(_, out)] = run([(sys.executable, ROOT)], command, [cache])
    seconds: dict[str, float] = json.loads(out)["warm"]["kernels"]
    return seconds


def kernel(name: str) -> dict[str, object]:
    return {"value": f"{compiled()[name]:.2f}", "kernels": 1}


def all_kernels() -> dict[str, object]:
    missing = [name for name, value in compiled().items() if value >= SHOWN and name not in KERNELS]
    status = "ok" if not missing else f"not in the table: {' '.join(missing)}"
    return {"value": f"{sum(compiled().values()):.1f}", "kernels": len(compiled()), "status": status}


def kernels(quick: bool) -> Iterator[tuple[str, Callable[[], dict[str, object]]]]:
    """CPU seconds of compiling each kernel that takes more than half a second, without its callees."""
    yield "all", all_kernels
    for name in () if quick else KERNELS:
        yield name, partial(kernel, name)


#: Commands, each with the words of its progress line after which Ctrl-C is sent, and whether the cache is empty.
INTERRUPTED = {
    "compile": (["generate", "3", "7"], "compiling", True),
    "compile of compare": (["compare", "rows.npy"], "compiling", True),
    "search": (["generate", "3", "75", "--effort", "1e9"], "search", False),
    "compare": (["compare", "rows.npy"], "one-vs-rest", False),
    "three-point, D = 8": (["bound", "4", "--cosine", "0.5", "--method", "three-point", "--degree", "8"], "%", False),
    "three-point, D = 12": (["bound", "4", "--cosine", "0.5", "--method", "three-point", "--degree", "12"], "%", False),
}
#: Seconds from the words to Ctrl-C, so that the work is well under way; seconds within which the command must end.
AFTER, AT_MOST = 1.0, 2.0
#: Rows and columns of the head: it takes some ten seconds.
SHAPE = (6000, 128)


def interrupt(name: str) -> dict[str, object]:
    """The value is the seconds from Ctrl-C to the end, `cpu` those that were computed; `code` is that of the exit."""
    import numpy as np

    command, words, empty = INTERRUPTED[name]
    screen, terminal = pty.openpty()
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "rows.npy", np.random.default_rng(0).standard_normal(SHAPE).astype(np.float32))
        environment = os.environ | ({"NUMBA_CACHE_DIR": folder} if empty else {})
        line = [sys.executable, "-m", "sphcode", *command]
        process = subprocess.Popen(
            line, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=terminal, process_group=0
        )
        os.close(terminal)
        seen = b""
        while words.encode() not in seen:
            seen += os.read(screen, 4096)
        time.sleep(AFTER)
        sent, before = time.monotonic(), computed(process.pid)
        process.send_signal(signal.SIGINT)
        _, status, used = os.wait4(process.pid, 0)
        passed, cpu = time.monotonic() - sent, used.ru_utime + used.ru_stime - before
        process.returncode = code = os.waitstatus_to_exitcode(status)
        told = os.read(screen, 1 << 16).decode().split("\r")[-1]
        os.close(screen)
    met = code == 128 + signal.SIGINT and "Traceback" not in told and cpu <= AT_MOST
    status = "not met" if not met else "ok" if passed <= AT_MOST else "busy"
    return {"value": f"{passed:.2f}", "status": status, "cpu": f"{cpu:.2f}", "code": code}


def computed(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def interrupts(quick: bool) -> Iterator[tuple[str, Callable[[], dict[str, object]]]]:
    """Seconds from Ctrl-C to the end of a command: at most 2, exit code 130, no traceback."""
    for name in ("search",) if quick else INTERRUPTED:
        yield name, partial(interrupt, name)


TABLES = {"starts": starts, "kernels": kernels, "interrupts": interrupts}
