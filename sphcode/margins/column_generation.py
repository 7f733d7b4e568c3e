"""Column generation for the one-vs-rest distances of a block of classes: solved over few others, checked over all.

What it answers depends on the matrix and on the classes of the block alone.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sphcode.margins.device import bits_of, single_of
from sphcode.margins.eight_bits import rounded
from sphcode.margins.screen import EPS, Screen

CHUNK, STRIDE = 64, 16  # of sphcode.kernels.vectors, whose rounding errors depend on them
#: In fewer dimensions all problems go to Wolfe's algorithm: pivoting has nothing to gain there, and its kernel need not
#: be compiled, which takes longer than all else in a first comparison (measured at (1000, 16), (1000, 24), (1000, 32)).
PIVOTED = 32
#: Classes whose directions and rows are in float64 beside those that are kept: memory only.
PART = 64
#: Rounds of one class at most: a guard against a loop without end; what stays open says so.
MAX_ROUNDS = 60
#: A gap below this share of the largest distance from the origin is rounding and not worth a second solver.
ROUNDING = 32.0 * EPS
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
        screen, share = self.screen, 0.0
        looking = np.empty((len(active), screen.rows.shape[1]), dtype=np.float32)
        limit, errors = np.empty(len(active), dtype=np.float32), np.empty(len(active))
        for start in range(0, len(active), PART):
            part, places = slice(start, start + PART), active[start : start + PART]
            directions = self.directions[places]
            own = np.einsum("ij,ij->i", directions, screen.rows[self.classes[places]] - screen.origin)
            errors[part], share = screen.errors(directions)
            level = (own - self.lower[places]) / screen.unit - errors[part]
            limit[part] = level - share * np.abs(level)  # for the rounding of the score itself
            looking[part] = directions
        return looking, limit, errors, share

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
        self.kept_grams = self.kept_grams[:, :0].copy()  # they have served
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
        longest = np.empty(len(self.classes))  # of the differences w_k - w_j
        for start in range(0, len(longest), PART):
            rows = self.screen.rows[self.classes[start : start + PART]] - self.screen.origin
            longest[start : start + PART] = np.sqrt(np.einsum("ij,ij->i", rows, rows)) + self.screen.reach
        product = min(dim, CHUNK) + dim / CHUNK + 2
        combination = STRIDE + self.sizes / STRIDE + 3
        lower = self.lower - 1.01 * EPS * (1.5 * product + 6) * longest
        upper = self.norm + 1.01 * EPS * ((0.5 * product + combination + 2) * self.norm + combination * longest)
        return np.maximum(lower - self.screen.floor, 0.0), upper + self.screen.floor

    def combinations(self) -> tuple[list[NDArray[np.int64]], list[NDArray[np.float64]]]:
        """Support and weights, of sum 1, of each class."""
        taken = self.weights > 0.0
        ids, shares = self.supports[taken], self.weights[taken] / np.repeat(self.weights.sum(axis=1), taken.sum(axis=1))
        ends = np.cumsum(taken.sum(axis=1)).tolist()
        slices = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
        return [ids[part] for part in slices], [shares[part] for part in slices]


def _smallest(ids: NDArray[np.int64], margins: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return the ids of the smallest margins of each line."""
    if ids.shape[1] <= count:
        return ids
    return np.take_along_axis(ids, np.argpartition(margins, count, axis=1)[:, :count], axis=1)
