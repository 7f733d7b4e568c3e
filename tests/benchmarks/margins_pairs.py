"""One-vs-rest distances before and after: CPU seconds of this checkout and another, in alternating runs.

    OMP_NUM_THREADS=1 python tests/benchmarks/margins_pairs.py OTHER [--pairs 15] [--rows gaussian] [--case 1000,64]

OTHER is the path of the other checkout. Two processes, one for each, measure the same rows in turn, the first of a pair
changing places. Printed are the median of this / other over the pairs, the interval from order statistics that holds
the true median with 95 % confidence, and the extremes. The exit code is 1 if an interval lies above 1.03.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

#: (n_classes, dim): how many classes are measured, all if 0.
CASES = {(1000, 64): 0, (1000, 512): 0, (10000, 512): 256, (50000, 512): 256}
USUAL = ((1000, 64), (1000, 512), (10000, 512))
#: A ratio is a failure if its interval lies above this.
SLOWER = 1.03


def gaussian(n, dim, rng):
    return rng.standard_normal((n, dim))


def clustered(n, dim, rng):
    centres = np.repeat(gaussian(n // 20, dim, rng), 20, axis=0)
    return centres + 0.3 * rng.standard_normal(centres.shape)


def language(n, dim, rng):
    """Rows as in language models: a falling spectrum, norms spread by 15 %, a common direction."""
    rows = rng.standard_normal((n, dim)) / np.sqrt(np.arange(1, dim + 1))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows[:, 0] += 0.7
    return rows * (1.0 + 0.15 * rng.standard_normal((n, 1)))


ROWS = {"gaussian": gaussian, "clustered": clustered, "language": language}


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def serve():
    """Answer each line "KIND N DIM SAMPLE" on standard input by the CPU seconds of one call."""
    from sphcode import one_vs_rest

    made = {}
    for line in sys.stdin:
        kind, *numbers = line.split()
        n, dim, sample = map(int, numbers)
        if (kind, n, dim) not in made:
            rows = ROWS[kind](n, dim, np.random.default_rng(0))
            made = {(kind, n, dim): rows if kind == "language" else unit(rows)}
            one_vs_rest(unit(gaussian(30, 5, np.random.default_rng(1))))
        rows = made[kind, n, dim]
        classes = None if sample == 0 else np.arange(0, n, n // sample)[:sample]
        start = time.process_time()
        result = one_vs_rest(rows, classes=classes)
        print(time.process_time() - start, result.certified.all(), flush=True)


class Checkout:
    """A process that imports sphcode from one checkout."""

    def __init__(self, path):
        environment = {**os.environ, "PYTHONPATH": str(path), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=path,
            env=environment,
        )

    def seconds(self, kind, n, dim, sample):
        self.process.stdin.write(f"{kind} {n} {dim} {sample}\n")
        self.process.stdin.flush()
        seconds, certified = self.process.stdout.readline().split()
        if certified != "True":
            raise SystemExit(f"({n}, {dim}) {kind}: a class is not certified")
        return float(seconds)


def median_interval(values):
    """Return median and the narrowest symmetric order-statistics interval that holds it with 95 % confidence."""
    from scipy.stats import binom

    values = np.sort(values)
    n = len(values)
    skipped = int(binom.ppf(0.025, n, 0.5)) - 1  # P(fewer than skipped + 1 below the median) <= 0.025
    low = max(0, skipped)
    return float(np.median(values)), float(values[low]), float(values[n - 1 - low])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", nargs="?", help="path of the other checkout")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=["gaussian", "clustered"])
    parser.add_argument("--case", nargs="+", help="N,DIM of the cases to run")
    arguments = parser.parse_args()
    if arguments.serve:
        serve()
        return 0
    cases = [tuple(map(int, text.split(","))) for text in arguments.case] if arguments.case else USUAL
    checkouts = [Checkout(Path(__file__).resolve().parents[2]), Checkout(Path(arguments.other).resolve())]
    print(f"{'K, d':>12} {'rows':>10} {'this s':>8} {'other s':>8} {'ratio':>6}  {'95 %':>14} {'extremes':>15}")
    failed = False
    for n, dim in cases:
        for kind in arguments.rows:
            question = (kind, n, dim, CASES[n, dim])
            for checkout in checkouts:
                checkout.seconds(*question)
            times = np.empty((arguments.pairs, 2))
            for pair in range(arguments.pairs):
                for place in (0, 1) if pair % 2 == 0 else (1, 0):
                    times[pair, place] = checkouts[place].seconds(*question)
            ratios = times[:, 0] / times[:, 1]
            middle, low, high = median_interval(ratios)
            failed |= low > SLOWER
            this, other = np.median(times, axis=0)
            print(
                f"{f'{n}, {dim}':>12} {kind:>10} {this:8.3f} {other:8.3f} {middle:6.3f}  "
                f"{low:6.3f} {high:6.3f}  {ratios.min():6.3f} {ratios.max():6.3f}",
                flush=True,
            )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
