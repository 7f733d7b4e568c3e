"""Bounds of the linear program and of the floors: values, CPU seconds, and a plain grid program beside them.

Every value was accepted by the independent checker, and is rounded so that it holds as printed; what is attained is
rounded down. The reference is the linear program imposed on 2000 points of a grid at once, in the plain basis (P_k, not
scaled), one call of CVXPY with HiGHS, as short scripts do. It proves nothing: its polynomial is positive between the
points.
"""

from __future__ import annotations

import math
import time
from decimal import ROUND_FLOOR, Context
from functools import partial

import cvxpy as cp
import numpy as np
from scipy.optimize import minimize

from sphcode import best_known, bound, construct, cross_entropy_bound, energy_bound, generate, volumetric_margins
from sphcode._rounding import rounded_down, rounded_up
from sphcode.bounds.gegenbauer import chebyshev, gegenbauer
from sphcode.errors import TableLookupError
from sphcode.proofs.bound.check import check_bound

KISSING = range(3, 25)
INVERSE = [(3, n) for n in (7, 8, 9, 10, 11, 12, 13, 14, 24, 30)]
INVERSE += [(4, 9), (4, 10), (4, 13), (4, 20), (4, 24), (5, 16), (5, 40), (6, 27), (8, 640), (24, 5000), (512, 10_000)]
TRAINED = [(10, 100), (20, 100), (30, 100), (10, 200), (20, 200), (30, 200), (512, 1000), (512, 10_000)]
TRAINED += [(2048, 10_000), (768, 30_522), (4096, 128_256)]
SHARP = [(3, 4), (3, 6), (3, 12), (5, 16), (6, 27), (7, 56), (8, 240), (21, 112), (21, 162), (22, 100), (22, 275)]
SHARP += [(22, 891), (23, 552), (23, 4600), (24, 196560), (52, 325), (105, 756), (4, 120)]
LINES = [(3, 12), (4, 24), (4, 60), (5, 32), (7, 126), (16, 288), (23, 552), (64, 4224)]
ENERGY = [(3, 12), (4, 24), (8, 240), (10, 100), (20, 200)]
CROSS_ENTROPY = [(5, 6, 0.2), (10, 100, 0.2), (10, 100, 0.1), (10, 100, 0.02), (3, 100, 0.05)]
#: Trained settings are searched up to this n_points * dim, with this effort.
SEARCHED, EFFORT = 6000, 20_000
#: Descents of the uniformity loss, of which the best is shown.
DESCENTS = 10


def timed(call, *args, **options):
    """Return the result of a call and its CPU seconds."""
    begin = time.process_time()
    result = call(*args, **options)
    return result, time.process_time() - begin


def checked(result):
    """Check a certificate; return the verdict and the CPU seconds that it took."""
    verdict, seconds = timed(check_bound, result.certificate)
    assert verdict.accepted
    return verdict, seconds


def grid_program(dim, cosine, degree):
    """Bound on the number of points from 2000 points of a grid, in floats."""
    unknown = cp.Variable(degree, nonneg=True)
    matrix = gegenbauer(dim, degree, chebyshev(-1.0, cosine, 1999))[1:].T
    problem = cp.Problem(cp.Minimize(cp.sum(unknown)), [matrix @ unknown <= -1])
    problem.solve(solver="SCIPY", scipy_options={"method": "highs-ds"})
    return np.inf if problem.value is None else 1 + problem.value


def load():
    """Load the solvers, so that no row pays for it."""
    bound(4, max_cosine=0.5, method="lp")
    grid_program(4, 0.5, 9)


def kissing_row(dim):
    load()
    result, seconds = timed(bound, dim, max_cosine=0.5, method="lp")
    _, check = checked(result)
    value, reference = timed(grid_program, dim, 0.5, result.degree)
    return {
        "value": result.n_points_upper_bound,
        "certified": rounded_up(result.certified_value, 8),
        "theorem": result.name,
        "check s": f"{check:.3f}",
        "grid, uncertified": f"{value:.8f}",
        "grid s": f"{reference:.2f}",
        "seconds": f"{seconds:.2f}",
    }


def kissing(quick):
    """Value: the largest number of points with cosines of at most 1/2 that the linear program leaves possible."""
    for dim in KISSING[:2] if quick else KISSING:
        yield f"dimension {dim}", partial(kissing_row, dim)


def inverse_row(dim, n_points):
    load()
    result, seconds = timed(bound, dim, n_points, method="lp")
    verdict, _ = checked(result)
    best = best_known(dim, n_points)
    cosine = result.max_cosine_lower_bound
    reference = "" if result.degree is None else f"{timed(grid_program, dim, cosine, result.degree)[1]:.2f}"
    return {
        "value": rounded_up(result.one_vs_rest_upper_bound, 6),
        "theorem": result.name,
        "best on record": "" if best is None else rounded_down(1 - best.max_cosine, 6),
        "slack": f"{verdict.slack:.0e}",
        "one grid s": reference,
        "seconds": f"{seconds:.2f}",
    }


def inverse(quick):
    """Value: bound on the one-vs-rest distance from above, linear program (an upper bound; smaller says more)."""
    for dim, n_points in INVERSE[:2] if quick else INVERSE:
        yield f"({dim}, {n_points})", partial(inverse_row, dim, n_points)


def attained(dim, n_points):
    """Return the best one-vs-rest distance of a construction, the table or a short search, and where it is from."""
    found = [("", "")]
    try:
        code = construct(dim, n_points)
        found.append((rounded_down(code.one_vs_rest_distance, 5), code.label))
    except TableLookupError:
        pass
    best = best_known(dim, n_points)
    if best is not None:
        found.append((rounded_down(best.one_vs_rest_distance, 5), "reference table"))
    elif dim * n_points <= SEARCHED:
        code = generate(dim, n_points, effort=EFFORT, rng=0, constructions=False)
        found.append((rounded_down(1 - code.max_cosine, 5), f"search, effort {EFFORT}, seed 0"))
    return max(found)


def trained_row(dim, n_points):
    load()
    result, seconds = timed(bound, dim, n_points)
    checked(result)
    best, source = attained(dim, n_points)
    return {
        "value": rounded_up(result.one_vs_rest_upper_bound, 5),
        "theorem": result.name,
        "volumetric": f"{volumetric_margins(dim, n_points)[1]:.3f}",
        "best attained": best,
        "by": source,
        "seconds": f"{seconds:.2f}",
    }


def trained(quick):
    """Value: bound on the one-vs-rest distance from above, any method, at sizes of trained classifiers."""
    for dim, n_points in TRAINED[6:8] if quick else TRAINED:
        yield f"({dim}, {n_points})", partial(trained_row, dim, n_points)


def sharp_row(dim, n_points):
    result, seconds = timed(bound, dim, n_points)
    checked(result)
    return {
        "value": result.certificate["claim"]["max_cosine_at_least"],
        "status": "accepted",
        "theorem": result.name,
        "attained by": result.optimal,
        "seconds": f"{seconds:.2f}",
    }


def sharp(quick):
    """Value: bound on the max cosine from below, exact, which a code attains."""
    for dim, n_points in SHARP[:2] if quick else SHARP:
        yield f"({dim}, {n_points})", partial(sharp_row, dim, n_points)


def lines_row(dim, n_points):
    even, general = bound(dim, n_points, antipodal=True), bound(dim, n_points)
    checked(even)
    checked(general)
    return {
        "value": rounded_down(even.max_cosine_lower_bound, 6),
        "theorem": even.name,
        "general": rounded_down(general.max_cosine_lower_bound, 6),
        "general theorem": general.name,
    }


def lines(quick):
    """Value: bound on the coherence of n_points / 2 lines from below; general: the bound without X = -X."""
    for dim, n_points in LINES[:2] if quick else LINES:
        yield f"({dim}, {n_points})", partial(lines_row, dim, n_points)


def uniformity(dim, n_points, seed):
    """Minimise the uniformity loss from a random start; return its value."""
    n_pairs = n_points * (n_points - 1) // 2

    def loss(flat):
        rows = flat.reshape(n_points, dim)
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        unit = rows / norms
        weights = np.exp(4 * (unit @ unit.T) - 4)
        np.fill_diagonal(weights, 0)
        total = weights.sum()
        gradient = 8 / total * (weights @ unit)
        gradient -= (gradient * unit).sum(1, keepdims=True) * unit
        return math.log(total / (2 * n_pairs)), (gradient / norms).ravel()

    start = np.random.default_rng(seed).standard_normal(n_points * dim)
    return minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 2000}).fun


def energy_row(dim, n_points):
    load()
    floor, seconds = timed(energy_bound, dim, n_points)
    checked(floor)
    found = min(uniformity(dim, n_points, seed) for seed in range(DESCENTS))
    return {
        "value": rounded_down(floor.log_mean_energy_lower_bound, 6),
        "theorem": floor.name,
        f"best of {DESCENTS} descents": rounded_up(found, 6),
        "seconds": f"{seconds:.2f}",
    }


def energy(quick):
    """Value: bound on log mean exp(-2 r^2), the uniformity loss, from below."""
    for dim, n_points in ENERGY[:2] if quick else ENERGY:
        yield f"({dim}, {n_points})", partial(energy_row, dim, n_points)


def cross_entropy_row(dim, n_classes, temperature):
    floor = cross_entropy_bound(dim, n_classes, temperature)
    values = floor.cross_entropy_lower_bound, floor.gram_lower_bound, floor.margin_lower_bound
    value, gram, margin = (f"{Context(4, ROUND_FLOOR).create_decimal(value):g}" for value in values)
    return {"value": value, "Gram floor": gram, "margin floor": margin}


def cross_entropy(quick):
    """Value: bound on the balanced cross-entropy (nats) from below, the better one of the two floors."""
    for dim, n_classes, temperature in CROSS_ENTROPY[:2] if quick else CROSS_ENTROPY:
        label = f"({dim}, {n_classes}), temperature {temperature}"
        yield label, partial(cross_entropy_row, dim, n_classes, temperature)


TABLES = {
    "kissing": kissing,
    "inverse": inverse,
    "trained": trained,
    "sharp": sharp,
    "lines": lines,
    "energy": energy,
    "cross_entropy": cross_entropy,
}
