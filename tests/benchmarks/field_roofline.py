"""The hot paths against what the processor can do: operations, bytes, share of the peak, and what is left.

The peaks are measured in the same run: float64 and float32 operations of a large product (GEMM), bytes of a triad over
arrays that no cache holds. Operations are counted by the formulas beside each path: a fused multiply-add is two, a
division or square root one (it takes as long as a dozen). Bytes are those that must come from memory at least once;
where everything stays in cache, none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from unittest.mock import patch

import numpy as np

from sphcode import bound, construct, one_vs_rest
from sphcode.bounds.sdp import sampled_program
from sphcode.bounds.three_point import solution
from sphcode.search import costs

from . import margins_pairs
from .field_search import fibonacci, our_start
from .peers import random_rows
from .runner import Cases, Row

#: Side of the products and length of the arrays (float64) of which the peaks are measured.
SIDE, LONG = 1536, 2**24
#: Seconds that a path is repeated for, and how often; the best counts, as for the peaks.
LEAST, REPEATS = 0.1, 5
#: Squarings of an energy in the middle of a descent.
SQUARINGS = 7
#: Caches hold a working set below this (bytes): its traffic is not counted.
CACHED = 2**20
#: Operations of one multiply-add of double-doubles: see `_accumulate` of kernels/double_double.py.
DOUBLE_DOUBLE = 15


def best_seconds(call: Callable[[], object]) -> list[float]:
    """Return the sorted CPU seconds of a call, each a mean over LEAST seconds."""
    call()
    found = []
    for _ in range(REPEATS):
        began, calls = time.process_time(), 0
        while calls == 0 or time.process_time() - began < LEAST:
            call()
            calls += 1
        found.append((time.process_time() - began) / calls)
    return sorted(found)


@cache
def peaks() -> dict[str, float]:
    """Operations per second of a product in float64 and float32, bytes per second of a triad."""
    found = {}
    for name in ("float64", "float32"):
        a, b = (np.random.default_rng(seed).standard_normal((SIDE, SIDE)).astype(name) for seed in (0, 1))
        out = np.empty_like(a)
        found[name] = 2.0 * SIDE**3 / best_seconds(partial(np.matmul, a, b, out=out))[0]
    a, b, c = np.zeros(LONG), np.ones(LONG), np.ones(LONG)

    def triad() -> None:
        np.multiply(b, 3.0, out=a)
        np.add(a, c, out=a)

    # Two passes: b is read, a written, then a and c read, a written.
    found["bytes"] = 8.0 * LONG * 5 / best_seconds(triad)[0]
    return found


def row_of(operations: float, n_bytes: float, seconds: list[float], kind: str = "float64") -> Row:
    peak, stream = peaks()[kind], peaks()["bytes"]
    least = max(operations / peak, n_bytes / stream)
    return {
        "value": f"{100 * least / seconds[0]:.0f} %",
        "spread": f"{100 * least / seconds[-1]:.0f} to {100 * least / seconds[0]:.0f} %",
        "bound by": "memory" if n_bytes / stream > operations / peak else f"{kind} operations",
        "operations": f"{operations:.3g}",
        "bytes": f"{n_bytes:.3g}",
        "Gop/s": f"{1e-9 * operations / seconds[0]:.3g}",
        "what is left": f"{seconds[0] / least:.3g} x",
        "seconds": f"{seconds[0]:.3g}",
    }


def peak(kind: str) -> Row:
    value = peaks()[kind]
    return {"value": f"{1e-9 * value:.3g} {'GB/s' if kind == 'bytes' else 'Gop/s'}", "seconds": ""}


def pair_operations(dim: int, squarings: int) -> int:
    """Operations of one pair: cosine 2d, gap, division, scaling, squarings, sum and weight 6, gradient 4d."""
    return 6 * dim + squarings + 6


def all_pairs(dim: int, n_points: int) -> Row:
    from sphcode.kernels.energy import pair_energy

    points = np.ascontiguousarray(random_rows(np.random.default_rng(0), n_points, dim).T)
    gradient, rows = np.empty_like(points), np.empty((2, n_points))
    seconds = best_seconds(lambda: pair_energy(points, SQUARINGS, 0.1, gradient, rows))
    return row_of(n_points * (n_points - 1) / 2 * pair_operations(dim, SQUARINGS), 0.0, seconds)


def listed(n_points: int) -> Row:
    """Listed pairs: two indices of 8 bytes, and two rows of numbers written and read; points stay in cache."""
    from sphcode.search.descent.energies import ListEnergy

    points = np.ascontiguousarray(fibonacci(n_points).T)
    energy, gradient = ListEnergy(points, SQUARINGS), np.empty_like(points)
    energy.moved_to(points)
    count = len(energy.first)
    n_bytes = 16.0 * count + 8.0 * 2 * 4 * count
    seconds = best_seconds(lambda: energy(points, gradient))
    return row_of(count * pair_operations(3, SQUARINGS), n_bytes if n_bytes > CACHED else 0.0, seconds)


def tiled(dim: int, n_points: int) -> Row:
    from sphcode.search.descent.energies import TiledEnergy

    points = np.ascontiguousarray(random_rows(np.random.default_rng(0), n_points, dim).T)
    energy, gradient = TiledEnergy(points, SQUARINGS), np.empty_like(points)
    operations = n_points * (n_points - 1) / 2 * pair_operations(dim, SQUARINGS)
    return row_of(operations, 8.0 * points.size * 2, best_seconds(lambda: energy(points, gradient)))


def polishing(dim: int, n_points: int) -> Row:
    """Steps of the interior point: the factorisations alone are counted, in the band that `costs` gives."""
    from sphcode.search import polish as module

    steps, spent = 0, 0.0
    original = module._interior_point

    def counted(*arguments: object) -> object:
        nonlocal steps, spent
        began = time.process_time()
        iterate = original(*arguments)
        spent += time.process_time() - began
        steps += iterate.iterations
        return iterate

    with patch.object(module, "_interior_point", counted):
        our_start(random_rows(np.random.default_rng(9), n_points, dim), 0.0)  # kernels
        each = []
        for seed in range(REPEATS):
            steps, spent = 0, 0.0
            our_start(random_rows(np.random.default_rng(seed), n_points, dim), 0.0)
            each.append(spent / max(steps, 1))
    return row_of(costs.factorisation(dim, n_points), 0.0, sorted(each))


@contextmanager
def stages() -> Iterator[dict[str, list[float]]]:
    """CPU seconds and operations of screening and solving inside the block."""
    from sphcode.margins.column_generation import Columns

    spent = {"screening": [0.0, 0.0], "solving": [0.0, 0.0]}
    best, solve = Columns._best, Columns._solve

    def timed(name: str, operations: float, call: Callable[[], object]) -> object:
        began = time.process_time()
        answer = call()
        spent[name][0] += time.process_time() - began
        spent[name][1] += operations
        return answer

    def screening(self, active, *arguments, **options):
        n, dim = self.screen.rows.shape
        return timed("screening", 2.0 * len(active) * n * dim, lambda: best(self, active, *arguments, **options))

    def solving(self, active, ids, **options):
        entered = (ids >= 0).sum(axis=1) + self.sizes[active]
        # One half of each Gram matrix.
        operations = float(self.screen.rows.shape[1] * (entered.astype(float) ** 2).sum())
        return timed("solving", operations, lambda: solve(self, active, ids, **options))

    with patch.object(Columns, "_best", screening), patch.object(Columns, "_solve", solving):
        yield spent


@cache
def margins_stages(n_classes: int, dim: int) -> dict[str, tuple[float, float, list[float]]]:
    rows = margins_pairs.unit(margins_pairs.gaussian(n_classes, dim, np.random.default_rng(0)))
    one_vs_rest(rows[:64])
    seconds: dict[str, list[float]] = {"screening": [], "solving": []}
    for _ in range(3):
        with stages() as spent:
            one_vs_rest(rows)
        for name, (each, _) in spent.items():
            seconds[name].append(each)
    return {name: (spent[name][1], 4.0 * rows.size, sorted(each)) for name, each in seconds.items()}


def margins_stage(name: str, n_classes: int, dim: int) -> Row:
    """Screening in float32, or bfloat16 where the processor has it (more than 100 % then); Gram matrices in float32."""
    operations, n_bytes, seconds = margins_stages(n_classes, dim)[name]
    return row_of(operations, n_bytes, seconds, "float32")


def decoding(dim: int, n_points: int) -> Row:
    """By Hadamard transforms, d log2 d additions for each bent form; else as if by a product with all codewords."""
    construction = construct(dim, n_points)
    x = np.random.default_rng(0).standard_normal((256, dim)).astype(np.float32)
    if "Hadamard" in construction.decoder.method:
        forms = (n_points - 2 * dim) / (2 * dim)
        operations = len(x) * forms * dim * np.log2(dim)
    else:
        operations = 2.0 * len(x) * n_points * dim
    return row_of(operations, 0.0, best_seconds(lambda: construction.nearest(x)), "float32")


def interior_point(dim: int, degree: int) -> Row:
    """The solver inside a three-point bound: products and entrywise products of products of double-doubles count."""
    counted = [0.0]
    times, products = sampled_program.Extended.times, sampled_program.add_product_of_products

    def counting_times(self, other, *workers):
        if other.high.ndim == 2:
            counted[0] += DOUBLE_DOUBLE * float(self.high.size) * other.shape[1]
        return times(self, other, *workers)

    def counting_products(a, b, c, d, out, *workers):
        # The lower triangle only, of both products.
        counted[0] += DOUBLE_DOUBLE * float(a.high.size) * len(out)
        return products(a, b, c, d, out, *workers)

    spent = [0.0]
    minimise = solution.minimise

    def timed(*arguments, **options):
        began = time.process_time()
        try:
            return minimise(*arguments, **options)
        finally:
            spent[0] += time.process_time() - began

    def whole() -> float:
        spent[0] = 0.0
        bound(dim, max_cosine=0.5, method="three-point", degree=degree)
        return spent[0]

    with patch.object(solution, "minimise", timed):
        with (
            patch.object(sampled_program.Extended, "times", counting_times),
            patch.object(sampled_program, "add_product_of_products", counting_products),
        ):
            whole()
        return row_of(counted[0], 0.0, sorted(whole() for _ in range(3)))


PATHS: dict[str, Callable[[], Row]] = {
    "peak, float64 product": partial(peak, "float64"),
    "peak, float32 product": partial(peak, "float32"),
    "peak, triad": partial(peak, "bytes"),
    "descent, all pairs (3, 24)": partial(all_pairs, 3, 24),
    "descent, all pairs (8, 100)": partial(all_pairs, 8, 100),
    "descent, all pairs (16, 500)": partial(all_pairs, 16, 500),
    "descent, listed pairs (3, 1000)": partial(listed, 1000),
    "descent, listed pairs (3, 100000)": partial(listed, 100_000),
    "descent, tiles (64, 1000)": partial(tiled, 64, 1000),
    "descent, tiles (512, 2000)": partial(tiled, 512, 2000),
    "polish, step (3, 100)": partial(polishing, 3, 100),
    "polish, step (8, 100)": partial(polishing, 8, 100),
    "margins, screening (3000, 256)": partial(margins_stage, "screening", 3000, 256),
    "margins, solving (3000, 256)": partial(margins_stage, "solving", 3000, 256),
    "decoding (24, 196560), 256 vectors, as a product": partial(decoding, 24, 196_560),
    "decoding (256, 66048), 256 vectors, transforms": partial(decoding, 256, 66_048),
    "three-point interior point, degree 6": partial(interior_point, 4, 6),
}


def roofline(quick: bool) -> Cases:
    """Value: share of the time that the operations, or the bytes, would take at the peak of this processor.

    `what is left`: how many times as fast the path would be at the peak. The peaks are the first rows.
    """
    for name in list(PATHS)[:5] if quick else PATHS:
        yield name, PATHS[name]
