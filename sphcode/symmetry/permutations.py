"""Permutation groups given by generators: orbits, random elements, stabilisers. Rows `g` send the point x to g[x]."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Permutation = NDArray[np.int64]
#: Copies of the generators in the pool of product replacement, and steps before its elements count as random.
_COPIES, _WARM_UP = 4, 60
#: Powers of random elements, so that elements of small order come often.
_POWERS = (1, 1, 2, 3, 4, 5, 6)


def inverse(g: Permutation) -> Permutation:
    """Return the inverse."""
    result = np.empty_like(g)
    result[g] = np.arange(len(g))
    return result


def orbit_labels(generators: Sequence[Permutation], degree: int) -> NDArray[np.int64]:
    """Return for each point the number of its orbit, orbits in the order of their first points."""
    labels = np.arange(degree)
    while True:
        new = labels.copy()
        for g in generators:
            np.minimum(new, new[g], out=new)
            np.minimum.at(new, g, new.copy())
        new = new[new]
        if np.array_equal(new, labels):
            return np.asarray(np.unique(labels, return_inverse=True)[1])
        labels = new


class RandomElements:
    """Random elements of a group by product replacement (Celler, Leedham-Green, Murray, Niemeyer, O'Brien 1995)."""

    def __init__(self, generators: Sequence[Permutation], rng: np.random.Generator) -> None:
        self._pool = [np.asarray(g) for g in generators] * _COPIES
        self._rng = rng
        for _ in range(_WARM_UP):
            self.element()

    def element(self) -> Permutation:
        """Return the next element."""
        i, j = self._rng.choice(len(self._pool), 2, replace=False)
        right = self._pool[j] if self._rng.random() < 0.5 else inverse(self._pool[j])
        product = np.asarray(self._pool[i][right])
        self._pool[i] = product
        return product

    def power(self) -> Permutation:
        """Return a random power of the next element."""
        g = self.element()
        result = g
        for _ in range(int(self._rng.choice(_POWERS)) - 1):
            result = result[g]
        return result


def stabiliser(generators: Sequence[Permutation], point: int, count: int = 6, seed: int = 0) -> list[Permutation]:
    """Return `count` random elements that fix `point`, acting on the other points: generators, almost surely."""
    rng = np.random.default_rng(seed)
    degree = len(generators[0])
    transversal = {point: np.arange(degree)}
    todo = [point]
    while todo:
        x = todo.pop()
        for g in generators:
            y = int(g[x])
            if y not in transversal:
                transversal[y] = g[transversal[x]]
                todo.append(y)
    words = RandomElements(generators, rng)
    others = np.delete(np.arange(degree), point)
    number = np.zeros(degree, np.int64)
    number[others] = np.arange(degree - 1)
    found: list[Permutation] = []
    while len(found) < count:
        word = words.element()
        fixing = inverse(transversal[int(word[point])])[word]
        if (fixing != np.arange(degree)).any():
            found.append(number[fixing[others]])
    return found
