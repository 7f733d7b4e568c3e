"""The iterated midpoint map: how fast it settles, and where.

    python docs/examples/midpoint_convergence.py

From random unit rows W_0 the map W_(n+1) = midpoint(W_n) never raises the largest cosine. For each size, over ten
starts and 1000 steps each: the median largest cosine of start and end, the median number of steps after which the
largest cosine is within 1e-3 and 1e-10 of its end, and how far the lowest end is above the best known value, before
and after `refine`.
"""

from __future__ import annotations

import numpy as np

from sphcode import SphericalCode, best_known, midpoint, refine

SIZES = ((3, 6), (3, 12), (3, 24), (4, 10), (4, 24), (8, 16))
STEPS = 1000


def run(dim: int, n_points: int, seed: int) -> tuple[np.ndarray, SphericalCode]:
    """Largest cosines along the iteration, and the last code."""
    rows = np.random.default_rng(seed).standard_normal((n_points, dim))
    code = SphericalCode(rows / np.linalg.norm(rows, axis=1, keepdims=True))
    cosines = [code.max_cosine]
    for _ in range(STEPS):
        code = midpoint(code.points)
        cosines.append(code.max_cosine)
    return np.array(cosines), code


def main() -> None:
    print("| dim | n_points | start | end | steps to 1e-3 | steps to 1e-10 | lowest end - best | refined - best |")
    print("|---|---|---|---|---|---|---|---|")
    for dim, n_points in SIZES:
        runs = [run(dim, n_points, seed) for seed in range(10)]
        start, end = np.median([(cosines[0], cosines[-1]) for cosines, _ in runs], axis=0)
        rough, fine = np.median(
            [[np.argmax(cosines - cosines[-1] <= within) for within in (1e-3, 1e-10)] for cosines, _ in runs], axis=0
        )
        cosines, code = min(runs, key=lambda item: item[0][-1])
        best = best_known(dim, n_points).max_cosine
        print(
            f"| {dim} | {n_points} | {start:.4f} | {end:.4f} | {rough:.0f} | {fine:.0f} | {cosines[-1] - best:.1e} "
            f"| {refine(code.points).max_cosine - best:.1e} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
