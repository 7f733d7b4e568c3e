"""Column generation for one-vs-rest distances: blocks of classes, each solved over few of the others, checked over all.

Blocks go to threads, to processes or to a cluster. What a block answers depends on the matrix and on its classes alone.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._progress import Progress, ProgressCallback
from sphcode._workers import Workers, thread_mapper
from sphcode.margins.checkpoint import Checkpoint
from sphcode.margins.device import bits_of, full_precision, single_of, torch_device
from sphcode.margins.eight_bits import rounded
from sphcode.margins.rows import Rows
from sphcode.margins.screen import EPS, Screen

CHUNK, STRIDE = 64, 16  # of sphcode.kernels.vectors, whose rounding errors depend on them
#: In fewer dimensions all problems go to Wolfe's algorithm: pivoting has nothing to gain there, and its kernel need not
#: be compiled, which takes longer than all else in a first comparison (measured at (1000, 16), (1000, 24), (1000, 32)).
PIVOTED = 32
#: Rounds of one class at most: a guard against a loop without end; what stays open says so.
MAX_ROUNDS = 60
#: A gap below this share of the largest distance from the origin is rounding and not worth a second solver.
ROUNDING = 32.0 * EPS
#: So many scores of a run, at least, are recomputed in float64: an error in 0.1 % of them is missed once in 20000 runs.
RECOMPUTED_SCORES = 10_000
#: In runs of few scores one of so many.
LEAST_SHARE = 16
#: Classes that a problem begins with, that one check keeps, and that join after it at most, as multiples of sqrt(dim):
#: a support has about 3 sqrt(dim) classes for Gaussian rows and 2 for those of language models. More at first cost Gram
#: matrices, fewer cost checks: 3 instead of 3.5 is 4 % less time at (10000, 512) and 5 % more at (50000, 512). A check
#: must hold the support and what bfloat16 leaves open, or it is made again (tests/benchmarks/margins.py, stages).
FIRST, KEPT, JOINING = 3.5, 14.0, 6.0
#: At least so many of each, in few dimensions.
LEAST_CANDIDATES = 16


class Columns:
    """Column generation for some classes: the state of their min-norm problems."""

    def __init__(
        self,
        screen: Screen,
        classes: NDArray[np.int64],
        tol: float,
        sampled: int,
        without: NDArray[np.int64] | None = None,
    ) -> None:
        n_classes, dim = screen.rows.shape
        capacity = min(dim + 1, n_classes - 1)
        self.screen = screen
        self.classes = classes
        self.without = np.empty(0, dtype=np.int64) if without is None else without
        self.tol = tol * screen.scale
        self.sampled = sampled
        counts = (max(LEAST_CANDIDATES, int(multiple * math.sqrt(dim))) for multiple in (FIRST, KEPT, JOINING))
        self.first, self.kept, self.joining = (min(n_classes - 1, count) for count in counts)
        self.norm = np.zeros(len(classes))
        self.lower = np.zeros(len(classes))
        self.directions = np.zeros((len(classes), dim))
        self.supports = np.zeros((len(classes), capacity), dtype=np.int64)
        self.weights = np.zeros((len(classes), capacity))
        self.sizes = np.zeros(len(classes), dtype=np.int64)
        # Gram matrices of the first supports (the lower triangles), and what the vectors were multiplied by.
        self.kept_grams = np.empty((len(classes), self.first * (self.first + 1) // 2), dtype=np.float32)
        self.kept_scales = np.zeros(len(classes))
        self.believed = True  # whether every score that was recomputed lay within its error

    def run(self) -> None:
        """Start from the likeliest classes, then add those that cut the margin until none does."""
        active = np.arange(len(self.classes))
        ids = self._likeliest(active)
        rough = self.first < len(self.screen.rows) - 1  # other classes will join
        self._solve(active, ids, refined=not rough)
        for round_ in range(MAX_ROUNDS):
            zero = self.norm[active] <= self.tol / 2
            self.lower[active[zero]] = 0.0
            active = active[~zero]
            if not len(active):
                return
            if rough and round_ == 0:
                ids = self._further(active)
            else:
                active, ids = self._check(active, sampling=round_ == rough)
            self._solve(active, ids)
        self.lower[active] = 0.0

    def _likeliest(self, active: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the classes to begin with: best along whitened rows, or nearest."""
        screen = self.screen
        everything = np.full(len(active), -np.inf, dtype=np.float32)
        looking = screen.screened(self.classes)
        if screen.root is None or screen.middle is None:
            return self._best(active, self.first, looking, screen.half_squares, everything)[0]
        return self._propose(active, self.first, np.dot(looking - screen.middle, screen.root), everything)

    def _propose(
        self, active: NDArray[np.int64], width: int, looking: NDArray[np.float32], limit: NDArray[np.float32]
    ) -> NDArray[np.int64]:
        """Return the `width` classes that seem to score best along one vector per active class, above the limit."""
        from sphcode.kernels.gram import WHOLE, largest_scores

        screen, offset = self.screen, np.zeros_like(self.screen.half_squares)
        if screen.eight is None:
            return self._best(active, width, looking, offset, limit)[0]
        (vectors, grains), factors = rounded(looking), screen.eight.grains * screen.factors
        ids = np.full((len(active), width), -1, dtype=np.int64)
        values = np.repeat((limit / grains)[:, None], width, axis=1)
        offset[self.without] = np.inf
        for part in screen.slices():
            bits = screen.whole_scores(vectors, part).view(np.uint32)
            largest_scores(bits, WHOLE, part.start, self.classes[active], factors, offset, ids, values)
        return ids

    def _best(
        self,
        active: NDArray[np.int64],
        width: int,
        looking: NDArray[np.float32],
        offset: NDArray[np.float32],
        limit: NDArray[np.float32],
        places: NDArray[np.int64] | None = None,
        columns: NDArray[np.int64] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Score all classes along one vector per active class; returns the `width` best above the limit (else -1).

        With `places` and `columns` (ascending) also the scores of these vectors for these classes.
        """
        from sphcode.kernels.gram import largest_scores

        screen, classes = self.screen, self.classes[active]
        ids = np.full((len(active), width), -1, dtype=np.int64)
        values = np.repeat(limit[:, None], width, axis=1)
        if len(self.without):
            offset = offset.copy()
            offset[self.without] = np.inf
        watched = []
        for part in screen.slices():
            scores = screen.scores(looking, part)
            largest_scores(*bits_of(scores), part.start, classes, screen.factors, offset, ids, values)
            if places is not None and columns is not None:
                inside = slice(*np.searchsorted(columns, [part.start, part.stop]))
                met = single_of(scores[places[inside], columns[inside] - part.start])
                watched.append(met * screen.factors[columns[inside]])
        return ids, np.concatenate(watched) if watched else np.empty(0, dtype=np.float32)

    def _limits(
        self, active: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float64], float]:
        """Return what to score along, the scores that a class which lowers the margin is above, and their errors."""
        screen, directions = self.screen, self.directions[active]
        own = np.einsum("ij,ij->i", directions, screen.rows[self.classes[active]] - screen.origin)
        errors, share = screen.errors(directions)
        level = (own - self.lower[active]) / screen.unit - errors
        limit = (level - share * np.abs(level)).astype(np.float32)  # for the rounding of the score itself
        return directions.astype(np.float32), limit, errors, share

    def _further(self, active: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return classes that seem to lower the margins along rough directions, by their scores alone."""
        looking, limit, _, _ = self._limits(active)
        return self._propose(active, self.joining, looking, limit)

    def _check(self, active: NDArray[np.int64], sampling: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Bound the margins over all classes; returns the active classes that met a new one, and the candidates.

        With `sampling` some scores are computed again.
        """
        from sphcode.kernels.columns import check_candidates

        screen, classes, lower = self.screen, self.classes[active], self.lower[active]
        directions = self.directions[active]
        looking, limit, errors, share = self._limits(active)
        no_offset = np.zeros_like(screen.half_squares)
        if sampling:
            places, columns = self._sample(len(active))
            ids, watched = self._best(active, self.kept, looking, no_offset, limit, places, columns)
            self._recompute(watched, places, columns, directions, errors, share)
        else:
            ids, _ = self._best(active, self.kept, looking, no_offset, limit)
        fresh, full = np.zeros(len(active), dtype=np.bool_), np.zeros(len(active), dtype=np.bool_)
        norm, tol, margins = self.norm[active], self.tol / 4, np.empty(ids.shape)
        check_candidates(
            screen.rows.arrays, classes, directions, ids, norm, tol, self.supports[active], self.sizes[active], lower,
            margins, fresh, full,
        )  # fmt: skip
        if full.any():
            self._check_rest(np.flatnonzero(full), classes, directions, looking, limit, ids, lower, fresh)
            margins[full, 0] = lower[full]  # of what was met last
        self.lower[active] = lower
        again = fresh & (norm - lower > tol)
        return active[again], _smallest(ids[again], margins[again], self.joining)

    def _check_rest(
        self,
        full: NDArray[np.intp],
        classes: NDArray[np.int64],
        directions: NDArray[np.float64],
        looking: NDArray[np.float32],
        limit: NDArray[np.float32],
        ids: NDArray[np.int64],
        lower: NDArray[np.float64],
        fresh: NDArray[np.bool_],
    ) -> None:
        """Look at all classes above the limit, where there are more than candidates are kept: many ties."""
        from sphcode.kernels.columns import check_scores

        screen = self.screen
        own = (classes[full], directions[full], limit[full])
        found, least, met = ids[full], lower[full], fresh[full]
        factors = screen.factors.copy()
        factors[self.without] = np.nan  # never above a limit
        for part in screen.slices():
            scores = screen.scores(looking[full], part)
            check_scores(
                screen.rows.arrays, own[0], own[1], *bits_of(scores), part.start, factors, own[2], found, least, met
            )  # fmt: skip
        ids[full], lower[full], fresh[full] = found, least, met

    def _sample(self, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Draw the scores that are computed again: of which vector, and for which class, ascending."""
        n_classes = len(self.screen.rows)
        count = min(self.sampled, n * n_classes // LEAST_SHARE)
        rng = np.random.default_rng(int(self.classes[0]))
        # Each class twice and in order: what costs time is to read its row.
        places, columns = (
            rng.integers(n, size=count),
            np.sort(np.repeat(rng.integers(n_classes, size=-(-count // 2)), 2)),
        )
        return places, columns[:count]

    def _recompute(
        self,
        scores: NDArray[np.float32],
        places: NDArray[np.int64],
        columns: NDArray[np.int64],
        directions: NDArray[np.float64],
        errors: NDArray[np.float64],
        share: float,
    ) -> None:
        """Compare a sample of the scores with float64: is the arithmetic what the margin assumes?"""
        from sphcode.kernels.columns import recompute_scores

        exact = np.empty(len(scores))
        recompute_scores(self.screen.rows.arrays, directions, places, columns, exact)
        exact = (exact - (directions @ self.screen.origin)[places]) / self.screen.unit
        allowed = errors[places] + share * (np.abs(exact) + errors[places])
        self.believed &= bool((np.abs(scores - exact) <= 1.01 * allowed).all())

    def _solve(self, active: NDArray[np.int64], ids: NDArray[np.int64], refined: bool = True) -> None:
        """Solve the min-norm problems of the active classes over their supports and the candidates `ids`.

        Unless `refined` they get directions along which to look for others, and are solved again.
        """
        left = self._solve_easy(active, ids, refined)
        if left.any():
            from sphcode.kernels.columns import solve_rows

            solve_rows(
                self.screen.rows.arrays, self.classes, active[left], ids[left], self.supports, self.weights, self.sizes,
                self.tol / 8, self.directions, self.norm, self.lower,
            )  # fmt: skip
        if not refined:
            return
        gap = max(self.tol / 4, ROUNDING * self.screen.reach)
        norm, lower = self.norm[active], self.lower[active]
        for place in np.flatnonzero((norm > self.tol / 2) & (norm - lower > gap)):
            self._solve_degenerate(int(active[place]), ids[place])

    def _solve_easy(self, active: NDArray[np.int64], ids: NDArray[np.int64], refined: bool) -> NDArray[np.bool_]:
        """Solve what block pivoting can, of no more rows than dimensions; return whether a problem is left."""
        left = np.ones(len(active), np.bool_)
        rows, near = self.screen.rows, self.screen.single_rows
        if rows.shape[1] < PIVOTED:
            return left
        from sphcode.kernels.columns import solve_easy_rows

        solve_easy_rows(
            rows.arrays, (rows if near is None else near).arrays, 1.0 if near is None else self.screen.unit,
            self.classes, active, ids, self.supports, self.weights, self.sizes, self.tol / 8, refined, self.directions,
            self.norm, self.lower, self.kept_grams, self.kept_scales, left,
        )  # fmt: skip
        return left

    def _solve_degenerate(self, i: int, ids: NDArray[np.int64]) -> None:
        """Solve the min-norm problem of the i-th class again, by orthogonal factors, where rounding left a gap."""
        from sphcode.margins.degenerate import min_norm_point

        known = self.supports[i, : self.sizes[i]]
        rows = np.concatenate([known, np.setdiff1d(ids[ids >= 0], known)])
        differences = self.screen.rows[int(self.classes[i])] - self.screen.rows[rows]
        chosen, shares, direction, norm, lower = min_norm_point(differences, np.arange(len(known)), self.tol / 8)
        if norm - max(lower, 0.0) >= self.norm[i] - max(self.lower[i], 0.0):
            return
        self.sizes[i], self.norm[i], self.lower[i], self.directions[i] = len(chosen), norm, lower, direction
        self.supports[i, : len(chosen)] = rows[chosen]
        self.weights[i] = 0.0
        self.weights[i, : len(chosen)] = shares

    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper bounds of the distances, with every rounding of `norm` and `lower` added."""
        dim = self.screen.rows.shape[1]
        rows = self.screen.rows[self.classes] - self.screen.origin
        longest = np.sqrt(np.einsum("ij,ij->i", rows, rows)) + self.screen.reach  # of the differences w_k - w_j
        product = min(dim, CHUNK) + dim / CHUNK + 2
        combination = STRIDE + self.sizes / STRIDE + 3
        lower = self.lower - 1.01 * EPS * (1.5 * product + 6) * longest
        upper = self.norm + 1.01 * EPS * ((0.5 * product + combination + 2) * self.norm + combination * longest)
        return np.maximum(lower - self.screen.floor, 0.0), upper + self.screen.floor

    def combinations(self) -> tuple[list[NDArray[np.int64]], list[NDArray[np.float64]]]:
        """Support and weights, of sum 1, of each class."""
        taken = self.weights > 0.0
        ids, shares = self.supports[taken], (self.weights / self.weights.sum(axis=1, keepdims=True))[taken]
        ends = np.cumsum(taken.sum(axis=1)).tolist()
        slices = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
        return [ids[part] for part in slices], [shares[part] for part in slices]


def _smallest(ids: NDArray[np.int64], margins: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return the ids of the smallest margins of each line."""
    if ids.shape[1] <= count:
        return ids
    return np.take_along_axis(ids, np.argpartition(margins, count, axis=1)[:, :count], axis=1)


@dataclass(frozen=True)
class Solved:
    """What came out for a block of classes.

    Attributes
    ----------
    norm, lower, upper : ndarray, shape (n,)
        Norms of the nearest points, and the bounds.
    directions : ndarray, shape (n, dim)
    supports, shares : list of ndarray
        Of the nearest points.
    scale : float
        Largest norm of a row of the matrix.
    believed : bool
        Whether all scores that were recomputed lay within their error.
    """

    norm: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    directions: NDArray[np.float64]
    supports: list[NDArray[np.int64]]
    shares: list[NDArray[np.float64]]
    scale: float
    believed: bool

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything as arrays, for a checkpoint."""
        plain = {name: np.asarray(getattr(self, name)) for name in ("norm", "lower", "upper", "directions", "scale")}
        joined = {name: np.concatenate(getattr(self, name)) for name in ("supports", "shares")}
        sizes = np.array([len(ids) for ids in self.supports])
        return {**plain, **joined, "sizes": sizes, "believed": np.asarray(self.believed)}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Solved:
        """Return what `arrays` came from."""
        ends = np.cumsum(arrays["sizes"])[:-1]
        return cls(
            norm=arrays["norm"],
            lower=arrays["lower"],
            upper=arrays["upper"],
            directions=arrays["directions"],
            supports=np.split(arrays["supports"], ends),
            shares=np.split(arrays["shares"], ends),
            scale=float(arrays["scale"]),
            believed=bool(arrays["believed"]),
        )


@dataclass(frozen=True)
class Problem:
    """Everything that a worker needs to know: the rows, and how they are measured.

    Attributes
    ----------
    rows : Rows
    without : ndarray of int
        Classes that are left out of every hull.
    n_measured : int
        Number of classes in all blocks.
    tol : float
    sampled : int
        Scores of each block and round that are recomputed.
    device : str
        "auto", "cpu" or "cuda": where scores are computed.
    name : str
        Under which a process keeps the screen between blocks.
    """

    rows: Rows
    without: NDArray[np.int64]
    n_measured: int
    tol: float
    sampled: int
    device: str
    name: str

    def screen(self) -> Screen:
        """Return the screen of the rows, made once in a process."""
        if self.name not in _SCREENS:
            _SCREENS.clear()
            place = torch_device(self.device, float(self.n_measured) * self.rows.size, self.rows.size)
            _SCREENS[self.name] = Screen.of(self.rows, place).with_root(self.n_measured)
        return _SCREENS[self.name]


#: The screen of the problem at work in this process; never more than one.
_SCREENS: dict[str, Screen] = {}


def solve_block(problem: Problem, classes: NDArray[np.int64]) -> Solved:
    """Solve for a block of classes."""
    columns = Columns(problem.screen(), classes, problem.tol, problem.sampled, problem.without)
    with full_precision() if columns.screen.low else nullcontext():
        columns.run()
    lower, upper = columns.bounds()
    supports, shares = columns.combinations()
    scale = columns.screen.scale
    return Solved(columns.norm, lower, upper, columns.directions, supports, shares, scale, columns.believed)


def solve_blocks(
    rows: Rows,
    classes: NDArray[np.int64],
    tol: float,
    block: int,
    workers: Workers,
    device: str,
    progress: ProgressCallback | None,
    without: NDArray[np.int64],
    resume: Checkpoint | None = None,
) -> Iterator[Solved]:
    """Solve all blocks, by as many threads as `workers` says, or by what it is; in the order of the classes.

    Those that a checkpoint holds are read there, others are added to it.
    """
    blocks = [classes[start : start + block] for start in range(0, len(classes), block)]
    sampled = -(-RECOMPUTED_SCORES // len(blocks))
    problem = Problem(rows, without, len(classes), tol, sampled, device, secrets.token_hex(8))
    journal = None if resume is None else resume.journal(rows, classes, without, tol, block, device)
    former = 0 if journal is None else journal.count
    if isinstance(workers, int) and former < len(blocks):
        problem.screen()  # before threads would make it twice
    counted, best = 0, math.inf
    try:
        with thread_mapper(workers) as run:
            done = () if journal is None else map(Solved.of_arrays, journal.records())
            for place, part in enumerate(chain(done, run(partial(solve_block, problem), blocks[former:]))):
                if journal is not None and place >= former:
                    journal.append(part.arrays())
                counted, best = counted + len(part.norm), min(best, float(part.norm.min()))
                if progress is not None:
                    progress(Progress("one-vs-rest", counted, len(classes), best, "distance"))
                yield part
    finally:
        _SCREENS.pop(problem.name, None)
        if journal is not None:
            journal.close()
