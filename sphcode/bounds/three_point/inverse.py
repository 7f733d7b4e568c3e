"""The inverse three-point bound: the largest cosine at which N points are excluded, a root of log(bound / N).

The roots for degrees D - 6 and D - 3, which take little time, come first: the bound of degree D is at least as strong,
so that it excludes N points at the root found last. Where rounding costs more than the degree gains, near sharp cases,
the proof of lower degree is the stronger one and is returned. Each program is solved from the same starting point:
interior points that start near the last optimum need more steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Generic, TypeVar

from sphcode._progress import Progress, ProgressCallback
from sphcode.bounds.three_point.checkpoint import Checkpoint
from sphcode.bounds.three_point.solution import ThreePointSolution, program_key, solve_three_point

__all__ = ["Excluded", "excluded_cosine"]

_Proof = TypeVar("_Proof")

#: Programs solved at most for one cosine, and how many are announced to a progress line.
_SOLVES, _EXPECTED = 16, 5
#: Decimal places of the cosine that is tried: exact numbers of a certificate grow with it.
_DECIMALS = 10
#: Programs of lower degree are not solved on the way: too weak to start from.
_LEAST_DEGREE = 4
#: Up to this degree a proof takes less than a second: after Ctrl-C one is made of what was solved. At D = 11 it takes
#: seven, at D = 14 thirty.
_QUICK_DEGREE = 7
#: Relative accuracy of the programs, log(N / bound) that is aimed at, and the multiple of it that is good enough.
_TOLERANCE, _AIM, _GOOD = 1e-8, 5e-8, 4.0


@dataclass(frozen=True)
class Excluded(Generic[_Proof]):
    """The proof with the largest cosine, None if there is none, and whether Ctrl-C ended the search."""

    proof: _Proof | None
    interrupted: bool


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
) -> Excluded[_Proof]:
    """Return what `prove` makes of a solution just below the cosine where the bound is n_points, or None.

    Parameters
    ----------
    dim, n_points, degree
        The question, and D.
    start : float
        A cosine to start from, such as that of the linear program.
    prove : callable
        Makes a proof of a solution, or returns None if it does not hold; then a little smaller cosine is tried.
    workers, progress
        As for `solve_three_point`; progress counts programs of degree D, its best is the cosine.
    checkpoint : path, optional
        File (.npz) that holds the last iterate and the values of the programs solved before: a search that was stopped
        goes on there. A solution that is needed for its proof is found again.
    """
    store = None if checkpoint is None else Checkpoint(checkpoint)
    slope = (dim - 1) / 2 / (1 - start)
    found, interrupted = [], False
    for stage in (degree - 6, degree - 3, degree):
        last = stage == degree
        if stage < _LEAST_DEGREE and not last:
            continue
        search = _Search(dim, n_points, stage, slope, workers, store, progress if last else None)
        root = search.run(start, prove)
        if root is not None:
            found.append(root)
            start, slope = float(root[0]), search.slope
        if search.interrupted:
            interrupted = True
            break
    return Excluded(max(reversed(found), key=lambda root: root[0])[1] if found else None, interrupted)


class _Search:
    """The cosines tried so far with one degree, log(bound / N) at each, and its slope."""

    def __init__(
        self,
        dim: int,
        n_points: int,
        degree: int,
        slope: float,
        workers: int,
        checkpoint: Checkpoint | None = None,
        progress: ProgressCallback | None = None,
    ) -> None:
        self.dim, self.n_points, self.degree, self.slope = dim, n_points, degree, slope
        self.workers, self.checkpoint, self.progress = workers, checkpoint, progress
        self.tried: list[tuple[float, float]] = []
        self.solutions: dict[Fraction, ThreePointSolution] = {}
        self.interrupted = False

    def run(
        self, cosine: float, prove: Callable[[ThreePointSolution], _Proof | None]
    ) -> tuple[Fraction, _Proof] | None:
        """Return the largest cosine that has a proof, and the proof."""
        below, aim = [], _AIM
        for _ in range(_SOLVES):
            # Rounded down, and no longer than a file should hold.
            exact = Fraction(math.floor(cosine * 10**_DECIMALS), 10**_DECIMALS)
            excess = math.log(max(self.value(exact), 1.0) / self.n_points)
            if self.interrupted:
                break
            self.tried.append((float(exact), excess))
            if -_GOOD * aim <= excess < 0:
                proof = prove(self.solution(exact))
                if proof is not None:
                    return exact, proof
                aim *= 2 * _GOOD
            elif excess < 0:
                below.append(exact)
            cosine = self.following(aim)
        if self.interrupted:
            # A solution that is not at hand would take minutes.
            quick = self.degree <= _QUICK_DEGREE
            below = [exact for exact in sorted(below)[-1:] if quick and exact in self.solutions]
        for exact in sorted(below, reverse=True):
            proof = prove(self.solution(exact))
            if proof is not None:
                return exact, proof
        return None

    def value(self, cosine: Fraction) -> float:
        """Return the bound at a cosine, from the checkpoint if it is there."""
        known = None if self.checkpoint is None else self.checkpoint.values.get(self.key(cosine))
        return self.solution(cosine).value if known is None else known

    def key(self, cosine: Fraction) -> str:
        """Return what tells the program at a cosine apart in a checkpoint."""
        return program_key(self.dim, cosine, self.degree)

    def solution(self, cosine: Fraction) -> ThreePointSolution:
        """Return the solution at a cosine."""
        if cosine not in self.solutions:
            self.solutions[cosine] = solution = self.solve(cosine)
            self.interrupted |= solution.interrupted
        return self.solutions[cosine]

    def solve(self, cosine: Fraction) -> ThreePointSolution:
        """Solve the program at a cosine, from the checkpoint's iterate if it is of this one."""
        key, checkpoint = self.key(cosine), self.checkpoint
        if checkpoint is not None and key in checkpoint.values and key != checkpoint.key:
            # It was solved before the program whose iterate is in the file.
            checkpoint = None
        return solve_three_point(
            self.dim,
            cosine,
            self.degree,
            tolerance=_TOLERANCE,
            workers=self.workers,
            checkpoint=checkpoint,
            progress=None if self.progress is None else self._report(float(cosine)),
        )

    def following(self, aim: float) -> float:
        """Return where the secant of the two nearest cosines meets log(bound / N) = -aim, within the bracket.

        When the last two are on one side, the value on the other is halved (the Illinois rule): near a sharp case the
        slope changes suddenly.
        """
        excesses = [(x, f + aim) for x, f in self.tried]
        low = max(((x, f) for x, f in excesses if f < 0), default=None)
        high = min(((x, f) for x, f in excesses if f >= 0), default=None)
        if low is None or high is None:
            x, f = excesses[-1]
            if len(excesses) > 1:
                x0, f0 = excesses[-2]
                # Nearer to each other, the difference would be that of the errors; far off, that of failures.
                if abs(f - f0) > 1e-6 and 0.1 < (f - f0) / (x - x0) / self.slope < 10:
                    self.slope = (f - f0) / (x - x0)
            # A little too far is better than not far enough: then there is a bracket.
            return min(max(x - 1.1 * f / self.slope, (x - 1) / 2), (x + 1) / 2)
        (x0, f0), (x1, f1) = low, high
        self.slope = (f1 - f0) / (x1 - x0)
        if len(excesses) > 2:
            same = [f < 0 for _, f in excesses[-2:]]
            f0, f1 = (f0, f1 / 2) if all(same) else (f0 / 2, f1) if not any(same) else (f0, f1)
        return x0 - f0 * (x1 - x0) / (f1 - f0)

    def _report(self, cosine: float) -> ProgressCallback:
        """Return a callback that turns the iterations of a program into parts of one."""
        done, report = len(self.tried), self.progress
        total = max(_EXPECTED, done + 1)

        def callback(event: Progress) -> None:
            assert report is not None
            part = done + event.done / event.total
            report(Progress("three-point", part, total, cosine, "max cosine", event.gap))

        return callback
