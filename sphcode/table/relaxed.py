"""Codes of more points less some of them, relaxed: what a row without a code of its own begins with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sphcode.search.parents import Parent, resized
from sphcode.search.polish import Polished, polish
from sphcode.search.sphere import unit

__all__ = ["relaxed"]

#: Polishes of a row. Of some 120 rows of 9 to 17 dimensions that held some points of a larger row, six polishes each
#: bettered 57, in 2 CPU seconds.
TRIES = 6
#: What is added to each coordinate, so that the code leaves the symmetry of the larger one.
SHIFT = 1e-4
#: A polish begins at a gap of 2^-k of 1 - s, for these k in turn: nearer the code, or less near.
BARRIERS = (8, 11)


def relaxed(parents: Sequence[Parent], n_points: int, rng: np.random.Generator) -> tuple[Polished, str, float] | None:
    """Return the best code of n_points of the points of larger parents, how it was made, and the effort of all.

    The parents take turns. None where none has more points.
    """
    larger = [parent for parent in parents if len(parent.points) > n_points]
    found: tuple[Polished, str] | None = None
    effort = 0.0
    for turn in range(TRIES if larger else 0):
        cycle, which = divmod(turn, len(larger))
        parent = larger[which]
        start = resized(parent.points, n_points, rng)
        start = unit(start + SHIFT * rng.standard_normal(start.shape))
        gap = (1.0 - parent.max_cosine) * 2.0 ** -BARRIERS[cycle % len(BARRIERS)]
        code = polish(start, gap)
        effort += code.effort
        if found is None or code.max_cosine < found[0].max_cosine:
            found = code, f"{n_points} of the {len(parent.points)} points of {parent.origin}, relaxed"
    return None if found is None else (*found, effort)
