"""Constructions: how far they are from the ceiling, and the time to know and to form large ones."""

from __future__ import annotations

import time
from functools import partial

import numpy as np

from sphcode import bound, construct
from sphcode._rounding import rounded_down, rounded_up

DIMS = [*range(3, 33), 64, 128, 256, 512, 768, 1024, 2048, 4096]
#: Sizes of learned models.
MODELS = [(512, 10_000), (2048, 10_000), (4096, 128_256), (768, 30_522), (384, 30_522)]
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


def sizes_of(dim: int) -> list[int]:
    """Return the numbers of points of the table: d + 2, 2 d + 1, 4 d, d^2 / 4 where it is above 2 d, d^2."""
    quarter = [dim * dim // 4] if dim * dim // 4 > 2 * dim else []
    return sorted({dim + 2, 2 * dim + 1, 4 * dim, *quarter, dim * dim})


def against_ceiling(dim: int, n_points: int) -> dict[str, object]:
    best = construct(dim, n_points)
    ceiling = bound(dim, n_points, method="closed-form")
    lowest = ceiling.max_cosine_lower_bound
    return {
        "value": rounded_down(best.one_vs_rest_distance / (1.0 - lowest), 4),
        "construction": best.label,
        "cosine": rounded_up(best.max_cosine, 6),
        "bound": f"{rounded_down(lowest, 6)} ({ceiling.name})",
    }


def ceiling(quick: bool):
    """Value: one-vs-rest distance of the best construction, over the largest that the closed forms leave possible.

    Larger is better, 1 is optimal. Cosines of constructions are rounded up, of bounds down.
    """
    for dim in DIMS[:1] if quick else DIMS:
        for n_points in sizes_of(dim):
            yield f"({dim}, {n_points})", partial(against_ceiling, dim, n_points)


def distance(dim: int, n_points: int) -> dict[str, object]:
    best = construct(dim, n_points)
    cosine = f"{'' if best.attained else '<= '}{best.cosine or rounded_up(best.max_cosine, 6)}"
    return {
        "value": rounded_down(best.one_vs_rest_distance, 6),
        "construction": f"`{best.label}`",
        "cosine": cosine,
        "ceiling": rounded_up(bound(dim, n_points, method="closed-form").one_vs_rest_upper_bound, 6),
    }


def sizes(quick: bool):
    """Value: one-vs-rest distance of the best construction (larger is better) at sizes of learned models."""
    for dim, n_points in MODELS[:1] if quick else MODELS:
        yield f"({dim}, {n_points})", partial(distance, dim, n_points)


TABLES = {"ceiling": ceiling, "sizes": sizes, "speed": speed}
