"""Independent random starts, descended through one schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sphcode.search.descent.lists import smallest_gap
from sphcode.search.groups import named_group
from sphcode.search.orbits import orbit_types, random_orbits
from sphcode.search.regimes import is_annealed
from sphcode.search.sphere import random_points, spiral

if TYPE_CHECKING:
    from sphcode.search.plan import Plan
    from sphcode.search.workspace import Workspace

#: The dimension in which large codes have a spiral as their first.
_SPIRAL_DIM = 3
#: A task has at least so many batches, so that it can end near its effort.
_BATCHES = 4


@dataclass(frozen=True)
class Starts:
    """Random starts on the schedule `name`; for lines, of one point of each."""

    name: str

    def parts(self, plan: Plan) -> float:
        """Take part unless a symmetry is imposed."""
        if self.name not in plan.schedules or plan.symmetry is not None:
            return 0.0
        annealed = self.name == "slow" and is_annealed(plan.dim, plan.n_points, plan.settings)
        return plan.settings.annealed_parts if annealed else 1.0

    def run(self, workspace: Workspace) -> None:
        """Descend batches."""
        plan, effort = workspace.plan, workspace.task.effort
        schedule = plan.schedules[self.name].limited(effort / plan.evaluation)
        cost = _BATCHES * schedule.iterations * plan.evaluation
        batch = int(np.clip(effort / cost, 1, plan.settings.batch))
        orbits = None
        if plan.antipodal:
            lines = named_group("antipodal", plan.dim)
            orbits = random_orbits(lines, orbit_types(lines, workspace.rng), plan.n_points, workspace.rng)
        if plan.large and plan.dim == _SPIRAL_DIM and not np.isfinite(workspace.known):
            # A start that effort or time cuts short is worse than the spiral, which costs nothing.
            code = spiral(plan.n_points)
            cosine = 1.0 - smallest_gap(code)
            workspace.finish(code, cosine, float(schedule.gap(cosine)), schedule.screened)
        while not workspace.over():
            if orbits is None:
                starts = random_points(workspace.rng, batch, plan.n_points, plan.dim)
            else:
                starts = orbits.starts(workspace.rng, batch)
            workspace.finish_batch(starts, schedule, orbits)
