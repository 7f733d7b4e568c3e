"""The best symmetric codes of a range of sizes, found by the enumeration alone."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from sphcode.symmetry import catalogue
from sphcode.symmetry.enumeration import Generators, PieceRun, SymmetricCode, built, pieces

#: What a code of a size may be worse than expected of it from the best so far, in cosine; and until there is one.
MARGIN, _UNKNOWN = 0.01, 1.0


def expected(cosine: float, n_points: int, size: int, dim: int) -> float:
    """Return the largest cosine of `size` points as good as `n_points` with this one: caps cover the same share."""
    return float(1.0 - (1.0 - cosine) * (n_points / size) ** (2.0 / (dim - 1)))


@lru_cache(maxsize=64)
def best_symmetric(
    dim: int, n_from: int, n_to: int, *, combinations: int, seed: int = 0, keep: int = 3, group: str | None = None
) -> tuple[SymmetricCode, ...]:
    """Return the `keep` best unions of orbits of n_from to n_to points, best first by what n_from of them should give.

    combinations: unions examined at most, to the next piece. group: a name of the catalogue, else all of it. The same
    arguments give the same codes.
    """
    names = catalogue.names() if group is None else (group,)
    work = pieces(dim, {name: (catalogue.generators(name), catalogue.degrees(name)) for name in names})
    found: list[SymmetricCode] = []
    examined = 0

    def merit(code: SymmetricCode) -> float:
        return expected(code.max_cosine, len(code.points), n_from, dim)

    def wanted(size: int) -> float:
        if len(found) < keep:
            return _UNKNOWN
        return expected(merit(found[-1]), n_from, size, dim) + MARGIN

    for number, piece in enumerate(work):
        if examined >= combinations:
            break
        run = PieceRun(piece, (n_from, n_to), wanted, np.random.default_rng([seed, number]))
        for code in run:
            same = any(len(code.points) == len(other.points) and abs(code.max_cosine - other.max_cosine) < 1e-7
                       for other in found)  # fmt: skip
            if not same:
                found = sorted([*found, code], key=merit)[:keep]
        examined += run.examined
    return tuple(found)


@lru_cache(maxsize=64)
def has_union(generators: Generators, dim: int, n_points: int) -> bool:
    """Whether some union of few orbits of this group has this size in this dimension."""
    work = pieces(dim, {"": (generators, built(generators).degrees)})
    rng = np.random.default_rng(0)
    return any(True for piece in work for _ in PieceRun(piece, (n_points, n_points), lambda size: 1.0, rng))
