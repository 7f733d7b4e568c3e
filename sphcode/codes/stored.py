"""The codes that searches begin with: rows of the table of the package that a default search may not find."""

from __future__ import annotations

from functools import cache

from sphcode.codes.code import SphericalCode
from sphcode.codes.store import Case, shipped

__all__ = ["stored_code", "stored_sizes"]


@cache
def stored_sizes() -> tuple[tuple[int, int], ...]:
    """Return (dim, n_points) of all stored codes."""
    rows = shipped().rows.values()
    return tuple(
        (row.dim, row.n_points)
        for row in rows
        if row.kind == "points" and row.construction is None and row.searched_long and row.status != "worse"
    )


def stored_code(dim: int, n_points: int) -> SphericalCode | None:
    """Return the best stored code with `n_points` points: of that size, or a larger one less its last points."""
    rows = shipped().rows
    found = [rows[Case("points", dim, size)] for at, size in stored_sizes() if at == dim and size >= n_points]
    best = min(found, key=lambda row: (float(row.max_cosine), row.n_points), default=None)
    if best is None:
        return None
    points = shipped().points(best.case)
    if points is None:
        return None
    provenance: dict[str, object] = {"source": f"row ({dim}, {best.n_points}) of the table", "found_by": best.found_by}
    if best.n_points > n_points:
        provenance = {"source": f"{n_points} of the points of a stored code", "stored": provenance}
    return SphericalCode(points[:n_points], provenance)
