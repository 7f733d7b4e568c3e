"""The codes that are shipped with the package: rows of the reference table whose points are at hand."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files

from sphcode.codes.code import SphericalCode

__all__ = ["stored_code", "stored_sizes"]


@cache
def stored_sizes() -> tuple[tuple[int, int], ...]:
    """Return (dim, n_points) of all stored codes."""
    names = (path.name for path in (files("sphcode.data") / "codes").iterdir())
    return tuple(sorted(tuple(map(int, name[:-4].split("_"))) for name in names if name.endswith(".npz")))  # type: ignore[misc]


def stored_code(dim: int, n_points: int) -> SphericalCode | None:
    """Return the best stored code with `n_points` points: of that size, or a larger one less its last points."""
    found = [_load(dim, size) for at, size in stored_sizes() if at == dim and size >= n_points]
    best = min(found, key=lambda code: (code.max_cosine, code.n_points), default=None)
    if best is None or best.n_points == n_points:
        return best
    provenance = {"source": f"{n_points} of the points of a stored code", "stored": dict(best.provenance)}
    return SphericalCode(best.points[:n_points], provenance)


def _load(dim: int, n_points: int) -> SphericalCode:
    with as_file(files("sphcode.data") / "codes" / f"{dim}_{n_points}.npz") as path:
        return SphericalCode.load(path)
