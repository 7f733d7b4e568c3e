"""Search beside its peers: expected time to the best known code, time of a critical point, growth, cold starts.

Every peer gets the same random starts and one thread, and is given more than it has: its rows count as the best known
code when our polish, which is not on its clock, leads from them to it, as energies end 1e-8 to 1e-4 above an optimum.
Ours has to meet the value within 1e-11 by itself.
"""

from __future__ import annotations

import csv
import math
import signal
import time
from collections.abc import Callable
from functools import cache, partial

import numpy as np
from scipy.optimize import nnls

from sphcode import bound, construct, generate, refine
from sphcode.codes.table import rows as public_rows
from sphcode.search.plan import make_plan
from sphcode.search.polish import polish

from .alone import ROOT, alone
from .peers import BY_NAME, PEERS, Peer, largest_cosine, limited, random_rows, run, unit
from .runner import Cases, Row

#: CPU seconds of a run and its seeds; `bench-full` sets others.
LIMIT, SEEDS = 10.0, 2
#: (dim, sizes): codes that a peer finds in seconds, the landmarks among the hard ones, some of each dimension.
SIZES = {
    3: (7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 27, 30, 32, 36, 40, 48, 50, 60, 100),
    4: (9, 10, 12, 13, 20, 24, 30, 40, 120),
    5: (11, 16, 20, 32, 40),
    6: (20, 27, 40, 72),
    7: (20, 40, 56),
    8: (20, 40, 240),
    10: (30, 40, 100),
    12: (30,),
    16: (34, 79),
    24: (40,),
}
#: Ours must meet the value within this; a peer's rows, polished, within that.
OURS_MET, PEER_MET = 1e-11, 1e-9
#: Rows further above the best known value than this are in another basin, and not polished.
NEAR = 1e-3
#: Effort that no search of these seconds uses up.
ENDLESS = 1e12


@cache
def recorded() -> dict[tuple[int, int], float]:
    """Return the smallest max cosine on record: of public tables, and of the table of the package."""
    with (ROOT / "data" / "index.csv").open(newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["kind"] == "points"]
    values = {(int(row["dim"]), int(row["n_points"])): float(row["max_cosine"]) for row in rows}
    for row in public_rows():
        values[row.dim, row.n_points] = min(row.max_cosine, values.get((row.dim, row.n_points), 1.0))
    return values


def meets(dim: int, n_points: int) -> Callable[[np.ndarray], bool]:
    """Return the judge of a peer's rows: whether the best known code is what they lead to."""
    value = recorded()[dim, n_points]

    def judge(points: np.ndarray) -> bool:
        above = largest_cosine(points) - value
        return above <= PEER_MET or (above <= NEAR and refine(points).max_cosine - value <= PEER_MET)

    return judge


def searched(dim: int, n_points: int, seed: int, seconds: float, target: float | None = None) -> float:
    """Return the largest cosine of one search alone that is interrupted after so many CPU seconds."""
    with limited(seconds, lambda: signal.raise_signal(signal.SIGINT)):
        return generate(dim, n_points, rng=seed, constructions=False, target=target, effort=ENDLESS).max_cosine


def ours_until(dim: int, n_points: int, seed: int, limit: float) -> tuple[float, bool]:
    """CPU seconds of one search alone until it has met the value, and whether it has."""
    target = recorded()[dim, n_points] + OURS_MET
    began = time.process_time()
    reached = searched(dim, n_points, seed, limit, target)
    return time.process_time() - began, reached <= target


def warm_up(dim: int, n_points: int) -> None:
    """Compile the kernels of a search, or load them: hopping and polish too, in a code of this size."""
    for n in {min(n_points, 24), n_points}:
        searched(dim, n, 1000, 1.0)


def expected(runs: list[tuple[float, bool]]) -> tuple[float, int]:
    """Return the expected CPU seconds until the value is met (of all, if none has), and how many runs have met it."""
    hits = sum(met for _, met in runs)
    return sum(seconds for seconds, _ in runs) / max(hits, 1), hits


def cell(runs: list[tuple[float, bool]]) -> str:
    """Return "0.12 (2/2)", or "> 20 (0/2)" where no run has met the value."""
    seconds, hits = expected(runs)
    return f"{'' if hits else '> '}{seconds:.3g} ({hits}/{len(runs)})"


def race(dim: int, n_points: int, limit: float, n_seeds: int) -> Row:
    warm_up(dim, n_points)
    ours = [ours_until(dim, n_points, seed, limit) for seed in range(n_seeds)]
    row: Row = {"value": "", "status": "ok", "best peer": "", "spread": "", "ours, s": cell(ours)}
    own, own_hits = expected(ours)
    rival, theirs = None, []
    for peer in PEERS:
        reason = peer.refuses(dim, n_points)
        if reason:
            row[f"{peer.name}, s"] = reason
            continue
        run(peer, 3, 6, 0, 2.0, lambda points: True)  # imports
        runs = [run(peer, dim, n_points, seed, limit, meets(dim, n_points)) for seed in range(n_seeds)]
        times = [(each.seconds, each.met) for each in runs]
        row[f"{peer.name}, s"] = cell(times)
        seconds, hits = expected(times)
        if rival is None or (hits == 0, seconds) < rival[:2]:
            rival, theirs = (hits == 0, seconds, peer.name), times
    if rival is None:
        return row
    missed, seconds, row["best peer"] = rival
    ratios = [their / our for their, _ in theirs for our, _ in ours]
    row["spread"] = f"{min(ratios):.3g} to {max(ratios):.3g}"
    row["value"] = f"{'> ' if missed else '< ' if not own_hits else ''}{seconds / own:.3g}"
    if not own_hits:
        row["status"] = "neither" if missed else "lost"
        row["value"] = "" if missed else row["value"]
    elif not missed and seconds < own:
        row["status"] = "lost"
    return row


def races(quick: bool, limit: float, n_seeds: int) -> Cases:
    cases = [(dim, n_points) for dim, sizes in SIZES.items() for n_points in sizes]
    for dim, n_points in cases[3:8:2] if quick else cases:
        yield f"({dim}, {n_points})", partial(race, dim, n_points, limit, n_seeds)


def search(quick: bool) -> Cases:
    """Value: expected CPU seconds to the best known code of the best peer, as a multiple of ours.

    Expected: seconds of all runs over the number of those that have met the value; `>` where none has, and then the
    ratio is a lower bound. In brackets how many have. `spread` is over pairs of a run of the peer and one of ours.
    """
    return races(quick, 2.0 if quick else LIMIT, SEEDS)


#: Sizes of one start each; 5 random starts of each.
CRITICAL, STARTS = [(3, 13), (3, 24), (3, 50), (3, 100), (4, 40), (5, 40), (8, 40), (8, 120)], 5
#: Pairs within this of the largest cosine are contacts for the judge; the residual of a critical point is below that.
CONTACT, BALANCED = 1e-7, 1e-6


def imbalance(points: np.ndarray) -> float:
    """Return the least norm of the sum of forces, over all nonnegative multipliers of the contacts with sum 1."""
    cosines = np.tril(points @ points.T, -1) - 2.0 * np.triu(np.ones((len(points),) * 2))
    first, second = np.nonzero(cosines >= cosines.max() - CONTACT)
    forces = np.zeros((len(first), *points.shape))
    each = np.arange(len(first))
    along = np.einsum("ij,ij->i", points[first], points[second])[:, None]
    forces[each, first] = points[second] - along * points[first]
    forces[each, second] = points[first] - along * points[second]
    system = np.vstack([forces.reshape(len(first), -1).T, np.ones(len(first))])
    multipliers, _ = nnls(system, np.append(np.zeros(points.size), 1.0))
    return float(np.linalg.norm(system[:-1] @ multipliers) / max(multipliers.sum(), 1e-12))


def our_start(points: np.ndarray, seconds: float) -> np.ndarray:
    """One start of a search, descended and polished."""
    # Here, so that cold starts of peers load no kernel.
    from .search import descended

    n_points, dim = points.shape
    rows = points[None].copy()
    _, gap = descended(make_plan(dim, n_points), rows)
    return polish(rows[0], gap).points


def critical_at(dim: int, n_points: int) -> Row:
    row: Row = {"value": "", "status": "ok"}
    times: dict[str, list[float]] = {}
    for peer in [Peer("ours", "sphcode", our_start), *PEERS]:
        reason = peer.refuses(dim, n_points)
        if reason:
            row[f"{peer.name}, ms"] = reason
            continue
        run(peer, dim, min(n_points, 20), 0, 5.0, lambda points: True)
        runs = [run(peer, dim, n_points, seed, LIMIT, lambda points: True) for seed in range(STARTS)]
        times[peer.name] = [each.seconds for each in runs]
        reached = sum(each.met and imbalance(each.points) <= BALANCED for each in runs)
        row[f"{peer.name}, ms"] = f"{1e3 * np.median(times[peer.name]):.3g} ({reached}/{STARTS})"
        if not reached and peer.name != "ours":
            del times[peer.name]
    own = times.pop("ours")
    if times:
        best = min(times, key=lambda name: np.median(times[name]))
        ratios = np.array(times[best]) / np.array(own)
        row |= {
            "value": f"{np.median(ratios):.3g}",
            "status": "lost" if np.median(ratios) < 1 else "ok",
            "best peer": best,
            "spread": f"{ratios.min():.3g} to {ratios.max():.3g}",
        }
    return row


def critical(quick: bool) -> Cases:
    """Value: CPU seconds of one start by the best peer that ends at a critical point, as a multiple of ours.

    Medians of 5 random starts, the same for all. In brackets how many ended at a critical point, by least squares over
    the multipliers of all pairs within 1e-7 of the largest cosine. Energies end above it.
    """
    for dim, n_points in CRITICAL[:1] if quick else CRITICAL:
        yield f"({dim}, {n_points})", partial(critical_at, dim, n_points)


#: Large codes, each solver with the same CPU seconds; REF holds matrices of N^2, at most so many.
GROWN = [(3, 1000), (3, 10_000), (3, 100_000), (16, 1000), (64, 1000), (256, 2000), (1024, 4096)]
GROWTH_SECONDS, REF_POINTS = 10.0, 10_000


def grow_ours(dim: int, n_points: int, seconds: float) -> float:
    return searched(dim, n_points, 0, seconds)


def grow_riesz(dim: int, n_points: int, seconds: float) -> float:
    """REF, cut after so many CPU seconds: the best rows that it has evaluated."""
    from . import peers

    best = [1.0]

    def watched(flat: np.ndarray, exponent: float, n: int, d: int) -> tuple[float, np.ndarray]:
        best[0] = min(best[0], largest_cosine(unit(flat.reshape(n, d))))
        return original(flat, exponent, n, d)

    original, peers.riesz = peers.riesz, watched
    points = random_rows(np.random.default_rng(0), n_points, dim)
    try:
        with peers.limited(seconds):
            best[0] = min(best[0], largest_cosine(BY_NAME["REF"].descend(points, seconds)))
    except peers.Spent:
        pass
    return best[0]


def fibonacci(n_points: int) -> np.ndarray:
    """The usual spiral of N points on the sphere of three dimensions."""
    height = 1.0 - (2.0 * np.arange(n_points) + 1.0) / n_points
    turn = math.pi * (1.0 + math.sqrt(5.0)) * np.arange(n_points)
    across = np.sqrt(1.0 - height**2)
    return np.column_stack([across * np.cos(turn), across * np.sin(turn), height])


def fibonacci_cosine(n_points: int) -> float:
    return largest_cosine(fibonacci(n_points))


def grown_at(dim: int, n_points: int, seconds: float) -> Row:
    limit = math.acos(float(bound(dim, n_points, method="closed-form").max_cosine_lower_bound))

    def share(cosine: float) -> float:
        return math.acos(min(cosine, 1.0)) / limit

    ours = alone("field_search", "grow_ours", dim, n_points, seconds)
    row: Row = {
        "value": "",
        "status": "ok",
        "ours, share": f"{share(ours['answer']):.4f}",
        "REF, share": "not run: N^2 numbers",
        "spiral, share": f"{share(fibonacci_cosine(n_points)):.4f}" if dim == 3 else "",
        "construction, share": f"{share(construct(dim, n_points).max_cosine):.4f}" if dim == 3 else "",
        "ours, MiB": f"{ours['peak']:.0f}",
        "seconds": f"{ours['warm']:.3g}",
    }
    if n_points <= REF_POINTS:
        theirs = alone("field_search", "grow_riesz", dim, n_points, seconds)
        row["value"] = f"{share(ours['answer']) / share(theirs['answer']):.4f}"
        row["status"] = "lost" if float(row["value"]) < 1 else "ok"
        row["REF, share"] = f"{share(theirs['answer']):.4f}"
        row["REF, MiB"] = f"{theirs['peak']:.0f}"
        row["REF, s"] = f"{theirs['warm']:.3g}"
    if dim == 3 and row["ours, share"] < row["spiral, share"]:
        row["status"] = "lost"
    return row


def growth(quick: bool) -> Cases:
    """Value: smallest angle of ours after 10 s, seed 0, as a multiple of that of REF after 10 CPU s; larger is better.

    Shares: smallest angle over the largest that closed forms leave possible. `spiral`: the Fibonacci points, and
    `construction`: those that `construct` gives, and `generate` starts from unless it is told not to, as here; both
    cost nothing. A search may exceed its limit by one step.
    """
    for dim, n_points in GROWN[:1] if quick else GROWN:
        yield f"({dim}, {n_points})", partial(grown_at, dim, n_points, 2.0 if quick else GROWTH_SECONDS)


def one_start_of(name: str, dim: int, n_points: int) -> float:
    if name == "ours":
        return generate(dim, n_points, rng=0, constructions=False, effort=1).max_cosine
    return largest_cosine(BY_NAME[name].descend(random_rows(np.random.default_rng(0), n_points, dim), LIMIT))


def cold_at(name: str) -> Row:
    reason = "" if name == "ours" else BY_NAME[name].refuses(3, 24)
    if reason:
        return {"status": reason}
    first, second = (alone("field_search", "one_start_of", name, 3, 24) for _ in range(2))
    cold = sorted((first["cold"], second["cold"]))
    return {
        "value": f"{np.mean(cold):.3g}",
        "spread": f"{cold[0]:.3g} to {cold[1]:.3g}",
        "peak, MiB": f"{max(first['peak'], second['peak']):.0f}",
    }


def cold(quick: bool) -> Cases:
    """Value: CPU seconds of a process that makes one start at (3, 24), imports and all; two processes.

    Kernels of ours are compiled before: what a first run ever pays for them is measured elsewhere.
    """
    for name in ["ours", *BY_NAME][: 2 if quick else None]:
        yield name, partial(cold_at, name)
