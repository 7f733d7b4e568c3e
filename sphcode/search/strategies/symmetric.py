"""Unions of orbits of a group: few unknowns, so their best is found soon; the symmetry is released in the polish."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sphcode.search.groups import named_group, random_group
from sphcode.search.imposed import AUTO, matrix_group, permutation_group
from sphcode.search.orbits import Orbits, OrbitType, orbit_types, random_orbits
from sphcode.search.parents import Parent
from sphcode.search.point_groups import random_name
from sphcode.search.regimes import has_point_groups
from sphcode.search.strategies.hopping import chain

if TYPE_CHECKING:
    from sphcode.search.plan import Plan
    from sphcode.search.workspace import Workspace

#: How often a group is a point group, where these are drawn and the code is not large.
_POINT_GROUP = 0.5


@dataclass(frozen=True)
class Symmetric:
    """Orbits of random groups (those with -1 for lines), or of the group that was asked for.

    hopping: where the best of a few starts is near the best known, go on by basin hopping among such unions.
    """

    name: str
    hopping: bool

    def parts(self, plan: Plan) -> float:
        """Take part unless a group of permutations is imposed, or the code is large and has no point groups."""
        if permutation_group(plan.symmetry, plan.generators) is not None:
            return 0.0
        if has_point_groups(plan.dim, plan.n_points, plan.settings):
            return plan.settings.point_group_parts
        return 0.0 if plan.large else 1.0

    def run(self, workspace: Workspace) -> None:
        """Descend a few starts of each union of orbits; a few draws may find none that fits."""
        plan, effort = workspace.plan, workspace.task.effort
        schedule = plan.schedules["symmetric"].limited(effort)
        named = None
        if plan.symmetry not in (None, AUTO):
            group = matrix_group(plan.symmetry, plan.generators, plan.dim)
            named = group, orbit_types(group, workspace.rng)
        released = named is None and has_point_groups(plan.dim, plan.n_points, plan.settings)
        while not workspace.spent():
            if named is None:
                orbits = draw_orbits(workspace, plan.n_points)
            else:
                workspace.effort += plan.settings.draw_cost
                orbits = random_orbits(*named, plan.n_points, workspace.rng, plan.symmetry)
            if orbits is None:
                continue
            known, before = workspace.known, workspace.best
            starts = orbits.starts(workspace.rng, plan.settings.symmetric_batch)
            current, cosine = workspace.finish_batch(starts, schedule, orbits)
            worst = workspace.known + plan.settings.worth_hopping * (1.0 - workspace.known)
            workspace.offer(Parent(orbits.whole(current), cosine, "orbits of a group"))
            if released and cosine < known:
                workspace.release(orbits.whole(current))
            if self.hopping and cosine < worst:
                gap = float(schedule.gap(cosine))
                reached = chain(workspace, current[None], cosine, gap, plan.schedules["hop"], orbits=orbits)
                workspace.cosines.append(reached)
            if workspace.best is not before:
                workspace.symmetry = orbits.to_dict()


def draw_orbits(workspace: Workspace, n_points: int, dim: int | None = None) -> Orbits | None:
    """Return orbits of a random group, in `dim` dimensions if given; None if the draw makes up no such code."""
    plan, rng, settings = workspace.plan, workspace.rng, workspace.plan.settings
    dim = dim or plan.dim
    if not plan.antipodal and has_point_groups(dim, n_points, settings) and (plan.large or rng.random() < _POINT_GROUP):
        workspace.effort += settings.point_group_cost
        name = random_name(rng, n_points)
        elements, types = _point_group(name)
        least = max(settings.point_group_order if plan.large else 1, n_points**2 / settings.point_group_size)
        return None if len(elements) < least else random_orbits(elements, types, n_points, rng, name)
    workspace.effort += settings.draw_cost
    group = random_group(dim, min(settings.group_order, n_points), rng, plan.antipodal)
    return None if group is None else random_orbits(group, orbit_types(group, rng), n_points, rng)


@cache
def _point_group(name: str) -> tuple[NDArray[np.float64], list[OrbitType]]:
    """Return the elements of a point group and its kinds of orbits."""
    elements = named_group(name, 3)
    return elements, orbit_types(elements, np.random.default_rng(0))
