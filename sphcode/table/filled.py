"""Codes of fewer dimensions put on an equator and filled up: other codes that the search of a row begins with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sphcode.search.descent.schedules import EXCHANGE, SHARPEN
from sphcode.search.parents import Parent, layered
from sphcode.search.workspace import Task, Workspace

if TYPE_CHECKING:
    from sphcode.search.plan import Plan

__all__ = ["filled"]

#: Rows of fewer dimensions that one search tries, a descent of some 700 evaluations each. A descent of each of twelve
#: bettered 83 of 640 rows of 9 to 17 dimensions with at most 100 points, (12, 91) by 1 % of 1 - s.
TRIES = 40
#: The best of them that the search goes on with.
KEPT = 4


def filled(plan: Plan, layers: Sequence[Parent], seed: np.random.SeedSequence, key: int) -> tuple[list[Parent], float]:
    """Return the best codes of a plan's size made of codes of fewer dimensions, best first, and the effort of all.

    The best is polished. Where there are more than TRIES layers, those are tried that come first in random order; the
    random stream is that of `seed` and `key`.
    """
    workspace = Workspace(Task(plan, "laminated", seed, (key,), np.inf))
    rng = workspace.rng
    found = []
    for index in rng.permutation(len(layers))[:TRIES]:
        layer = layers[index]
        start = layered(layer.points, plan.n_points, plan.dim, rng)[None].copy()
        workspace.descend(start, EXCHANGE)
        cosine = float(workspace.descend(start, SHARPEN)[0])
        found.append(Parent(start[0], cosine, f"{layer.origin} on an equator, filled up"))
    found = sorted(found, key=lambda parent: parent.max_cosine)[:KEPT]
    if found:
        best = workspace.polish(found[0].points, found[0].max_cosine, float(SHARPEN.gap(found[0].max_cosine)))
        found[0] = replace(found[0], points=best.points, max_cosine=best.max_cosine)
    return found, workspace.effort
