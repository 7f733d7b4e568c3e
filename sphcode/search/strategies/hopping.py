"""Basin hopping: move a code, descend, keep it if it is not much worse, and so on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sphcode.search import costs
from sphcode.search.moves import random_move
from sphcode.search.regimes import has_many_optima
from sphcode.search.settle import is_settled, settle
from sphcode.search.sphere import random_points
from sphcode.search.workspace import Chain

if TYPE_CHECKING:
    from sphcode.search.descent.schedules import Schedule
    from sphcode.search.orbits import Orbits
    from sphcode.search.plan import Plan
    from sphcode.search.workspace import Workspace

#: A chain polishes its codes when so many steps of a polish cost less than a descent; else its best, at the end.
_CHEAP_STEPS = 2
#: The share of a task that settles the best code before it is hopped from. At seed 1 (3, 102) is met in 6 s, (3, 110)
#: in 22 and (3, 116) in 89; with half of it in 40, 29 and 95.
_SETTLED = 0.6
#: A polished code must be better than the best of its chain by more than rounding.
_BETTER = 1e-12


@dataclass(frozen=True)
class Hop:
    """Chains from random codes, each an independent start."""

    name: str = "hop"

    def parts(self, plan: Plan) -> float:
        """Take part in free searches; where optima are many, most of it."""
        if plan.antipodal or plan.symmetry is not None or plan.large:
            return 0.0
        return plan.settings.hop_parts if plan.many_optima else 1.0

    def run(self, workspace: Workspace) -> None:
        """Descend a random code and hop from it, again and again; first go on with the chain of the last round.

        A chain that goes on counts as a start again if it comes to a better code.
        """
        schedule, chain = _schedule(workspace), workspace.task.chain
        if chain is not None:
            left = hop_on(workspace, chain, schedule)
            if left.best < chain.best - _BETTER:
                workspace.cosines.append(left.best)
            workspace.chain = _unfinished(workspace, left)
            if workspace.chain is not None:
                return
        # A chain that went on is what a task must have made at least.
        while not (workspace.over() if chain is None else workspace.spent()):
            left = hop_on(workspace, Chain(*random_code(workspace)), schedule)
            workspace.cosines.append(left.best)
            workspace.chain = _unfinished(workspace, left)


@dataclass(frozen=True)
class Improve:
    """Chains from the best code known; from many unknowns on they go on with better codes only."""

    name: str = "improve"

    def parts(self, plan: Plan) -> float:
        """Take part in free searches."""
        if plan.antipodal or plan.symmetry is not None:
            return 0.0
        return plan.settings.improve_parts if plan.many_optima else 1.0

    def run(self, workspace: Workspace) -> None:
        """Settle the best, then hop from it, again and again; before there is one, from random codes."""
        task, plan = workspace.task, workspace.plan
        schedule = _schedule(workspace)
        greedy = has_many_optima(plan.dim, plan.n_points, plan.settings)
        temperature = 0.0 if greedy else plan.settings.temperature
        incumbent, best = task.incumbent, task.best
        share = _SETTLED * task.effort
        if incumbent is not None and is_settled(workspace, share):
            incumbent = settle(workspace, incumbent, share)
            best = workspace.known
        while not workspace.over():
            if incumbent is None:
                start, cosine, gap = random_code(workspace)
            else:
                start, cosine, gap = incumbent[None].copy(), best, schedule.gap(best)
                if plan.polish_later and not plan.large:
                    # Hops end rough, so they are compared with what the same descent leaves of the best.
                    cosine, gap = (float(values[0]) for values in workspace.optimise(start, schedule))
            hop_on(workspace, Chain(start, cosine, gap), schedule, temperature=temperature)


def _schedule(workspace: Workspace) -> Schedule:
    """Return the schedule after a move."""
    plan = workspace.plan
    return plan.schedules["hop"].limited(workspace.task.effort / plan.evaluation)


def random_code(workspace: Workspace) -> tuple[NDArray[np.float64], float, float]:
    """Return a descended random code (1, n_points, dim), its largest cosine, and about its error."""
    plan = workspace.plan
    start = random_points(workspace.rng, 1, plan.n_points, plan.dim)
    cosine, gap = workspace.optimise(start, workspace.schedule("medium"))
    return start, float(cosine[0]), float(gap[0])


def _is_polished_in_chain(workspace: Workspace, schedule: Schedule) -> bool:
    """Whether a chain polishes its codes as it goes on, not only its best at the end."""
    plan = workspace.plan
    return (
        not plan.polish_later
        and _CHEAP_STEPS * costs.polish_step(plan.dim, plan.n_points, plan.settings) < schedule.iterations
    )


def _patience(workspace: Workspace, points: NDArray[np.float64]) -> int:
    """Return how many hops in a row may be in vain."""
    settings = workspace.plan.settings
    return settings.patience + settings.patience_per_point * int(points.shape[1])


def _unfinished(workspace: Workspace, chain: Chain) -> Chain | None:
    """Return the chain, if it was cut before its patience was used up."""
    return chain if chain.idle < _patience(workspace, chain.points) else None


def hop_on(
    workspace: Workspace,
    chain: Chain,
    schedule: Schedule,
    *,
    temperature: float | None = None,
    orbits: Orbits | None = None,
) -> Chain:
    """Go on with a chain until effort or patience is used up; return it as it is then.

    schedule: after a move. With `orbits` the codes are representatives. temperature: mean of the rise that is accepted.
    """
    plan = workspace.plan
    settings = plan.settings
    if temperature is None:
        temperature = settings.temperature
    current, rough, gap, best, idle = chain.points, chain.rough, chain.gap, chain.best, chain.idle
    in_chain = _is_polished_in_chain(workspace, schedule)
    best_rough, best_points, best_gap = rough, current[0].copy(), gap
    if in_chain and not np.isfinite(best):
        best = workspace.polish(workspace.whole(best_points, orbits), rough, gap).max_cosine
    patience = _patience(workspace, current)
    while not workspace.spent() and idle < patience:
        trial = random_move(current[0], workspace.rng, orbits, wide=plan.moves_widely)[None]
        cosine, trial_gap = (float(values[0]) for values in workspace.optimise(trial, schedule, orbits))
        idle += 1
        if accepted(cosine, rough, temperature, workspace.rng):
            current, rough, gap = trial, cosine, trial_gap
        if in_chain and cosine < best + settings.worth_polishing_hop * (1.0 - best):
            polished = workspace.polish(workspace.whole(trial[0], orbits), cosine, trial_gap).max_cosine
            if polished < best - _BETTER:
                best, idle = polished, 0
        elif not in_chain and cosine < best_rough:
            best_rough, best_points, best_gap, idle = cosine, trial[0].copy(), trial_gap, 0
    if not in_chain:
        polished = workspace.polish(workspace.whole(best_points, orbits), best_rough, best_gap).max_cosine
        best = min(best, polished)
    return Chain(current, rough, gap, best, idle)


def accepted(cosine: float, current: float, temperature: float, rng: np.random.Generator) -> bool:
    """Whether a hop is accepted: a better one always, a worse one by an exponential chance in units of 1 - cosine."""
    return bool(cosine < current + temperature * (1.0 - current) * rng.exponential())
