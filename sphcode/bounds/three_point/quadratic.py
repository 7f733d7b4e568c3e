"""Exact linear algebra over the rationals and over a real quadratic field, for arrays of numbers as objects.

A matrix over Q(sqrt m) is a pair of rational ones, so that products and linear systems are those of FLINT.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
from flint import arb, ctx, fmpq, fmpq_mat, fmpz, nmod_mat
from numpy.typing import NDArray

__all__ = ["Exact", "Quadratic", "Residues", "floats", "null_space", "product", "solved"]

#: Arrays of numbers: fmpq, int, or Quadratic of one field.
Exact = NDArray[np.object_]
Floats = NDArray[np.float64]


class Quadratic:
    """The number plain + root * sqrt(radicand), with rational parts and a radicand that is not a square."""

    __slots__ = ("plain", "radicand", "root")

    def __init__(self, plain: fmpq, root: fmpq, radicand: int) -> None:
        self.plain, self.root, self.radicand = plain, root, radicand

    def _parts(self, other: Any) -> tuple[fmpq, fmpq]:
        return (other.plain, other.root) if isinstance(other, Quadratic) else (fmpq(other), fmpq(0))

    def __add__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        plain, root = self._parts(other)
        return Quadratic(self.plain + plain, self.root + root, self.radicand)

    __radd__ = __add__

    def __neg__(self) -> Quadratic:
        return Quadratic(-self.plain, -self.root, self.radicand)

    def __sub__(self, other: Any) -> Any:
        return -other + self

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        plain, root = self._parts(other)
        return Quadratic(
            self.plain * plain + self.root * root * self.radicand,
            self.plain * root + self.root * plain,
            self.radicand,
        )

    __rmul__ = __mul__

    def inverse(self) -> Quadratic:
        """Return 1 / self."""
        norm = self.plain**2 - self.root**2 * self.radicand
        return Quadratic(self.plain / norm, -self.root / norm, self.radicand)

    def __truediv__(self, other: Any) -> Any:
        return self * (other.inverse() if isinstance(other, Quadratic) else 1 / fmpq(other))

    def __rtruediv__(self, other: Any) -> Any:
        return self.inverse() * other

    def __pow__(self, exponent: int) -> Quadratic:
        power = Quadratic(fmpq(1), fmpq(0), self.radicand)
        for _ in range(exponent):
            power = power * self
        return power

    def __eq__(self, other: object) -> bool:
        plain, root = self._parts(other)
        return bool(self.plain == plain and self.root == root)

    def __hash__(self) -> int:
        return hash((self.plain, self.root))

    def __float__(self) -> float:
        with ctx.workprec(256):
            return float(arb(self.plain) + arb(self.root) * arb(self.radicand).sqrt())

    def __str__(self) -> str:
        return str(self.plain) if self.root == 0 else f"{self.plain}+{self.root}*sqrt({self.radicand})"


def floats(numbers: Exact) -> Floats:
    """Return the numbers as floats."""
    return np.asarray(np.vectorize(_float, otypes=[np.float64])(numbers), dtype=np.float64)


def _float(number: Any) -> float:
    return int(number.p) / int(number.q) if isinstance(number, fmpq) else float(number)


def product(left: Exact, right: Exact) -> Exact:
    """Return the matrix product."""
    radicand = _radicand(left, right)
    (a, b), (c, d) = _parts(left), _parts(right)
    return _joined(a * c + b * d * fmpq(radicand), a * d + b * c, radicand)


def solved(matrix: Exact, right: Exact) -> Exact:
    """Return x with matrix x = right for a regular matrix."""
    radicand = _radicand(matrix, right)
    (a, b), (c, d) = _parts(matrix), _parts(right[:, None])
    if not radicand:
        return _joined(a.solve(c), d, 0)[:, 0]
    n = len(matrix)
    above = [[*plain, *root] for plain, root in zip(a.tolist(), (b * fmpq(radicand)).tolist(), strict=True)]
    below = [[*root, *plain] for plain, root in zip(a.tolist(), b.tolist(), strict=True)]
    both = fmpq_mat(above + below).solve(fmpq_mat(2 * n, 1, c.entries() + d.entries())).entries()
    return _joined(fmpq_mat(n, 1, both[:n]), fmpq_mat(n, 1, both[n:]), radicand)[:, 0]


def _parts(numbers: Exact) -> tuple[fmpq_mat, fmpq_mat]:
    """Return the rational parts, and the factors of the root."""
    plain = [[x.plain if isinstance(x, Quadratic) else fmpq(x) for x in row] for row in numbers.tolist()]
    root = [[x.root if isinstance(x, Quadratic) else fmpq(0) for x in row] for row in numbers.tolist()]
    return fmpq_mat(*numbers.shape, list(chain(*plain))), fmpq_mat(*numbers.shape, list(chain(*root)))


def _joined(plain: fmpq_mat, root: fmpq_mat, radicand: int) -> Exact:
    pairs = zip(plain.entries(), root.entries(), strict=True)
    numbers = [Quadratic(*pair, radicand) if radicand else pair[0] for pair in pairs]
    return np.array(numbers, dtype=object).reshape(plain.nrows(), plain.ncols())


def _radicand(*arrays: Exact) -> int:
    """Return the radicand of the field, 0 for rational numbers."""
    numbers: list[Any] = [x for array in arrays for x in array.ravel().tolist()]
    return max((x.radicand for x in numbers if isinstance(x, Quadratic)), default=0)


def null_space(rows: Exact, size: int) -> Exact:
    """Return a basis of the vectors orthogonal to the rows, as columns: the identity at the coordinates left free."""
    rows = rows.copy()
    pivots: list[int] = []
    for column in range(size):
        done = len(pivots)
        place = next((i for i in range(done, len(rows)) if rows[i, column] != 0), None)
        if place is None:
            continue
        rows[[done, place]] = rows[[place, done]]
        rows[done] = rows[done] / rows[done, column]
        for i in range(len(rows)):
            if i != done and rows[i, column] != 0:
                rows[i] = rows[i] - rows[i, column] * rows[done]
        pivots.append(column)
    free = [j for j in range(size) if j not in pivots]
    basis = np.full((size, len(free)), fmpq(0), dtype=object)
    basis[free, range(len(free))] = fmpq(1)
    basis[pivots] = -rows[: len(pivots), free]
    return basis


class Residues:
    """The field modulo a prime for which the radicand is a square."""

    def __init__(self, radicand: int) -> None:
        # p = 3 mod 4: a square has the root radicand^((p + 1) / 4).
        self.prime = next(
            p
            for p in range(2**31 - 1, 2, -4)
            if fmpz(p).is_prime() and radicand % p and pow(radicand, (p - 1) // 2, p) == 1
        )
        self.root = pow(radicand, (self.prime + 1) // 4, self.prime)

    def __call__(self, numbers: Exact) -> NDArray[np.int64]:
        """Return the numbers modulo the prime."""
        return np.asarray(np.vectorize(self._one, otypes=[np.int64])(numbers), dtype=np.int64)

    def _one(self, number: Any) -> int:
        if isinstance(number, Quadratic):
            return (self._one(number.plain) + self._one(number.root) * self.root) % self.prime
        number = fmpq(number)
        return int(number.p) * pow(int(number.q), -1, self.prime) % self.prime

    def pivots(self, matrix: NDArray[np.int64]) -> list[int]:
        """Return the columns that do not depend on those before them."""
        reduced, rank = nmod_mat(*matrix.shape, matrix.ravel().tolist(), self.prime).rref()
        rows = np.array(reduced.tolist(), dtype=object)[:rank]
        return [int(np.flatnonzero(row != 0)[0]) for row in rows]
