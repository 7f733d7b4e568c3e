"""The search driver: rounds of tasks whose effort is shared out among the strategies by measured success.

Decisions are made between rounds, by counts of evaluations and hits, never by seconds: the same seed gives the same
code for any number of workers. What is decided is pure (`shares`, `settled`); `run_search` does it.
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
from sphcode.search.plan import Plan
from sphcode.search.polish import Polished, polish
from sphcode.search.strategies import BY_NAME
from sphcode.search.workspace import Outcome, Task, Workspace


@dataclass(frozen=True)
class Limits:
    """What ends a search besides its plan: a seed's stream, a time of `time.time()`, a max cosine."""

    seed: np.random.SeedSequence
    deadline: float = np.inf
    target: float = -np.inf

    def stopped(self) -> bool:
        """Whether time is used up or Ctrl-C pressed."""
        return interrupt.requested() or time.time() > self.deadline


@dataclass
class State:
    """A search between rounds.

    `hits` and `effort` are by strategy; `found_at` is what was spent when the best value was met first, `rough` the max
    cosine of a code that was polished in vain.
    """

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

    def add(self, outcome: Outcome, same: float) -> None:
        """Take in what a task found; values within `same` are one value."""
        self.spent += outcome.effort
        self.effort[outcome.strategy] = self.effort.get(outcome.strategy, 0.0) + outcome.effort
        self.n_starts += len(outcome.cosines)
        self.cut |= outcome.cut
        new = outcome.best
        if new is None:
            return
        if self.best is None or new.max_cosine < self.best.max_cosine - same:
            self.best, self.strategy, self.found_at = new, outcome.strategy, self.spent
            self.hits.clear()
        elif new.critical and not self.best.critical and new.max_cosine <= self.best.max_cosine + 1e-14:
            self.best = new
        self.hits[outcome.strategy] += sum(value <= self.best.max_cosine + same for value in outcome.cosines)


def settled(plan: Plan, state: State) -> bool:
    """Whether the best value was met so often that a better one is unlikely."""
    settings = plan.settings
    several = sum(count > 0 for count in state.hits.values()) >= min(settings.enough_strategies, len(plan.parts))
    hits = settings.enough_hits if several else settings.enough_by_one * settings.enough_hits
    effort = max(plan.least_effort, settings.enough_repeats * state.found_at)
    return state.hits.total() >= hits and state.spent >= effort


def shares(plan: Plan, state: State) -> dict[str, float]:
    """Return each strategy's share of the next round: its parts, and a bonus for hits per evaluation.

    A value that was met often is not looked for any more: then the bonus goes to hopping from it to a better one. So
    does all of the last effort, as the best may have been met late.
    """
    if state.spent >= plan.last_effort:
        return {"improve": 1.0}
    if state.hits.total() < plan.settings.enough_hits:
        rates = {name: state.hits[name] / max(1.0, state.effort.get(name, 0.0)) for name in plan.parts}
        best_rate = max(rates.values()) or 1.0
        weights = {name: plan.parts[name] + plan.settings.bonus * rate / best_rate for name, rate in rates.items()}
    else:
        weights = dict(plan.late_parts)
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def round_effort(plan: Plan, state: State) -> float:
    """Return the effort of the next round, which grows with what was spent."""
    # A large code's first round is one start, with all the effort that it needs.
    first = plan.start * (1.0 if plan.large else sum(plan.parts.values()))
    end = plan.last_effort if state.spent < plan.last_effort else np.inf
    return min(max(first, plan.settings.growth * state.spent), min(end, plan.effort) - state.spent)


def tasks(plan: Plan, state: State, limits: Limits, round_index: int) -> list[Task]:
    """Share out the effort of a round; a strategy whose share does not pay for one start waits, except the first."""
    share, effort = shares(plan, state), round_effort(plan, state)
    least = plan.settings.waiting * plan.start
    names = [name for i, name in enumerate(share) if i == 0 or share[name] * effort >= least]
    if plan.large and state.best is None:
        names = names[:1]
    scale = effort / sum(share[name] for name in names)
    return [
        Task(
            plan=plan,
            strategy=name,
            seed=limits.seed,
            key=(round_index, list(plan.parts).index(name)),
            effort=scale * share[name],
            best=np.inf if state.best is None else state.best.max_cosine,
            incumbent=None if state.best is None else state.best.points,
            target=limits.target,
            deadline=limits.deadline,
        )
        for name in names
    ]


def run_task(task: Task) -> Outcome:
    """Run one task; an interrupt (Ctrl-C) ends it early with what it has."""
    workspace = Workspace(task)
    BY_NAME[task.strategy].run(workspace)
    return workspace.outcome()


def run_search(plan: Plan, limits: Limits, workers: int, progress: ProgressCallback | None) -> State:
    """Search until settled, or until effort, time or target are reached; Ctrl-C ends it with what it has."""
    state = State()
    try:
        with interrupt.listening(), _mapper(workers) as run:
            for round_index in itertools.count():
                for outcome in run(tasks(plan, state, limits, round_index)):
                    state.add(outcome, plan.settings.same)
                if plan.polish_later and plan.polish < plan.settings.polish_share * state.spent:
                    polish_best(plan, state, limits.stopped)
                if progress is not None and state.best is not None:
                    best = state.best.max_cosine
                    progress(Progress("search", state.spent, plan.effort, best, "max cosine", at_most=True))
                state.interrupted = interrupt.requested()
                reached = state.best is not None and state.best.max_cosine <= limits.target
                if state.cut or settled(plan, state) or reached or state.spent >= plan.effort:
                    break
        if not state.cut:
            polish_best(plan, state, limits.stopped)
    except KeyboardInterrupt:
        state.interrupted = True
    return state


def polish_best(plan: Plan, state: State, stop: Callable[[], bool]) -> None:
    """Polish the best code, which a task has left rough; its hits are then unknown but for the one."""
    if state.best is None or state.best.critical or state.best.max_cosine == state.rough:
        return
    dear = plan.settings.lift_share * plan.effort
    for share in (plan.rough_gap, *plan.settings.lifts):
        gap = share * (1.0 - state.best.max_cosine)
        state.best = polish(state.best.points, gap, antipodal=plan.antipodal, stop=stop)
        state.spent += state.best.effort
        if state.best.critical or not 0.0 < state.best.effort < dear or stop():
            break
    state.rough = state.best.max_cosine
    state.hits = Counter({state.strategy: 1})


@contextmanager
def _mapper(workers: int) -> Iterator[Callable[[list[Task]], Iterator[Outcome]]]:
    """Yield a function that runs tasks in order, here or in worker processes."""
    if workers == 1:
        yield lambda batch: map(run_task, batch)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=interrupt.listen) as pool:
        try:
            yield lambda batch: pool.map(run_task, batch)
        finally:
            pool.shutdown(cancel_futures=True)
