"""Unions of orbits of a group: few unknowns, so their best is found soon; the symmetry is released in the polish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sphcode.search.groups import random_group
from sphcode.search.imposed import AUTO, matrix_group, permutation_group
from sphcode.search.orbits import Orbits, orbit_types, random_orbits
from sphcode.search.parents import Parent
from sphcode.search.strategies.hopping import chain

if TYPE_CHECKING:
    from sphcode.search.plan import Plan
    from sphcode.search.workspace import Workspace


@dataclass(frozen=True)
class Symmetric:
    """Orbits of random groups (those with -1 for lines), or of the group that was asked for.

    hopping: where the best of a few starts is near the best known, go on by basin hopping among such unions.
    """

    name: str
    hopping: bool

    def parts(self, plan: Plan) -> float:
        """Take part unless the code is large, or a group of permutations is imposed."""
        permuting = permutation_group(plan.symmetry, plan.generators) is not None
        return 0.0 if plan.large or permuting else 1.0

    def run(self, workspace: Workspace) -> None:
        """Descend a few starts of each union of orbits; a few draws may find none that fits."""
        plan, effort = workspace.plan, workspace.task.effort
        schedule = plan.schedules["symmetric"].limited(effort)
        named = None
        if plan.symmetry not in (None, AUTO):
            group = matrix_group(plan.symmetry, plan.generators, plan.dim)
            named = group, orbit_types(group, workspace.rng)
        while not workspace.spent():
            workspace.effort += plan.settings.draw_cost
            orbits = (
                draw_orbits(workspace, plan.n_points)
                if named is None
                else random_orbits(*named, plan.n_points, workspace.rng)
            )
            if orbits is None:
                continue
            starts = orbits.starts(workspace.rng, plan.settings.symmetric_batch)
            current, cosine = workspace.finish_batch(starts, schedule, orbits)
            worst = workspace.known + plan.settings.worth_hopping * (1.0 - workspace.known)
            workspace.offer(Parent(orbits.whole(current), cosine, "orbits of a group"))
            if self.hopping and cosine < worst:
                gap = float(schedule.gap(cosine))
                reached = chain(workspace, current[None], cosine, gap, plan.schedules["hop"], orbits=orbits)
                workspace.cosines.append(reached)


def draw_orbits(workspace: Workspace, n_points: int, dim: int | None = None) -> Orbits | None:
    """Return orbits of a random group, in `dim` dimensions if given; None if the draw makes up no such code."""
    plan, rng = workspace.plan, workspace.rng
    group = random_group(dim or plan.dim, min(plan.settings.group_order, n_points), rng, plan.antipodal)
    return None if group is None else random_orbits(group, orbit_types(group, rng), n_points, rng)
