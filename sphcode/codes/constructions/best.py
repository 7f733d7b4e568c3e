"""The best that the constructions give for a dimension and a number of points."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

from sphcode._validate import check_dim, check_n_points
from sphcode.codes.constructions.catalog import MAX_LAYERED_DIM, Catalog, catalog, largest
from sphcode.codes.constructions.combine import direct_sum, pad, product, subset
from sphcode.codes.constructions.construction import Construction
from sphcode.codes.constructions.layers import layered
from sphcode.codes.constructions.regular import orthoplex, polygon, simplex, simplex_blocks
from sphcode.errors import TableLookupError

#: A direct sum has at most this many parts.
_MAX_PARTS = 8


def construct(dim: int, n_points: int) -> Construction:
    """Return the code with the smallest largest cosine among all that the constructions give for this case.

    Points are removed from a larger code, and coordinates 0 added to a code of fewer dimensions, if need be; its
    `attained` tells whether the cosine is attained or only an upper value. No points are formed.

    Parameters
    ----------
    dim, n_points : int
        Both at least 2.

    Raises
    ------
    TableLookupError
        If no construction has so many points in this dimension.

    Examples
    --------
    >>> from sphcode import construct
    >>> construct(4, 120)
    Construction(600-cell, dim=4, n_points=120, cosine=(1 + sqrt(5))/4, proven_optimal=True)
    >>> construct(512, 10000).one_vs_rest_distance >= 1 - 1 / 16
    True
    """
    best = _best(check_dim(dim), check_n_points(n_points))
    if best is None:
        raise TableLookupError(f"No construction has {n_points} points in {dim} dimensions.")
    return best


@lru_cache(maxsize=4096)
def _best(dim: int, n_points: int) -> Construction | None:
    """Return the code of smallest cosine over all families and rules, None where no family reaches the size."""
    if dim == 2:
        return polygon(n_points)
    if n_points <= dim + 1:
        return pad(simplex(n_points - 1), dim)
    if n_points <= 2 * dim:
        return orthoplex(dim) if n_points == 2 * dim else simplex_blocks(dim, n_points)
    best = None
    members = catalog(dim)
    large = [code for code in members.codes if code.n_points >= n_points]
    if large:
        best = pad(subset(min(large, key=lambda code: _merit(code, dim)), n_points), dim)
    rivals = [_best_sum(members, dim, n_points, best)]
    if dim <= MAX_LAYERED_DIM:
        rivals.append(layered(dim, n_points, largest))
    for rival in rivals:
        if rival is not None and (best is None or rival.cosine.value < best.cosine.value):
            best = rival
    return best or _best_product(dim, n_points)


def _merit(code: Construction, dim: int) -> tuple[Fraction, int, int]:
    """Order: smaller cosine, then no padding, then the smaller code."""
    return code.cosine.value, dim - code.dim, code.n_points


def _best_sum(members: Catalog, dim: int, n_points: int, rival: Construction | None) -> Construction | None:
    """Return the best direct sum of a member code and, in the other dimensions, the largest codes as good as it."""
    for base in members.codes:
        if rival is not None and base.cosine.value >= rival.cosine.value:
            return None
        if base.dim >= dim or base.cosine.value < 0:
            continue
        parts, free, missing = [base], dim - base.dim, n_points - base.n_points
        while missing > 0 and free > 0 and len(parts) < _MAX_PARTS:
            part = members.largest(free, float(base.cosine))
            parts.append(subset(part, missing) if 2 <= missing < part.n_points else part)
            free, missing = free - part.dim, missing - part.n_points
        if missing <= 0:
            return pad(subset(direct_sum(parts), n_points), dim)
    return None


def _best_product(dim: int, n_points: int) -> Construction | None:
    """Return a product of two codes in about half the dimensions, for more points than any member code has."""
    if dim < 4:
        return None
    first = _best(dim // 2, max(2, math.isqrt(n_points - 1) + 1))
    if first is None:
        return None
    second = _best(dim - dim // 2, max(2, -(-n_points // first.n_points)))
    return None if second is None else subset(product(first, second), n_points)
