"""Laminated starts: a code of few dimensions on the equator of one dimension more, filled up there, and so on.

In nine dimensions and more many of the best codes have half of their points or more in a hyperplane, and most of those
in one of that again, as laminated lattices have. Random starts hardly meet them, as points of an equator do not stay in
it by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sphcode.search.parents import layered
from sphcode.search.sphere import random_points

if TYPE_CHECKING:
    from sphcode.search.descent.schedules import Schedule
    from sphcode.search.plan import Plan
    from sphcode.search.workspace import Workspace

#: The most dimensions that are added, one after the other, to those of the first layer; it has at least two.
_MOST_ADDED = 8
#: A chain begins at the best of so many starts.
_BEST_OF = 8
#: The least share of all points in the first layer, whose size is random between this and all.
_LEAST_SHARE = 0.3


@dataclass(frozen=True)
class Laminated:
    """Independent starts, each made by adding dimensions to a random code of fewer."""

    name: str = "laminated"

    def parts(self, plan: Plan) -> float:
        """Take part where most effort goes to groups and parents."""
        return 1.0 if plan.structured else 0.0

    def run(self, workspace: Workspace) -> None:
        """Make starts until effort is used up."""
        schedule = workspace.plan.schedules["exchange"].limited(workspace.task.effort)
        while not workspace.over():
            start = unfinished(workspace, schedule)
            rough, gap = (float(values[0]) for values in workspace.optimise(start, schedule))
            workspace.finish(start[0], rough, gap, schedule.screened)


def laminated(workspace: Workspace, schedule: Schedule) -> tuple[NDArray[np.float64], float]:
    """Return the best of several descended starts, as an array (1, n_points, dim), and its largest cosine."""
    best: tuple[NDArray[np.float64], float] | None = None
    for _ in range(_BEST_OF):
        start = unfinished(workspace, schedule)
        cosine = float(workspace.descend(start, schedule)[0])
        if best is None or cosine < best[1]:
            best = start, cosine
        if workspace.spent():
            break
    assert best is not None
    return best


def unfinished(workspace: Workspace, schedule: Schedule) -> NDArray[np.float64]:
    """Return a laminated code (1, n_points, dim) whose last layer is filled and still to be descended."""
    plan, rng = workspace.plan, workspace.rng
    added = int(rng.integers(1, min(_MOST_ADDED, plan.dim - 2) + 1))
    least = max(int(_LEAST_SHARE * plan.n_points), plan.dim - added + 1)
    sizes = np.sort(rng.integers(least, plan.n_points + 1, added))
    code = random_points(rng, 1, int(sizes[0]), plan.dim - added)
    workspace.descend(code, plan.schedules["medium"].limited(workspace.task.effort))
    for size in (*sizes[1:], plan.n_points):
        code = layered(code[0], int(size), code.shape[2] + 1, rng)[None]
        if code.shape[2] < plan.dim:
            workspace.descend(code, schedule)
    return code
