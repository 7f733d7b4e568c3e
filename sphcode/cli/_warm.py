"""`doctor --warm`: every kernel compiled into the cache, the commands that need it side by side in processes."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from sphcode._progress import Progress, ProgressCallback
from sphcode._workers import mapper


def _search() -> None:
    from sphcode.search.generate import generate

    generate(3, 7, effort=1, constructions=False)


def _lists() -> None:
    from sphcode.search.generate import generate

    generate(3, 70, effort=1, constructions=False)


def _polish() -> None:
    from sphcode.search.refine import refine

    refine(np.eye(3))


def _large_codes() -> None:
    from sphcode.search.generate import generate

    generate(3, 301, effort=1, constructions=False)


def _symmetry() -> None:
    from sphcode.symmetry.codes import best_symmetric

    best_symmetric(10, 40, 40, combinations=3, group="2^4:5:4")


def _one_vs_rest() -> None:
    from sphcode.classifiers.compare import compare

    compare(np.random.default_rng(0).standard_normal((12, 3)).astype(np.float32))


def _pivoting() -> None:
    from sphcode.classifiers.compare import compare
    from sphcode.margins.column_generation import PIVOTED

    compare(np.random.default_rng(0).standard_normal((2 * PIVOTED, PIVOTED)).astype(np.float32))


def _float64() -> None:
    from sphcode.margins.column_generation import PIVOTED
    from sphcode.margins.one_vs_rest import one_vs_rest

    for shape in ((12, 3), (2 * PIVOTED, PIVOTED)):
        one_vs_rest(np.random.default_rng(0).standard_normal(shape))


def _softmax() -> None:
    from sphcode.margins.features import ufm

    ufm(2, 3, 5.0, n_starts=1, iterations=1)


def _decoding() -> None:
    from sphcode.codes.constructions import construct

    for dim, n_points in ((4, 24), (8, 240)):
        construct(dim, n_points).nearest(np.ones(dim))


def _three_point() -> None:
    from sphcode.bounds.bound import bound

    bound(3, 7, method="three-point", degree=3)


#: What to run so that the kernels of a kind are compiled, the longest first.
RECIPES: dict[str, Callable[[], None]] = {
    "search": _search,
    "compare": _one_vs_rest,
    "pivoting": _pivoting,
    "polish": _polish,
    "lists of near pairs": _lists,
    "double precision": _float64,
    "three-point bounds": _three_point,
    "large codes": _large_codes,
    "symmetry": _symmetry,
    "temperature": _softmax,
    "decoding": _decoding,
}


def run(name: str) -> tuple[str, dict[str, float]]:
    """Run one recipe; return its name and the CPU seconds by kernel that was compiled here."""
    from sphcode.kernels._compiling import compiled_seconds

    RECIPES[name]()
    return name, compiled_seconds()


def fill(workers: int, progress: ProgressCallback) -> tuple[dict[str, float], float]:
    """Run all recipes in `workers` processes; return CPU seconds by kernel compiled, and how long it took."""
    start, seconds = time.monotonic(), dict[str, float]()
    with mapper(workers) as run_all:
        for done, (_, new) in enumerate(run_all(run, RECIPES), 1):
            for name, value in new.items():
                seconds[name] = max(value, seconds.get(name, 0.0))
            progress(Progress("compiling the kernels", done, len(RECIPES)))
    return seconds, time.monotonic() - start
