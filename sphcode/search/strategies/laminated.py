"""Laminated starts: a code of few dimensions on the equator of one dimension more, filled up there, and so on.

In nine dimensions and more many of the best codes have half of their points or more in a hyperplane, and most of those
in one of that again, as laminated lattices have. Random starts hardly meet them, as points of an equator do not stay in
it by themselves. Each layer is made several times, with other numbers of points, and the best is built upon: a crystal
stands out from amorphous codes at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sphcode.search.parents import layered
from sphcode.search.sphere import random_points
from sphcode.symmetry.codes import expected

if TYPE_CHECKING:
    from sphcode.search.descent.schedules import Schedule
    from sphcode.search.plan import Plan
    from sphcode.search.workspace import Workspace

#: The most dimensions that are added, one after the other, to those of the first layer; it has at least two.
_MOST_ADDED = 8
#: A code of one smallest angle has about e (e - 1) points in e dimensions: the best codes known of 9 to 17 dimensions
#: and 3 d to 100 points, and those of one to four dimensions less with at most their largest cosine, keep to it within
#: these shares. Layers have as many.
_LAYER_SHARES = (0.9, 1.2)
#: Each layer is the best of so many, equally often of each. Codes within half of the usual distance of the best known,
#: per million evaluations: (17, 73) 38 with one, 12 with two, 5 with some six; (9, 65) 53, 34, 6; (17, 93) 5, 3, 4;
#: (16, 91) 3 or less with one, 4 with four, 22 with six, 25 with ten; (17, 99) 1 with one, 14 with six.
_TRIES = (1, 2, 4, 8)
#: So many codes in all are tried for the last layer, of as many starts as that makes; the best of them is taken. Not
#: measured alone: at (16, 91) they take some 20,000 evaluations.
_LAST_TRIES = 16


@dataclass(frozen=True)
class Laminated:
    """Independent starts, made by adding dimensions to a random code of fewer."""

    name: str = "laminated"

    def parts(self, plan: Plan) -> float:
        """Take part where most effort goes to groups and parents."""
        return 1.0 if plan.structured else 0.0

    def run(self, workspace: Workspace) -> None:
        """Make starts until effort is used up."""
        schedule = workspace.schedule("exchange")
        while not workspace.over():
            start, _ = laminated(workspace, schedule)
            cosine, gap = (float(values[0]) for values in workspace.sharpen(start))
            workspace.finish(start[0], cosine, gap, screened=True)


def laminated(workspace: Workspace, schedule: Schedule) -> tuple[NDArray[np.float64], float]:
    """Return the best of some descended starts, as an array (1, n_points, dim), and its largest cosine."""
    tries = int(workspace.rng.choice(_TRIES))
    best = _start(workspace, schedule, tries)
    for _ in range(_LAST_TRIES // tries - 1):
        if workspace.spent():
            break
        best = min(best, _start(workspace, schedule, tries), key=lambda start: start[1])
    return best


def _start(workspace: Workspace, schedule: Schedule, tries: int) -> tuple[NDArray[np.float64], float]:
    """Return a code made layer by layer, each the best of some, and its largest cosine.

    Where effort or time is used up, the layers that are still missing are left out.
    """
    plan = workspace.plan
    added = int(workspace.rng.integers(1, min(_MOST_ADDED, plan.dim - 2) + 1))
    code = None
    for dim in range(plan.dim - added, plan.dim):
        code, _ = _layer(workspace, schedule, code, dim, tries)
        if workspace.spent():
            break
    return _layer(workspace, schedule, code, plan.dim, tries)


def _layer(
    workspace: Workspace, schedule: Schedule, below: NDArray[np.float64] | None, dim: int, tries: int
) -> tuple[NDArray[np.float64], float]:
    """Return the best of several descended codes in `dim` dimensions, of random sizes but the last, and its cosine.

    below: the layer on its equator; where there is none, the codes are random. They are compared by what n_points of
    them would have.
    """
    plan, rng = workspace.plan, workspace.rng
    usual = plan.n_points * dim * (dim - 1) / (plan.dim * (plan.dim - 1))
    if below is None:
        schedule = workspace.schedule("medium")
    made = []
    for _ in range(tries):
        size = plan.n_points
        if dim < plan.dim:
            size = int(np.clip(round(usual * rng.uniform(*_LAYER_SHARES)), dim + 1, size))
        code = random_points(rng, 1, size, dim) if below is None else layered(below[0], size, dim, rng)[None]
        cosine = float(workspace.descend(code, schedule)[0])
        made.append((expected(cosine, size, plan.n_points, dim), code, cosine))
        if workspace.spent():
            break
    _, code, cosine = min(made, key=lambda layer: layer[0])
    return code, cosine
