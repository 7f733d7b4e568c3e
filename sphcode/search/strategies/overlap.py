"""Basin hopping on the overlaps at a level that no code reaches: they tell codes apart without a polish.

The level is a little below the largest cosine of the best code. The overlap energy that a descent leaves there ranks
codes as their critical values do: by it hops are accepted or not, and most of them are given up half way. Only codes
that overlap about as little as the best are polished.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sphcode.search import costs
from sphcode.search.moves import random_move
from sphcode.search.settle import is_settled, settle
from sphcode.search.strategies.hopping import random_code
from sphcode.search.workspace import Chain

if TYPE_CHECKING:
    from sphcode.search.plan import Plan
    from sphcode.search.workspace import Workspace

#: How far the level is below the best, in units of 1 - s; and the share of that by which a better code moves it. Where
#: optima are many, the values of good codes differ by a tenth of it and less.
_DEPTH, _NEW_LEVEL = 0.005, 0.1
#: In units of the depth squared: a critical code overlaps by 1 and more, as its multipliers add up to 1.
_NOT_CRITICAL = 0.5
#: Iterations of a descent: after a move at a softer level, which is farther below by one of these shares, another for
#: each chain; then at the level; and of a code that may be polished.
_SOFT_ITERATIONS, _ITERATIONS, _LAST_ITERATIONS = 30, 120, 300
_SOFTER = (0.05, 0.1, 0.2, 0.4)
#: A descent ends where ten iterations bring less than this share of the energy; and one of the last iterations.
_LEAST_GAIN, _LAST_GAIN = 0.01, 1e-5
#: Mean of the rise that a hop may make, of the root of the energy, in units of that of the best.
_TEMPERATURE = 0.6
#: Codes of at most this multiple of the energy of the best are polished, unless that is the energy of one that was:
#: within this share as they come, and within that when descended to the end.
_WORTH, _SAME, _SAME_AT_END = 1.12, 0.01, 0.005
#: Polished codes within so much of the best, in units of 1 - s, are settled, with so many times the effort of a polish,
#: but at most this share of what is left of the search.
_SETTLED_WITHIN, _SETTLED_FOR, _SETTLED_SHARE = 3e-4, 10.0, 0.01
#: A chain ends after so many hops without an energy that is lower by this share.
_PATIENCE, _LOWER = 150, 1e-3
#: The share of chains that begin at the best code; the others begin at random ones.
_FROM_BEST = 0.3


@dataclass(frozen=True)
class Overlap:
    """Chains on overlaps from random codes, which are independent starts, and from the best; the last goes on."""

    name: str = "overlap"

    def parts(self, plan: Plan) -> float:
        """Take part in free searches where optima are many, unless most effort goes to groups and parents."""
        return plan.settings.overlap_parts if plan.many_optima and not plan.structured else 0.0

    def run(self, workspace: Workspace) -> None:
        """Go on with the chain of the last round, then begin others."""
        chain = workspace.task.chain
        if not np.isfinite(workspace.known):
            start, cosine, gap = random_code(workspace)
            workspace.finish(start[0], cosine, gap, screened=False)
        while not workspace.spent():
            chain = _gone_on(workspace, _begun(workspace) if chain is None else chain)
            if chain.idle >= _PATIENCE:
                chain = None
        workspace.chain = chain


def _begun(workspace: Workspace) -> Chain:
    """Return a chain at the best code, which is its `best` from the beginning, or at a random one."""
    if workspace.rng.random() < _FROM_BEST:
        return Chain(workspace.best_points()[None].copy(), workspace.known, 0.0, best=workspace.known)
    return Chain(*random_code(workspace))


def _gone_on(workspace: Workspace, chain: Chain) -> Chain:
    """Hop until effort or patience is used up, then polish the code that overlaps least."""
    rng = workspace.rng
    softer = float(rng.choice(_SOFTER))
    current, idle = chain.points[0], chain.idle
    while True:
        level = _Level(workspace)
        current, energy = level.descended(current)
        least, lowest = energy, current
        while not (workspace.spent() or level.passed or idle >= _PATIENCE):
            moved = random_move(current, rng, wide=True)
            soft, _ = level.descended(moved, _SOFT_ITERATIONS, softer=softer)
            rise = _TEMPERATURE * np.sqrt(level.energy) * rng.exponential()
            most = (np.sqrt(energy) + rise) ** 2
            trial, left = level.descended(soft, limit=max(most, level.worth))
            idle += 1
            if left < most:
                current, energy = trial, left
            if left < least * (1.0 - _LOWER):
                least, lowest, idle = left, trial, 0
            level.take(trial, left)
        if not level.passed or workspace.spent():
            break
        idle = 0
    if idle >= _PATIENCE:
        found = level.polish(lowest)
        if not np.isfinite(chain.best):
            # One that began at the best is no independent start.
            workspace.cosines.append(found)
    return Chain(current[None], np.inf, np.inf, best=chain.best, idle=idle)


class _Level:
    """The level below the best code of a workspace: its cosine, the energy of the best, those of what was polished."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        while True:
            self.best = workspace.known
            self.cosine = self.best - _DEPTH * (1.0 - self.best)
            code, self.energy = self.descended(workspace.best_points(), _LAST_ITERATIONS, least_gain=_LAST_GAIN)
            if self.energy >= _NOT_CRITICAL * _DEPTH**2 or workspace.spent():
                break
            # The best was left rough, and the descent takes it to a better one.
            self.polish(code)
            if not workspace.known < self.best:
                break
        self._polished = [self.energy]

    @property
    def worth(self) -> float:
        """The energy that codes worth a polish have at most."""
        return _WORTH * self.energy

    @property
    def passed(self) -> bool:
        """Whether a code was found that is so much better that there should be another level."""
        return self.workspace.known < self.best - _NEW_LEVEL * _DEPTH * (1.0 - self.best)

    def descended(
        self,
        points: NDArray[np.float64],
        iterations: int = _ITERATIONS,
        *,
        softer: float = 0.0,
        limit: float = np.inf,
        least_gain: float = _LEAST_GAIN,
    ) -> tuple[NDArray[np.float64], float]:
        """Return the descended code and its energy; it is given up where its energy stays above the limit."""
        from sphcode.kernels.overlap import descend

        columns = points.T.copy(order="C")
        level = self.cosine - softer * (1.0 - self.cosine)
        energy, evaluations = descend(columns, level, iterations, limit, least_gain)
        self.workspace.effort += costs.overlap_evaluation(self.workspace.plan.dim) * evaluations
        return columns.T.copy(order="C"), float(energy)

    def take(self, points: NDArray[np.float64], energy: float) -> None:
        """Polish a code if it is worth it."""
        if not self._is_new(energy, _SAME):
            return
        points, end = self.descended(points, _LAST_ITERATIONS, least_gain=_LAST_GAIN)
        new = self._is_new(end, _SAME_AT_END)
        self._polished += [energy, end]
        if new:
            self.polish(points)

    def polish(self, points: NDArray[np.float64]) -> float:
        """Polish a code, or sharpen it where polishes are left for later; settle it if it is among the best.

        Returns its largest cosine.
        """
        workspace, plan = self.workspace, self.workspace.plan
        gap = _DEPTH * (1.0 - self.cosine)
        cosine = self.cosine + gap
        if plan.polish_later:
            start = points[None].copy()
            cosine, gap = (float(values[0]) for values in workspace.sharpen(start))
            points = start[0]
        found = workspace.polish(points, cosine, gap)
        effort = min(_SETTLED_FOR * plan.polish, _SETTLED_SHARE * workspace.task.left)
        near = found.max_cosine < workspace.known + _SETTLED_WITHIN * (1.0 - workspace.known)
        if found.critical and near and is_settled(workspace, effort):
            settle(workspace, found.points, effort)
        return found.max_cosine

    def _is_new(self, energy: float, same: float) -> bool:
        """Whether a code of such an energy is worth a polish, and none of that energy was polished."""
        return energy < self.worth and not any(abs(energy - known) < same * known for known in self._polished)
