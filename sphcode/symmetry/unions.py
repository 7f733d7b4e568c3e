"""Unions of orbits in one sum of irreducibles, in the order of their number of orbits, cut by the union bound.

A union is never better than its parts: it is tried only if all of its parts are below what is wanted.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sphcode.symmetry.irreducibles import Representations

#: Stages of the exponent for all unions, and those that follow for the ones that are kept.
_ROUGH = np.array([8.0, 64.0, 512.0, 4096.0])
_FINE = np.array([16384.0, 131072.0, 1048576.0, 16777216.0])
_ROUGH_ITERATIONS, _FINE_ITERATIONS = 40, 100
#: Tries of one union at most; it has two for each unknown and six more, as signs make many optima.
_TRIES = 20
#: A kind of orbit with more coordinates is left out.
_MOST_COORDINATES = 6
#: A generic point of a kind of orbit must not be fixed by more than its stabiliser: no other inner product may be 1.
_FIXED = 1.0 - 1e-9
#: Unions that one compiled call solves at most: memory.
_BATCH = 2000


@dataclass(frozen=True)
class Union:
    """A union of orbits: numbers of the coset spaces, coordinates of each orbit, the largest cosine."""

    orbits: tuple[int, ...]
    coordinates: tuple[NDArray[np.float64], ...]
    max_cosine: float
    n_points: int


class Unions:
    """All unions of few orbits in one sum of irreducibles.

    wanted(n_points): the largest cosine that is of use, growing with n_points. `examined` counts unions, those cut by
    the bound too; `solved` those that were minimised.
    """

    def __init__(
        self,
        group: Representations,
        parts: Sequence[int],
        sizes: tuple[int, int],
        wanted: Callable[[int], float],
        rng: np.random.Generator,
        *,
        most_orbits: int = 3,
        most_unknowns: int = 7,
        most_examined: int = 100_000,
        cut: bool = True,
    ) -> None:
        self._group, self._parts, self._rng = group, tuple(parts), rng
        self._least, self._most = sizes
        self._wanted = wanted
        self._most_orbits, self._most_unknowns = most_orbits, most_unknowns
        self._cut, self._most_examined = cut, most_examined
        self.examined = self.solved = 0
        self._n_points = group.sizes
        self._coordinates = group.fixed[list(parts)].sum(axis=0)
        self._width = 1
        self._first = np.zeros((len(group.spaces), len(group.spaces), 2), np.int64)
        self._has: set[tuple[int, int]] = set()
        self._tables: list[NDArray[np.float64]] = []
        self._weights: list[NDArray[np.float64]] = []
        self._total = 0

    def __iter__(self) -> Iterator[Union]:
        """Yield what has the wanted size and is as good as wanted."""
        limit = self._wanted(self._most)
        kinds = [
            int(i)
            for i in range(len(self._n_points))
            if 0 < self._coordinates[i] <= _MOST_COORDINATES and self._n_points[i] <= self._most and self._faithful(i)
        ]
        if not kinds:
            return
        self._width = int(self._coordinates[kinds].max())
        values: dict[tuple[int, ...], float] = {}
        level: list[tuple[int, ...]] = [(i,) for i in kinds]
        alive: list[int] = []
        for depth in range(1, self._most_orbits + 1):
            unions = level if depth == 1 else list(self._grown(level, alive, values, depth, limit))
            level = []
            for at in range(0, len(unions), _BATCH):
                batch = unions[at : at + _BATCH]
                for union, value, coordinates in self._solve(batch):
                    if value < limit or not self._cut:
                        values[union] = value
                        level.append(union)
                        n_points = int(self._n_points[list(union)].sum())
                        if n_points >= self._least and value < self._wanted(n_points):
                            yield self._refined(union, coordinates, n_points)
            if depth == 1:
                alive = [union[0] for union in level]
            limit = self._wanted(self._most)

    def _faithful(self, i: int) -> bool:
        """Whether a generic vector of the fixed space has no larger stabiliser."""
        table = self._group.tables(self._parts, i, i)
        vector = self._rng.standard_normal((table.shape[1],))
        vector /= np.linalg.norm(vector)
        return len(table) == 1 or float(np.einsum("a,rab,b->r", vector, table[1:], vector).max()) < _FIXED

    def _grown(
        self,
        level: list[tuple[int, ...]],
        alive: list[int],
        values: dict[tuple[int, ...], float],
        depth: int,
        limit: float,
    ) -> Iterator[tuple[int, ...]]:
        """Yield the unions with one orbit more that the bound does not cut."""
        for union in level:
            for j in alive:
                if j < union[-1]:
                    continue
                grown = (*union, j)
                n_points = int(self._n_points[list(grown)].sum())
                unknowns = int(self._coordinates[list(grown)].sum()) - depth
                # Of an orbit on a line there are the two ends.
                ends = self._coordinates[j] == 1 and grown.count(j) > 2
                if n_points > self._most or unknowns > self._most_unknowns or ends:
                    continue
                last = depth == self._most_orbits
                if last and n_points < self._least:
                    continue
                self.examined += 1
                if self.examined > self._most_examined:
                    return
                bound = self._wanted(n_points) if last else limit
                below = itertools.combinations(grown, depth - 1)
                if self._cut and any(values.get(part, 2.0) >= bound for part in below):
                    continue
                yield grown

    def _solve(
        self, unions: list[tuple[int, ...]], given: NDArray[np.float64] | None = None
    ) -> list[tuple[tuple[int, ...], float, NDArray[np.float64]]]:
        from sphcode.kernels.orbit_union import solve_unions

        if not unions:
            return []
        depth = len(unions[0])
        for union in unions:
            for i, j in itertools.combinations_with_replacement(union, 2):
                self._add(i, j)
        chosen = np.array(unions)
        n_points = self._n_points[chosen].sum(axis=1)
        wanted = np.array([self._wanted(max(int(n), self._least)) for n in n_points])
        if given is None:
            self.solved += len(unions)
            self.examined += len(unions) if depth == 1 else 0
            shape = (len(unions), _TRIES, self._width, depth)
            starts, exponents, iterations = self._rng.standard_normal(shape), _ROUGH, _ROUGH_ITERATIONS
        else:
            starts, exponents, iterations = given[None, None], _FINE, _FINE_ITERATIONS
        found = np.zeros((len(unions), self._width, depth))
        tables, weights = np.concatenate(self._tables), np.concatenate(self._weights)
        self._tables, self._weights = [tables], [weights]
        values = solve_unions(
            chosen, starts, self._coordinates, self._first, tables, weights, exponents, iterations, wanted, found
        )
        return list(zip(unions, values.tolist(), found, strict=True))

    def _refined(self, union: tuple[int, ...], coordinates: NDArray[np.float64], n_points: int) -> Union:
        _, value, found = self._solve([union], coordinates)[0]
        own = tuple(found[: self._coordinates[i], n].copy() for n, i in enumerate(union))
        return Union(union, own, float(value), n_points)

    def _add(self, i: int, j: int) -> None:
        """Make the tables of a pair of kinds."""
        if (i, j) in self._has:
            return
        self._has.add((i, j))
        table = self._group.tables(self._parts, i, j)
        padded = np.zeros((len(table), self._width, self._width))
        padded[:, : table.shape[1], : table.shape[2]] = table
        self._first[i, j] = self._total, self._total + len(table)
        self._total += len(table)
        self._tables.append(padded)
        self._weights.append(np.asarray(self._group.relations(i, j)[1] * float(self._n_points[i]), np.float64))
