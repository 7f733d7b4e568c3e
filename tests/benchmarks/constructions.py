"""Time to know and to form large codes, against the same number of normalised random rows.

    python tests/benchmarks/constructions.py

For each case: seconds of `construct` (nothing formed), and CPU seconds to form a block of rows as a multiple of the
seconds that numpy needs for as many normalised Gaussian rows.
"""

from __future__ import annotations

import time

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


def main() -> None:
    rng = np.random.default_rng(0)
    print("| dim | n_points | construction | construct (s) | block / random rows |")
    print("|---|---|---|---|---|")
    for dim, n_points in CASES:
        start = time.process_time()
        construction = construct(dim, n_points)
        known = time.process_time() - start
        construction.block(0, 1)  # tables of fields and bases are made once
        ratio = seconds(lambda c=construction: c.block(0, ROWS)) / seconds(lambda d=dim: random_rows(d, rng))
        print(f"| {dim} | {n_points} | {construction.label} | {known:.3f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
