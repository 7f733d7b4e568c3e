"""Search against a reference, and a range of cases against the reference table.

python tests/benchmarks/search.py                 CPU time per start, ours against scipy, in the same process
python tests/benchmarks/search.py starts          one start and its polish; energies against plain products
python tests/benchmarks/search.py table 3 4 40    one default search (seed 0, no constructions) a case, and the gap
python tests/benchmarks/search.py hard            rows of the table in 5 to 16 dimensions with a small effort each

The reference (REF) is the usual home-made method: scipy's L-BFGS-B on the log Riesz energy with a dense numpy gradient,
exponents from 4 to 10^6. Set OMP_NUM_THREADS=1.
"""

import statistics
import sys
import time

import numpy as np
from scipy.optimize import minimize
from sphcode.search.energies import TiledEnergy
from sphcode.search.large import descend_large, is_large, large_schedule
from sphcode.search.schedules import SCHEDULES, SHARPEN, Schedule, sharpened

from sphcode import best_known, generate
from sphcode.codes.table import rows
from sphcode.kernels.descent import descend
from sphcode.search.moves import random_points
from sphcode.search.polish import polish
from sphcode.search.strategies import Task, run_task

CASES = [(3, 13), (3, 24), (4, 24), (3, 50), (5, 40), (3, 130)]
START_CASES = [(3, 24), (4, 24), (3, 130), (3, 1000), (3, 3000), (8, 240), (16, 512), (3, 10000)]
PRODUCT_CASES = [(64, 1000), (128, 2000), (512, 5000)]
#: Evaluations of one search of the hard list, in all N^2 d: an eighth of the default, but at least its least.
HARD_WORK = 5e9
LEAST_EFFORT = 1000.0


def riesz(flat, exponent, n_points, dim):
    """Log Riesz energy of the normalised rows, and its gradient."""
    rows = flat.reshape(n_points, dim)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    points = rows / norms
    gaps = 1.0 - points @ points.T
    np.fill_diagonal(gaps, 4.0)
    least = gaps.min()
    terms = np.exp(-0.5 * exponent * np.log(gaps / least))
    np.fill_diagonal(terms, 0.0)
    total = terms.sum()
    gradient = (terms / gaps) @ points / total
    gradient -= np.sum(gradient * points, axis=1, keepdims=True) * points
    return np.log(total) / exponent - 0.5 * np.log(least), (gradient / norms).ravel()


def reference_start(points):
    """One start of REF; returns the max cosine reached."""
    n_points, dim = points.shape
    flat = points.ravel()
    for exponent in 4.0 ** np.arange(1, 11):
        options = {"maxiter": 300, "maxcor": 10, "ftol": 1e-15, "gtol": 1e-10}
        flat = minimize(riesz, flat, (exponent, n_points, dim), "L-BFGS-B", jac=True, options=options).x
    rows = flat.reshape(n_points, dim)
    reached = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = reached @ reached.T
    np.fill_diagonal(cosines, -1.0)
    return cosines.max()


def our_starts(dim, n_points, schedule, effort, seed):
    """Return (CPU seconds per start, best code) of one strategy, which polishes the starts that end near its best."""
    task = Task(dim, n_points, schedule, np.random.SeedSequence(seed), (0,), effort)
    begin = time.process_time()
    outcome = run_task(task)
    return (time.process_time() - begin) / len(outcome.cosines), outcome.best


def compare():
    """Print CPU time per start, ours against REF."""
    print(f"{'case':>10s} {'schedule':>9s} {'ours ms':>9s} {'REF ms':>9s} {'ratio':>7s}  best of ours / of REF")
    for dim, n_points in CASES:
        our_starts(dim, n_points, "soft", 1, 0)
        rng = np.random.default_rng(0)
        begin = time.process_time()
        reached = [reference_start(random_points(rng, n_points, dim)) for _ in range(3)]
        reference = (time.process_time() - begin) / 3
        for schedule in SCHEDULES:
            ours, best = our_starts(dim, n_points, schedule, 30_000, 0)
            print(
                f"({dim}, {n_points:3d}) {schedule:>11s} {1e3 * ours:9.2f} {1e3 * reference:9.1f} "
                f"{reference / ours:7.0f}  {best.max_cosine:.12f} / {min(reached):.12f}"
            )


def one_start(dim, n_points):
    """Return (CPU seconds of the descent, of the polish, cosine of the descent, the polished code) of one start."""
    points = random_points(np.random.default_rng(0), 1, n_points, dim)
    begin = time.process_time()
    if is_large(dim, n_points):
        schedule = large_schedule(dim, n_points)
        rough = descend_large(points[0], schedule, lambda: False)[0]
    else:
        schedule = SCHEDULES["soft"]
        if sharpened(n_points * (dim - 1)) and n_points * (dim - 1) <= 1000:
            schedule = Schedule(schedule.stages + SHARPEN.stages)
        none = np.zeros(0, np.int64)
        arguments = (np.zeros((0, dim, dim)), none, none, none, np.zeros(0))
        rough = float(descend(points, n_points, arguments, *schedule.arrays())[0][0])
    middle = time.process_time()
    polished = polish(points[0], float(schedule.gap(rough)))
    return middle - begin, time.process_time() - middle, rough, polished


def starts():
    """Print the CPU time of one start and its polish, and the cost of energies in many dimensions."""
    print("| case | descent s | polish s | max cosine, descended | polished | contacts | spread | residual |")
    print("|---|---|---|---|---|---|---|---|")
    for dim, n_points in START_CASES:
        one_start(dim, min(n_points, 400 if dim == 3 else n_points))
        descent, polishing, rough, polished = one_start(dim, n_points)
        print(
            f"| ({dim}, {n_points}) | {descent:.4f} | {polishing:.4f} | {rough:.12f} | {polished.max_cosine:.15f} "
            f"| {len(polished.first)} | {polished.spread:.0e} | {polished.residual:.0e} |",
            flush=True,
        )
    print("\n| case | product of 2 N^2 d operations, s | energy, s | ratio |")
    print("|---|---|---|---|")
    for dim, n_points in PRODUCT_CASES:
        points = random_points(np.random.default_rng(0), 1, n_points, dim)[0]
        energy, gradient = TiledEnergy(points, 7), np.empty_like(points)
        # A copy: of the product of a matrix with its own transpose numpy computes one half only.
        product = best_of(5, np.matmul, points, points.copy().T)
        evaluation = best_of(5, energy, points, gradient)
        print(f"| ({dim}, {n_points}) | {product:.4f} | {evaluation:.4f} | {evaluation / product:.2f} |", flush=True)


def best_of(repeats, work, *arguments):
    """Return the least CPU time of `work`."""
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        work(*arguments)
        times.append(time.process_time() - begin)
    return min(times)


def hard():
    """Print one search of small effort for each row of the table in 5 to 16 dimensions with at most 1024 points."""
    reached = 0
    listed = [row for row in rows() if 5 <= row.dim <= 16 and 2 * row.dim < row.n_points <= 1024]
    print("| case | max cosine | gap | status | hits | found by | CPU s |")
    print("|---|---|---|---|---|---|---|")
    for row in listed:
        begin = time.process_time()
        result = generate(
            row.dim,
            row.n_points,
            rng=0,
            constructions=False,
            effort=max(LEAST_EFFORT, HARD_WORK / (row.n_points**2 * row.dim)),
        )
        seconds = time.process_time() - begin
        gap = result.max_cosine - row.max_cosine
        reached += gap <= 1e-11
        print(
            f"| ({row.dim}, {row.n_points}) | {result.max_cosine!r} | {gap:.1e} | {result.status.value} "
            f"| {result.hits}/{result.n_starts} | {result.strategy} | {seconds:.1f} |",
            flush=True,
        )
    print(f"\n{reached} of {len(listed)} rows of the table reached within 1e-11")


def table(dim, first, last):
    """Print one default search per case."""
    times, missed = [], []
    print("| N | max cosine | gap | status | hits | spread | residual | rattlers | found by | CPU s |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    generate(dim, first, rng=0, constructions=False, effort=1)
    for n_points in range(first, last + 1):
        begin = time.process_time()
        result = generate(dim, n_points, rng=0, constructions=False)
        seconds = time.process_time() - begin
        row = best_known(dim, n_points)
        gap = "" if row is None else f"{result.max_cosine - row.max_cosine:.1e}"
        if row is not None:
            times.append(seconds)
            if result.max_cosine - row.max_cosine > 1e-12:
                missed.append(n_points)
        accuracy = ["" if value is None else f"{value:.0e}" for value in (result.contact_spread, result.kkt_residual)]
        print(
            f"| {n_points} | {result.max_cosine!r} | {gap} | {result.status.value} | {result.hits}/{result.n_starts} "
            f"| {accuracy[0]} | {accuracy[1]} | {len(result.rattlers)} | {result.strategy} | {seconds:.1f} |",
            flush=True,
        )
    print(
        f"\n{len(times) - len(missed)} of {len(times)} rows of the table reached within 1e-12, "
        f"missed: {missed or 'none'}; CPU seconds median {statistics.median(times):.1f}, worst {max(times):.1f}"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["table"]:
        table(*map(int, sys.argv[2:5]))
    elif sys.argv[1:]:
        {"starts": starts, "hard": hard}[sys.argv[1]]()
    else:
        compare()
