"""All families of constructions by name, and the catalog of their codes up to a dimension."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from sphcode._validate import check_choice, check_int, fail, shown
from sphcode.codes.constructions import (
    construction_a,
    frames,
    graphs,
    kerdock,
    kissing,
    leech,
    orbits,
    polytopes,
    reed_solomon,
    regular,
    root_systems,
)
from sphcode.codes.constructions.combine import direct_sum, juxtapose, pad, product, subset, with_antipodes
from sphcode.codes.constructions.construction import Construction, Family
from sphcode.codes.constructions.layers import layered, layers, point
from sphcode.codes.constructions.regular import orthoplex, simplex
from sphcode.errors import InvalidInputError, TableLookupError

#: Layered codes are made up to this dimension.
MAX_LAYERED_DIM = 32


@lru_cache(maxsize=1)
def constructions() -> tuple[Family, ...]:
    """Return all families of constructions, each with its name, parameters and a builder.

    Examples
    --------
    >>> from sphcode import constructions
    >>> [family.name for family in constructions()][:3]
    ['polygon', 'simplex', 'orthoplex']
    """
    modules = (
        regular,
        polytopes,
        orbits,
        root_systems,
        leech,
        construction_a,
        kissing,
        graphs,
        frames,
        kerdock,
        reed_solomon,
    )
    return (*(family for module in modules for family in module.FAMILIES), *_COMBINATIONS)


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


class Catalog:
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


def largest(dim: int, cosine: float) -> Construction:
    """Return the largest code of at most `dim` dimensions and at most that cosine, which is >= 0."""
    return catalog(dim).largest(dim, cosine)


@lru_cache(maxsize=64)
def catalog(dim: int) -> Catalog:
    """Return the catalog up to dimension `dim`."""
    return Catalog(dim)


def _built(part: Mapping[str, Any]) -> Construction:
    """Return the construction that a part of the parameters of another describes."""
    try:
        return construct_named(part["name"], **part["params"])
    except (TypeError, KeyError):
        raise fail("of", 'a mapping {"name": ..., "params": {...}}', shown(part)) from None


def _named_layered(dim: int, n_points: int) -> Construction:
    dim = check_int("dim", dim, minimum=3, maximum=MAX_LAYERED_DIM)
    code = layered(dim, n_points, largest)
    if code is None:
        raise TableLookupError(f"Layers of codes do not give {n_points} points in {dim} dimensions.")
    return code


def _two(parts: Sequence[Mapping[str, Any]]) -> tuple[Construction, Construction]:
    if len(parts) != 2:
        raise fail("of", "two constructions", len(parts))
    return _built(parts[0]), _built(parts[1])


_PART = '{"name": ..., "params": {...}}'
_PARTS = f"a list of {_PART}"


def _combination(name: str, summary: str, params: dict[str, str], build: Callable[..., Construction]) -> Family:
    return Family(name, summary, params, build, lambda _: [])


_COMBINATIONS = (
    _combination(
        "layered",
        "codes in parallel hyperplanes, for any number of points",
        {"dim": "an integer >= 3", "n_points": "an integer >= 2"},
        _named_layered,
    ),
    _combination(
        "pad",
        "a code in more dimensions",
        {"of": _PART, "dim": "an integer"},
        lambda of, dim: pad(_built(of), dim),
    ),
    _combination(
        "subset",
        "the first points of a code",
        {"of": _PART, "n_points": "an integer"},
        lambda of, n_points: subset(_built(of), n_points),
    ),
    _combination(
        "direct_sum",
        "codes in orthogonal spaces",
        {"of": _PARTS},
        lambda of: direct_sum([_built(part) for part in of]),
    ),
    _combination(
        "juxtapose",
        "points (sqrt(a) x_i, sqrt(1 - a) y_i) of two codes",
        {"of": _PARTS, "weight": "a number between 0 and 1"},
        lambda of, weight=0.5: juxtapose(*_two(of), weight=weight),
    ),
    _combination(
        "product",
        "points (x, y)/sqrt(2) of two codes, all pairs",
        {"of": _PARTS},
        lambda of: product(*_two(of)),
    ),
    _combination(
        "antipodes",
        "a code and its antipodes",
        {"of": _PART},
        lambda of: with_antipodes(_built(of)),
    ),
    _combination(
        "layers",
        "given codes in parallel hyperplanes of given heights",
        {"of": _PARTS, "heights": "a falling list of numbers from 1 to -1"},
        lambda of, heights: layers([_built(part) for part in of], heights),
    ),
    _combination("point", "a single point, for a layer", {"dim": "an integer >= 1"}, point),
)
