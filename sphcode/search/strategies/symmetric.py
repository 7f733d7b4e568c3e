"""Unions of orbits of a group: few unknowns, so their best is found soon; the symmetry is released in the polish."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sphcode.search.descent.schedules import ROUGH
from sphcode.search.groups import named_group, random_group
from sphcode.search.imposed import AUTO, matrix_group, permutation_group
from sphcode.search.orbits import Orbits, OrbitType, orbit_types, random_orbits
from sphcode.search.parents import Parent
from sphcode.search.point_groups import random_name
from sphcode.search.regimes import has_point_groups, has_small_groups
from sphcode.search.strategies.hopping import hop_on
from sphcode.search.subgroups import Symmetries, resized_orbits, resized_starts, symmetries
from sphcode.search.workspace import Chain
from sphcode.symmetry.small_groups import NAMES, small_group

if TYPE_CHECKING:
    from sphcode.search.plan import Plan
    from sphcode.search.workspace import Workspace

#: How often a group is a point group, where these are drawn and the code is not large.
_POINT_GROUP = 0.5
#: How often it is a small group in a nearly regular representation, where these are drawn; and of its kinds of orbits
#: that are not free at most so many are taken, so that most points are in free ones.
_SMALL_GROUP, _KINDS = 0.5, 3
#: Starts of each union of which only the best is gone on with.
_ROUGH_STARTS = 2


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
        if plan.many_optima and _has_small_groups(plan, plan.dim):
            return plan.settings.small_group_parts[self.hopping]
        return 0.0 if plan.large else 1.0

    def run(self, workspace: Workspace) -> None:
        """Descend a few starts of each union of orbits, and hop from good ones; a few draws may find none that fits.

        Where most effort goes to groups, every other hop begins at a parent and keeps a subgroup of its symmetries: of
        each parent in turn, and as often of all, of which the best of several unions is gone on with.
        """
        plan = workspace.plan
        drawn = _draws(workspace)
        several = self.hopping and _has_small_groups(plan, plan.dim)
        parents = _symmetric_parents(workspace) if several and plan.structured else []
        turn = workspace.task.key[0]
        while not workspace.spent():
            turn += 1
            draw = drawn
            if parents and turn % 2:
                own = parents[turn // 4 % len(parents)]
                draw = _subgroups(workspace, parents if turn % 4 == 1 else [own])
            found = _best_of_several(workspace, draw) if several else _one(workspace, draw)
            if found is not None:
                reached = _finished(workspace, *found)
                if self.hopping:
                    _hop(workspace, *reached)


#: Orbits, and starts of their representatives.
Union = tuple[Orbits, NDArray[np.float64]]
#: What draws a union with so many starts; None if the draw makes up no code of this size.
Draw = Callable[[int], Union | None]


def _draws(workspace: Workspace) -> Draw:
    """Return what draws orbits with random starts: of the group that was asked for, or of random ones."""
    plan, rng = workspace.plan, workspace.rng
    if plan.symmetry in (None, AUTO):
        return lambda count: _started(draw_orbits(workspace, plan.n_points), count, rng)
    group = matrix_group(plan.symmetry, plan.generators, plan.dim)
    types = orbit_types(group, rng)

    def draw(count: int) -> Union | None:
        workspace.effort += plan.settings.draw_cost
        return _started(random_orbits(group, types, plan.n_points, rng, plan.symmetry), count, rng)

    return draw


def _started(orbits: Orbits | None, count: int, rng: np.random.Generator) -> Union | None:
    return None if orbits is None else (orbits, orbits.starts(rng, count))


def _symmetric_parents(workspace: Workspace) -> list[Symmetries]:
    """Return the parents that have symmetries."""
    return [code for parent in workspace.task.parents if (code := symmetries(parent.points)).generators]


def _subgroups(workspace: Workspace, codes: list[Symmetries]) -> Draw:
    """Return what draws orbits of subgroups of the symmetries of codes in turn, with starts at that code."""
    plan, rng = workspace.plan, workspace.rng
    turns = itertools.cycle(codes)

    def draw(count: int) -> Union | None:
        workspace.effort += plan.settings.draw_cost
        found = resized_orbits(next(turns), plan.n_points, plan.settings.group_order, rng)
        return None if found is None else (found[0], resized_starts(*found, count, rng))

    return draw


def _one(workspace: Workspace, draw: Draw) -> Union | None:
    """Return a union of orbits with random starts."""
    return draw(workspace.plan.settings.symmetric_batch)


def _best_of_several(workspace: Workspace, draw: Draw) -> Union | None:
    """Return the best of several unions, with what a short descent makes of it: few are good, and a chain is long."""
    best: tuple[float, Union] | None = None
    for _ in range(workspace.plan.settings.small_group_unions):
        union = draw(_ROUGH_STARTS)
        if union is not None:
            orbits, starts = union
            cosines = workspace.descend(starts, ROUGH, orbits)
            least = int(np.argmin(cosines))
            if best is None or cosines[least] < best[0]:
                best = float(cosines[least]), (orbits, starts[least : least + 1])
        if workspace.effort >= workspace.task.effort or workspace.stopped():
            break
    return None if best is None else best[1]


def _finished(
    workspace: Workspace, orbits: Orbits, starts: NDArray[np.float64]
) -> tuple[Orbits, NDArray[np.float64], float]:
    """Descend the starts of a union; return it with its best representatives and their largest cosine."""
    plan = workspace.plan
    known = workspace.known
    schedule = workspace.schedule("symmetric")
    with workspace.crediting(orbits):
        current, cosine = workspace.finish_batch(starts, schedule, orbits)
        whole = orbits.whole(current)
        workspace.offer(Parent(whole, cosine, "orbits of a group"))
        # Lines keep their -1.
        free = plan.symmetry in (None, AUTO) and not plan.antipodal
        point_groups = has_point_groups(plan.dim, plan.n_points, plan.settings)
        if free and cosine < known and (point_groups or _has_small_groups(plan, plan.dim)):
            workspace.release(whole)
    return orbits, current, cosine


def _hop(workspace: Workspace, orbits: Orbits, current: NDArray[np.float64], cosine: float) -> None:
    """Hop among codes of one union, if it is near the best known."""
    plan = workspace.plan
    if cosine < workspace.known + plan.settings.worth_hopping * (1.0 - workspace.known):
        gap = float(plan.schedules["symmetric"].gap(cosine))
        with workspace.crediting(orbits):
            reached = hop_on(workspace, Chain(current[None], cosine, gap), plan.schedules["hop"], orbits=orbits)
        workspace.cosines.append(reached.best)


def _has_small_groups(plan: Plan, dim: int) -> bool:
    """Whether small groups are drawn in nearly regular representations."""
    return not plan.antipodal and has_small_groups(dim, plan.n_points, plan.settings)


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
    if _has_small_groups(plan, dim) and rng.random() < _SMALL_GROUP:
        return small_group_orbits(dim, n_points, rng)
    group = random_group(dim, min(settings.group_order, n_points), rng, plan.antipodal)
    return None if group is None else random_orbits(group, orbit_types(group, rng), n_points, rng)


def small_group_orbits(dim: int, n_points: int, rng: np.random.Generator) -> Orbits | None:
    """Return orbits of a random small group in a nearly regular representation; None if the draw makes no such code."""
    group = small_group(NAMES[rng.integers(len(NAMES))])
    multiplicities = group.near_regular(dim, rng) if group.order <= n_points else None
    if multiplicities is None:
        return None
    elements = group.acting(multiplicities)
    kinds = [OrbitType(*kind) for kind in group.orbits(elements, multiplicities, rng)]
    if not kinds or len(kinds[0].images) < group.order:
        # The group does not act faithfully.
        return None
    special = sorted(1 + rng.permutation(len(kinds) - 1)[:_KINDS])
    orbits = random_orbits(elements, [kinds[0], *(kinds[i] for i in special)], n_points, rng, group.name)
    degrees = np.repeat(group.representations.degrees, multiplicities)
    return None if orbits is None else replace(orbits, irreducibles=tuple(int(degree) for degree in degrees))


@cache
def _point_group(name: str) -> tuple[NDArray[np.float64], list[OrbitType]]:
    """Return the elements of a point group and its kinds of orbits."""
    elements = named_group(name, 3)
    return elements, orbit_types(elements, np.random.default_rng(0))
