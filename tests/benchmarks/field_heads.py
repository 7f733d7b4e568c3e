"""Margins, heads and decoding beside general solvers, plain numpy and faiss."""

from __future__ import annotations

import time
from functools import partial
from importlib.util import find_spec

import numpy as np

from sphcode import construct, nearest, one_vs_rest

from .alone import alone
from .field_bounds import spread
from .margins import nnls_distance, random_rows, spread_rows
from .runner import Cases, Row

KINDS = {"random": random_rows, "spread": spread_rows}
#: (classes, dim, kind) and the classes of which each solver measures the distance.
HEADS = [(100, 10, "random"), (100, 10, "spread"), (1000, 64, "random"), (1000, 64, "spread"), (1000, 512, "random")]
SAMPLE = 4
#: The method of the paper's GNC2.py: steps of ascent on a unit vector, and its step length.
STEPS, LENGTH = 10_000, 0.01


def by_cvxpy(rows: np.ndarray, k: int, solver: str) -> float:
    """The distance of row k to the hull of the others: a quadratic program, for Clarabel the norm itself."""
    import cvxpy as cp

    rest = np.delete(rows, k, axis=0)
    weights, difference = cp.Variable(len(rest), nonneg=True), cp.Variable(rows.shape[1])
    cost = cp.norm(difference) if solver == "CLARABEL" else cp.sum_squares(difference)
    problem = cp.Problem(cp.Minimize(cost), [difference == rows[k] - rest.T @ weights, cp.sum(weights) == 1])
    problem.solve(solver=solver)
    return float(np.linalg.norm(rows[k] - weights.value @ rest))


def by_ascent(rows: np.ndarray, k: int) -> float:
    """The largest margin over unit vectors that so many subgradient steps find; a lower bound of the distance."""
    differences = rows[k] - np.delete(rows, k, axis=0)
    h, best = rows[k] / np.linalg.norm(rows[k]), -np.inf
    for step in range(STEPS):
        margins = differences @ h
        worst = int(margins.argmin())
        best = max(best, float(margins[worst]))
        # The length falls to a tenth five times.
        h = h + LENGTH * 0.1 ** (5 * step // STEPS) * differences[worst]
        h /= np.linalg.norm(h)
    return best


#: A solver, and the largest classes * dim at which it takes seconds a class and not minutes.
SOLVERS = {
    "SciPy's nnls": (nnls_distance, np.inf),
    "CVXPY, Clarabel": (partial(by_cvxpy, solver="CLARABEL"), np.inf),
    "CVXPY, OSQP": (partial(by_cvxpy, solver="OSQP"), 100_000),
    "CVXPY, HiGHS": (partial(by_cvxpy, solver="HIGHS"), 100_000),
    "gradient ascent": (by_ascent, 100_000),
}


def margins_at(n_classes: int, dim: int, kind: str, name: str) -> Row:
    solver, largest = SOLVERS[name]
    if n_classes * dim > largest:
        return {"status": "not run"}
    small = random_rows(30, 5)
    one_vs_rest(small)
    solver(small, 0)
    rows = KINDS[kind](n_classes, dim)
    classes = range(0, n_classes, n_classes // SAMPLE)
    ours, theirs, errors = [], [], []
    for k in classes:
        began = time.process_time()
        result = one_vs_rest(rows)
        ours.append((time.process_time() - began) / n_classes)
        began = time.process_time()
        distance = solver(rows, k)
        theirs.append(time.process_time() - began)
        errors.append(distance - result.distances[k])
    return {
        **spread(sorted(theirs), sorted(ours)),
        "largest error": f"{max(errors, key=abs):.0e}",
        "ours, bounds apart": f"{(result.upper - result.lower).max():.0e}",
        "ours, ms": f"{1e3 * np.median(ours):.3g}",
        "theirs, ms": f"{1e3 * np.median(theirs):.3g}",
        "seconds": f"{np.median(theirs):.3g}",
    }


def margins(quick: bool) -> Cases:
    """Value: CPU seconds of a solver per class as a multiple of ours, for one-vs-rest distances of unit rows.

    Ours are those of all classes over their number, the solver's those of four classes; model and all. The error is
    theirs against ours, whose bounds are `bounds apart` from each other.
    """
    for n_classes, dim, kind in HEADS[:1] if quick else HEADS:
        for name in SOLVERS:
            yield f"({n_classes}, {dim}) {kind}, {name}", partial(margins_at, n_classes, dim, kind, name)


#: Heads whose nearest rows are found: plain numpy holds two matrices of n_classes^2 at once.
NEAREST = [(1000, 64), (4000, 256), (16_000, 512)]


def head(n_classes: int, dim: int) -> np.ndarray:
    return random_rows(n_classes, dim).astype(np.float32)


def nearest_by_numpy(n_classes: int, dim: int) -> list[float]:
    """CPU seconds of three calls, as users write it."""
    W, seconds = head(n_classes, dim), []
    for _ in range(3):
        began = time.process_time()
        unit = W / np.linalg.norm(W, axis=1, keepdims=True)
        cosines = unit @ unit.T
        np.fill_diagonal(cosines, -1.0)
        cosines.argmax(axis=1), cosines.max(axis=1)
        seconds.append(time.process_time() - began)
    return seconds


def nearest_by_us(n_classes: int, dim: int) -> list[float]:
    W, seconds = head(n_classes, dim), []
    nearest(head(30, 5))
    for _ in range(3):
        began = time.process_time()
        nearest(W)
        seconds.append(time.process_time() - began)
    return seconds


def nothing(n_classes: int, dim: int) -> list[float]:
    """What both processes hold before they begin."""
    nearest(head(30, 5))
    head(n_classes, dim)
    return []


def nearest_at(n_classes: int, dim: int) -> Row:
    ours, theirs, none = (
        alone("field_heads", name, n_classes, dim) for name in ("nearest_by_us", "nearest_by_numpy", "nothing")
    )
    extra = [max(each["peak"] - none["peak"], 1.0) for each in (theirs, ours)]
    return {
        **spread(sorted(theirs["answer"]), sorted(ours["answer"])),
        "memory": f"{extra[0] / extra[1]:.3g}",
        "ours, s": f"{np.median(ours['answer']):.3g}",
        "numpy, s": f"{np.median(theirs['answer']):.3g}",
        "ours cold, s": f"{ours['cold'] - sum(ours['answer'][1:]):.3g}",
        "numpy cold, s": f"{theirs['cold'] - sum(theirs['answer'][1:]):.3g}",
        "ours, MiB": f"{extra[1]:.0f}",
        "numpy, MiB": f"{extra[0]:.0f}",
    }


def heads(quick: bool) -> Cases:
    """Value: CPU seconds of plain numpy (product, argmax) as a multiple of ours, nearest rows of a float32 head.

    `memory` is the same for peaks, each above a process that only holds the rows; cold: a whole process of one call.
    numpy's answer is that of float32, ours is exact in float64.
    """
    for n_classes, dim in NEAREST[:1] if quick else NEAREST:
        yield f"({n_classes}, {dim})", partial(nearest_at, n_classes, dim)


#: Structured codes, vectors of a batch, and interleaved pairs. faiss holds every codeword in float32.
CODES, BATCH, PAIRS = [(8, 240), (24, 196_560), (64, 4224), (256, 66_048)], 256, 7
#: Calls are repeated until so many seconds have passed.
LEAST = 0.02


def mean_seconds(call, *arguments) -> float:
    began, calls = time.process_time(), 0
    while calls == 0 or time.process_time() - began < LEAST:
        call(*arguments)
        calls += 1
    return (time.process_time() - began) / calls


def decode_at(dim: int, n_points: int, batch: int) -> Row:
    if find_spec("faiss") is None:
        return {"status": "not installed"}
    import faiss

    faiss.omp_set_num_threads(1)
    construction = construct(dim, n_points)
    index = faiss.IndexFlatIP(dim)
    began = time.process_time()
    for start in range(0, n_points, 8192):
        rows = construction.block(start, min(start + 8192, n_points), dtype=np.float32)
        index.add(np.ascontiguousarray(rows))
    built = time.process_time() - began
    x = np.random.default_rng(0).standard_normal((batch, dim)).astype(np.float32)
    same = (construction.nearest(x) == index.search(x, 1)[1][:, 0]).mean()
    theirs, ours = [], []
    for _ in range(PAIRS):
        theirs.append(mean_seconds(index.search, x, 1))
        ours.append(mean_seconds(construction.nearest, x))
    ratios = np.array(theirs) / np.array(ours)
    return {
        "value": f"{np.median(ratios):.3g}",
        "status": "lost" if np.median(ratios) < 1 else "ok",
        "spread": f"{ratios.min():.3g} to {ratios.max():.3g}",
        "same answers": f"{100 * same:.1f} %",
        "ours, us": f"{1e6 * np.median(ours) / batch:.3g}",
        "faiss, us": f"{1e6 * np.median(theirs) / batch:.3g}",
        "index, MiB": f"{4 * dim * n_points / 2**20:.3g}",
        "index, s": f"{built:.3g}",
    }


def decode(quick: bool) -> Cases:
    """Value: CPU seconds of faiss (IndexFlatIP, exact, one thread) as a multiple of ours, nearest codeword of float32.

    Microseconds a vector, median of seven interleaved pairs. `index`: what faiss stores, and the seconds of filling it;
    ours stores nothing. Answers differ where float32 ties.
    """
    for dim, n_points in CODES[:1] if quick else CODES:
        for batch in (BATCH, 1):
            label = f"({dim}, {n_points}), {'one vector' if batch == 1 else f'{batch} vectors'}"
            yield label, partial(decode_at, dim, n_points, batch)
