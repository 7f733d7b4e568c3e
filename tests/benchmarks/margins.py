"""Speed of the margins: one_vs_rest and nearest against a float64 matrix product, NNLS and CVXPY in the same run.

    OMP_NUM_THREADS=1 python tests/benchmarks/margins.py            up to (10000, 512)
    OMP_NUM_THREADS=1 python tests/benchmarks/margins.py --large    also (50000, 512), (128256, 4096): some classes

Times are CPU seconds of one thread; "products" counts float64 products K x K x d of two distinct matrices.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from functools import partial
from itertools import product
from pathlib import Path
from unittest.mock import patch

import numpy as np

from sphcode import nearest, one_vs_rest
from sphcode.margins.screen import Screen
from tests.benchmarks import margins_memory, margins_pairs

ROOT = Path(__file__).parents[2]


def random_rows(n, dim, seed=0):
    rows = np.random.default_rng(seed).standard_normal((n, dim))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def clustered_rows(n, dim):
    rng = np.random.default_rng(1)
    rows = np.repeat(random_rows(n // 20, dim), 20, axis=0) + 0.3 / np.sqrt(dim) * rng.standard_normal((n, dim))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def spread_rows(n, dim):
    """Rows repelled from each other: near-optimal in the sense of many nearly equal nearest angles."""
    rows = random_rows(n, dim)
    for tau, step in ((0.1, 0.16), (0.05, 0.07), (0.02, 0.014)):
        for _ in range(60):
            cosines = rows @ rows.T
            np.fill_diagonal(cosines, -9.0)
            force = np.exp((cosines - cosines.max(axis=1, keepdims=True)) / tau)
            force /= force.sum(axis=1, keepdims=True)
            rows = rows - step * 0.5 * (force + force.T) @ rows
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def cpu(function, *arguments, least=0.2, **options):
    """CPU seconds of one call, the mean over as many as fill `least` seconds."""
    start, calls, answer = time.process_time(), 0, None
    while calls == 0 or time.process_time() - start < least:
        answer = function(*arguments, **options)
        calls += 1
    return (time.process_time() - start) / calls, answer


def product_seconds(rows):
    other = rows.copy()
    return cpu(lambda: rows @ other.T)[0]


def nnls_distance(rows, k):
    from scipy.optimize import nnls

    P = rows[k] - np.delete(rows, k, axis=0)
    weights, _ = nnls(np.vstack([P.T, np.ones(len(P))]), np.eye(P.shape[1] + 1)[-1])
    return np.linalg.norm(weights @ P) / weights.sum()


def cvxpy_distance(rows, k):
    import cvxpy as cp

    rest = np.delete(rows, k, axis=0)
    weights = cp.Variable(len(rest), nonneg=True)
    problem = cp.Problem(cp.Minimize(cp.norm(rows[k] - rest.T @ weights)), [cp.sum(weights) == 1])
    return problem.solve(solver=cp.CLARABEL)


def distances(solver, rows, classes):
    return [solver(rows, k) for k in classes]


def against_solvers():
    print("\nPer class, against general solvers (CPU ms per class)")
    heads = ("K, d", "rows", "sphcode", "nnls", "cvxpy", "nnls/x", "cvxpy/x", "errors")
    print("{:>10} {:>10} {:>9} {:>9} {:>9} {:>8} {:>8}  {}".format(*heads))
    for n, dim in ((100, 10), (1000, 64), (1000, 512)):
        for kind, make in (("random", random_rows), ("spread", spread_rows)):
            rows = make(n, dim)
            seconds, result = cpu(one_vs_rest, rows)
            own = seconds / n
            sample = range(0, n, n // 4)
            slow, exact = cpu(distances, nnls_distance, rows, sample, least=0)
            cone, convex = cpu(distances, cvxpy_distance, rows, sample, least=0)
            slow, cone = slow / len(sample), cone / len(sample)
            errors = [np.abs(np.array(values) - result.distances[list(sample)]).max() for values in (exact, convex)]
            print(
                f"{f'{n}, {dim}':>10} {kind:>10} {1e3 * own:9.4f} {1e3 * slow:9.3f} {1e3 * cone:9.1f} "
                f"{slow / own:8.0f} {cone / own:8.0f}  nnls {errors[0]:.0e}, cvxpy {errors[1]:.0e}"
            )


def against_products():
    print("\nAll classes, one thread")
    print(
        f"{'K, d':>12} {'rows':>10} {'seconds':>8} {'products':>9} {'support':>8} {'largest gap':>12} {'certified':>9}"
    )
    makers = {"random": random_rows, "spread": spread_rows, "clustered": clustered_rows}
    for n, dim in ((100, 10), (1000, 64), (1000, 512), (10000, 512)):
        for kind, make in makers.items():
            if n == 10000 and kind == "spread":
                continue
            rows = make(n, dim)
            product = product_seconds(rows)
            seconds, result = cpu(one_vs_rest, rows)
            support = np.mean([len(ids) for ids in result.supports])
            print(
                f"{f'{n}, {dim}':>12} {kind:>10} {seconds:8.4f} {seconds / product:9.1f} {support:8.0f} "
                f"{(result.upper - result.lower).max():12.1e} {result.certified.mean():9.3f}"
            )


def threads_and_neighbours():
    rows = random_rows(10000, 512)
    product = product_seconds(rows)
    for bins in (None, 180):
        seconds, _ = cpu(nearest, rows, bins=bins)
        print(f"\nnearest (10000, 512){'' if bins is None else ' with a histogram'}: {seconds:.2f} s", end="")
        print(f" = {seconds / product:.2f} products", end="")
    times = {}
    for workers in (1, 2):
        wall, start = time.perf_counter(), time.process_time()
        one_vs_rest(rows, workers=workers)
        times[workers] = (time.perf_counter() - wall, time.process_time() - start)
    print(
        f"\none_vs_rest (10000, 512), two threads: {times[1][0] / times[2][0]:.2f} times as fast on the clock, "
        f"CPU time times {times[2][1] / times[1][1]:.2f} (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)"
    )


def sampled(n, dim, n_sample, dtype):
    """Extrapolate from a sample of classes: the copy for screening once, the rest per class."""
    rng = np.random.default_rng(0)
    rows = np.empty((n, dim), dtype=dtype)
    for start in range(0, n, 4096):
        part = rng.standard_normal((min(4096, n - start), dim)).astype(dtype)
        rows[start : start + 4096] = part / np.linalg.norm(part, axis=1, keepdims=True)
    classes = np.arange(0, n, n // n_sample)[:n_sample]
    wide = rows.astype(np.float64)
    once, _ = cpu(Screen.of, wide, least=0)
    product = cpu(lambda: wide[classes] @ wide.T, least=0)[0] * n / n_sample
    seconds, result = cpu(one_vs_rest, wide, classes=classes, least=0)
    total = once + max(0.0, seconds - once) * n / n_sample
    print(
        f"({n}, {dim}): {n_sample} classes in {seconds:.1f} s of which {once:.1f} s once; all classes by extrapolation "
        f"{total:.0f} s = {total / product:.2f} products; largest gap {(result.upper - result.lower).max():.1e}, "
        f"certified {result.certified.mean():.3f}, mean support {np.mean([len(ids) for ids in result.supports]):.0f}",
        flush=True,
    )


#: (n_classes, dim): number of classes to measure, in equal steps, all if 0.
PRODUCTS = {(10000, 512): 0, (50000, 512): 1024}
#: A head in a bfloat16 file.
LARGE, LARGE_SAMPLE = (128256, 4096), 1024
#: Alternating pairs of runs.
PAIRS = 5
#: Rows of the two blocks whose product is the unit.
PRODUCT_ROWS, PRODUCT_COLUMNS = 512, 10000


def product_rate(n, dim):
    """CPU seconds of one float64 product of all rows with all rows, from a block, and GFLOP/s."""
    columns = min(n, PRODUCT_COLUMNS)
    rows = np.random.default_rng(0).standard_normal((columns, dim))
    block = rows[:PRODUCT_ROWS].copy()
    seconds = min(cpu(lambda: block @ rows.T, least=0.1)[0] for _ in range(3)) * n * n / (PRODUCT_ROWS * columns)
    return seconds, 2e-9 * n * n * dim / seconds


def whole_seconds(checkout, kind, n, dim, sample):
    """CPU seconds for all classes: measured, or what is done once and a multiple of the rest of a sample."""
    once, rest = checkout.parts(kind, n, dim, sample)
    return once + rest * n / (sample or n)


def products_case(n, dim, kind, sample, pairs):
    from sphcode.margins.device import bfloat16_unit

    before = os.environ.get("SPHCODE_BEFORE") if pairs else None
    checkouts = [margins_pairs.Checkout(path) for path in (ROOT, *([Path(before).resolve()] if before else []))]
    if kind in margins_pairs.ROWS:
        for checkout in checkouts:
            checkout.seconds(kind, n, dim, 64)
    times, units, rates = [], [], []
    for pair in range(pairs or 1):
        unit, rate = product_rate(n, dim)
        order = checkouts if pair % 2 == 0 else checkouts[::-1]
        seconds = {id(checkout): whole_seconds(checkout, kind, n, dim, sample) for checkout in order}
        times.append([seconds[id(checkout)] for checkout in checkouts])
        units.append(unit)
        rates.append(rate)
    own = np.array([row[0] for row in times])
    unit = float(np.median(units))
    row = {
        "value": f"{np.median(own) / unit:.2f}",
        "smallest": f"{own.min() / unit:.2f}",
        "largest": f"{own.max() / unit:.2f}",
        "sample": sample or n,
        "float64_gflops": f"{np.median(rates):.0f}",
        "bfloat16_unit": bfloat16_unit(),
        "pairs": pairs,
        "load": f"{os.getloadavg()[0]:.1f}",
    }
    if before:
        gains = np.array([other / this for this, other in times])
        row |= {
            "before": f"{np.median([row[1] for row in times]) / unit:.2f}",
            "times_as_fast": f"{np.median(gains):.2f}",
            "gain_smallest": f"{gains.min():.2f}",
            "gain_largest": f"{gains.max():.2f}",
        }
    return row


def products_of_file(n, dim, sample):
    """As products_case, on rows from a bfloat16 file; reading it is not counted, nothing is compared."""
    with margins_memory.head_file(n, dim, "bfloat16") as path:
        return products_case(n, dim, str(path), sample, 0)


def products(quick: bool):
    """Value: CPU time of all classes in float64 products K x K x d of this processor, measured in the same run.

    Rows: Gaussian unit rows, and those of language models (falling spectrum, common direction, different norms). With
    SPHCODE_BEFORE naming a checkout of another commit, `before` and `times_as_fast` are those of alternating runs.
    """
    if quick:
        return
    for (n, dim), kind in product(PRODUCTS, ("gaussian", "language")):
        yield f"({n}, {dim}) {kind}", partial(products_case, n, dim, kind, PRODUCTS[n, dim], PAIRS)
    n, dim = LARGE
    yield f"({n}, {dim}) bfloat16 file", partial(products_of_file, n, dim, LARGE_SAMPLE)


#: Types that a head is stored in, and classes of a sample: less than a block, one block, two in two threads.
MEMORY_TYPES = ("float32", "bfloat16", "float16")
MEMORY_SAMPLES = (64, 250, 600)


def memory(quick: bool):
    """Value: peak resident set of `sphcode compare --sample`, in a process of its own, over the float32 size.

    Of the scan for nearest neighbours the first block, the largest, stands for all.
    """
    n, dim = (8016, 512) if quick else LARGE
    for dtype, sample in product(MEMORY_TYPES, MEMORY_SAMPLES[:1] if quick else MEMORY_SAMPLES):
        yield f"({n}, {dim}) {dtype}, {sample} classes", partial(margins_memory.memory_case, n, dim, dtype, sample)


#: A head that is measured in full.
WHOLE = (32000, 2048)


def whole_case(n, dim):
    """All classes of a bfloat16 file; with SPHCODE_RESUME, a folder, a run that was stopped goes on."""
    from sphcode import load_weights

    with tempfile.TemporaryDirectory() as temporary, margins_memory.head_file(n, dim, "bfloat16") as path:
        folder = Path(os.environ.get("SPHCODE_RESUME", temporary))
        spent = folder / "seconds"
        weight = load_weights(path).weight
        before = float(spent.read_text()) if spent.exists() else 0.0
        start = time.process_time()

        def note(_):
            spent.write_text(str(before + time.process_time() - start))

        result = one_vs_rest(weight, resume=folder / "blocks", progress=note)
        seconds = before + time.process_time() - start
    unit, rate = product_rate(n, dim)
    return {
        "value": f"{seconds / unit:.2f}",
        "certified": f"{result.certified.sum()} of {n}",
        "largest_gap": f"{(result.upper - result.lower).max():.1e}",
        "minimum": f"{result.minimum:.12f}",
        "minutes": f"{seconds / 60:.1f}",
        "float64_gflops": f"{rate:.0f}",
    }


def whole(quick: bool):
    """Value: CPU time of all classes in float64 products; how many are certified, and the largest gap of two bounds."""
    n, dim = (2000, 64) if quick else WHOLE
    yield f"({n}, {dim}) bfloat16 file", partial(whole_case, n, dim)


STAGES = ("products", "scans", "rough", "refined", "checking", "once", "rest")


def stage_rows(n, dim, kind):
    rows = margins_pairs.ROWS[kind](n, dim, np.random.default_rng(0))
    return rows if kind == "language" else margins_pairs.unit(rows)


def stages_case(n, dim, kind):
    """CPU time of one run by stage, in products, and what the same Gram matrices take alone."""
    from sphcode.kernels import columns, gram
    from sphcode.margins.blocks import Problem
    from sphcode.margins.column_generation import Columns

    rows = stage_rows(n, dim, kind)
    one_vs_rest(rows, classes=np.arange(0, n, 2))
    spent, counted = dict.fromkeys(STAGES, 0.0), {"entries": 0.0, "solved": 0}

    def timed(name, function):
        def call(*arguments, **options):
            start = time.process_time()
            try:
                return function(*arguments, **options)
            finally:
                spent[name] += time.process_time() - start

        return call

    solve = Columns._solve

    def split(self, active, ids, refined=True):
        known, joined = self.sizes[active].astype(float), (ids >= 0).sum(axis=1)
        again = known * (known + 1) * (self.kept_scales[active] > 0.0)  # kept from the call before
        counted["entries"] += float(((known + joined) * (known + joined + 1) - again).sum()) / 2
        counted["solved"] += len(active)
        return timed("refined" if refined else "rough", solve)(self, active, ids, refined)

    with (
        patch.object(Screen, "scores", timed("products", Screen.scores)),
        patch.object(Screen, "whole_scores", timed("products", Screen.whole_scores)),
        patch.object(gram, "largest_scores", timed("scans", gram.largest_scores)),
        patch.object(columns, "check_candidates", timed("checking", columns.check_candidates)),
        patch.object(Columns, "_solve", split),
        patch.object(Problem, "screen", timed("once", Problem.screen)),
    ):
        total, result = cpu(one_vs_rest, rows, least=0)
    spent["rest"] = total - sum(spent.values())
    unit, rate = product_rate(n, dim)
    return {
        "value": f"{(spent['rough'] + spent['refined']) / total:.2f}",
        **{name: f"{spent[name] / unit:.2f}" for name in STAGES},
        "gram": f"{2e-9 * dim * counted['entries'] / gram_rate(105, dim) / unit:.2f}",
        "solves_per_class": f"{counted['solved'] / n:.2f}",
        "support": f"{np.mean([len(ids) for ids in result.supports]):.0f}",
        "float64_gflops": f"{rate:.0f}",
    }


def stages(quick: bool):
    """Value: share of the time that solving takes. Other columns are float64 products, by stage of `one_vs_rest`.

    `rough` are the first points, `refined` all others; `gram` is the part of both that is for Gram matrices, by their
    number and the rate at which they are made alone.
    """
    for kind in ("gaussian", "language"):
        n, dim = (2000, 128) if quick else (10000, 512)
        yield f"({n}, {dim}) {kind}", partial(stages_case, n, dim, kind)


def gram_rate(m, dim):
    """GFLOP/s of float32 Gram matrices of m vectors in our loops; half of the entries are computed."""
    from sphcode.kernels.vectors import gram_matrix

    vectors, room = random_rows(m, dim).astype(np.float32), np.empty((m, m))
    gram_matrix(vectors, room, 0)
    return 1e-9 * dim * m * (m + 1) / min(cpu(gram_matrix, vectors, room, 0, least=0.05)[0] for _ in range(5))


def product_rates(kind, dim):
    """GFLOP/s of one block of scores; of whole numbers, a product and a sum count two as well."""
    vectors, rows = random_rows(512, dim), random_rows(4096, dim, seed=1)
    if kind == "bfloat16":
        from sphcode.margins.device import LowRows

        low = LowRows.of(rows.astype(np.float32))
        block = partial(low.product, vectors.astype(np.float32), slice(None))
    elif kind == "8 bits":
        from sphcode.margins import eight_bits

        block = partial(eight_bits.product, *(eight_bits.rounded(x.astype(np.float32))[0] for x in (vectors, rows)))
    else:
        left, right = vectors.astype(kind), rows.astype(kind)
        block = partial(np.matmul, left, right.T)
    block()
    return 2e-9 * len(vectors) * len(rows) * dim / min(cpu(block, least=0.05)[0] for _ in range(5))


def rates(quick: bool):
    """Value: GFLOP/s of one thread, the best of five: blocks of 512 by 4096 scores, and Gram matrices in our loops."""
    for dim in (128,) if quick else (512, 4096):
        for kind in ("float64", "float32", "bfloat16", "8 bits"):
            yield f"{kind} scores, d = {dim}", lambda kind=kind, dim=dim: {"value": f"{product_rates(kind, dim):.0f}"}
    for m in (67, 105):
        yield f"float32 Gram matrix of {m} vectors, d = 512", lambda m=m: {"value": f"{gram_rate(m, 512):.0f}"}


def shared_seconds(first, second):
    """How long two lists of intervals, each in order and without overlaps, overlap."""
    return sum(max(0.0, min(b, d) - max(a, c)) for a, b in first for c, d in second)


def overlap_case(n, dim, kind):
    """Two threads: for which share of the time of screening in one the other was solving."""
    from sphcode.kernels import gram
    from sphcode.margins.column_generation import Columns

    rows = stage_rows(n, dim, kind)
    seconds, result = cpu(one_vs_rest, rows, least=0)
    intervals = {}

    def noted(name, function):
        def call(*arguments, **options):
            start = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                intervals.setdefault((threading.get_ident(), name), []).append((start, time.perf_counter()))

        return call

    with (
        patch.object(Screen, "scores", noted("screening", Screen.scores)),
        patch.object(Screen, "whole_scores", noted("screening", Screen.whole_scores)),
        patch.object(gram, "largest_scores", noted("screening", gram.largest_scores)),
        patch.object(Columns, "_solve", noted("solving", Columns._solve)),
    ):
        both, same = cpu(one_vs_rest, rows, workers=2, least=0)
    threads = sorted({thread for thread, _ in intervals})
    screening = sum(end - start for (_, name), each in intervals.items() for start, end in each if name == "screening")
    shared = sum(
        shared_seconds(intervals[one, "screening"], intervals[other, "solving"])
        for one, other in product(threads, threads)
        if one != other
    )
    return {
        "value": f"{shared / screening:.2f}",
        "cpu_ratio": f"{both / seconds:.2f}",
        "same_bytes": str(all(np.array_equal(getattr(result, key), getattr(same, key)) for key in ("lower", "upper"))),
    }


def overlap(quick: bool):
    """Value: share of the time of screening, by two threads, during which the other thread was solving.

    `cpu_ratio`: CPU time of two threads over that of one.
    """
    n, dim = (2000, 64) if quick else (10000, 512)
    for kind in ("gaussian", "language"):
        yield f"({n}, {dim}) {kind}", partial(overlap_case, n, dim, kind)


def direction_by_program(W, bias, k):
    """Whether class k never wins, by HiGHS: the largest margin of a direction in a box, its faster form."""
    from scipy.optimize import linprog

    rest = np.delete(np.arange(len(W)), k)
    margins = np.c_[W[rest] - W[k], bias[rest] - bias[k], np.ones(len(rest))]
    box = [(-1, 1)] * W.shape[1] + [(0, 1), (None, 1)]
    answer = linprog(np.append(np.zeros(W.shape[1] + 1), -1.0), A_ub=margins, b_ub=np.zeros(len(rest)), bounds=box)
    return -answer.fun < 1e-9


def argmax_case(n, dim, sample, planted):
    from sphcode import argmax_classes

    rng = np.random.default_rng(3)
    W, bias = margins_pairs.language(n, dim, rng), 0.3 * rng.standard_normal(n)
    count = min(n // 2, 4 * dim)
    for k in range(planted):  # inside the hull of others, well away from its facets
        ids, shares = rng.permutation(np.arange(n // 2, n))[:count], rng.dirichlet(np.ones(count))
        W[k], bias[k] = shares @ W[ids], shares @ bias[ids] - 0.01
    measured = np.arange(min(n, 1000))
    argmax_classes(W, bias=bias, classes=measured[: planted + 3])  # to compile
    seconds, result = cpu(argmax_classes, W, bias=bias, classes=measured, least=0)
    own = seconds / len(measured)
    chosen = [*range(planted), *range(60, 60 + sample - planted)]
    times, same = [], 0
    for k in chosen:
        slow, never = cpu(direction_by_program, W, bias, k, least=0)
        times.append(slow)
        same += never == (k in result.never)
    return {
        "value": f"{np.median(times) / own:.0f}",
        "same_answers": f"{same} of {len(chosen)}",
        "never": len(result.never),
        "undecided": len(result.undecided),
        "highs_seconds": f"{np.median(times):.3f}",
        "seconds": f"{own:.6f}",
    }


def argmax(quick: bool):
    """Value: CPU time of HiGHS as a multiple of ours, both per class; rows as in language models, with a bias.

    Seconds: of ours per class, over the first 1000 classes.
    """
    yield "(1000, 64)", partial(argmax_case, 1000, 64, 3 if quick else 30, 2 if quick else 10)
    if not quick:
        yield "(10000, 512)", partial(argmax_case, 10000, 512, 3, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true", help="also the cases that need gigabytes")
    arguments = parser.parse_args()
    if os.environ.get("OMP_NUM_THREADS") != "1":
        parser.error("set OMP_NUM_THREADS=1, so that every time is that of one thread")
    warm = random_rows(30, 5)
    one_vs_rest(warm)
    nearest(warm, bins=10)
    nnls_distance(warm, 0)
    cvxpy_distance(warm, 0)
    against_solvers()
    against_products()
    threads_and_neighbours()
    if arguments.large:
        print("\nLarge heads, a sample of classes")
        sampled(50000, 512, 1024, np.float64)
        sampled(128256, 4096, 128, np.float32)


TABLES = {
    "products": products,
    "whole": whole,
    "stages": stages,
    "rates": rates,
    "overlap": overlap,
    "memory": memory,
    "argmax": argmax,
}

if __name__ == "__main__":
    main()
