"""The search driver: rounds of tasks whose effort is shared out among the strategies by measured success.

Decisions are made between rounds, by counts of evaluations and hits, never by seconds: the same seed gives the same
code for any number of workers.
"""

from __future__ import annotations

import itertools
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from sphcode._progress import Progress, ProgressCallback
from sphcode.search import interrupt
from sphcode.search.large import is_large, large_schedule
from sphcode.search.polish import Polished, polish, polishable, step_effort
from sphcode.search.schedules import many_optima
from sphcode.search.strategies import Outcome, Task, run_task, start_effort, strategies

#: The search ends early when the best value has been met this often from independent starts, ...
ENOUGH_HITS = 10
#: ... by this many strategies, or this many times as often by one, ...
ENOUGH_STRATEGIES = 2
ENOUGH_BY_ONE = 4
#: ... after this effort for each of the N (dim - 1) unknowns and each dimension beyond 2, or half of all effort if that
#: is less or if unknowns are many, and this many times the effort that it took to meet the value first.
ENOUGH_EFFORT = 5000.0
ENOUGH_REPEATS = 3.0

#: Polishing waits until the end of a round when it would take more than this share of all effort.
_DEAR = 0.005
_POLISH_STEPS = 50
#: Then a code is polished as the descent left it, about this far above its critical value (unless large).
_ROUGH_GAP = 2.0**-10
#: Where that ends at no critical point (a nearly lost contact) and was cheap, it starts again with these gaps.
_LIFTS = (2.0**-10, 2.0**-7)

_SAME = 1e-11
_GROWTH = 0.5
_BONUS = 5.0
#: Parts once the best value has been met often, where optima are few and many.
_LAST_LOOK, _LAST_LOOK_MANY = {"improve": 4.0}, {"improve": 4.0, "symmetric hop": 4.0}
#: Parts of strategies where optima are many; after this share of all effort, hopping from the best has all of it.
_HOPPING = {"hop": 8.0, "improve": 4.0, "neighbour": 3.0}
_LAST_SHARE = 0.75


@dataclass(frozen=True)
class Problem:
    """What is searched, and when to stop."""

    dim: int
    n_points: int
    effort: float
    seed: np.random.SeedSequence
    time_limit: float | None = None
    target: float = -np.inf
    antipodal: bool = False
    symmetry: str | None = None

    @property
    def polishing(self) -> float:
        """Effort of polishing one code."""
        return _POLISH_STEPS * step_effort(self.n_points, self.dim) if polishable(self.dim, self.n_points) else 0.0

    @property
    def large(self) -> bool:
        """Whether energies are evaluated by lists or tiles."""
        return is_large(self.dim, self.n_points) and not self.antipodal and self.symmetry is None

    @property
    def rough_gap(self) -> float:
        """How far a code left by the descent is above its critical value, in units of 1 - max cosine."""
        if self.large:
            return 2.0 ** -large_schedule(self.dim, self.n_points).squarings
        return _ROUGH_GAP


@dataclass
class Search:
    """The state of a search between rounds."""

    parts: dict[str, float]
    least_effort: float
    last_parts: dict[str, float]
    last_effort: float
    best: Polished | None = None
    strategy: str = ""
    hits: Counter[str] = field(default_factory=Counter)
    effort: dict[str, float] = field(default_factory=dict)
    n_starts: int = 0
    spent: float = 0.0
    found_at: float = 0.0
    rough: float = np.inf
    cut: bool = False
    interrupted: bool = False

    def add(self, outcome: Outcome) -> None:
        """Take in what a task found."""
        self.spent += outcome.effort
        self.effort[outcome.strategy] = self.effort.get(outcome.strategy, 0.0) + outcome.effort
        self.n_starts += len(outcome.cosines)
        self.cut |= outcome.cut
        new = outcome.best
        if new is None:
            return
        if self.best is None or new.max_cosine < self.best.max_cosine - _SAME:
            self.best, self.strategy, self.found_at = new, outcome.strategy, self.spent
            self.hits.clear()
        elif new.critical and not self.best.critical and new.max_cosine <= self.best.max_cosine + 1e-14:
            self.best = new
        self.hits[outcome.strategy] += sum(value <= self.best.max_cosine + _SAME for value in outcome.cosines)

    def polish(self, problem: Problem, stop: Callable[[], bool]) -> None:
        """Polish the best code, which a task has left rough; its hits are then unknown but for the one."""
        if self.best is None or self.best.critical or self.best.max_cosine == self.rough:
            return
        for share in (problem.rough_gap, *_LIFTS):
            gap = share * (1.0 - self.best.max_cosine)
            self.best = polish(self.best.points, gap, antipodal=problem.antipodal, stop=stop)
            self.spent += self.best.effort
            if self.best.critical or not 0.0 < self.best.effort < 0.1 * problem.effort or stop():
                break
        self.rough = self.best.max_cosine
        self.hits = Counter({self.strategy: 1})

    @property
    def settled(self) -> bool:
        """Whether the best value was met so often that a better one is unlikely."""
        several = sum(count > 0 for count in self.hits.values()) >= min(ENOUGH_STRATEGIES, len(self.parts))
        enough = max(self.least_effort, ENOUGH_REPEATS * self.found_at)
        return self.hits.total() >= (ENOUGH_HITS if several else ENOUGH_BY_ONE * ENOUGH_HITS) and self.spent >= enough

    def shares(self) -> dict[str, float]:
        """Return each strategy's share of the next round: its parts, and a bonus for hits per evaluation.

        A value that was met often is not looked for any more: then the bonus goes to hopping from it to a better one.
        So does all of the last effort, as the best may have been met late.
        """
        if self.spent >= self.last_effort:
            return {"improve": 1.0}
        if self.hits.total() < ENOUGH_HITS:
            rates = {name: self.hits[name] / max(1.0, self.effort.get(name, 0.0)) for name in self.parts}
            best_rate = max(rates.values()) or 1.0
            weights = {name: self.parts[name] + _BONUS * rate / best_rate for name, rate in rates.items()}
        else:
            weights = {name: self.last_parts.get(name, 1.0) for name in self.parts}
        total = sum(weights.values())
        return {name: weight / total for name, weight in weights.items()}


def run_search(problem: Problem, workers: int, progress: ProgressCallback | None) -> Search:
    """Search until settled, or until effort, time or target are reached; Ctrl-C ends it with what it has."""
    names = strategies(problem.dim, problem.n_points, problem.antipodal, problem.symmetry)
    unknowns = problem.n_points * (problem.dim - 1)
    hopping = many_optima(unknowns) and not problem.large and "improve" in names
    parts = {name: _HOPPING.get(name, 1.0) if hopping else 1.0 for name in names}
    enough = np.inf if hopping else ENOUGH_EFFORT * unknowns * max(1, problem.dim - 2)
    last = _LAST_SHARE * problem.effort if hopping else np.inf
    search = Search(parts, min(enough, 0.5 * problem.effort), _LAST_LOOK_MANY if hopping else _LAST_LOOK, last)
    deadline = np.inf if problem.time_limit is None else time.time() + problem.time_limit

    def stopped() -> bool:
        return interrupt.requested() or time.time() > deadline

    polish_later = problem.polishing > _DEAR * problem.effort
    one_start = start_effort(problem.dim, problem.n_points, not polish_later)
    try:
        with interrupt.listening(), _mapper(workers) as run:
            for round_index in itertools.count():
                # A large code's first round is one start, with all the effort that it needs.
                n_first = 1.0 if problem.large else sum(search.parts.values())
                budget = max(n_first * one_start, _GROWTH * search.spent)
                end = search.last_effort if search.spent < search.last_effort else np.inf
                budget = min(budget, min(end, problem.effort) - search.spent)
                for outcome in run(_tasks(problem, search, round_index, budget, one_start, deadline, polish_later)):
                    search.add(outcome)
                if polish_later and problem.polishing < 0.3 * search.spent:
                    search.polish(problem, stopped)
                if progress is not None and search.best is not None:
                    progress(Progress("search", search.spent, problem.effort, search.best.max_cosine, "max cosine"))
                search.interrupted = interrupt.requested()
                reached = search.best is not None and search.best.max_cosine <= problem.target
                if search.cut or search.settled or reached or search.spent >= problem.effort:
                    break
        if not search.cut:
            search.polish(problem, stopped)
    except KeyboardInterrupt:
        search.interrupted = True
    return search


def _tasks(
    problem: Problem,
    search: Search,
    round_index: int,
    budget: float,
    one_start: float,
    deadline: float,
    polish_later: bool,
) -> list[Task]:
    """Share out the budget of a round; a strategy whose share does not pay for one start waits, except the first."""
    shares = search.shares()
    names = [name for i, name in enumerate(shares) if i == 0 or shares[name] * budget >= 0.5 * one_start]
    if problem.large and search.best is None:
        names = names[:1]
    scale = budget / sum(shares[name] for name in names)
    return [
        Task(
            dim=problem.dim,
            n_points=problem.n_points,
            strategy=name,
            seed=problem.seed,
            key=(round_index, list(search.parts).index(name)),
            effort=scale * shares[name],
            best=np.inf if search.best is None else search.best.max_cosine,
            incumbent=None if search.best is None else search.best.points,
            target=problem.target,
            deadline=deadline,
            antipodal=problem.antipodal,
            symmetry=problem.symmetry,
            polish_later=polish_later,
        )
        for name in names
    ]


@contextmanager
def _mapper(workers: int) -> Iterator[Callable[[list[Task]], Iterator[Outcome]]]:
    """Yield a function that runs tasks in order, here or in worker processes."""
    if workers == 1:
        yield lambda tasks: map(run_task, tasks)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=interrupt.listen) as pool:
        try:
            yield lambda tasks: pool.map(run_task, tasks)
        finally:
            pool.shutdown(cancel_futures=True)
