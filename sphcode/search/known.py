"""Codes that are known without a search: what `generate` returns when nothing better is found, and starts from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sphcode.codes.code import SphericalCode
from sphcode.codes.constructions import Construction, construct
from sphcode.codes.stored import stored_code


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


def constructed(dim: int, n_points: int) -> KnownCode | None:
    """Return the best construction: whole, shortened, padded or in layers, proven optimal or not."""
    try:
        found = construct(dim, n_points)
    except LookupError:
        return None
    return of_construction(found)


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
