"""One unit of search: what a strategy is given, what it hands back, and the services that all strategies share.

A task depends on nothing but its fields, so results do not depend on where or in which order tasks run.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sphcode._rng import start_rng
from sphcode.search import interrupt
from sphcode.search.descent.engine import descend_large
from sphcode.search.descent.estimate import critical_value
from sphcode.search.descent.schedules import JUDGE
from sphcode.search.orbits import Orbits, paired
from sphcode.search.parents import Parent, best_parents, worthy
from sphcode.search.polish import Polished, polish, unpolished
from sphcode.search.sphere import unit

if TYPE_CHECKING:
    from sphcode.search.descent.schedules import Schedule
    from sphcode.search.plan import Plan

#: Noise that breaks the symmetry before a release, as the length of a shift.
_NOISE = 1e-3
#: A search that has not a hundred times the effort left that judging a code takes has no candidates.
_JUDGED = 0.01


@dataclass(frozen=True)
class Chain:
    """Basin hopping between two hops: where it is, and how well it has done.

    points (1, n_free, dim): the code that the next hop moves; rough: its largest cosine, gap: about how far that is
    above the critical value; infinite where hops are judged otherwise. best: the best max cosine of the chain,
    polished; infinite if that is still to be found. idle: hops since then.
    """

    points: NDArray[np.float64]
    rough: float
    gap: float
    best: float = np.inf
    idle: int = 0


@dataclass(frozen=True)
class Candidate:
    """A rough code that may be better than the best once it is polished.

    value: about the largest cosine that it will have then; strategy: which one found it; symmetry: as in `Outcome`.
    """

    points: NDArray[np.float64]
    value: float
    strategy: str
    symmetry: dict[str, Any] | None = None


class _Symmetric(Protocol):
    """Something that names a group, its irreducibles and orbits, if it has any."""

    def to_dict(self) -> dict[str, Any] | None: ...


@dataclass(frozen=True)
class Task:
    """What to search, how, and how long.

    `effort` counts evaluations of the whole code; at least one start is made. `left` is the effort that the search has
    left, for all its tasks. `best` is the smallest max cosine known, `incumbent` its code; `parents` are codes of other
    sizes, and of this one, to make codes from, best first. `position` is where the strategy ended in the last round,
    `chain` what it left unfinished there. `deadline` is a time of `time.time()`.
    """

    plan: Plan
    strategy: str
    seed: np.random.SeedSequence
    key: tuple[int, ...]
    effort: float
    best: float = np.inf
    incumbent: NDArray[np.float64] | None = None
    parents: tuple[Parent, ...] = ()
    position: int = 0
    chain: Chain | None = None
    left: float = np.inf
    target: float = -np.inf
    deadline: float = np.inf


@dataclass(frozen=True)
class Outcome:
    """What a task found: the best code, the max cosine of every independent start, the effort, parents, where it ended.

    `chain` is one that was cut by the end of the effort; it goes on in the next round. `symmetry` names the group,
    irreducibles and orbits that the best code came from. `candidate` is left to the driver to polish.
    """

    strategy: str
    best: Polished | None
    cosines: tuple[float, ...]
    effort: float
    cut: bool = False
    parents: tuple[Parent, ...] = ()
    position: int = 0
    chain: Chain | None = None
    symmetry: dict[str, Any] | None = None
    candidate: Candidate | None = None


class Workspace:
    """The state of a task in progress, and what strategies do with codes: descend, sharpen, polish, keep the best."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.plan = task.plan
        self.rng = start_rng(task.seed, *task.key)
        self.best: Polished | None = None
        self.cosines: list[float] = []
        self.effort = 0.0
        self.cut = False
        self.parents: tuple[Parent, ...] = ()
        self.position = 0
        self.chain: Chain | None = None
        self.symmetry: dict[str, Any] | None = None
        self.candidate: Candidate | None = None

    def outcome(self) -> Outcome:
        """Return what was found."""
        return Outcome(
            self.task.strategy, self.best, tuple(self.cosines), self.effort, self.cut, self.parents,
            self.position, self.chain, self.symmetry, self.candidate,
        )  # fmt: skip

    @property
    def known(self) -> float:
        """The smallest max cosine known, from before or from this task."""
        return min(self.task.best, self.best.max_cosine if self.best else np.inf)

    def best_points(self) -> NDArray[np.float64]:
        """Return the best code known, from before or from this task; there must be one."""
        if self.best is not None and self.best.max_cosine <= self.task.best:
            return self.best.points
        assert self.task.incumbent is not None
        return self.task.incumbent

    def offer(self, parent: Parent) -> None:
        """Hand out a code to make others from, if it promises a good one: the driver keeps the best few for later.

        Where optima are few, nothing is kept: they are met without.
        """
        plan = self.plan
        if not plan.many_optima:
            return
        found = worthy((*self.parents, parent), plan.n_points, self.known, plan.parent_worth)
        self.parents = best_parents(found, plan.n_points, plan.most_parents)

    def stopped(self) -> bool:
        """Whether time is used up or Ctrl-C pressed."""
        return interrupt.requested() or time.time() > self.task.deadline

    def over(self) -> bool:
        """Whether effort or time is used up, Ctrl-C pressed, or the target reached; never before the first code."""
        self.cut = self.cut or self.stopped()
        if self.best is None:
            return False
        return self.cut or self.effort >= self.task.effort or self.best.max_cosine <= self.task.target

    def spent(self) -> bool:
        """Whether effort or time is used up, even before the first code."""
        return self.over() or self.cut or self.effort >= self.task.effort

    def schedule(self, name: str, share: float = 1.0) -> Schedule:
        """Return a schedule of the plan, cut so that one start takes at most about this share of the task's effort."""
        return self.plan.schedules[name].limited(share * self.task.effort)

    def optimise(
        self, starts: NDArray[np.float64], schedule: Schedule, orbits: Orbits | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Descend in place, and sharpen what is near the best; return the largest cosines and about their errors.

        Where `plan.judges`, sharpened codes have their `critical_value` instead, by which they are compared.
        """
        cosines = self.descend(starts, schedule, orbits)
        gaps = schedule.gap(cosines)
        sharpens = self.plan.sharpens or (self.plan.large and orbits is not None)
        if sharpens and schedule.screened:
            near = self.promising(cosines, gaps)
            if near.any():
                part = starts[near]
                cosines[near], gaps[near] = self.sharpen(part, orbits)
                starts[near] = part
        return cosines, gaps

    def sharpen(
        self, starts: NDArray[np.float64], orbits: Orbits | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Take descended codes on to sharp exponents, in place; return what `optimise` does."""
        schedule = self.schedule("sharpen")
        cosines = self.descend(starts, schedule, orbits)
        gaps = schedule.gap(cosines)
        if self.plan.judges:
            whole = [points if orbits is None else orbits.whole(points) for points in starts]
            cosines = np.array([critical_value(points, schedule.squarings) for points in whole])
        return cosines, np.asarray(gaps)

    def descend(
        self, starts: NDArray[np.float64], schedule: Schedule, orbits: Orbits | None = None
    ) -> NDArray[np.float64]:
        """Descend in place; return the largest cosines."""
        from sphcode.kernels.descent import descend

        n_points, dim = starts.shape[1:]
        if self.plan.large and orbits is None:
            return np.array([self._descend_large(points, schedule) for points in starts])
        none = np.zeros(0, np.int64)
        arguments: tuple[NDArray[Any], ...] = (np.zeros((0, dim, dim)), none, none, none, np.zeros(0))
        # A code of fewer points or dimensions takes less than an evaluation of the whole code.
        share = n_points**2 * dim / (self.plan.n_points**2 * self.plan.dim)
        if orbits is not None:
            arguments = orbits.arrays()
            # Only the rows of the representatives are computed, but whole ones, not half.
            share = 2.0 * n_points / orbits.n_points
            n_points = orbits.n_points
        cosines, evaluations = descend(starts, n_points, arguments, *schedule.arrays())
        self.effort += share * float(evaluations.sum())
        return np.asarray(cosines)

    def _descend_large(self, points: NDArray[np.float64], schedule: Schedule) -> float:
        cosine, evaluations = descend_large(points, schedule, self.stopped)
        self.effort += self.plan.evaluation * evaluations
        return cosine

    def whole(self, points: NDArray[np.float64], orbits: Orbits | None) -> NDArray[np.float64]:
        """Return the code that is made of the orbits of `points`; lines in the order that the polish wants."""
        whole = points if orbits is None else orbits.whole(points)
        return paired(whole) if self.plan.antipodal else whole

    def promising(self, cosines: Any, gaps: Any) -> Any:
        """Whether codes with these rough values, off by about `gaps`, may be worth polishing."""
        if not np.isfinite(self.known):
            return cosines < np.inf
        settings = self.plan.settings
        return cosines - settings.roughness * gaps < self.known + settings.worth_polishing * (1.0 - self.known)

    def polish(self, points: NDArray[np.float64], cosine: float, gap: float) -> Polished:
        """Polish a descended code, unless that is left for later, and keep it if it is the best.

        What has the least `cosine` of a task, and one below the best, is then its candidate.
        """
        if not self.plan.polish_later:
            polished = polish(points, gap, antipodal=self.plan.antipodal, stop=self.stopped)
        elif not self.plan.judges:
            polished = unpolished(points, cosine)
        else:
            polished = unpolished(points, _largest_cosine(points))
            if cosine < self._least():
                self._judge(polished.points)
        self.take(polished)
        return polished

    def _least(self) -> float:
        """The least value of a code, polished or not."""
        return min(self.known, np.inf if self.candidate is None else self.candidate.value)

    def _judge(self, points: NDArray[np.float64]) -> None:
        """Take a code on until its worth is known well, and keep it as candidate if that is the least."""
        if JUDGE.iterations > _JUDGED * self.task.left:
            return
        start = points[None].copy()
        self.descend(start, JUDGE)
        value = critical_value(start[0], JUDGE.squarings)
        if value < self._least():
            self.candidate = Candidate(start[0], value, self.task.strategy)

    def take(self, polished: Polished) -> None:
        """Count the effort of a polish, and keep its code if it is the best."""
        self.effort += polished.effort
        if self.best is None or _better(polished, self.best):
            self.best = polished

    @contextmanager
    def crediting(self, source: _Symmetric) -> Iterator[None]:
        """Note what symmetry the codes come from that are found meanwhile."""
        best, candidate = self.best, self.candidate
        yield
        if self.best is not best:
            self.symmetry = source.to_dict()
        if self.candidate is not None and self.candidate is not candidate:
            self.candidate = replace(self.candidate, symmetry=source.to_dict())

    def finish(self, points: NDArray[np.float64], rough: float, gap: float, screened: bool) -> None:
        """Take in an independent start: polish it if it is near the best, or in any case if not `screened`."""
        if self.best is None or not (screened and self.plan.sharpens) or self.promising(rough, gap):
            rough = self.polish(points, rough, gap).max_cosine
        elif self.plan.judges:
            rough = _largest_cosine(points)
        self.cosines.append(rough)

    def release(self, points: NDArray[np.float64]) -> None:
        """Descend a symmetric code without its symmetry, broken by noise; finish it if it is better than the best."""
        noise = self.rng.standard_normal(points.shape) / np.sqrt(self.plan.dim)
        start = unit(points + _NOISE * noise)[None]
        schedule = self.plan.schedules["hop"]
        cosine, gap = self.optimise(start, schedule)
        if cosine[0] < self.known:
            self.finish(start[0], float(cosine[0]), float(gap[0]), schedule.screened)

    def finish_batch(
        self, starts: NDArray[np.float64], schedule: Schedule, orbits: Orbits | None
    ) -> tuple[NDArray[np.float64], float]:
        """Descend independent starts and finish those near the best; return the best of them as descended."""
        cosines, gaps = self.optimise(starts, schedule, orbits)
        for points, rough, gap in zip(starts, cosines, gaps, strict=True):
            if self.over():
                break
            self.finish(self.whole(points, orbits), float(rough), float(gap), schedule.screened)
        least = int(np.argmin(cosines))
        return starts[least], float(cosines[least])


def _better(new: Polished, old: Polished) -> bool:
    """A smaller cosine wins; within rounding, a critical point does."""
    if abs(new.max_cosine - old.max_cosine) < 1e-14:
        return new.critical and not old.critical
    return new.max_cosine < old.max_cosine


def _largest_cosine(points: NDArray[np.float64]) -> float:
    from sphcode.kernels.contact_system import max_cosine

    return float(max_cosine(points))
