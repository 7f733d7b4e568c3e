"""Codes that are known without a search: what `generate` returns when nothing better is found, and starts from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sphcode.codes.code import SphericalCode
from sphcode.codes.constructions import Construction, construct
from sphcode.codes.stored import stored_code
from sphcode.search.largest import slack
from sphcode.search.parents import Parent, best_parents, with_poles


@dataclass(frozen=True)
class KnownCode:
    """A code that need not be searched; its points are formed when asked for.

    name: what results call it. exact: whether it is a construction. provenance: how it is made, as JSON-able values.
    """

    name: str
    max_cosine: float
    exact: bool
    proven_optimal: bool
    form: Callable[[], SphericalCode]
    provenance: dict[str, Any]


def known_code(dim: int, n_points: int) -> KnownCode | None:
    """Return the best of the construction and the stored code for a case, the construction if they are equal."""
    found = [code for code in (constructed(dim, n_points), stored(dim, n_points)) if code is not None]
    return min(found, key=lambda code: code.max_cosine, default=None)


def known_parents(dim: int, n_points: int, most_points: int, most: int) -> tuple[Parent, ...]:
    """Return the best `most` constructions and stored codes with n_points to most_points points.

    Those of two points less in one dimension less are among them, with poles.
    """
    found = {(dim, size): known_code(dim, size) for size in range(n_points, most_points + 1)}
    if dim > 3:
        found[dim - 1, n_points - 2] = known_code(dim - 1, n_points - 2)
    parents = []
    for (at, _), code in found.items():
        if code is not None:
            points = code.form().points
            points, cosine = (points, code.max_cosine) if at == dim else (with_poles(points), max(0.0, code.max_cosine))
            parents.append(Parent(points, cosine, code.name))
    return best_parents(parents, n_points, most)


def constructed(dim: int, n_points: int) -> KnownCode | None:
    """Return the best construction: whole, shortened, padded or in layers, proven optimal or not."""
    try:
        found = construct(dim, n_points)
    except LookupError:
        return None
    return of_construction(found)


def proven_optimum(dim: int, n_points: int) -> float:
    """Return the max cosine that no code of this size is below, up to the rounding of rows, where a proof is known."""
    known = constructed(dim, n_points)
    return known.max_cosine + slack(dim) if known is not None and known.proven_optimal else -np.inf


def of_construction(found: Construction) -> KnownCode:
    """Return a construction as a known code."""
    provenance = {"source": f"construction {found.label}", "reference": found.reference}
    return KnownCode(
        f"construction {found.label}", found.max_cosine, True, found.proven_optimal, found.code, provenance
    )


def stored(dim: int, n_points: int) -> KnownCode | None:
    """Return the code of the reference table, or of a row with more points, whose points are shipped."""
    code = stored_code(dim, n_points)
    if code is None:
        return None
    return KnownCode("stored code", code.max_cosine, False, False, lambda: code, dict(code.provenance))
