"""The search driver: rounds of tasks whose effort is shared out among the strategies by measured success.

Decisions are made between rounds, by counts of evaluations and hits, never by seconds: the same seed gives the same
code for any number of workers. What is decided is pure (`shares`, `settled`); `run_search` does it.
"""

from __future__ import annotations

import itertools
import time
import warnings
from collections import Counter
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sphcode._progress import Progress, ProgressCallback
from sphcode._validate import fail
from sphcode._workers import Workers, mapper, one_thread
from sphcode.errors import Status, WorkerError
from sphcode.search import costs, interrupt
from sphcode.search.descent.schedules import JUDGE
from sphcode.search.parents import Parent, best_parents, worthy
from sphcode.search.plan import Plan
from sphcode.search.polish import Polished, polish, unpolished
from sphcode.search.strategies import BY_NAME
from sphcode.search.workspace import Candidate, Chain, Outcome, Task, Workspace

if TYPE_CHECKING:
    from sphcode.search.known import KnownCode


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

    `hits` and `effort` are by strategy; `found_at` is what was spent when the best value was met first; `given` names
    the code that the search began with, `exact` says that it is a construction; `searched` is the best max cosine of
    independent starts; `rough` is that of a code that was polished in vain, `unfinished` whether a polish was left for
    want of effort; `parents` are the best codes of other sizes; `positions` and `chains` are where each strategy ended;
    `symmetry` names the group, irreducibles and orbits that the best code came from; `candidates` are rough codes that
    may be better, best first, and `judged` is what polishing them has taken.
    """

    best: Polished | None = None
    strategy: str = ""
    hits: Counter[str] = field(default_factory=Counter)
    effort: dict[str, float] = field(default_factory=dict)
    n_starts: int = 0
    spent: float = 0.0
    found_at: float = 0.0
    given: str | None = None
    exact: bool = False
    searched: float = np.inf
    rough: float = np.inf
    unfinished: bool = False
    cut: bool = False
    interrupted: bool = False
    parents: tuple[Parent, ...] = ()
    positions: dict[str, int] = field(default_factory=dict)
    chains: dict[str, Chain | None] = field(default_factory=dict)
    symmetry: dict[str, Any] | None = None
    candidates: tuple[Candidate, ...] = ()
    judged: float = 0.0

    @property
    def has_given(self) -> bool:
        """Whether the best code is the one that the search began with."""
        return self.given is not None and self.strategy == self.given

    @property
    def status(self) -> Status:
        """How a search that is over ended."""
        if self.interrupted:
            return Status.INTERRUPTED
        if self.cut:
            return Status.TIME
        if self.best is not None and self.best.critical:
            return Status.CONVERGED
        return Status.EFFORT if self.unfinished else Status.UNPOLISHED

    def add(self, outcome: Outcome, plan: Plan) -> None:
        """Take in what a task found."""
        same = plan.settings.same
        best = min((code.max_cosine for code in (self.best, outcome.best) if code is not None), default=np.inf)
        found = worthy((*self.parents, *outcome.parents), plan.n_points, best, plan.parent_worth)
        self.parents = best_parents(found, plan.n_points, plan.most_parents)
        self.spent += outcome.effort
        self.effort[outcome.strategy] = self.effort.get(outcome.strategy, 0.0) + outcome.effort
        self.n_starts += len(outcome.cosines)
        self.positions[outcome.strategy] = outcome.position
        self.chains[outcome.strategy] = outcome.chain
        self.cut |= outcome.cut
        self.searched = min((self.searched, *outcome.cosines))
        if outcome.candidate is not None:
            found_roughly = sorted((*self.candidates, outcome.candidate), key=lambda candidate: candidate.value)
            self.candidates = tuple(found_roughly[: plan.settings.candidates])
        new = outcome.best
        if new is None:
            return
        if self.best is None or new.max_cosine < self.best.max_cosine - same:
            self.best, self.strategy, self.found_at = new, outcome.strategy, self.spent
            self.symmetry = outcome.symmetry
            self.hits.clear()
        elif new.critical and not self.best.critical and new.max_cosine <= self.best.max_cosine + 1e-14:
            self.best = new
            if self.has_given:
                self.strategy = outcome.strategy
        self.hits[outcome.strategy] += sum(value <= self.best.max_cosine + same for value in outcome.cosines)


def begin(known: KnownCode | None, parents: tuple[Parent, ...] = ()) -> State:
    """Return the state of a search that begins with a known code, and with known codes of other sizes."""
    if known is None:
        return State(parents=parents)
    code = known.form()
    best = unpolished(code.points, code.max_cosine)
    return State(best=best, strategy=known.name, given=known.name, exact=known.exact, parents=parents)


def settled(plan: Plan, state: State) -> bool:
    """Whether the best value was met so often that a better one is unlikely."""
    hits, effort = _enough(plan, state)
    return state.hits.total() >= hits and state.spent >= effort


def expected_effort(plan: Plan, state: State) -> float:
    """Return what will have been spent at the end if no better value is found and hits go on coming as they did."""
    hits, effort = _enough(plan, state)
    by_hits = state.spent * hits / max(1, state.hits.total())
    return max(state.spent, min(plan.effort, max(effort, by_hits)))


def _enough(plan: Plan, state: State) -> tuple[float, float]:
    """How many hits of the best value and how much effort settle a search."""
    settings = plan.settings
    several = sum(count > 0 for count in state.hits.values()) >= min(settings.enough_strategies, len(plan.parts))
    hits = settings.enough_hits if several else settings.enough_by_one * settings.enough_hits
    return hits, max(plan.least_effort, settings.enough_repeats * state.found_at)


def shares(plan: Plan, state: State) -> dict[str, float]:
    """Return each strategy's share of the next round: its parts, and a bonus for hits per evaluation.

    A value that was met often is not looked for any more: then the bonus goes to hopping from it to a better one. So
    does all of the last effort, if the best was met late; one that was met early was hopped from all the time.
    """
    if state.spent >= plan.last_effort and plan.settings.enough_repeats * state.found_at >= state.spent:
        last = [name for name in ("improve", "exchange") if name in plan.parts]
        return {name: 1.0 / len(last) for name in last}
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
    # The first round of a large code, or of one with annealed starts, is one start, with all the effort that it needs.
    first = plan.start if plan.large else sum(plan.parts.values()) * plan.start
    if state.n_starts == 0 and plan.first is not None:
        first = max(plan.start, plan.schedules[plan.first].iterations * plan.evaluation)
    end = plan.last_effort if state.spent < plan.last_effort else np.inf
    return min(max(first, plan.settings.growth * state.spent), min(end, plan.effort) - state.spent)


def tasks(plan: Plan, state: State, limits: Limits, round_index: int) -> list[Task]:
    """Share out the effort of a round; a strategy whose share does not pay for one start waits, except the first.

    So that a search ends within one start and its polish of its effort, and each task may take that much more than it
    was given, the last rounds have fewer tasks.
    """
    share, effort = shares(plan, state), round_effort(plan, state)
    least = plan.settings.waiting * plan.start
    names = [name for i, name in enumerate(share) if i == 0 or share[name] * effort >= least]
    if not state.parents:
        names = [name for name in names if name != "parents"]
    spent = state.effort.get("catalogue", 0.0)
    if len(names) > 1 and spent >= plan.settings.catalogue_share * plan.effort:
        names = [name for name in names if name != "catalogue"]
    if plan.first is not None and state.n_starts == 0:
        names = [plan.first]
    left = plan.effort - state.spent
    if effort + (len(names) - 1) * plan.start > left:
        most = max(1, int((left + plan.start) / (2.0 * plan.start)))
        first, *others = names
        kept = {first, *sorted(others, key=lambda name: -share[name])[: most - 1]}
        names = [name for name in names if name in kept]
        effort = min(effort, left - (len(names) - 1) * plan.start)
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
            parents=state.parents,
            position=state.positions.get(name, 0),
            chain=state.chains.get(name),
            left=plan.effort - state.spent,
            target=limits.target,
            deadline=limits.deadline,
        )
        for name in names
    ]


def run_task(task: Task) -> Outcome:
    """Run one task; an interrupt (Ctrl-C) ends it early with what it has."""
    workspace = Workspace(task)
    with threads(task.plan):
        BY_NAME[task.strategy].run(workspace)
    return workspace.outcome()


def threads(plan: Plan) -> AbstractContextManager[None]:
    """Return what limits linear algebra to one thread, but for large codes, whose energies are products of tiles."""
    return nullcontext() if plan.large else one_thread()


def run_search(
    plan: Plan, limits: Limits, workers: Workers, progress: ProgressCallback | None, state: State | None = None
) -> tuple[Polished, State]:
    """Search until settled, or until effort, time or target are reached; return the best code and the last state.

    Ctrl-C ends it with what it has. `state` is that of `begin`, where a code is known. When there is no code it raises
    KeyboardInterrupt, WorkerError or, if the effort was too small to find one, InvalidInputError.
    """
    state = State() if state is None else state
    try:
        with interrupt.listening(), threads(plan), mapper(workers, interrupt.listen) as run:
            for round_index in itertools.count():
                if _over(plan, state, limits):
                    break
                for outcome in run(run_task, tasks(plan, state, limits, round_index)):
                    state.add(outcome, plan)
                if plan.polish_later and is_polished_between(plan, state, limits):
                    polish_best(plan, state, limits.stopped)
                polish_candidates(plan, state, limits.stopped)
                if progress is not None and state.best is not None:
                    best, total = state.best.max_cosine, expected_effort(plan, state)
                    capped = total >= plan.effort
                    progress(Progress("search", state.spent, total, best, "max cosine", at_most=capped))
                state.interrupted = interrupt.requested()
        if not state.cut:
            with threads(plan):
                polish_best(plan, state, limits.stopped)
                polish_candidates(plan, state, limits.stopped)
    except KeyboardInterrupt:
        state.interrupted = True
    except BrokenExecutor:
        state.interrupted = True
        cause = "a worker process ended before its time (killed, or out of memory"
        if state.best is None:
            raise WorkerError(f"{cause}); there is no code yet") from None
        warnings.warn(f"{cause}); the best code so far is returned", RuntimeWarning, stacklevel=2)
    if state.best is None and not state.interrupted:
        argument = "time_limit" if state.cut else "effort"
        enough = f"enough to find one code, and none was found in {state.spent:.4g} evaluations"
        raise fail(argument, enough, "too little" if state.cut else plan.effort)
    if state.best is None:
        raise KeyboardInterrupt
    return state.best, state


def _over(plan: Plan, state: State, limits: Limits) -> bool:
    """Whether a search ends here."""
    reached = state.best is not None and state.best.max_cosine <= limits.target
    return state.interrupted or state.cut or reached or state.spent >= plan.effort or settled(plan, state)


def is_polished_between(plan: Plan, state: State, limits: Limits) -> bool:
    """Whether a rough best code is polished after this round: that is cheap, or may bring it to the target.

    A polish that takes a minute is not cheap, whatever was spent: at (16, 256) it left the search without effort.
    """
    if state.best is None:
        return False
    cheap = plan.polish < plan.settings.polish_share * state.spent
    if cheap and not costs.is_dense(plan.dim, plan.n_points, plan.settings):
        return True
    rough = plan.settings.roughness * plan.rough_gap * (1.0 - state.best.max_cosine)
    return state.best.max_cosine - rough <= limits.target


def polish_best(plan: Plan, state: State, stop: Callable[[], bool]) -> None:
    """Polish the best code, which a task has left rough; its hits are then unknown but for the one.

    A polish that ends at no critical point is tried again from other gaps while that is cheap and effort is left.
    """
    if state.best is None or state.best.critical or state.best.max_cosine == state.rough:
        return
    given = state.has_given
    if given and state.exact and plan.polish_later:
        # Constructions are critical or not as they are, and too symmetric for a quick polish.
        state.unfinished = True
        return
    if costs.is_dense(plan.dim, plan.n_points, plan.settings) and plan.polish > plan.settings.most_polish * plan.effort:
        state.unfinished = True
        return
    first = plan.settings.known_gaps if given else (plan.rough_gap,)
    dear = plan.settings.lift_share * plan.effort
    state.unfinished = False
    # It is most often among the candidates itself.
    same = state.best.points
    state.candidates = tuple(one for one in state.candidates if not np.array_equal(one.points, same))
    for attempt, share in enumerate((*first, *plan.settings.lifts)):
        if attempt and not plan.effort > state.spent:
            state.unfinished = True
            break
        gap = share * (1.0 - state.best.max_cosine)
        state.best = polish(state.best.points, gap, antipodal=plan.antipodal, stop=stop)
        state.spent += state.best.effort
        if state.best.critical or not 0.0 < state.best.effort < dear or stop():
            break
    state.rough = state.best.max_cosine
    if not given:
        state.hits = Counter({state.strategy: 1})


def polish_candidates(plan: Plan, state: State, stop: Callable[[], bool]) -> None:
    """Polish rough codes that may be better than the best, while all that takes little of what was spent.

    Rough codes are told apart by what they are worth to some 1e-5 of 1 - s, not by their largest cosines: those of
    (16, 79) at exponent 2^13 are 1e-4 above the critical values, which differ by 4e-5.
    """
    settings, first = plan.settings, True
    while state.candidates and state.best is not None and not stop():
        candidate, *others = state.candidates
        payable = state.judged + plan.polish <= settings.judged_share * state.spent
        if candidate.value >= state.best.max_cosine:
            state.candidates = ()
        elif not payable or (state.spent >= plan.effort and not first):
            return
        else:
            state.candidates, first = tuple(others), False
            found = polish(candidate.points, float(JUDGE.gap(candidate.value)), stop=stop)
            state.judged += found.effort
            state.spent += found.effort
            if found.max_cosine < state.best.max_cosine - settings.same:
                state.best, state.strategy, state.symmetry = found, candidate.strategy, candidate.symmetry
                state.found_at, state.hits = state.spent, Counter({candidate.strategy: 1})
