"""The inverse three-point bound: the largest cosine at which N points are excluded, by secants on log(bound / N).

Programs of degree D - 6 and D - 3, which take little time, lead to a cosine and a slope for those of degree D. Each
program is solved from the same starting point: interior points that start near the last optimum need more steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from sphcode._progress import Progress, ProgressCallback
from sphcode.bounds.three_point_solution import ThreePointSolution, solve_three_point

__all__ = ["excluded_cosine"]

_Proof = TypeVar("_Proof")

_SOLVES, _EXPECTED = 12, 4
_DECIMALS = 10
_LEAST_DEGREE = 4
#: Relative accuracy of programs far from N, of those within `_NEAR` of it in log(bound / N), and what ends a degree.
_COARSE, _FINE, _NEAR = 1e-4, 1e-7, 1e-3
#: log(N / bound) that is aimed at, at first, and the multiple of it that is good enough.
_AIM, _GOOD = 3e-7, 4.0


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
        As for `solve_three_point`; progress counts programs of degree D, its best is the cosine.
    """
    cosine, slope = start, (dim - 1) / 2 / (1 - start)
    for lower in (degree - 6, degree - 3):
        if lower >= _LEAST_DEGREE:
            search = _Search(dim, n_points, lower, slope, workers)
            for _ in range(_SOLVES):
                if search.solve(cosine) is None:
                    return None
                cosine, slope = search.following(_AIM), search.slope
                if abs(search.excess) < _NEAR:
                    break
    search = _Search(dim, n_points, degree, slope, workers, checkpoint, progress)
    below, aim = [], _AIM
    for _ in range(_SOLVES):
        solution = search.solve(cosine)
        if solution is None:
            break
        if solution.value < n_points:
            below.append(solution)
        if -_GOOD * aim <= search.excess < 0:
            proof = prove(solution)
            if proof is not None:
                return proof
            below.pop()
            aim *= 2 * _GOOD
        cosine = search.following(aim)
    proofs = map(prove, sorted(below, key=lambda solution: solution.cosine, reverse=True))
    return next((proof for proof in proofs if proof is not None), None)


class _Search:
    """The cosines tried so far with one degree, log(bound / N) at each, and its slope."""

    def __init__(
        self,
        dim: int,
        n_points: int,
        degree: int,
        slope: float,
        workers: int,
        checkpoint: str | Path | None = None,
        progress: ProgressCallback | None = None,
    ) -> None:
        self.dim, self.n_points, self.degree, self.slope = dim, n_points, degree, slope
        self.workers, self.checkpoint, self.progress = workers, checkpoint, progress
        self.tried: list[tuple[float, float]] = []

    @property
    def excess(self) -> float:
        """log(bound / N) at the last cosine."""
        return self.tried[-1][1]

    def solve(self, cosine: float) -> ThreePointSolution | None:
        """Return the solution at a cosine rounded down, None if it was interrupted."""
        exact = Fraction(math.floor(cosine * 10**_DECIMALS), 10**_DECIMALS)
        solution = solve_three_point(
            self.dim,
            exact,
            self.degree,
            tolerance=_FINE if self.tried and abs(self.excess) < 10 * _NEAR else _COARSE,
            workers=self.workers,
            checkpoint=self.checkpoint,
            progress=None if self.progress is None else self._report(float(exact)),
        )
        if solution.record["reason"] == "interrupted":
            return None
        self.tried.append((float(exact), math.log(max(solution.value, 1.0) / self.n_points)))
        if len(self.tried) > 1:
            (x0, f0), (x1, f1) = self.tried[-2:]
            # Nearer to each other, the difference would be that of the errors; far from the truth, that of failures.
            if abs(f1 - f0) > 1e-5 and 0.1 < (f1 - f0) / (x1 - x0) / self.slope < 10:
                self.slope = (f1 - f0) / (x1 - x0)
        return solution

    def following(self, aim: float) -> float:
        """Return the secant's cosine where log(bound / N) = -aim, or the middle of the bracket if it lies outside."""
        following = self.tried[-1][0] - (self.excess + aim) / self.slope
        low = max((x for x, f in self.tried if f < -aim), default=-1.0)
        high = min((x for x, f in self.tried if f >= -aim), default=1.0)
        return following if low < following < high else (low + high) / 2

    def _report(self, cosine: float) -> ProgressCallback:
        """Return a callback that turns the iterations of a program into parts of one."""
        done, report = len(self.tried), self.progress
        total = max(_EXPECTED, done + 1)

        def callback(event: Progress) -> None:
            assert report is not None
            part = done + event.done / event.total
            report(Progress("three-point", part, total, cosine, "max cosine", event.gap))

        return callback
