"""Nearest codewords by formula against the product with all of them.

`OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks decode`
"""

from __future__ import annotations

import time
from functools import partial

import numpy as np

from sphcode import codebook, construct
from sphcode.codes.constructions import Construction

BATCH = 256
PAIRS = 15
CASES = [(8, 240), (24, 196560), (256, 66048), (1024, 1050624)]
#: Codewords of the matrix are held in blocks of this many coordinates, formed before the clock starts.
BLOCK = 2**25


def by_product(construction: Construction, x: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the nearest codewords by product and argmax, and their CPU seconds without those of forming rows."""
    best, where, seconds = np.full(len(x), -np.inf, dtype=x.dtype), np.zeros(len(x), dtype=np.int64), 0.0
    step = max(1, BLOCK // construction.dim)
    for start in range(0, construction.n_points, step):
        rows = construction.block(start, min(start + step, construction.n_points), dtype=x.dtype)
        clock = time.process_time()
        products = x @ rows.T
        here = products.argmax(axis=1)
        value = products[np.arange(len(x)), here]
        better = value > best
        best[better], where[better] = value[better], here[better] + start
        seconds += time.process_time() - clock
    return where, seconds


def by_formula(construction: Construction, x: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the nearest codewords by `nearest`, and their CPU seconds."""
    clock = time.process_time()
    found = construction.nearest(x)
    return found, time.process_time() - clock


def repeated(measure, construction, x, at_least=0.02):
    """Return the codewords and the mean seconds of so many runs that the clock can tell."""
    found, seconds = measure(construction, x)
    runs = max(1, int(at_least / max(seconds, 1e-6)))
    return found, float(np.mean([measure(construction, x)[1] for _ in range(runs)])) if runs > 1 else seconds


def measure(dim: int, n_points: int, pairs: int) -> dict[str, object]:
    construction = construct(dim, n_points)
    x = np.random.default_rng(0).standard_normal((BATCH, dim)).astype(np.float32)
    construction.nearest(x)  # kernels and tables
    ratios, ours = [], []
    for _ in range(pairs):
        expected, product = repeated(by_product, construction, x)
        found, formula = repeated(by_formula, construction, x)
        assert (found == expected).mean() > 0.99  # float32 ties
        ratios.append(product / formula)
        ours.append(formula)
    single = repeated(by_formula, construction, x[:1])[1]
    low, high = np.quantile(ratios, [0.25, 0.75])
    return {
        "value": f"{np.median(ratios):.1f}",
        "quartiles": f"{low:.1f} to {high:.1f}",
        "method": construction.decoder.method,
        "microseconds a vector": f"{1e6 * np.median(ours) / BATCH:.2f}",
        "microseconds of one alone": f"{1e6 * single:.0f}",
    }


def speed(quick: bool):
    """Value: CPU seconds of product and argmax as a multiple of those of `nearest`, batches of 256 of float32.

    The median of interleaved pairs: 15, or 3 for a million codewords.
    """
    for dim, n_points in CASES[:2] if quick else CASES:
        pairs = 3 if quick or n_points > 500_000 else PAIRS
        yield f"({dim}, {n_points})", partial(measure, dim, n_points, pairs)


CODEBOOKS = [(8, 240), (16, 4320), (24, 196560), (8, 16), (64, 4224), (256, 66048)]


def one_codebook(dim: int, n_points: int) -> dict[str, object]:
    book = codebook(construct(dim, n_points), n_samples=20_000)
    return {
        "value": f"{book.mean_squared_error:.5f}",
        "standard error": f"{book.mean_squared_error_spread:.5f}",
        "bits per dimension": f"{book.bits_per_dimension:.4f}",
        "mean angle, degrees": f"{np.degrees(book.mean_angle):.3f}",
        "covering radius, degrees": f"{'=' if book.covering_radius_is_exact else '>='} "
        f"{np.floor(np.degrees(book.covering_radius) * 1e4) / 1e4:.4f}",
    }


def codebooks(quick: bool):
    """Value: mean squared distance from 20000 uniform unit vectors to the nearest point."""
    for dim, n_points in CODEBOOKS[:1] if quick else CODEBOOKS:
        yield construct(dim, n_points).label, partial(one_codebook, dim, n_points)


TABLES = {"speed": speed, "codebooks": codebooks}
