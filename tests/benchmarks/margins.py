"""Speed of the margins: one_vs_rest and nearest against a float64 matrix product, NNLS and CVXPY in the same run.

    OMP_NUM_THREADS=1 python tests/benchmarks/margins.py            up to (10000, 512)
    OMP_NUM_THREADS=1 python tests/benchmarks/margins.py --large    also (50000, 512), (128256, 4096): some classes

Times are CPU seconds of one thread; "products" counts float64 products K x K x d of two distinct matrices.
"""

from __future__ import annotations

import argparse
import os
import time
from functools import partial

import numpy as np

from sphcode import nearest, one_vs_rest
from sphcode.margins.screen import Screen
from tests.benchmarks import margins_pairs


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


TABLES = {"argmax": argmax}

if __name__ == "__main__":
    main()
