"""Search alone: rows of the reference table, time per start before and after, against scipy, against the constructions.

`pairs` compares with another commit: SPHCODE_BEFORE names a checkout of it that has its own `.venv` (made by
`git worktree add ../before 5857bb9` and an editable install there); without it the table is empty.
"""

from __future__ import annotations

import ast
import csv
import math
import os
import subprocess
import time
from functools import partial
from pathlib import Path

import numpy as np

from sphcode import best_known, construct, generate
from sphcode.codes.table import published, rows
from sphcode.kernels.descent import descend
from sphcode.search.descent.energies import TiledEnergy
from sphcode.search.descent.engine import descend_large
from sphcode.search.largest import slack
from sphcode.search.plan import default_effort, make_plan
from sphcode.search.polish import polish
from sphcode.search.sphere import random_points

from .margins_pairs import median_interval
from .peers import by_riesz, largest_cosine

#: A value of the table is met when ours is not further above it.
MET = 1e-11
#: Evaluations of one search of the hard list, in all N^2 d: an eighth of the default, but at least its least.
HARD_WORK, LEAST_EFFORT = 5e9, 1000.0
SEEDS = (0, 1, 2)
#: More points on the sphere than in the reference table: each N of the first, every one of the second, and the share of
#: the default effort that each of them has.
NEXT_POINTS, NEXT_SHARE = range(131, 201), 0.05
FURTHER_POINTS, FURTHER_SHARE = range(216, 1081, 54), 0.2
#: Rows of four dimensions and more have at most so many points; from nine on they are met within this, and have so many
#: times the default effort, or this share of it.
MOST_POINTS, MANY_MET, MANY_SHARE, SHORT_SHARE = 130, 1e-9, 4, 0.125
PAIRS = 15
#: Evaluations of one search of a pair, in all N^2 d, but at least 400: a second or more, so that load matters less.
PAIR_WORK = 1e9
PAIR_CASES = [(3, 24), (3, 58), (3, 130), (5, 80), (8, 240), (3, 1000), (16, 512)]
REFERENCE_CASES = [(3, 13), (3, 24), (4, 24), (3, 50), (5, 40), (3, 130)]
START_CASES = [(3, 24), (4, 24), (3, 130), (3, 1000), (3, 3000), (8, 240), (16, 512), (3, 10000)]
PRODUCT_CASES = [(64, 1000), (128, 2000), (512, 5000)]
#: Up to this n_points * dim a search takes seconds to minutes.
CONSTRUCTED = 10**6


def reference_value(dim, n_points):
    """The published max cosine, where there is one: our table may have a better one, which a search need not meet."""
    row = published().get((dim, n_points), None)
    return (best_known(dim, n_points) if row is None else row).max_cosine


def search(dim, n_points, seed, until_met=False, met=MET, **options):
    """One search alone, against the table; `until_met`: it ends as soon as it has met the value, or by its effort.

    What a search does until then does not depend on its target, so the whole of it meets the value as well.
    """
    known = reference_value(dim, n_points)
    if until_met:
        options["target"] = known + met
    generate(dim, n_points, rng=0, constructions=False, effort=1)
    begin = time.process_time()
    result = generate(dim, n_points, rng=seed, constructions=False, **options)
    seconds = time.process_time() - begin
    gap = result.max_cosine - known
    return {
        "value": repr(result.max_cosine),
        "status": "met" if gap <= met else "missed",
        "above the table": f"{gap:.1e}",
        "search": result.status.value,
        "hits": f"{result.hits}/{result.n_starts}",
        "found by": result.strategy,
        "seconds": f"{seconds:.1f}",
    }


def listed(quick):
    """Value: max cosine of a default search until the value is met, seed 0, for each listed row of d = 3, N <= 60."""
    for row in [row for row in rows() if row.dim == 3 and row.n_points <= 60][: 3 if quick else None]:
        yield f"(3, {row.n_points})", partial(search, 3, row.n_points, 0, until_met=True)


def each_seed(quick, least, most):
    """Default searches until the listed value is met, for each row of d = 3 with least to most points, at SEEDS."""
    for seed in SEEDS[: 1 if quick else None]:
        for row in [row for row in rows() if row.dim == 3 and least <= row.n_points <= most][: 1 if quick else None]:
            yield f"(3, {row.n_points}), seed {seed}", partial(search, 3, row.n_points, seed, until_met=True)


def seeds(quick):
    """Value: max cosine of a default search for each listed row of d = 3, N = 61 to 100, at three seeds.

    A search ends when it has met the value, so `seconds` is the time of meeting it.
    """
    return each_seed(quick, 61, 100)


def beyond(quick):
    """Value: the same for N = 101 to 130."""
    return each_seed(quick, 101, 130)


def points_alone(n_points, share):
    """One search alone of a share of the default effort, and the part of Fejes Toth's angle that it reaches."""
    generate(3, n_points, rng=0, constructions=False, effort=1)
    begin = time.process_time()
    result = generate(3, n_points, rng=0, constructions=False, effort=share * default_effort(3, n_points))
    seconds = time.process_time() - begin
    angle = n_points / (n_points - 2) * np.pi / 6
    most = np.arccos((np.tan(angle) ** -2 - 1) / 2)
    return {
        "value": repr(result.max_cosine),
        "status": result.status.value,
        "angle / Fejes Toth": f"{np.radians(result.code.min_angle_deg) / most:.6f}",
        "found by": result.strategy,
        "group": (result.provenance.get("symmetry") or {}).get("group", ""),
        "seconds": f"{seconds:.1f}",
    }


def sphere(quick):
    """Value: max cosine of a search in three dimensions, seed 0: N = 131..200, and 216, 270, 324, ..., 1080.

    The first have a twentieth of the default effort, the others a fifth.
    """
    cases = [(n, NEXT_SHARE) for n in NEXT_POINTS] + [(n, FURTHER_SHARE) for n in FURTHER_POINTS]
    for n_points, share in cases[: 1 if quick else None]:
        yield f"(3, {n_points}), {share:g} of the default effort", partial(points_alone, n_points, share)


def dimensions(quick):
    """Value: max cosine of a default search until the value is met, seed 0, for each row of d = 4 to 8, N <= 130."""
    found = [row for row in rows() if 4 <= row.dim <= 8 and row.n_points <= MOST_POINTS]
    for row in found[:: 20 if quick else 1]:
        yield f"({row.dim}, {row.n_points})", partial(search, row.dim, row.n_points, 0, until_met=True)


def ratio(dim, n_points, share):
    """One search alone of `share` times the default effort, and how much of 1 - the value it reaches."""
    effort = share * default_effort(dim, n_points)
    found = search(dim, n_points, 0, until_met=True, met=MANY_MET, effort=effort)
    public = 1.0 - reference_value(dim, n_points)
    return {**found, "value": f"{(1.0 - float(found['value'])) / public:.9f}", "max cosine": found["value"]}


def many_rows(quick, share):
    """Published rows of d = 9 to 17, 2 d < N <= 130, in random order (seed 19): those that come first are a sample."""
    listed = sorted(published().items())
    found = [row for _, row in listed if 9 <= row.dim <= 17 and 2 * row.dim < row.n_points <= MOST_POINTS]
    for index in np.random.default_rng(19).permutation(len(found))[: 1 if quick else None]:
        row = found[index]
        yield f"({row.dim}, {row.n_points})", partial(ratio, row.dim, row.n_points, share)


def many(quick):
    """Value: (1 - ours) / (1 - the published) of a search of four times the default effort until it meets within 1e-9.

    Published rows of d = 9 to 17, 2 d < N <= 130, in random order (seed 19): those that come first are a sample.
    """
    return many_rows(quick, MANY_SHARE)


def default(quick):
    """Value: the same for a search of the default effort, a quarter of that."""
    return many_rows(quick, 1.0)


def short(quick):
    """Value: the same for a search of an eighth of the default effort: all rows in ten minutes."""
    return many_rows(quick, SHORT_SHARE)


def hard(quick):
    """Value: max cosine of a search of small effort, for each row in 5 to 16 dimensions with at most 1024 points."""
    found = [row for row in rows() if 5 <= row.dim <= 16 and 2 * row.dim < row.n_points <= 1024]
    for row in found[: 2 if quick else None]:
        effort = max(LEAST_EFFORT, HARD_WORK / (row.n_points**2 * row.dim))
        yield f"({row.dim}, {row.n_points})", partial(search, row.dim, row.n_points, 0, effort=effort)


def against_construction(dim, n_points):
    known = construct(dim, n_points)
    result = generate(dim, n_points, rng=0, effort=1)
    worse = result.max_cosine - known.max_cosine
    return {
        "value": repr(result.max_cosine),
        "status": "ok" if worse <= slack(dim) else "worse",
        "construction": repr(known.max_cosine),
        "difference": f"{worse:.1e}",
        "returned": result.strategy,
        "search": result.status.value,
    }


def known(quick):
    """Value: max cosine that `generate` returns with the least effort, where the constructions' table has a row.

    Rows of n_points * dim up to 10^6. It is never above that of `construct` by more than the rounding of unit rows.
    """
    table = Path(__file__).parents[2] / "docs" / "measurements" / "constructions_ceiling.csv"
    with table.open(newline="") as stream:
        cases = [ast.literal_eval(row["case"]) for row in csv.DictReader(stream)]
    for dim, n_points in [case for case in cases if case[0] * case[1] <= CONSTRUCTED][: 5 if quick else None]:
        yield f"({dim}, {n_points})", partial(against_construction, dim, n_points)


#: Answers each line "dim n_points effort seed" with CPU seconds, starts and effort of a search alone.
SERVER = """
import sys, time
from sphcode import generate
for line in sys.stdin:
    dim, n_points, effort, seed = map(int, line.split())
    begin = time.process_time()
    result = generate(dim, n_points, rng=seed, constructions=False, effort=effort)
    print(time.process_time() - begin, result.n_starts, result.effort, flush=True)
"""


def server(root):
    command = [str(Path(root) / ".venv" / "bin" / "python"), "-c", SERVER]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root)


def rates(process, dim, n_points, effort, seed):
    """CPU seconds over starts (of large codes, which make one or two: over effort), and over effort, of one search."""
    print(dim, n_points, effort, seed, file=process.stdin, flush=True)
    seconds, n_starts, spent = map(float, process.stdout.readline().split())
    return seconds / (spent if n_starts < 10 else n_starts), seconds / spent


def pair(before, dim, n_points):
    effort = max(400, int(PAIR_WORK / (n_points**2 * dim)))
    old, new = server(before), server(Path(__file__).parents[2])
    ratios, evaluations = [], []
    with old, new:
        for process in (old, new):
            rates(process, dim, n_points, effort, 0)
        for seed in range(PAIRS):
            seconds = {}
            for process in (new, old) if seed % 2 else (old, new):
                seconds[process] = rates(process, dim, n_points, effort, seed)
            ratios.append(seconds[new][0] / seconds[old][0])
            evaluations.append(seconds[new][1] / seconds[old][1])
    low, middle, high = np.percentile(ratios, [25, 50, 75])
    interval = median_interval(ratios)[1:]
    return {
        "value": f"{middle:.3f}",
        "status": "slower" if interval[0] > 1.05 else "ok",
        "quartiles": f"{low:.3f} to {high:.3f}",
        "95 % interval": f"{interval[0]:.3f} to {interval[1]:.3f}",
        "per evaluation": f"{np.median(evaluations):.3f}",
        "pairs": PAIRS,
    }


def pairs(quick):
    """Value: CPU time per start, after over before, median of interleaved pairs of searches with the same seed.

    Starts are polished as in a search; codes of fewer than ten starts are compared by effort. `per evaluation` is the
    median of the ratios by effort: searches of one seed make other starts before and after, 122 to 222 at (3, 58).
    """
    before = os.environ.get("SPHCODE_BEFORE")
    for dim, n_points in (PAIR_CASES[:1] if quick else PAIR_CASES) if before else []:
        yield f"({dim}, {n_points})", partial(pair, before, dim, n_points)


def against_reference(dim, n_points):
    generate(dim, n_points, rng=0, constructions=False, effort=1)
    rng = np.random.default_rng(0)
    begin = time.process_time()
    reached = [largest_cosine(by_riesz(random_points(rng, n_points, dim), math.inf)) for _ in range(3)]
    reference = (time.process_time() - begin) / 3
    begin = time.process_time()
    result = generate(dim, n_points, rng=0, constructions=False, effort=30_000)
    ours = (time.process_time() - begin) / result.n_starts
    return {
        "value": f"{reference / ours:.0f}",
        "ours, ms": f"{1e3 * ours:.2f}",
        "reference, ms": f"{1e3 * reference:.1f}",
        "best of ours": f"{result.max_cosine:.12f}",
        "best of reference": f"{min(reached):.12f}",
    }


def reference(quick):
    """Value: CPU time per start of scipy's L-BFGS-B on the log Riesz energy, as a multiple of that of ours.

    The reference has a dense numpy gradient and exponents 4 to 10^6, and stops at about 1e-7; ours are polished where
    they end near the best.
    """
    for dim, n_points in REFERENCE_CASES[: 1 if quick else None]:
        yield f"({dim}, {n_points})", partial(against_reference, dim, n_points)


def descended(plan, points):
    """Descend one code of a batch of one, in place; return its max cosine and the gap that its polish begins with."""
    _, n_points, dim = points.shape
    if plan.large:
        schedule = plan.schedules["large"]
        rough = descend_large(points[0], schedule, lambda: False)[0]
    else:
        schedule = plan.schedules["soft"]
        none = np.zeros(0, np.int64)
        arguments = (np.zeros((0, dim, dim)), none, none, none, np.zeros(0))
        rough = float(descend(points, n_points, arguments, *schedule.arrays())[0][0])
    return rough, float(schedule.gap(rough))


def one_start(dim, n_points):
    """One random start and its polish."""
    plan = make_plan(dim, n_points)
    points = random_points(np.random.default_rng(0), 1, n_points, dim)
    begin = time.process_time()
    rough, gap = descended(plan, points)
    middle = time.process_time()
    polished = polish(points[0], gap)
    return {
        "value": repr(polished.max_cosine),
        "status": "critical" if polished.critical else "rough",
        "descended": f"{rough:.12f}",
        "contacts": len(polished.first),
        "spread": f"{polished.spread:.0e}",
        "residual": f"{polished.residual:.0e}",
        "descent s": f"{middle - begin:.4f}",
        "polish s": f"{time.process_time() - middle:.4f}",
    }


def starts(quick):
    """Value: max cosine of one random start, seed 0, descended and polished."""
    for dim, n_points in START_CASES[: 2 if quick else None]:
        yield f"({dim}, {n_points})", partial(one_start, dim, n_points)


def evaluation(dim, n_points):
    points = np.ascontiguousarray(random_points(np.random.default_rng(0), 1, n_points, dim)[0].T)
    energy, gradient = TiledEnergy(points, 7), np.empty_like(points)
    # A copy: of the product of a matrix with its own transpose numpy computes one half only.
    product = best_of(5, np.matmul, points.T, points.copy())
    return {"value": f"{best_of(5, energy, points, gradient) / product:.2f}", "product s": f"{product:.4f}"}


def best_of(repeats, work, *arguments):
    """Return the least CPU time of `work`."""
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        work(*arguments)
        times.append(time.process_time() - begin)
    return min(times)


def energies(quick):
    """Value: CPU time of an energy in many dimensions, as a multiple of one product of 2 N^2 d operations."""
    for dim, n_points in PRODUCT_CASES[: 1 if quick else None]:
        yield f"({dim}, {n_points})", partial(evaluation, dim, n_points)


def room(root, names):
    """Return the size of modules and folders of a checkout; names that it does not have are left out."""
    paths = [root / "sphcode" / name for name in names if (root / "sphcode" / name).exists()]
    files = [file for path in paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    trees = [ast.parse(file.read_text()) for file in files]
    constants = functions = 0
    for tree in trees:
        functions += sum(isinstance(node, ast.FunctionDef) for node in ast.walk(tree))
        for node in tree.body:
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            numbers = [leaf for leaf in ast.walk(value) if isinstance(leaf, ast.Constant)] if value else []
            constants += any(isinstance(leaf.value, int | float) and leaf.value is not True for leaf in numbers)
    lines = [len(file.read_text().splitlines()) for file in files]
    longest = max(range(len(files)), key=lines.__getitem__)
    return {
        "value": sum(lines),
        "files": len(files),
        "functions": functions,
        "numeric module constants": constants,
        "longest": f"{files[longest].name} {lines[longest]}",
    }


#: The rooms of the search; kernels by their names before and after.
ROOMS = {
    "search": ["search"],
    "kernels of the search": [
        f"kernels/{name}.py"
        for name in ("descent", "lbfgs", "quasi_newton", "energy", "pair_list", "contact_system", "interior_point")
    ],
}


def size(quick):
    """Value: lines of `search/` and of its kernels; numbers of functions and of module constants that hold a number.

    The settings of a search are the fields of one dataclass and not counted among the constants.
    """
    before = os.environ.get("SPHCODE_BEFORE")
    for label, names in ROOMS.items():
        if before:
            yield f"{label}, before", partial(room, Path(before), names)
        yield label, partial(room, Path(__file__).parents[2], names)


TABLES = {
    "listed": listed,
    "seeds": seeds,
    "beyond": beyond,
    "sphere": sphere,
    "dimensions": dimensions,
    "many": many,
    "default": default,
    "short": short,
    "hard": hard,
    "known": known,
    "pairs": pairs,
    "reference": reference,
    "starts": starts,
    "energies": energies,
    "size": size,
}
