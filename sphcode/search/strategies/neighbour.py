"""Codes of a neighbouring size: one point more, less a random point; one point less, plus one in a hole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sphcode.search.moves import hole
from sphcode.search.sphere import random_points
from sphcode.search.strategies.symmetric import draw_orbits

if TYPE_CHECKING:
    from sphcode.search.plan import Plan
    from sphcode.search.workspace import Workspace

#: How often the code of another size has a point more, and how often it is symmetric.
_MORE, _SYMMETRIC = 0.5, 0.5


@dataclass(frozen=True)
class Neighbour:
    """Independent starts made of codes of another size."""

    name: str = "neighbour"

    def parts(self, plan: Plan) -> float:
        """Take part in free searches."""
        if plan.antipodal or plan.symmetry is not None or plan.large:
            return 0.0
        return plan.settings.neighbour_parts if plan.many_optima else 1.0

    def run(self, workspace: Workspace) -> None:
        """Make a code of another size, change its size, descend."""
        plan, rng = workspace.plan, workspace.rng
        schedule = plan.schedules["hop"].limited(workspace.task.effort / 2)
        while not workspace.over():
            more = rng.random() < _MORE or plan.n_points == 2
            code = _sized(workspace, plan.n_points + (1 if more else -1))
            if more:
                start = np.delete(code, rng.integers(len(code)), axis=0)
            else:
                start = np.vstack([code, hole(code, rng)])
            rough, gap = workspace.optimise(start[None], schedule)
            workspace.finish(start, float(rough[0]), float(gap[0]), schedule.screened)


def _sized(workspace: Workspace, n_points: int) -> NDArray[np.float64]:
    """Return a code of another size: the best of a few symmetric starts half of the time, or a random start."""
    plan, rng, effort = workspace.plan, workspace.rng, workspace.task.effort
    orbits = None
    if rng.random() < _SYMMETRIC:
        workspace.effort += plan.settings.draw_cost
        orbits = draw_orbits(workspace, n_points)
    if orbits is None:
        codes = random_points(rng, 1, n_points, plan.dim)
        workspace.descend(codes, plan.schedules["medium"].limited(effort / 2))
        return np.asarray(codes[0])
    starts = orbits.starts(rng, plan.settings.symmetric_batch)
    cosines = workspace.descend(starts, plan.schedules["symmetric"].limited(effort / 2), orbits)
    return orbits.whole(starts[int(np.argmin(cosines))])
