"""One-vs-rest distances before and after: CPU seconds of this checkout and another, in alternating runs.

    OMP_NUM_THREADS=1 python tests/benchmarks/margins_pairs.py OTHER [--pairs 15] [--rows gaussian] [--case 1000,64]

OTHER is the path of the other checkout. Two processes, one for each, measure the same rows in turn, the first of a pair
changing places. Printed are the median of this / other over the pairs, the interval from order statistics that holds
the true median with 95 % confidence, and the extremes. The exit code is 1 if an interval lies above 1.03.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
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


#: What a run does once, whatever the number of classes: (module, class, method) in this and in former versions.
ONCE = (("blocks", "Problem", "screen"), ("column_generation", "Problem", "screen"), ("one_vs_rest", "_Screen", "of"))


def watch_once():
    """Return a list that receives the CPU seconds of what is done once."""
    spent = []

    def timed(method):
        def call(*arguments):
            start = time.process_time()
            try:
                return method(*arguments)
            finally:
                spent.append(time.process_time() - start)

        return call

    for module, owner, method in ONCE:
        found = importlib.util.find_spec(f"sphcode.margins.{module}")
        kind = getattr(importlib.import_module(f"sphcode.margins.{module}"), owner, None) if found else None
        if kind is not None:
            bound = isinstance(kind.__dict__[method], classmethod)
            setattr(kind, method, (staticmethod if bound else lambda call: call)(timed(getattr(kind, method))))
            return spent
    raise SystemExit("this checkout does once what is not known here")


def prepare_as_for_all():
    """Let a sample of a large head be measured as its share of all classes is, and compile what that takes."""
    from sphcode import one_vs_rest

    rows = language(64, 32, np.random.default_rng(0)).astype(np.float32)
    if importlib.util.find_spec("sphcode.margins.screen"):
        from sphcode import _validate
        from sphcode.margins import screen

        screen.WHITENING_SHARE = np.inf
        large, _validate.LARGE_BYTES = _validate.LARGE_BYTES, 1
        one_vs_rest(rows)
        _validate.LARGE_BYTES = large
    else:
        one_vs_rest(rows)


def serve():
    """Answer each line "KIND N DIM SAMPLE" on standard input by the CPU seconds of one call, and of what it did once.

    KIND may be the path of a file.
    """
    from sphcode import load_weights, one_vs_rest

    made, once = {}, watch_once()
    for line in sys.stdin:
        kind, *numbers = line.split()
        n, dim, sample = map(int, numbers)
        if (kind, n, dim) not in made:
            made = {}
            if kind in ROWS:
                rows = ROWS[kind](n, dim, np.random.default_rng(0))
                made = {(kind, n, dim): rows if kind == "language" else unit(rows)}
                one_vs_rest(unit(gaussian(30, 5, np.random.default_rng(1))))
            else:
                made = {(kind, n, dim): load_weights(kind).weight}
                prepare_as_for_all()
        rows = made[kind, n, dim]
        classes = None if sample == 0 else np.arange(0, n, n // sample)[:sample]
        once.clear()
        start = time.process_time()
        result = one_vs_rest(rows, classes=classes)
        print(time.process_time() - start, sum(once), result.certified.all(), flush=True)


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
        """CPU seconds of one call."""
        return sum(self.parts(kind, n, dim, sample))

    def parts(self, kind, n, dim, sample):
        """CPU seconds of what one call does once, and of the rest."""
        self.process.stdin.write(f"{kind} {n} {dim} {sample}\n")
        self.process.stdin.flush()
        seconds, once, certified = self.process.stdout.readline().split()
        if certified != "True":
            raise SystemExit(f"({n}, {dim}) {kind}: a class is not certified")
        return float(once), float(seconds) - float(once)


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
