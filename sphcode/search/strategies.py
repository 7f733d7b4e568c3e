"""One unit of search: a strategy, an effort and a seed go in, the best code found and all optima met come out.

A task depends on nothing but its fields, so results do not depend on where or in which order tasks run.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._rng import start_rng
from sphcode.search import interrupt
from sphcode.search.large import descend_large, evaluation_cost, is_large, large_schedule
from sphcode.search.moves import hole, random_move, random_points
from sphcode.search.polish import Polished, polish, polishable, step_effort, unpolished
from sphcode.search.schedules import HOP, SCHEDULES, SHARPEN, SYMMETRIC, Schedule, many_optima, sharpened
from sphcode.search.symmetry import (
    MOST_ELEMENTS,
    Orbits,
    OrbitType,
    named_group,
    orbit_types,
    paired,
    random_group,
    random_orbits,
)

#: Starts are polished when their largest cosine is within this share of 1 - (best max cosine) of the best. Those that
#: may come so close are sharpened first; at exponent p they are off by some 2 / p more.
_WORTH_POLISHING = 0.006
_ROUGHNESS = 2.5
#: A hop is polished when it is within this share of the best of its chain.
_WORTH_POLISHING_HOP = 0.003
#: Basin hopping accepts a code that is worse by an exponential variable of this mean, in units of 1 - max cosine; but
#: from the best code known of many unknowns it goes on with a better one only: others differ from it in a few points.
_TEMPERATURE = 0.005
#: Basin hopping among symmetric codes starts where a start is within this share of the best known.
_WORTH_HOPPING = 0.03
#: A chain without success for this many hops, and this many more per point, starts again elsewhere.
_PATIENCE = (40, 2)
_BATCH = 32
_SYMMETRIC_BATCH = 4
_TYPICAL_STEPS = 30
#: Drawing a group and its orbits, in Python.
_DRAW_EFFORT = 100.0


def strategies(dim: int, n_points: int, antipodal: bool, symmetry: str | None) -> tuple[str, ...]:
    """Return the names of the strategies for a search."""
    symmetric = ("symmetric", "symmetric hop")
    if symmetry is not None:
        return symmetric
    if antipodal:
        return (*SCHEDULES, *symmetric)
    if is_large(dim, n_points):
        return ("large", "improve")
    return (*SCHEDULES, *symmetric, "hop", "improve", "neighbour")


@dataclass(frozen=True)
class Task:
    """What to search, how, and how long.

    `effort` counts energy evaluations of the whole code; at least one start is made. `best` is the smallest max cosine
    known, `incumbent` its code (hopped from by "improve"). `deadline` is a time of `time.time()`. With `polish_later`
    codes are left as the descent ends.
    """

    dim: int
    n_points: int
    strategy: str
    seed: np.random.SeedSequence
    key: tuple[int, ...]
    effort: float
    best: float = np.inf
    incumbent: NDArray[np.float64] | None = None
    target: float = -np.inf
    deadline: float = np.inf
    antipodal: bool = False
    symmetry: str | None = None
    polish_later: bool = False

    @property
    def large(self) -> bool:
        """Whether energies are evaluated by lists or tiles."""
        return is_large(self.dim, self.n_points) and not self.antipodal and self.symmetry is None

    @property
    def hop(self) -> Schedule:
        """The schedule after a move of basin hopping; a soft energy would undo a large code."""
        if self.large:
            return Schedule(large_schedule(self.dim, self.n_points).stages[3:])
        return HOP.sized(self.n_unknowns)

    @property
    def n_unknowns(self) -> int:
        """Degrees of freedom of the code."""
        return self.n_points * (self.dim - 1)


@dataclass(frozen=True)
class Outcome:
    """What a task found: the best code, the max cosine of every independent start, and the effort spent."""

    strategy: str
    best: Polished | None
    cosines: tuple[float, ...]
    effort: float
    cut: bool = False


def start_effort(dim: int, n_points: int, polishing: bool) -> float:
    """Return about how much work one start takes, with or without polishing."""
    schedule = large_schedule(dim, n_points)
    if not is_large(dim, n_points):
        schedule = SCHEDULES["soft"].sized(n_points * (dim - 1))
    steps = _TYPICAL_STEPS * step_effort(n_points, dim) if polishing and polishable(dim, n_points) else 0.0
    return schedule.iterations * evaluation_cost(dim, n_points) + steps


def run_task(task: Task) -> Outcome:
    """Run one task; an interrupt (Ctrl-C) ends it early with what it has."""
    run = _Run(task)
    if task.strategy.startswith("symmetric"):
        run.symmetric(hopping=task.strategy == "symmetric hop")
    elif task.strategy == "neighbour":
        run.neighbours()
    elif task.strategy == "large":
        run.starts(large_schedule(task.dim, task.n_points))
    elif task.strategy in SCHEDULES:
        run.starts(SCHEDULES[task.strategy].sized(task.n_unknowns))
    else:
        run.chains(task.hop)
    return Outcome(task.strategy, run.best, tuple(run.cosines), run.effort, run.cut)


class _Run:
    """The state of a task in progress."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.rng = start_rng(task.seed, *task.key)
        self.best: Polished | None = None
        self.cosines: list[float] = []
        self.effort = 0.0
        self.cut = False
        self.sharpens = sharpened(task.n_unknowns) and not task.large
        #: The group that was asked for, and its types of orbits.
        self.named: tuple[NDArray[np.float64], list[OrbitType]] | None = None
        if task.symmetry is not None:
            group = named_group(task.symmetry, task.dim)
            self.named = group, orbit_types(group, self.rng)
        #: Work of an evaluation.
        self.cost = evaluation_cost(task.dim, task.n_points) if task.large else 1.0

    @property
    def known(self) -> float:
        """The smallest max cosine known, from before or from this task."""
        return min(self.task.best, self.best.max_cosine if self.best else np.inf)

    def stopped(self) -> bool:
        """Whether time is used up or Ctrl-C pressed."""
        return interrupt.requested() or time.time() > self.task.deadline

    def over(self) -> bool:
        """Whether effort or time is used up, Ctrl-C pressed, or the target reached; never before the first code."""
        self.cut = self.cut or self.stopped()
        if self.best is None:
            return False
        return self.cut or self.effort >= self.task.effort or self.best.max_cosine <= self.task.target

    def starts(self, schedule: Schedule) -> None:
        """Random starts, descended in batches; for lines, of one point of each."""
        task = self.task
        schedule = schedule.limited(task.effort / self.cost)
        batch = int(np.clip(task.effort / (4 * schedule.iterations * self.cost), 1, _BATCH))
        orbits = None
        if task.antipodal:
            lines = named_group("antipodal", task.dim)
            orbits = random_orbits(lines, orbit_types(lines, self.rng), task.n_points, self.rng)
        while not self.over():
            self.batch(schedule, orbits, batch)

    def symmetric(self, hopping: bool) -> None:
        """Unions of orbits of random groups (those with -1 for lines), or of the group that was asked for.

        hopping: where the best of a few starts is near the best known, go on by basin hopping among such unions.
        """
        task = self.task
        schedule = SYMMETRIC.limited(task.effort)
        # A few draws may find no orbits that fit; then the task ends without a code.
        while not (self.over() or self.cut) and self.effort < task.effort:
            orbits = self.draw_orbits(task.n_points)
            if orbits is not None:
                current, cosine = self.batch(schedule, orbits, _SYMMETRIC_BATCH)
                if hopping and cosine < self.known + _WORTH_HOPPING * (1.0 - self.known):
                    reached = self.chain(current[None], cosine, float(schedule.gap(cosine)), task.hop, orbits)
                    self.cosines.append(reached)

    def draw_orbits(self, n_points: int) -> Orbits | None:
        """Return orbits of a random group, or of the one that was asked for; None if the draw makes up no such code."""
        task = self.task
        self.effort += _DRAW_EFFORT
        if self.named is not None:
            return random_orbits(*self.named, n_points, self.rng)
        group = random_group(task.dim, min(MOST_ELEMENTS, n_points), self.rng, task.antipodal)
        return None if group is None else random_orbits(group, orbit_types(group, self.rng), n_points, self.rng)

    def batch(self, schedule: Schedule, orbits: Orbits | None, count: int) -> tuple[NDArray[np.float64], float]:
        """Descend `count` random starts and finish those near the best; return the best of them as descended."""
        task = self.task
        if orbits is None:
            starts = random_points(self.rng, count, task.n_points, task.dim)
        else:
            starts = orbits.starts(self.rng, count)
        cosines, gaps = self.optimise(starts, schedule, orbits)
        for points, rough, gap in zip(starts, cosines, gaps, strict=True):
            if self.over():
                break
            self.finish(self.whole(points, orbits), float(rough), float(gap), schedule.screened)
        least = int(np.argmin(cosines))
        return starts[least], float(cosines[least])

    def whole(self, points: NDArray[np.float64], orbits: Orbits | None) -> NDArray[np.float64]:
        """Return the code that is made of the orbits of `points`; lines in the order that the polish wants."""
        whole = points if orbits is None else orbits.whole(points)
        return paired(whole) if self.task.antipodal else whole

    def finish(self, points: NDArray[np.float64], rough: float, gap: float, screened: bool) -> None:
        """Take in an independent start: polish it if it is near the best, or in any case if not `screened`."""
        if self.best is None or not (screened and self.sharpens) or self.promising(rough, gap):
            rough = self.polish(points, rough, gap).max_cosine
        self.cosines.append(rough)

    def promising(self, cosines: Any, gaps: Any) -> Any:
        """Whether codes with these rough values, off by about `gaps`, may be worth polishing."""
        if not np.isfinite(self.known):
            return cosines < np.inf
        return cosines - _ROUGHNESS * gaps < self.known + _WORTH_POLISHING * (1.0 - self.known)

    def neighbours(self) -> None:
        """Codes of one point more, less a random point; codes of one point less, plus one in a hole."""
        task = self.task
        schedule = HOP.sized(task.n_unknowns).limited(task.effort / 2)
        while not self.over():
            more = self.rng.random() < 0.5 or task.n_points == 2
            code = self.neighbour(task.n_points + (1 if more else -1))
            if more:
                start = np.delete(code, self.rng.integers(len(code)), axis=0)
            else:
                start = np.vstack([code, hole(code, self.rng)])
            rough, gap = self.optimise(start[None], schedule)
            self.finish(start, float(rough[0]), float(gap[0]), schedule.screened)

    def neighbour(self, n_points: int) -> NDArray[np.float64]:
        """Return a code of another size: the best of a few symmetric starts half of the time, or a random start."""
        task = self.task
        orbits = self.draw_orbits(n_points) if self.rng.random() < 0.5 else None
        if orbits is None:
            codes = random_points(self.rng, 1, n_points, task.dim)
            self.descend(codes, SCHEDULES["medium"].sized(task.n_unknowns).limited(task.effort / 2))
            return np.asarray(codes[0])
        starts = orbits.starts(self.rng, _SYMMETRIC_BATCH)
        cosines = self.descend(starts, SYMMETRIC.limited(task.effort / 2), orbits)
        return orbits.whole(starts[int(np.argmin(cosines))])

    def chains(self, schedule: Schedule) -> None:
        """Basin hopping from random codes ("hop"), or from the best code known ("improve")."""
        task = self.task
        schedule = schedule.limited(task.effort / self.cost)
        while not self.over():
            if task.strategy == "improve" and task.incumbent is not None:
                current = task.incumbent[None].copy()
                cosine, gap = np.array([task.best]), np.array([schedule.gap(task.best)])
            else:
                current = random_points(self.rng, 1, task.n_points, task.dim)
                first = SCHEDULES["medium"].sized(task.n_unknowns).limited(task.effort)
                cosine, gap = self.optimise(current, first)
            reached = self.chain(current, float(cosine[0]), float(gap[0]), schedule)
            if task.strategy == "hop":
                self.cosines.append(reached)

    def chain(
        self,
        current: NDArray[np.float64],
        rough: float,
        gap: float,
        schedule: Schedule,
        orbits: Orbits | None = None,
    ) -> float:
        """Hop until effort or patience is used up; return the best max cosine of the chain."""
        task = self.task
        in_chain = not task.polish_later and 2 * step_effort(task.n_points, task.dim) < schedule.iterations
        temperature = 0.0 if many_optima(task.n_unknowns) and task.strategy == "improve" else _TEMPERATURE
        best_rough, best_points, best_gap = rough, current[0].copy(), gap
        best = self.polish(self.whole(best_points, orbits), rough, gap).max_cosine if in_chain else np.inf
        idle = 0
        while (
            not (self.over() or self.cut)
            and self.effort < task.effort
            and idle < _PATIENCE[0] + _PATIENCE[1] * current.shape[1]
        ):
            trial = random_move(current[0], self.rng, orbits)[None]
            cosine, gap = (float(values[0]) for values in self.optimise(trial, schedule, orbits))
            idle += 1
            if cosine < rough + temperature * (1.0 - rough) * self.rng.exponential():
                current, rough = trial, cosine
            if in_chain and cosine < best + _WORTH_POLISHING_HOP * (1.0 - best):
                polished = self.polish(self.whole(trial[0], orbits), cosine, gap).max_cosine
                if polished < best - 1e-12:
                    best, idle = polished, 0
            elif not in_chain and cosine < best_rough:
                best_rough, best_points, best_gap, idle = cosine, trial[0].copy(), gap, 0
        if in_chain:
            return best
        return self.polish(self.whole(best_points, orbits), best_rough, best_gap).max_cosine

    def optimise(
        self, starts: NDArray[np.float64], schedule: Schedule, orbits: Orbits | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Descend in place, and sharpen what is near the best; return the largest cosines and about their errors."""
        cosines = self.descend(starts, schedule, orbits)
        gaps = schedule.gap(cosines)
        if self.sharpens and schedule.screened:
            near = self.promising(cosines, gaps)
            if near.any():
                part = starts[near]
                cosines[near] = self.descend(part, SHARPEN.limited(self.task.effort), orbits)
                starts[near], gaps[near] = part, SHARPEN.gap(cosines[near])
        return cosines, gaps

    def descend(
        self, starts: NDArray[np.float64], schedule: Schedule, orbits: Orbits | None = None
    ) -> NDArray[np.float64]:
        """Descend in place; return the largest cosines."""
        from sphcode.kernels.descent import descend

        n_points, dim = starts.shape[1:]
        if self.task.large:
            return np.array([self.descend_large(points, schedule) for points in starts])
        none = np.zeros(0, np.int64)
        arguments: tuple[NDArray[Any], ...] = (np.zeros((0, dim, dim)), none, none, none, np.zeros(0))
        share = 1.0
        if orbits is not None:
            arguments = orbits.arrays()
            # Only the rows of the representatives are computed, but whole ones, not half.
            share = 2.0 * n_points / orbits.n_points
            n_points = orbits.n_points
        cosines, evaluations = descend(starts, n_points, arguments, *schedule.arrays())
        self.effort += share * float(evaluations.sum())
        return np.asarray(cosines)

    def descend_large(self, points: NDArray[np.float64], schedule: Schedule) -> float:
        """Descend one large code in place; return its largest cosine."""
        cosine, evaluations = descend_large(points, schedule, self.stopped)
        self.effort += self.cost * evaluations
        return cosine

    def polish(self, points: NDArray[np.float64], cosine: float, gap: float) -> Polished:
        """Polish a descended code, unless that is left for later, and keep it if it is the best."""
        if self.task.polish_later:
            polished = unpolished(points, cosine)
        else:
            polished = polish(points, gap, antipodal=self.task.antipodal, stop=self.stopped)
        self.effort += polished.effort
        if self.best is None or _better(polished, self.best):
            self.best = polished
        return polished


def _better(new: Polished, old: Polished) -> bool:
    """A smaller cosine wins; within rounding, a critical point does."""
    if abs(new.max_cosine - old.max_cosine) < 1e-14:
        return new.critical and not old.critical
    return new.max_cosine < old.max_cosine
