"""One unit of search: a strategy, an effort and a seed go in, the best code found and all optima met come out.

A task depends on nothing but its fields, so results do not depend on where or in which order tasks run.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sphcode._rng import start_rng
from sphcode.search.moves import random_move, random_points
from sphcode.search.polish import MOST_UNKNOWNS, Polished, polish, step_effort
from sphcode.search.schedules import HOP, SCHEDULES, Schedule

#: Starts are polished when their rough value is within this share of 1 - (best max cosine) of the best.
_WORTH_POLISHING = 0.01
#: Basin hopping accepts a code that is worse by an exponential variable of this mean, in units of 1 - max cosine.
_TEMPERATURE = 0.005
#: A chain without success for this many hops, and this many more per point, starts again elsewhere.
_PATIENCE = (40, 2)
_BATCH = 32
_TYPICAL_STEPS = 30

STRATEGIES = (*SCHEDULES, "hop", "improve")


@dataclass(frozen=True)
class Task:
    """What to search, how, and how long.

    `effort` counts energy evaluations of the whole code; at least one start is made. `best` is the smallest max cosine
    known, `incumbent` its code (hopped from by "improve"). `deadline` is a time of `time.time()`.
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


def start_effort(dim: int, n_points: int) -> float:
    """Return about how many energy evaluations one start takes, polishing included."""
    unknowns = n_points * (dim - 1)
    polishing = _TYPICAL_STEPS * step_effort(n_points, dim) if unknowns <= MOST_UNKNOWNS else 0.0
    return SCHEDULES["soft"].sized(unknowns).iterations + polishing


def run_task(task: Task) -> Outcome:
    """Run one task; an interrupt (Ctrl-C) ends it early with what it has."""
    run = _Run(task)
    try:
        if task.strategy in SCHEDULES:
            run.starts(SCHEDULES[task.strategy].sized(task.n_unknowns))
        else:
            run.chains(HOP.sized(task.n_unknowns))
    except KeyboardInterrupt:
        run.cut = True
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

    def over(self) -> bool:
        """Whether effort or time is used up, or the target reached; never before the first code."""
        if self.best is None:
            return False
        if time.time() > self.task.deadline:
            self.cut = True
        return self.cut or self.effort >= self.task.effort or self.best.max_cosine <= self.task.target

    def starts(self, schedule: Schedule) -> None:
        """Random starts, descended in batches and polished where they are near the best."""
        task = self.task
        schedule = schedule.limited(task.effort)
        batch = int(np.clip(task.effort / (4 * schedule.iterations), 1, _BATCH))
        while not self.over():
            starts = random_points(self.rng, batch, task.n_points, task.dim)
            for points, rough in zip(starts, self.descend(starts, schedule), strict=True):
                if self.over():
                    break
                best = min(task.best, self.best.max_cosine if self.best else np.inf)
                if self.best is None or rough < best + _WORTH_POLISHING * (1.0 - best):
                    self.cosines.append(self.polish(points, rough, schedule).max_cosine)
                else:
                    self.cosines.append(float(rough))

    def chains(self, schedule: Schedule) -> None:
        """Basin hopping from random codes ("hop"), or from the best code known ("improve")."""
        task = self.task
        schedule = schedule.limited(task.effort)
        while not self.over():
            if task.strategy == "improve" and task.incumbent is not None:
                current = task.incumbent[None].copy()
                cosine = task.best
            else:
                current = random_points(self.rng, 1, task.n_points, task.dim)
                cosine = self.descend(current, SCHEDULES["medium"].sized(task.n_unknowns).limited(task.effort))[0]
            cosine = self.chain(current, cosine, schedule)
            if task.strategy == "hop":
                self.cosines.append(cosine)

    def chain(self, current: NDArray[np.float64], rough: float, schedule: Schedule) -> float:
        """Hop until effort or patience is used up; return the best polished max cosine of the chain."""
        task = self.task
        in_chain = 2 * step_effort(task.n_points, task.dim) < schedule.iterations
        best_rough, best_points = rough, current[0]
        best = self.polish(best_points, rough, schedule).max_cosine if in_chain else np.inf
        idle = 0
        while not self.over_budget() and idle < _PATIENCE[0] + _PATIENCE[1] * task.n_points:
            trial = random_move(current[0], self.rng)[None]
            cosine = self.descend(trial, schedule)[0]
            idle += 1
            if cosine < rough + _TEMPERATURE * (1.0 - rough) * self.rng.exponential():
                current, rough = trial, cosine
            if in_chain and cosine < best + 0.4 * _TEMPERATURE * (1.0 - best):
                polished = self.polish(trial[0], cosine, schedule).max_cosine
                if polished < best - 1e-12:
                    best, idle = polished, 0
            elif not in_chain and cosine < best_rough:
                best_rough, best_points, idle = cosine, trial[0].copy(), 0
        return best if in_chain else self.polish(best_points, best_rough, schedule).max_cosine

    def over_budget(self) -> bool:
        """`over` for a chain whose own code is not polished yet."""
        return self.effort >= self.task.effort or self.over()

    def descend(self, starts: NDArray[np.float64], schedule: Schedule) -> NDArray[np.float64]:
        """Descend in place; return the largest cosines."""
        from sphcode.kernels.descent import descend

        none = np.zeros(0, np.int64)
        no_symmetry = (np.zeros((0, self.task.dim, self.task.dim)), none, none, none, np.zeros(0))
        cosines, evaluations = descend(starts, self.task.n_points, no_symmetry, *schedule.arrays())
        self.effort += float(evaluations.sum())
        return np.asarray(cosines)

    def polish(self, points: NDArray[np.float64], cosine: float, schedule: Schedule) -> Polished:
        """Polish a descended code and keep it if it is the best."""
        polished = polish(points, (1.0 - cosine) / 2.0**schedule.squarings)
        self.effort += polished.effort
        if self.best is None or _better(polished, self.best):
            self.best = polished
        return polished


def _better(new: Polished, old: Polished) -> bool:
    """A smaller cosine wins; within rounding, a critical point does."""
    if abs(new.max_cosine - old.max_cosine) < 1e-14:
        return new.critical and not old.critical
    return new.max_cosine < old.max_cosine
