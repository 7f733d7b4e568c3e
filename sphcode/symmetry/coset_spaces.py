"""Coset spaces of a group that is given by generators: the sets that an orbit of points can be.

Of a group of few elements they are the cosets of random subgroups; of a large one, of which no list is made, the orbits
of colourings of the set that it acts on. All are found with a count of tries, never a clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.symmetry.permutations import Permutation, RandomElements

Rows = NDArray[np.int64]
#: Points of one space and of all together: the algebra on all of them is diagonalised, 0.1 s for 700.
MOST_POINTS, MOST_TOTAL = 320, 700
#: A group of at most so many elements is listed.
_MOST_LISTED = 1000
#: Tries without a new space that end the search, and spaces at most (measured: M22, PSL(3,4), A6 have theirs by then).
_PATIENCE, _MOST_SPACES = 80, 60
#: Spaces are told apart by the fixed points of so many words of this length.
_WORDS, _WORD_LENGTH = 12, 25
#: Isomorphism of spaces with the same fixed points is asked of this many.
_ALIKE = 2
#: Colours of a colouring at most.
_COLOURS = 250


def coset_spaces(generators: Sequence[Permutation], rng: np.random.Generator) -> list[Rows]:
    """Return coset spaces that are not isomorphic, smallest first; row g is the action of generator g.

    The first is the trivial one. All are the same group acting: any union of them is a set on which it acts.
    """
    rows = np.array(generators, np.int64)
    checks = rng.integers(0, len(rows), (_WORDS, _WORD_LENGTH))
    known: dict[tuple[int, ...], list[Rows]] = {}
    found: list[Rows] = []
    failures = 0
    for space in _tries(rows, rng):
        failures += 1
        if space is not None:
            alike = known.setdefault(_signature(space, checks), [])
            if len(alike) < _ALIKE and not any(_isomorphic(space, other) for other in alike):
                alike.append(space)
                found.append(space)
                failures = 0
        if failures > _PATIENCE or len(found) == _MOST_SPACES:
            break
    found.sort(key=lambda space: space.shape[1])
    totals = np.cumsum([space.shape[1] for space in found])
    return [space for space, total in zip(found, totals, strict=True) if total <= MOST_TOTAL]


def _tries(rows: Rows, rng: np.random.Generator) -> Iterator[Rows | None]:
    elements = _elements(rows)
    words = RandomElements(list(rows), rng)
    if elements is not None:
        listed = _Listed(rows, elements)
        yield np.zeros((len(rows), 1), np.int64)
        while True:
            yield listed.cosets([words.power() for _ in range(int(rng.integers(0, 4)))])
    from sphcode.kernels.group_actions import colouring_orbit, orbit_labels

    degree = rows.shape[1]
    hashes = rng.integers(0, 2**63, degree, np.uint64) * np.uint64(2) + np.uint64(1)
    labels = np.empty(degree, np.int64)

    def orbit(colouring: NDArray[Any]) -> Rows | None:
        space = np.empty((len(rows), MOST_POINTS), np.int64)
        size = colouring_orbit(rows, colouring.astype(np.int64), hashes, space)
        return space[:, :size].copy() if size else None

    yield np.zeros((len(rows), 1), np.int64)
    for first in range(orbit_labels(rows, labels)):
        yield orbit(np.arange(degree) == np.argmax(labels == first))
    while True:
        kind = int(rng.integers(4))
        if kind == 0:
            chosen = rng.choice(degree, min(degree, int(rng.integers(1, 5))), replace=False)
            yield orbit(np.isin(np.arange(degree), chosen))
            continue
        own = np.empty(degree, np.int64)
        count = orbit_labels(np.array([words.power() for _ in range(int(rng.integers(1, 4)))]), own)
        if count > _COLOURS:
            yield None
        elif kind == 1:
            yield orbit(own)
        elif kind == 2:
            yield orbit(own == rng.integers(count))
        else:
            yield orbit(rng.integers(0, 2, count)[own])


def _elements(rows: Rows) -> NDArray[np.int64] | None:
    """Return all elements of a group of few, or None."""
    items = [np.arange(rows.shape[1])]
    seen = {items[0].tobytes()}
    for item in items:
        for g in rows:
            new = item[g]
            key = new.tobytes()
            if key not in seen:
                if len(items) == _MOST_LISTED:
                    return None
                seen.add(key)
                items.append(new)
    return np.array(items)


class _Listed:
    """A group as the list of its elements, moved by its generators from the right."""

    def __init__(self, rows: Rows, elements: NDArray[np.int64]) -> None:
        self._elements = elements
        # Elements are told apart by sums of random words, which are drawn anew until all sums differ.
        rng = np.random.default_rng(0)
        while True:
            self._words = rng.integers(0, 2**63, elements.shape[1], np.uint64)
            sums = self._sums(elements)
            self._order = np.argsort(sums)
            self._sorted = sums[self._order]
            if (self._sorted[1:] != self._sorted[:-1]).all():
                break
        self._moved = np.array([self._numbers(elements[:, g]) for g in rows])

    def _sums(self, elements: NDArray[np.int64]) -> NDArray[np.uint64]:
        return np.asarray(elements.astype(np.uint64) @ self._words)

    def _numbers(self, elements: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the numbers of elements of the group."""
        return self._order[np.searchsorted(self._sorted, self._sums(elements))]

    def cosets(self, generators: Sequence[Permutation]) -> Rows | None:
        """Return the action on the right cosets of the subgroup that these generate, None if they are too many."""
        from sphcode.kernels.group_actions import orbit_labels

        labels = np.arange(len(self._elements))
        if len(generators):
            left = np.array([self._numbers(h[self._elements]) for h in generators])
            labels = np.empty(len(self._elements), np.int64)
            orbit_labels(left, labels)
        count = int(labels.max()) + 1
        if count > MOST_POINTS:
            return None
        first = np.unique(labels, return_index=True)[1]
        return np.asarray(labels[self._moved[:, first]])


def _signature(space: Rows, checks: NDArray[np.int64]) -> tuple[int, ...]:
    """Return the number of points and of those that certain words fix."""
    from sphcode.kernels.group_actions import fixed_points

    fixed = np.empty(len(checks), np.int64)
    fixed_points(space, checks, fixed)
    return (space.shape[1], *fixed.tolist())


def _isomorphic(left: Rows, right: Rows) -> bool:
    """Whether two spaces of one size are isomorphic: some relation between them is a bijection."""
    from sphcode.kernels.group_actions import pair_labels

    labels = np.empty((left.shape[1], right.shape[1]), np.int64)
    pair_labels(left, right, labels)
    return bool(np.bincount(labels.ravel()).min() == left.shape[1])
