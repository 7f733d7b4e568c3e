"""Codes of another size: some points more, less as many; one point less, plus one in a hole; poles on an equator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sphcode.search.parents import Parent, resized, with_poles
from sphcode.search.sphere import random_points
from sphcode.search.strategies.symmetric import draw_orbits

if TYPE_CHECKING:
    from sphcode.search.plan import Plan
    from sphcode.search.workspace import Workspace

#: How often the code of another size has more points, and how often it is symmetric; how often a symmetric one may have
#: many points more, and how often it is an equator, to which poles are added.
_MORE, _SYMMETRIC, _MANY, _EQUATOR = 0.5, 0.5, 0.5, 0.1


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
        """Make a code of another size, change its size, descend; offer it as a parent if it is good."""
        plan, rng = workspace.plan, workspace.rng
        schedule = workspace.schedule("hop", 0.5)
        while not workspace.over():
            more = rng.random() < _MORE or plan.n_points == 2
            start = resized(_sized(workspace, 1 if more else -1), plan.n_points, rng)
            rough, gap = workspace.optimise(start[None], schedule)
            workspace.finish(start, float(rough[0]), float(gap[0]), schedule.screened)


def _sized(workspace: Workspace, more: int) -> NDArray[np.float64]:
    """Return a code of another size: the best of a few symmetric starts half of the time, or a random start."""
    plan, rng = workspace.plan, workspace.rng
    n_points, dim, orbits = plan.n_points + more, plan.dim, None
    if rng.random() < _SYMMETRIC:
        # Few of those drawn are good, but one with many points more may be the parent of the best code.
        reach = int(plan.settings.parent_reach * plan.n_points)
        if plan.many_optima and more > 0 and reach > 1 and rng.random() < _MANY:
            n_points = plan.n_points + int(rng.integers(1, reach + 1))
        elif plan.many_optima and dim > 3 and rng.random() < _EQUATOR:
            n_points, dim = n_points - 2, dim - 1
        orbits = draw_orbits(workspace, n_points, dim)
    if orbits is None:
        codes = random_points(rng, 1, plan.n_points + more, plan.dim)
        workspace.descend(codes, workspace.schedule("medium", 0.5))
        return np.asarray(codes[0])
    starts = orbits.starts(rng, plan.settings.symmetric_batch)
    cosines = workspace.descend(starts, workspace.schedule("symmetric", 0.5), orbits)
    code, cosine = orbits.whole(starts[int(np.argmin(cosines))]), float(cosines.min())
    if dim < plan.dim:
        code, cosine = with_poles(code), max(0.0, cosine)
    workspace.offer(Parent(code, cosine, f"orbits of a random group in {dim} dimensions"))
    return code
