"""Unions of orbits of the groups of the catalogue, enumerated in the order of expected gain; then released."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sphcode.search.imposed import AUTO, permutation_group
from sphcode.search.parents import Parent, with_poles
from sphcode.symmetry import catalogue
from sphcode.symmetry.codes import MARGIN, expected
from sphcode.symmetry.enumeration import MOST_EXAMINED, Generators, Piece, PieceRun, SymmetricCode, order, pieces

if TYPE_CHECKING:
    from sphcode.search.plan import Plan
    from sphcode.search.workspace import Workspace

#: Three dimensions have their point groups, all of whose orbits are drawn.
_LEAST_DIMENSION = 4
#: How far a code that is critical under its symmetry may be above its value, in cosine.
_ROUGH = 1e-7
#: Codes of one piece that are released.
_RELEASED = 3
#: Unions of a piece that a task must be able to pay for, beyond making the group.
_LEAST_EXAMINED = 100


@dataclass(frozen=True)
class Catalogue:
    """Sums of irreducibles and unions of orbits: codes of this size, and of others as parents.

    Those have up to an eighth more points; where most effort goes to groups also as many less, or are the equator of
    such a code, which gets poles.
    """

    name: str = "catalogue"

    def parts(self, plan: Plan) -> float:
        """Take part from four dimensions on, unless another symmetry is imposed."""
        if plan.antipodal or plan.large or plan.dim < _LEAST_DIMENSION:
            return 0.0
        if plan.symmetry is not None:
            return float(plan.symmetry == AUTO or permutation_group(plan.symmetry, plan.generators) is not None)
        return plan.settings.catalogue_parts if plan.many_optima else 1.0

    def run(self, workspace: Workspace) -> None:
        """Go on with the pieces where the last round ended; in a free search once through, with a code to compare."""
        plan, task = workspace.plan, workspace.task
        work = plan_pieces(plan)
        workspace.position = task.position
        if not work or (plan.symmetry is None and not np.isfinite(workspace.known)):
            return
        firsts = {piece.group: number for number, (piece, _) in reversed(list(enumerate(work)))}
        size = plan.n_points**2 * plan.dim
        while not (workspace.effort >= task.effort or workspace.stopped()):
            passed, number = divmod(workspace.position, len(work))
            if passed and plan.symmetry is None:
                return
            new = not passed and firsts[work[number][0].group] == number
            cost = plan.settings.group_operations / size if new else 0.0
            # A group that a task cannot pay for waits for a round that can; an imposed one must give a code.
            least = cost + _LEAST_EXAMINED * plan.settings.union_operations / size
            left = task.effort - workspace.effort
            if least > left and plan.symmetry is None:
                return
            workspace.effort += cost
            most = int(max(_LEAST_EXAMINED, (left - cost) * size / plan.settings.union_operations))
            examined = _examine(workspace, *work[number], min(most, MOST_EXAMINED))
            workspace.effort += plan.settings.union_operations * (1 + examined) / size
            workspace.position += 1
            if workspace.best is not None and workspace.best.max_cosine <= task.target:
                return


def plan_pieces(plan: Plan) -> list[tuple[Piece, bool]]:
    """Return pieces of work in the order of expected gain, and whether poles are added to their codes."""
    group = permutation_group(plan.symmetry, plan.generators)
    work = [(piece, False) for piece in _pieces(plan.dim, group)]
    if plan.symmetry is None and plan.structured:
        work += [(piece, True) for piece in _pieces(plan.dim - 1, group)]
    return sorted(work, key=lambda one: order(one[0]))


@lru_cache(maxsize=16)
def _pieces(dim: int, group: tuple[str, Generators] | None) -> list[Piece]:
    if group is None:
        return pieces(dim, {name: (catalogue.generators(name), catalogue.degrees(name)) for name in catalogue.names()})
    from sphcode.symmetry.enumeration import built

    name, generators = group
    return pieces(dim, {name: (generators, built(generators).degrees)})


def _examine(workspace: Workspace, piece: Piece, poles: bool, most_examined: int) -> int:
    """Enumerate a piece, release its best codes of this size, hand on those of others; return the unions examined."""
    plan, settings = workspace.plan, workspace.plan.settings
    reach = int(settings.parent_reach * plan.n_points) if plan.symmetry is None else 0
    added = 2 if poles else 0
    best: list[SymmetricCode] = []

    def wanted(size: int) -> float:
        if not np.isfinite(workspace.known):
            return 1.0
        return expected(workspace.known, plan.n_points, size + added, plan.dim) + MARGIN

    least = plan.n_points - (reach if plan.structured else 0)
    sizes = max(2, least - added), plan.n_points + reach - added
    run = PieceRun(piece, sizes, wanted, workspace.rng, most_examined)
    for code in run:
        if poles:
            workspace.offer(Parent(with_poles(code.points), max(0.0, code.max_cosine), f"{code}, and poles"))
        elif len(code.points) != plan.n_points:
            workspace.offer(Parent(code.points, code.max_cosine, str(code)))
        elif not any(abs(code.max_cosine - other.max_cosine) < settings.same for other in best):
            best = sorted([*best, code], key=lambda code: code.max_cosine)[:_RELEASED]
        if workspace.stopped():
            break
    for code in best:
        _release(workspace, code)
    return run.examined


def _release(workspace: Workspace, code: SymmetricCode) -> None:
    """Polish a symmetric code as it is and, if it is near the best, descend it without its symmetry."""
    workspace.offer(Parent(code.points, code.max_cosine, str(code)))
    with workspace.crediting(code):
        workspace.finish(code.points, code.max_cosine, _ROUGH, screened=True)
        if workspace.promising(code.max_cosine, workspace.plan.rough_gap):
            workspace.release(code.points)
