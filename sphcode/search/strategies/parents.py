"""Codes made from parents: points taken away from a larger code, or put into the holes of a smaller one, relaxed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sphcode.search.parents import resized
from sphcode.search.sphere import unit
from sphcode.search.strategies.hopping import hop_on
from sphcode.search.workspace import Chain

if TYPE_CHECKING:
    from sphcode.search.plan import Plan
    from sphcode.search.workspace import Workspace

#: Noise that breaks the symmetry of a parent, in turn, as the length of a shift.
_NOISE = (1e-3, 1e-2)
#: The share of a task that resizes parents anew; the rest hops from the best of that.
_FRESH = 0.5


@dataclass(frozen=True)
class Parents:
    """Independent starts made of the parents that the search keeps, and a chain from the best of them."""

    name: str = "parents"

    def parts(self, plan: Plan) -> float:
        """Take part where optima are many."""
        return plan.settings.parent_parts if plan.many_optima else 0.0

    def run(self, workspace: Workspace) -> None:
        """Resize one of the parents again and again, then hop from the best; without parents there is nothing to do."""
        task, plan, rng = workspace.task, workspace.plan, workspace.rng
        if not task.parents:
            return
        schedule = workspace.schedule("hop", 0.5)
        best = None
        turn = 0
        while best is None or not (workspace.spent() or workspace.effort > _FRESH * task.effort):
            # The first task of a round takes the best parent first, the next ones go on with the others.
            parent = task.parents[(task.key[0] + turn) % len(task.parents)]
            start = resized(parent.points, plan.n_points, rng)
            noise = rng.standard_normal(start.shape) / np.sqrt(plan.dim)
            start = unit(start + _NOISE[turn % len(_NOISE)] * noise)
            codes = start[None].copy()
            rough, gap = (float(values[0]) for values in workspace.optimise(codes, schedule))
            workspace.finish(codes[0], rough, gap, schedule.screened)
            if best is None or rough < best[1]:
                best = codes, rough, gap
            turn += 1
        if not workspace.spent():
            workspace.cosines.append(hop_on(workspace, Chain(*best), schedule, temperature=0.0).best)
