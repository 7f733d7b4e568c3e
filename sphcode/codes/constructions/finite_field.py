"""Finite fields with few elements, as tables: elements are 0, ..., q - 1, their digits in base p the coefficients."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


def prime_power(q: int) -> tuple[int, int] | None:
    """Return (p, n) with q = p^n and p prime, or None.

    >>> prime_power(27), prime_power(12)
    ((3, 3), None)
    """
    if q < 2:
        return None
    p = next((f for f in itertools.takewhile(lambda f: f * f <= q, itertools.count(2)) if q % f == 0), q)
    n = 0
    while q % p == 0:
        q, n = q // p, n + 1
    return (p, n) if q == 1 else None


def prime_powers(limit: int) -> list[int]:
    """Return all prime powers up to `limit`, in order."""
    sieve = np.ones(max(limit + 1, 2), dtype=bool)
    sieve[:2] = False
    powers: list[int] = []
    for p in range(2, limit + 1):
        if sieve[p]:
            sieve[p * p :: p] = False
            powers.extend(itertools.takewhile(lambda power: power <= limit, (p**n for n in itertools.count(1))))
    return sorted(powers)


class Field:
    """The field with q elements.

    `powers[i]` is the i-th power of a primitive element, `logs` its inverse. All methods work elementwise on arrays.
    """

    def __init__(self, q: int) -> None:
        parts = prime_power(q)
        if parts is None:
            raise ValueError(f"{q} is not a prime power")
        self.q = q
        self.p, self.n = parts
        self.powers = _powers_of_primitive_element(self.p, self.n)
        self.logs = np.zeros(q, dtype=np.int64)
        self.logs[self.powers] = np.arange(q - 1)
        self._digit_weights = self.p ** np.arange(self.n, dtype=np.int64)

    def multiply(self, a: IntArray | int, b: IntArray | int) -> IntArray:
        """Return the products."""
        a, b = np.asarray(a), np.asarray(b)
        product = self.powers[(self.logs[a] + self.logs[b]) % (self.q - 1)]
        return np.where((a == 0) | (b == 0), 0, product)

    def add(self, a: IntArray | int, b: IntArray | int) -> IntArray:
        """Return the sums."""
        a, b = np.asarray(a), np.asarray(b)
        if self.p == 2:
            return a ^ b
        if self.n == 1:
            return (a + b) % self.p
        total = np.zeros(np.broadcast(a, b).shape, dtype=np.int64)
        for weight in self._digit_weights:
            total += (a // weight + b // weight) % self.p * weight
        return total

    def power(self, a: IntArray | int, exponent: int) -> IntArray:
        """Return a^exponent, exponent >= 1."""
        a = np.asarray(a)
        return np.where(a == 0, 0, self.powers[self.logs[a] * exponent % (self.q - 1)])

    def trace(self, a: IntArray | int) -> IntArray:
        """Return the absolute traces, integers from 0 to p - 1."""
        total = np.asarray(a)
        for i in range(1, self.n):
            total = self.add(total, self.power(a, self.p**i))
        return total


@cache
def field(q: int) -> Field:
    """Return the field with q elements, made once."""
    return Field(q)


def _powers_of_primitive_element(p: int, n: int) -> IntArray:
    """Find a primitive polynomial by trial and list the powers of its root."""
    order = p**n - 1
    top = p ** (n - 1)
    for code in range(1, p**n):
        # x^n = sum of the digits of `code`; multiply the root's powers by x until 1 comes back.
        tail = [code // p**i % p for i in range(n)]
        powers, element = [1], 1
        while len(powers) <= order:
            lead, shifted = element // top, element % top * p
            element = sum((shifted // p**i + lead * tail[i]) % p * p**i for i in range(n))
            if element in (0, 1):
                break
            powers.append(element)
        if element == 1 and len(powers) == order:
            return np.array(powers, dtype=np.int64)
    raise AssertionError("every finite field has a primitive element")
