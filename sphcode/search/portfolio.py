"""The search driver: rounds of tasks whose effort is shared out among the strategies by measured success.

Decisions are made between rounds, by counts of evaluations and hits, never by seconds: the same seed gives the same
code for any number of workers.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from sphcode._progress import Progress, ProgressCallback
from sphcode.search.polish import Polished
from sphcode.search.strategies import STRATEGIES, Outcome, Task, run_task, start_effort

#: The search ends early when the best value has been met this often from independent starts, ...
ENOUGH_HITS = 10
#: ... by this many strategies, or this many times as often by one, ...
ENOUGH_STRATEGIES = 2
ENOUGH_BY_ONE = 4
#: ... after this effort, and this many times the effort that it took to meet the value first.
ENOUGH_EFFORT = 300_000
ENOUGH_REPEATS = 3.0

_SAME = 1e-11
_GROWTH = 0.5
_BONUS = 5.0


@dataclass
class Search:
    """The state of a search between rounds."""

    best: Polished | None = None
    strategy: str = ""
    hits: Counter[str] = field(default_factory=Counter)
    effort: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STRATEGIES, 0.0))
    n_starts: int = 0
    spent: float = 0.0
    found_at: float = 0.0
    cut: bool = False
    interrupted: bool = False

    def add(self, outcome: Outcome) -> None:
        """Take in what a task found."""
        self.spent += outcome.effort
        self.effort[outcome.strategy] += outcome.effort
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

    @property
    def settled(self) -> bool:
        """Whether the best value was met so often that a better one is unlikely."""
        several = sum(count > 0 for count in self.hits.values()) >= ENOUGH_STRATEGIES
        return self.hits.total() >= (ENOUGH_HITS if several else ENOUGH_BY_ONE * ENOUGH_HITS) and self.spent >= max(
            ENOUGH_EFFORT, ENOUGH_REPEATS * self.found_at
        )

    def shares(self) -> dict[str, float]:
        """Return each strategy's share of the next round: an equal part, and a bonus for hits per evaluation."""
        rates = {name: self.hits[name] / max(1.0, self.effort[name]) for name in STRATEGIES}
        best_rate = max(rates.values()) or 1.0
        weights = {name: 1.0 + _BONUS * rate / best_rate for name, rate in rates.items()}
        total = sum(weights.values())
        return {name: weight / total for name, weight in weights.items()}


def run_search(
    dim: int,
    n_points: int,
    *,
    effort: float,
    time_limit: float | None,
    seed: np.random.SeedSequence,
    workers: int,
    target: float,
    progress: ProgressCallback | None,
) -> Search:
    """Search until settled, or until effort, time or target are reached; Ctrl-C ends it with what it has."""
    search = Search()
    deadline = np.inf if time_limit is None else time.time() + time_limit
    one_start = start_effort(dim, n_points)
    first_round = min(effort, len(STRATEGIES) * one_start)
    round_index = 0
    with _mapper(workers) as run:
        while True:
            budget = min(max(first_round, _GROWTH * search.spent), effort - search.spent)
            incumbent = None if search.best is None else search.best.points
            best = np.inf if search.best is None else search.best.max_cosine
            shares = search.shares()
            # A strategy whose share does not pay for one start waits, except the first.
            affordable = [s for i, s in enumerate(STRATEGIES) if i == 0 or shares[s] * budget >= 0.5 * one_start]
            scale = budget / sum(shares[name] for name in affordable)
            tasks = [
                Task(
                    dim, n_points, name, seed, (round_index, STRATEGIES.index(name)),
                    scale * shares[name], best, incumbent, target, deadline,
                )
                for name in affordable
            ]  # fmt: skip
            try:
                for outcome in run(tasks):
                    search.add(outcome)
            except KeyboardInterrupt:
                search.interrupted = True
            round_index += 1
            if progress is not None and search.best is not None:
                progress(Progress("search", search.spent, effort, search.best.max_cosine, "max cosine"))
            search.interrupted |= search.cut and time.time() < deadline
            if search.interrupted or search.cut or search.settled or search.spent >= effort:
                return search
            if search.best is not None and search.best.max_cosine <= target:
                return search


@contextmanager
def _mapper(workers: int) -> Iterator[Callable[[list[Task]], Iterator[Outcome]]]:
    """Yield a function that runs tasks in order, here or in worker processes."""
    if workers == 1:
        yield lambda tasks: map(run_task, tasks)
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            yield lambda tasks: pool.map(run_task, tasks)
        finally:
            pool.shutdown(cancel_futures=True)
