"""The gate: CPU seconds of every hot path, here and at another commit, in interleaved pairs of one run.

    nox -s bench -- --against 5857bb9            # or: SPHCODE_AGAINST=5857bb9 python -m tests.benchmarks gate

Both commits are built and installed, each into a folder of its own without its dependencies, and a process for each
measures the same work in turn, the first of a pair changing places. A row is `slower` where the 95 % interval of the
median ratio lies above SLOWER.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
PAIRS = 15
#: A median ratio may exceed 1 by what pairs of one and the same commit show on a busy machine.
SLOWER = 1.05


def gaussian(n_classes: int, dim: int) -> np.ndarray:
    rows = np.random.default_rng(0).standard_normal((n_classes, dim))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def search(dim: int, n_points: int, effort: int, by_effort: bool = False) -> Callable[[int], float]:
    """A search alone; the unit of work is a start, or the effort spent where a search makes few starts or other ones.

    Since random starts are annealed where optima are many, those of two commits are other work.
    """
    from sphcode import generate

    def run(seed: int) -> float:
        result = generate(dim, n_points, rng=seed, constructions=False, effort=effort)
        return result.effort if by_effort else result.n_starts

    return run


def refinement(dim: int, n_points: int) -> Callable[[int], float]:
    from sphcode import refine

    def run(seed: int) -> float:
        rows = np.random.default_rng(seed).standard_normal((n_points, dim))
        refine(rows / np.linalg.norm(rows, axis=1, keepdims=True))
        return 1.0

    return run


def margins(n_classes: int, dim: int, sample: int | None = None) -> Callable[[int], float]:
    from sphcode import one_vs_rest

    rows = gaussian(n_classes, dim)

    def run(seed: int) -> float:
        rng = np.random.default_rng(seed)
        one_vs_rest(rows, classes=None if sample is None else np.sort(rng.choice(n_classes, sample, replace=False)))
        return 1.0

    return run


def neighbours(n_classes: int, dim: int) -> Callable[[int], float]:
    from sphcode import nearest

    rows = gaussian(n_classes, dim)
    return lambda seed: float(nearest(rows, top=5) is not None)


def bounding(dim: int, n_points: int, **options: object) -> Callable[[int], float]:
    from sphcode import bound

    return lambda seed: float(bound(dim, n_points, **options).max_cosine_lower_bound < 1.0)


def proving(dim: int, n_points: int) -> Callable[[int], float]:
    from sphcode import generate, prove

    code = generate(dim, n_points, rng=0, constructions=False, effort=30_000).code
    return lambda seed: float(prove(code) is not None)


def forming(dim: int, n_points: int) -> Callable[[int], float]:
    from sphcode import construct

    construction = construct(dim, n_points)
    # All rows: numpy takes fresh memory for so many, where it would use old memory or not by the history of a process.
    return lambda seed: float(len(construction.block(0, n_points)))


def comparing(n_classes: int, dim: int) -> Callable[[int], float]:
    from sphcode import compare

    rows = gaussian(n_classes, dim)
    return lambda seed: float(compare(rows, rng=seed) is not None)


#: Every hot path: name, what makes the function that is timed (arguments and options of the case).
PATHS: dict[str, Callable[[], Callable[[int], float]]] = {
    "search (3, 24)": partial(search, 3, 24, 40_000),
    "search (3, 100)": partial(search, 3, 100, 6_000),
    "search (4, 60)": partial(search, 4, 60, 8_000),
    "search (8, 100)": partial(search, 8, 100, 3_000, by_effort=True),
    "search (16, 512)": partial(search, 16, 512, 400, by_effort=True),
    "refine (3, 60)": partial(refinement, 3, 60),
    "one_vs_rest (1000, 64)": partial(margins, 1000, 64),
    "one_vs_rest (1000, 512)": partial(margins, 1000, 512),
    "one_vs_rest (10000, 512), 128 classes": partial(margins, 10_000, 512, 128),
    "nearest (10000, 128)": partial(neighbours, 10_000, 128),
    "compare (300, 32)": partial(comparing, 300, 32),
    "bound (10, 100)": partial(bounding, 10, 100),
    "bound (5, 21), linear program": partial(bounding, 5, 21, method="lp"),
    "bound (4, 10), three-point, degree 6": partial(bounding, 4, 10, method="three-point", degree=6),
    "prove (3, 24)": partial(proving, 3, 24),
    "prove (4, 24)": partial(proving, 4, 24),
    "rows of construct (512, 10000)": partial(forming, 512, 10_000),
}


def serve() -> None:
    """Answer each line "PATH|SEED" on standard input by CPU seconds per unit of work, or by an error."""
    made: dict[str, Callable[[int], float]] = {}
    for line in sys.stdin:
        name, seed = line.rstrip("\n").split("|")
        try:
            if name not in made:
                made = {name: PATHS[name]()}
            begin = time.process_time()
            work = made[name](int(seed))
            print((time.process_time() - begin) / work, flush=True)
        except Exception as error:
            print(f"{type(error).__name__}: {error}".splitlines()[0], flush=True)


@cache
def installed(revision: str) -> Path:
    """Build a commit ("" for the files here) and install it alone into a temporary folder; return the folder."""
    folder = tempfile.TemporaryDirectory(prefix="sphcode-gate-")
    atexit.register(folder.cleanup)
    root = Path(folder.name)
    source = root / "source"
    source.mkdir()
    # Files of the index, as they are here or in the commit: a build leaves nothing in this checkout.
    tree = (
        revision or subprocess.run(["git", "stash", "create"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    )
    archive = subprocess.run(["git", "archive", tree or "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", source], input=archive, check=True)
    target = root / "installed"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(target), str(source)]
    subprocess.run(pip, check=True)
    return target


@cache
def server(revision: str) -> subprocess.Popen[str]:
    """Start the process that measures one commit."""
    target = installed(revision)
    one = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).resolve()), "--serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=target,
        env={**os.environ, **one, "PYTHONPATH": str(target), "NUMBA_CACHE_DIR": str(target / "kernels")},
    )
    atexit.register(process.kill)
    return process


def seconds(revision: str, name: str, seed: int) -> float:
    process = server(revision)
    print(f"{name}|{seed}", file=process.stdin, flush=True)
    answer = process.stdout.readline().strip()
    try:
        return float(answer)
    except ValueError:
        raise RuntimeError(f"{revision or 'here'}: {answer or 'the process has ended'}") from None


def interval(values: list[float]) -> tuple[float, float]:
    """Return the order statistics that hold the true median with at least 95 % confidence."""
    from .margins_pairs import median_interval  # not at the top: --serve runs this file outside of its package

    return median_interval(values)[1:]


def pairs_of(revision: str, name: str) -> dict[str, object]:
    for which in ("", revision):
        seconds(which, name, 0)  # kernels are compiled, tables filled
    times = {"": [], revision: []}
    for seed in range(PAIRS):
        for which in ("", revision) if seed % 2 else (revision, ""):
            times[which].append(seconds(which, name, seed))
    ratios = [here / there for here, there in zip(times[""], times[revision], strict=True)]
    low, high = interval(ratios)
    return {
        "value": f"{np.median(ratios):.3f}",
        "status": "slower" if low > SLOWER else "ok",
        "95 % interval": f"{low:.3f} to {high:.3f}",
        "here, ms": f"{1e3 * np.median(times['']):.3g}",
        "there, ms": f"{1e3 * np.median(times[revision]):.3g}",
        "against": revision,
    }


def paths(quick: bool):
    """Value: CPU seconds per unit of work here, over those at the other commit, median of 15 interleaved pairs.

    The unit is a call; of searches a start, of (8, 100) and (16, 512) a unit of effort.
    """
    revision = os.environ.get("SPHCODE_AGAINST")
    for name in (list(PATHS)[: 2 if quick else None]) if revision else []:
        yield name, partial(pairs_of, revision, name)


TABLES = {"paths": paths}

if __name__ == "__main__":
    if sys.argv[1:] != ["--serve"]:
        raise SystemExit("run it by `python -m tests.benchmarks gate`")
    serve()
