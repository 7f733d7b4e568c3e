"""The inverse three-point bound: the largest cosine at which N points are excluded, by secants with warm starts."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from sphcode._progress import Progress, ProgressCallback
from sphcode.bounds.primal_dual import Iterate
from sphcode.bounds.three_point_solution import ThreePointSolution, solve_three_point

__all__ = ["excluded_cosine"]

_Proof = TypeVar("_Proof")

_SOLVES = 10
_DECIMALS = 10
#: Relative accuracy of the first program and of the last ones.
_COARSE, _FINE = 1e-4, 1e-7
#: Distance to N, in log N, that a certificate needs, and at which the search ends.
_MARGIN, _CLOSE = 6e-7, 3e-6
_RETREATS = 4
#: Iterations of a start that served well, and those after which it is better to start afresh.
_WARM_ITERATIONS, _COLD_ITERATIONS = 16, 100


def excluded_cosine(
    dim: int,
    n_points: int,
    degree: int,
    start: float,
    prove: Callable[[ThreePointSolution], _Proof | None],
    *,
    workers: int = 1,
    checkpoint: str | Path | None = None,
    progress: ProgressCallback | None = None,
) -> _Proof | None:
    """Return what `prove` makes of a solution just below the cosine where the bound is n_points, or None.

    Parameters
    ----------
    dim, n_points, degree
        The question, and D.
    start : float
        A cosine to start from, such as that of the linear program.
    prove : callable
        Makes a proof of a solution, or returns None if it does not hold; then a little smaller cosine is tried.
    workers, checkpoint, progress
        As for `solve_three_point`; progress counts programs, its best is the cosine.
    """
    search = _Search(dim, n_points, degree, workers, checkpoint, progress)
    cosine = start
    for _ in range(_SOLVES):
        solution = search.solve(cosine)
        if solution.record["reason"] == "interrupted":
            return search.proven_so_far(prove)
        if -_CLOSE <= search.excess <= -_MARGIN and search.fine:
            proof = prove(solution)
            if proof is not None:
                return proof
        if abs(search.excess) < _CLOSE and search.fine:
            break
        cosine = search.next_cosine()
    cosine = search.cosine - (search.excess + 1.5 * _MARGIN) / search.slope()
    retreat = 2 * _MARGIN / search.slope()
    for _ in range(_RETREATS):
        proof = prove(search.solve(cosine))
        if proof is not None:
            return proof
        cosine -= retreat
        retreat *= 8
    return search.proven_so_far(prove)


class _Search:
    """The cosines tried so far, and log(bound / N) at each."""

    def __init__(
        self,
        dim: int,
        n_points: int,
        degree: int,
        workers: int,
        checkpoint: str | Path | None,
        progress: ProgressCallback | None,
    ) -> None:
        self.dim, self.n_points, self.degree = dim, n_points, degree
        self.workers, self.checkpoint, self.progress = workers, checkpoint, progress
        self.tried: list[tuple[float, float]] = []
        self.tolerance = _COARSE
        self.last: ThreePointSolution | None = None
        self.warm: Iterate | None = None
        self.below: list[ThreePointSolution] = []

    @property
    def cosine(self) -> float:
        return self.tried[-1][0]

    @property
    def excess(self) -> float:
        return self.tried[-1][1]

    @property
    def fine(self) -> bool:
        return self.tolerance <= _FINE

    def solve(self, cosine: float) -> ThreePointSolution:
        exact = Fraction(math.floor(cosine * 10**_DECIMALS), 10**_DECIMALS)
        if self.tried:
            self.tolerance = min(max(1e-2 * abs(self.excess), _FINE), _COARSE)
            if abs(self.excess) < 1e-3:
                self.tolerance = _FINE
        self.last = self._solve(exact, self.warm)
        if self.warm is not None and self.last.record["reason"] not in ("optimal", "interrupted"):
            self.last = self._solve(exact, None)
        if self.last.record["iterations"] <= _WARM_ITERATIONS or self.warm is None:
            self.warm = self.last.warm
        if self.last.value < self.n_points:
            self.below.append(self.last)
        self.tried.append((float(exact), math.log(max(self.last.value, 1.0) / self.n_points)))
        if self.progress is not None:
            self.progress(Progress("three-point", len(self.tried), max(6, len(self.tried)), float(exact), "max cosine"))
        return self.last

    def _solve(self, cosine: Fraction, start: Iterate | None) -> ThreePointSolution:
        return solve_three_point(
            self.dim,
            cosine,
            self.degree,
            tolerance=self.tolerance,
            workers=self.workers,
            start=start,
            max_iterations=_COLD_ITERATIONS if start is None else 2 * _WARM_ITERATIONS,
            checkpoint=self.checkpoint,
        )

    def proven_so_far(self, prove: Callable[[ThreePointSolution], _Proof | None]) -> _Proof | None:
        """Return the proof at the largest cosine tried that has one."""
        for solution in sorted(self.below, key=lambda solution: solution.cosine, reverse=True):
            proof = prove(solution)
            if proof is not None:
                return proof
        return None

    def slope(self) -> float:
        """Return the derivative of the logarithm of the bound: of the secant, or at first of volumes of caps."""
        guess = (self.dim - 1) / 2 / (1 - self.cosine)
        if len(self.tried) < 2 or self.tried[-1][0] == self.tried[-2][0]:
            return guess
        (x0, f0), (x1, f1) = self.tried[-2:]
        return min(max((f1 - f0) / (x1 - x0), guess / 10), 10 * guess)

    def next_cosine(self) -> float:
        """Return the secant's zero, or the middle of the bracket if it lies outside."""
        following = self.cosine - (self.excess + 0.5 * _CLOSE) / self.slope()
        low = max((x for x, f in self.tried if f < 0), default=-1.0)
        high = min((x for x, f in self.tried if f >= 0), default=1.0)
        return following if low < following < high else (low + high) / 2
