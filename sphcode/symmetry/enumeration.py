"""The order in which groups and sums of irreducibles are tried for a dimension, and one piece of that work at a time.

First come sums of few parts without repetition: their unions of orbits have the fewest unknowns, and gave most of the
best codes. A piece is one group with one sum of dimensions; its result depends on its arguments alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.symmetry.irreducibles import Representations, representations
from sphcode.symmetry.unions import Unions

Generators = tuple[tuple[int, ...], ...]
#: Parts of a sum but the trivial one, and how often that may be there: each is a height.
_MOST_PARTS, _MOST_TRIVIAL = 4, 2
#: What a repeated and a trivial part count, in parts, when sums are ordered.
_REPEATED, _TRIVIAL = 2.0, 0.3
#: Sums of one piece at most, where many irreducibles have the same dimensions.
_MOST_SUMS = 40
#: Small groups have unions of more orbits with more unknowns; larger ones have these orbits and unknowns at most.
_SMALL_GROUP = 60
_ORBITS, _UNKNOWNS = {False: 3, True: 5}, {False: 7, True: 12}
#: Unions that a piece examines before it ends.
MOST_EXAMINED = 2000
#: Groups whose irreducibles a process keeps, a few MB each.
_KEPT = 100


@dataclass(frozen=True)
class Piece:
    """One group and the dimensions of the irreducibles whose sums are taken."""

    group: str
    generators: Generators = field(repr=False)
    degrees: tuple[int, ...]
    score: float


@dataclass(frozen=True)
class SymmetricCode:
    """A code that is a union of orbits.

    Attributes
    ----------
    points : ndarray, shape (n_points, dim)
        Unit rows, orbit after orbit.
    max_cosine : float
        Their largest cosine; smaller is better.
    group : str
        The name of the group, as the catalogue or the caller calls it.
    irreducibles : tuple of int
        The dimensions of the irreducibles that the space is the sum of.
    orbits : tuple of int
        The numbers of points of the orbits.
    """

    points: NDArray[np.float64] = field(repr=False)
    max_cosine: float
    group: str
    irreducibles: tuple[int, ...]
    orbits: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return group, irreducibles and orbits as JSON-able values."""
        return {"group": self.group, "irreducibles": list(self.irreducibles), "orbits": list(self.orbits)}

    def __str__(self) -> str:
        parts, orbits = (" + ".join(map(str, numbers)) for numbers in (self.irreducibles, self.orbits))
        return f"group {self.group}, irreducibles {parts}, orbits {orbits}"


@lru_cache(maxsize=_KEPT)
def built(generators: Generators) -> Representations:
    """Return the irreducibles of a group, made once in a process."""
    return representations([np.array(row) for row in generators])


def sums(degrees: Sequence[int], dim: int) -> list[tuple[tuple[int, ...], float]]:
    """Return the ways to make up `dim` of irreducibles with these dimensions (the first trivial), with their scores."""
    found: dict[tuple[int, ...], float] = {}
    available = {degree: list(degrees[1:]).count(degree) for degree in set(degrees[1:])}
    ascending = sorted(available)

    def grow(start: int, chosen: tuple[int, ...], left: int) -> None:
        if left == 0 and chosen:
            repeated = sum(max(0, chosen.count(degree) - available[degree]) for degree in set(chosen))
            for trivial in range(_MOST_TRIVIAL + 1):
                whole = (*(1,) * trivial, *chosen)
                score = len(chosen) + _REPEATED * repeated + _TRIVIAL * trivial
                if sum(whole) == dim and max(whole) > 1:
                    found.setdefault(whole, score)
            return
        if len(chosen) == _MOST_PARTS:
            return
        for at in range(start, len(ascending)):
            if ascending[at] <= left:
                grow(at, (*chosen, ascending[at]), left - ascending[at])

    for trivial in range(_MOST_TRIVIAL + 1):
        if dim > trivial:
            grow(0, (), dim - trivial)
    return list(found.items())


def pieces(dim: int, groups: Mapping[str, tuple[Generators, Sequence[int]]]) -> list[Piece]:
    """Return the pieces of work for a dimension, in the order of expected gain; groups: generators and dimensions."""
    found = [
        Piece(name, generators, degrees, score)
        for name, (generators, dims) in groups.items()
        for degrees, score in sums(dims, dim)
    ]
    return sorted(found, key=order)


def order(piece: Piece) -> tuple[float, int]:
    """Return what pieces are sorted by: the expected gain, largest first."""
    return piece.score, -max(piece.degrees)


def _choices(group: Representations, degrees: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return the sums of irreducibles (numbers) of these dimensions, those without repetition first."""
    trivial = 0 if group.degrees and group.degrees[0] == 1 and all(len(maps) for maps in group.maps[0]) else -1
    found: dict[tuple[int, ...], None] = {}

    def grow(at: int, chosen: tuple[int, ...]) -> None:
        if at == len(degrees):
            found[tuple(sorted(chosen))] = None
            return
        for k, degree in enumerate(group.degrees):
            if degree == degrees[at] and (k != trivial or chosen.count(k) < _MOST_TRIVIAL):
                grow(at + 1, (*chosen, k))

    grow(0, ())
    return sorted(found, key=lambda parts: len(parts) - len(set(parts)))[:_MOST_SUMS]


class PieceRun:
    """The unions of a piece, best for each size; `examined` counts them when it is over."""

    def __init__(
        self,
        piece: Piece,
        sizes: tuple[int, int],
        wanted: Callable[[int], float],
        rng: np.random.Generator,
        most_examined: int = MOST_EXAMINED,
    ) -> None:
        self._most_examined = most_examined
        self._piece, self._sizes, self._wanted, self._rng = piece, sizes, wanted, rng
        self.examined = 0

    def __iter__(self) -> Iterator[SymmetricCode]:
        group = built(self._piece.generators)
        small = bool(max(len(space[0]) for space in group.spaces) <= _SMALL_GROUP)
        for parts in _choices(group, self._piece.degrees):
            unions = Unions(
                group, parts, self._sizes, self._wanted, self._rng,
                most_orbits=_ORBITS[small], most_unknowns=_UNKNOWNS[small], most_examined=self._most_examined,
            )  # fmt: skip
            for union in unions:
                points = group.points(parts, union.orbits, union.coordinates)
                yield SymmetricCode(
                    points,
                    union.max_cosine,
                    self._piece.group,
                    tuple(group.degrees[k] for k in parts),
                    tuple(int(group.sizes[i]) for i in union.orbits),
                )
            self.examined += unions.examined
            if self.examined > self._most_examined:
                break
