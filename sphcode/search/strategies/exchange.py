"""Chains of exchanges: points taken out, one more put into holes, and the most crowded point taken out.

In nine dimensions and more a random code is amorphous, and the best ones are crystals: each exchange moves holes
through the code, and a slow descent after it lets the neighbourhood follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sphcode.search.moves import MOST_EXCHANGED, exchange
from sphcode.search.parents import resized
from sphcode.search.strategies.hopping import accepted
from sphcode.search.strategies.laminated import laminated
from sphcode.search.workspace import Chain

if TYPE_CHECKING:
    from sphcode.search.plan import Plan
    from sphcode.search.workspace import Workspace

#: A descended code this near the current one, in units of 1 - s, is sharpened, and so compared with it.
_NEAR = 0.01
#: A better code is better by more than what descents leave.
_BETTER = 1e-6


@dataclass(frozen=True)
class Exchange:
    """A chain that goes on from round to round; the next begins at the best code, at a parent or at a laminated one."""

    name: str = "exchange"

    def parts(self, plan: Plan) -> float:
        """Take part where most effort goes to groups and parents."""
        return 1.0 if plan.structured else 0.0

    def run(self, workspace: Workspace) -> None:
        """Go on with the chain of the last round, then begin others."""
        chain = workspace.task.chain
        turn = workspace.task.key[0]
        while not workspace.spent():
            if chain is None:
                chain = _begun(workspace, turn)
            chain = _gone_on(workspace, chain)
            workspace.chain = chain
            if chain.idle >= workspace.plan.settings.exchange_patience:
                chain = workspace.chain = None
            turn += 1


def _begun(workspace: Workspace, turn: int) -> Chain:
    """Return a chain at the best code, at a laminated one, or at one made of a parent, in turn.

    For want of a best code, or of parents, it is at a laminated one.
    """
    task, plan, rng = workspace.task, workspace.plan, workspace.rng
    slow = workspace.schedule("exchange")
    if turn % 3 == 0 and task.incumbent is not None:
        return Chain(task.incumbent[None].copy(), task.best, 0.0)
    if turn % 3 == 2 and task.parents:
        parent = task.parents[(turn // 3) % len(task.parents)]
        start = resized(parent.points, plan.n_points, rng)[None]
        cosine = float(workspace.descend(start, slow)[0])
    else:
        start, cosine = laminated(workspace, slow)
    return Chain(start, cosine, float(slow.gap(cosine)))


def _gone_on(workspace: Workspace, chain: Chain) -> Chain:
    """Make exchanges until effort or patience is used up; take in the best code that is new."""
    plan, rng = workspace.plan, workspace.rng
    slow = workspace.schedule("exchange")
    current, cosine, gap, idle = chain.points, chain.rough, chain.gap, chain.idle
    best, found = min(chain.best, cosine), None
    while not (workspace.spent() or idle >= plan.settings.exchange_patience):
        trial = exchange(current[0], rng, int(rng.integers(1, MOST_EXCHANGED + 1)))[None]
        rough = float(workspace.descend(trial, slow)[0])
        idle += 1
        if rough - plan.settings.roughness * slow.gap(rough) > cosine + _NEAR * (1.0 - cosine):
            continue
        rough, trial_gap = (float(values[0]) for values in workspace.sharpen(trial))
        if accepted(rough, cosine, plan.settings.exchange_temperature, rng):
            current, cosine, gap = trial, rough, trial_gap
        if rough < best - _BETTER:
            best, idle, found = rough, 0, (trial[0].copy(), trial_gap)
    if found is not None:
        workspace.finish(found[0], best, found[1], screened=True)
    return Chain(current, cosine, gap, best, idle)
