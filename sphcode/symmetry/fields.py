"""Finite fields of at most 32 elements, by tables."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

#: Lower coefficients of a monic irreducible polynomial, whose root generates the units (Conway polynomials' lists).
_POLYNOMIALS = {
    4: (1, 1), 8: (1, 1, 0), 16: (1, 1, 0, 0), 32: (1, 0, 1, 0, 0), 9: (2, 1), 27: (1, 2, 0), 25: (2, 1),
}  # fmt: skip


class Field:
    """GF(q): its elements are 0..q-1, their digits to the base p the coefficients of a polynomial.

    `add` and `mul` are tables, `neg` and `inv` (0 at 0) rows, `generator` one of the units.
    """

    def __init__(self, q: int) -> None:
        p = next(p for p in range(2, q + 1) if q % p == 0)
        degree = round(math.log(q, p))
        digits = np.array([[(x // p**i) % p for i in range(degree)] for x in range(q)])
        weights = p ** np.arange(degree)
        self.q, self.p, self.degree = q, p, degree
        self.add = ((digits[:, None] + digits[None]) % p) @ weights
        self.mul = np.array([[self._product(digits[x], digits[y], weights) for y in range(q)] for x in range(q)])
        self.neg = self.add.argmin(axis=1)
        self.inv = np.array([0, *((self.mul[x] == 1).argmax() for x in range(1, q))])
        orders = [len({self.power(x, e) for e in range(q - 1)}) for x in range(1, q)]
        self.generator = 1 + orders.index(q - 1)

    def _product(self, x: NDArray[np.int64], y: NDArray[np.int64], weights: NDArray[np.int64]) -> int:
        product = np.convolve(x, y) % self.p
        for i in range(len(product) - 1, self.degree - 1, -1):
            for j, coefficient in enumerate(_POLYNOMIALS[self.q]):
                product[i - self.degree + j] = (product[i - self.degree + j] - product[i] * coefficient) % self.p
        return int(product[: self.degree] @ weights)

    def power(self, x: int, exponent: int) -> int:
        """Return x to the power."""
        result = 1
        for _ in range(exponent):
            result = int(self.mul[result, x])
        return result

    def frobenius(self, x: int, times: int = 1) -> int:
        """Return x to the power p^times."""
        return self.power(x, self.p**times)

    def dot(self, u: tuple[int, ...], v: tuple[int, ...]) -> int:
        """Return the sum of the products."""
        total = 0
        for a, b in zip(u, v, strict=True):
            total = int(self.add[total, self.mul[a, b]])
        return total

    def axpy(self, a: int, u: tuple[int, ...], v: tuple[int, ...]) -> tuple[int, ...]:
        """Return a u + v."""
        return tuple(int(self.add[self.mul[a, x], y]) for x, y in zip(u, v, strict=True))

    def vectors(self, dim: int) -> list[tuple[int, ...]]:
        """Return all vectors, zero first."""
        return list(itertools.product(range(self.q), repeat=dim))

    def projective(self, v: tuple[int, ...]) -> tuple[int, ...]:
        """Return the multiple of v != 0 whose first entry that is not 0 is 1."""
        scale = self.inv[next(x for x in v if x)]
        return tuple(int(self.mul[scale, x]) for x in v)
