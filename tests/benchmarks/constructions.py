"""Time to know and to form large codes, against the same number of normalised random rows."""

from __future__ import annotations

import time
from functools import partial

import numpy as np

from sphcode import construct

CASES = [(512, 10_000), (768, 30_522), (384, 30_522), (2048, 10_000), (4096, 128_256), (24, 196_560), (3, 10_000)]
ROWS = 1024


def seconds(call) -> float:
    """CPU seconds of the fastest of three calls."""
    times = []
    for _ in range(3):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def random_rows(dim: int, rng: np.random.Generator) -> np.ndarray:
    rows = rng.standard_normal((ROWS, dim))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def measure(dim: int, n_points: int) -> dict[str, object]:
    rng = np.random.default_rng(0)
    start = time.process_time()
    construction = construct(dim, n_points)
    known = time.process_time() - start
    construction.block(0, 1)  # tables of fields and bases are made once
    ratio = seconds(lambda: construction.block(0, ROWS)) / seconds(lambda: random_rows(dim, rng))
    return {"value": f"{ratio:.2f}", "construction": construction.label, "seconds": f"{known:.3f}"}


def speed(quick: bool):
    """Value: CPU seconds to form 1024 rows, as a multiple of those of as many normalised Gaussian rows in numpy.

    Seconds: to know the code, nothing formed.
    """
    for dim, n_points in CASES[:1] if quick else CASES:
        yield f"({dim}, {n_points})", partial(measure, dim, n_points)


TABLES = {"speed": speed}
