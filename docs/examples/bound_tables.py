"""Print the tables of docs/bounds.md as Markdown: python docs/examples/bound_tables.py [kissing inverse large ...].

Times are CPU seconds of one thread. Every number printed as a bound was accepted by the independent checker, and is
rounded so that it holds as printed; values that are attained are rounded down. The searches of the table `large` take
some minutes, the rest half a minute.
"""

import math
import sys
import time
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from statistics import median

import numpy as np
from scipy.optimize import minimize

from sphcode import best_known, bound, construct, generate
from sphcode.bounds.floors.cross_entropy import cross_entropy_bound
from sphcode.bounds.floors.energy import energy_bound
from sphcode.bounds.floors.volumetric import volumetric_margins
from sphcode.errors import TableLookupError
from sphcode.proofs.bound.check import check_bound

SMALL = [(3, n) for n in (7, 8, 9, 10, 11, 12, 13, 14, 24, 30)]
SMALL += [(4, 9), (4, 10), (4, 13), (4, 20), (4, 24), (5, 16), (5, 40), (6, 27)]
TRAINED = [(10, 100), (20, 100), (30, 100), (10, 200), (20, 200), (30, 200), (512, 1000), (512, 10_000)]
TRAINED += [(2048, 10_000), (768, 30_522), (4096, 128_256)]
SHARP = [(3, 4), (3, 6), (3, 12), (5, 16), (6, 27), (7, 56), (8, 240), (21, 112), (21, 162), (22, 100), (22, 275)]
SHARP += [(22, 891), (23, 552), (23, 4600), (24, 196560), (52, 325), (105, 756), (4, 120)]

LARGEST_SEARCH, EFFORT = 6000, 20_000


def row(*cells):
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def header(*cells):
    row(*cells)
    row(*("---" for _ in cells))


def timed(function, *arguments, **options):
    began = time.process_time()
    result = function(*arguments, **options)
    return result, time.process_time() - began


def up(value, digits):
    """Round up at the last digit."""
    return str(Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_CEILING))


def down(value, digits):
    """Round down at the last digit."""
    return str(Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_FLOOR))


def kissing():
    header("dim", "certified", "kissing number <=", "theorem", "seconds", "check, seconds")
    total = 0.0
    bound(4, max_cosine=0.5)  # loads the solvers
    for dim in range(3, 25):
        result, seconds = timed(bound, dim, max_cosine=0.5, method="lp")
        verdict, check = timed(check_bound, result.certificate)
        assert verdict.accepted
        total += seconds
        value = up(result.certified_value, 8)
        row(dim, value, result.n_points_upper_bound, result.name, f"{seconds:.2f}", f"{check:.3f}")
    print(f"\nwhole table: {total:.1f} CPU seconds")


def inverse():
    header("dim, n", "LP: one-vs-rest <=", "theorem", "best code on record", "slack", "seconds")
    times = []
    for dim, n_points in SMALL:
        result, seconds = timed(bound, dim, n_points, method="lp")
        verdict = check_bound(result.certificate)
        assert verdict.accepted
        times.append(seconds)
        best = best_known(dim, n_points)
        attained = "" if best is None else down(1 - best.max_cosine, 6)
        ceiling = up(result.one_vs_rest_upper_bound, 6)
        row(f"{dim}, {n_points}", ceiling, result.name, attained, f"{verdict.slack:.0e}", f"{seconds:.2f}")
    print(f"\nmedian: {median(times):.2f} CPU seconds")


def large():
    header("dim, n", "one-vs-rest <=", "theorem", "the paper's bound", "best attained", "by", "seconds")
    for dim, n_points in TRAINED:
        result, seconds = timed(bound, dim, n_points)
        paper = volumetric_margins(dim, n_points)[1]
        ceiling = up(result.one_vs_rest_upper_bound, 5)
        row(f"{dim}, {n_points}", ceiling, result.name, f"{paper:.3f}", *attained(dim, n_points), f"{seconds:.2f}")


def attained(dim, n_points):
    found = [("", "")]
    try:
        code = construct(dim, n_points)
        found.append((down(code.one_vs_rest_distance, 5), code.label))
    except TableLookupError:
        pass
    best = best_known(dim, n_points)
    if best is not None:
        found.append((down(best.one_vs_rest_distance, 5), "reference table"))
    elif dim * n_points <= LARGEST_SEARCH:
        code = generate(dim, n_points, effort=EFFORT, rng=0, constructions=False)
        found.append((down(1 - code.max_cosine, 5), f"search, effort {EFFORT:g}, seed 0"))
    return max(found)


def sharp():
    header("dim, n", "max cosine >=", "theorem", "attained by", "checker", "seconds")
    for dim, n_points in SHARP:
        result, seconds = timed(bound, dim, n_points)
        cosine = result.certificate["claim"]["max_cosine_at_least"]
        verdict = "accepted" if check_bound(result.certificate).accepted else "refused"
        row(f"{dim}, {n_points}", cosine, result.name, result.optimal, verdict, f"{seconds:.2f}")


def lines():
    header("dim, points (lines)", "max cosine >=", "theorem", "without X = -X", "theorem")
    for dim, n_points in [(3, 12), (4, 24), (4, 60), (5, 32), (7, 126), (16, 288), (23, 552), (64, 4224)]:
        even, general = bound(dim, n_points, antipodal=True), bound(dim, n_points)
        cosines = [down(result.max_cosine_lower_bound, 6) for result in (even, general)]
        row(f"{dim}, {n_points} ({n_points // 2})", cosines[0], even.name, cosines[1], general.name)


def energy():
    header("dim, n", "log mean exp(-2 r^2) >=", "theorem", "best of 10 descents", "seconds")
    for dim, n_points in [(3, 12), (4, 24), (8, 240), (10, 100), (20, 200)]:
        result, seconds = timed(energy_bound, dim, n_points)
        found = min(uniformity(dim, n_points, seed) for seed in range(10))
        floor = down(result.log_mean_energy_lower_bound, 6)
        row(f"{dim}, {n_points}", floor, result.name, up(found, 6), f"{seconds:.2f}")


def uniformity(dim, n_points, seed):
    """Minimise the uniformity loss from a random start; return its value."""
    pairs = np.triu_indices(n_points, 1)

    def loss(flat):
        rows = flat.reshape(n_points, dim)
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        unit = rows / norms
        weights = np.exp(4 * (unit @ unit.T) - 4)
        np.fill_diagonal(weights, 0)
        total = weights.sum()
        gradient = 8 / total * (weights @ unit)
        gradient -= (gradient * unit).sum(1, keepdims=True) * unit
        return math.log(total / (2 * len(pairs[0]))), (gradient / norms).ravel()

    start = np.random.default_rng(seed).standard_normal(n_points * dim)
    return minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 2000}).fun


def cross_entropy():
    header("dim, classes", "temperature", "cross-entropy >=", "Gram floor", "margin floor")
    for dim, n_classes, temperature in [(5, 6, 0.2), (10, 100, 0.2), (10, 100, 0.1), (10, 100, 0.02), (3, 100, 0.05)]:
        floor = cross_entropy_bound(dim, n_classes, temperature)
        values = (floor.cross_entropy_lower_bound, floor.gram_lower_bound, floor.margin_lower_bound)
        row(
            f"{dim}, {n_classes}",
            temperature,
            *(f"{Context(4, ROUND_FLOOR).create_decimal(value):g}" for value in values),
        )


if __name__ == "__main__":
    tables = {f.__name__: f for f in (kissing, inverse, large, sharp, lines, energy, cross_entropy)}
    for name in sys.argv[1:] or tables:
        print(f"\n{name}\n")
        tables[name]()
