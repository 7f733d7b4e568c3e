"""The best that the constructions give for a dimension and a number of points."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from sphcode._validate import check_choice, check_dim, check_n_points, fail
from sphcode.codes.constructions import frames, graphs, kerdock, leech, polytopes, reed_solomon, regular, root_systems
from sphcode.codes.constructions.combine import direct_sum, pad, product, subset
from sphcode.codes.constructions.construction import Construction, Family
from sphcode.codes.constructions.regular import orthoplex, polygon, simplex, simplex_blocks
from sphcode.errors import InvalidInputError, TableLookupError

_MODULES = (regular, polytopes, root_systems, leech, graphs, frames, kerdock, reed_solomon)

#: A direct sum has at most this many parts.
_MAX_PARTS = 8


@lru_cache(maxsize=1)
def constructions() -> tuple[Family, ...]:
    """Return all families of constructions, each with its name, parameters and a builder.

    Examples
    --------
    >>> from sphcode import constructions
    >>> [family.name for family in constructions()][:3]
    ['polygon', 'simplex', 'orthoplex']
    """
    return tuple(family for module in _MODULES for family in module.FAMILIES)


def construct_named(name: str, **params: Any) -> Construction:
    """Return the construction of a family by its name and parameters.

    Raises
    ------
    InvalidInputError
        For an unknown name, a missing or unknown parameter, or a value that the family does not have; the message names
        the nearest valid ones.

    Examples
    --------
    >>> construct_named("kerdock", dim=64)
    Construction(kerdock(dim=64), dim=64, n_points=4224, cosine=1/8, proven_optimal=True)
    """
    families = {family.name: family for family in constructions()}
    family = families[check_choice("name", name, families)]
    unknown = sorted(set(params) - set(family.params))
    if unknown:
        expected = ", ".join(family.params) or "none"
        raise fail("params", f"the parameters of {name} ({expected})", ", ".join(unknown))
    try:
        return family.build(**params)
    except TypeError:
        needed = ", ".join(f"{key} ({value})" for key, value in family.params.items())
        raise InvalidInputError(f"`{name}` needs the parameters {needed}, got {sorted(params)}.") from None


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
    if dim == 2:
        return polygon(n_points)
    if n_points <= dim + 1:
        return pad(simplex(n_points - 1), dim)
    if n_points <= 2 * dim:
        return orthoplex(dim) if n_points == 2 * dim else simplex_blocks(dim, n_points)
    best = None
    catalog = _catalog(dim)
    large = [code for code in catalog.codes if code.n_points >= n_points]
    if large:
        best = pad(subset(min(large, key=lambda code: _merit(code, dim)), n_points), dim)
    for other in (_best_sum(catalog, dim, n_points, best), _best_product(dim, n_points) if best is None else None):
        if other is not None and (best is None or other.cosine.value < best.cosine.value):
            best = other
    return best


def _merit(code: Construction, dim: int) -> tuple[Fraction, int, int]:
    """Order: smaller cosine, then no padding, then the smaller code."""
    return code.cosine.value, dim - code.dim, code.n_points


class _Catalog:
    """All member codes of at most `dim` dimensions, with their dimensions, sizes and cosines as arrays."""

    def __init__(self, dim: int) -> None:
        self.codes = [code for family in constructions() for code in family.members(dim)]
        self.codes.sort(key=lambda code: code.cosine.value)
        self.dims = np.array([code.dim for code in self.codes])
        self.sizes = np.array([float(code.n_points) for code in self.codes])
        self.cosines = np.array([float(code.cosine) for code in self.codes])

    def largest(self, dim: int, cosine: float) -> Construction:
        """Return the code with most points of at most `dim` dimensions and at most that cosine, which is >= 0."""
        until = int(np.searchsorted(self.cosines, cosine, side="right"))
        sizes = np.where(self.dims[:until] <= dim, self.sizes[:until], 0.0)
        best = self.codes[int(np.argmax(sizes))] if until and sizes.any() else None
        if dim < 2:
            return simplex(1)
        return best if best is not None and best.n_points > 2 * dim else orthoplex(dim)


@lru_cache(maxsize=64)
def _catalog(dim: int) -> _Catalog:
    return _Catalog(dim)


def _best_sum(catalog: _Catalog, dim: int, n_points: int, rival: Construction | None) -> Construction | None:
    """Return the best direct sum of a member code and, in the other dimensions, the largest codes as good as it."""
    for base in catalog.codes:
        if rival is not None and base.cosine.value >= rival.cosine.value:
            return None
        if base.dim >= dim or base.cosine.value < 0:
            continue
        parts, free, missing = [base], dim - base.dim, n_points - base.n_points
        while missing > 0 and free > 0 and len(parts) < _MAX_PARTS:
            part = catalog.largest(free, float(base.cosine))
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
