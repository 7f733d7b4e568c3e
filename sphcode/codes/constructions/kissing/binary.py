"""Linear algebra over the field with two elements; vectors are Python integers, bit i the i-th coordinate."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


def as_bits(vector: IntArray) -> int:
    """Return a vector of zeros and ones as an integer.

    >>> as_bits(np.array([1, 0, 1]))
    5
    """
    return sum(1 << int(place) for place in np.flatnonzero(vector))


def as_vector(bits: int, length: int) -> IntArray:
    """Return an integer as a vector of zeros and ones.

    >>> as_vector(5, 4).tolist()
    [1, 0, 1, 0]
    """
    return np.array([bits >> place & 1 for place in range(length)], dtype=np.int64)


def span(basis: IntArray) -> IntArray:
    """Return all sums of rows, one for each choice of rows, that of no row first; shape (2^k, n)."""
    words = np.zeros((1, basis.shape[1]), dtype=np.int64)
    for row in basis:
        words = np.concatenate([words, words ^ row])
    return words


def solve(equations: Iterable[tuple[int, int]]) -> int:
    """Return a vector x with `coefficients . x = value` for each (coefficients, value).

    Raises ArithmeticError if there is none.

    >>> solve([(0b011, 1), (0b110, 1)]) in (0b010, 0b101)
    True
    """
    pivots: dict[int, tuple[int, int]] = {}
    for equation in equations:
        rest, value = equation
        while rest and (lead := rest.bit_length() - 1) in pivots:
            rest, value = rest ^ pivots[lead][0], value ^ pivots[lead][1]
        if rest:
            pivots[rest.bit_length() - 1] = (rest, value)
        elif value:
            raise ArithmeticError("the equations contradict each other")
    solution = 0
    for lead in sorted(pivots):
        coefficients, value = pivots[lead]
        if (coefficients & solution).bit_count() % 2 != value:
            solution |= 1 << lead
    return solution


def annihilator(rows: Iterable[int], length: int) -> list[int]:
    """Return a basis of the vectors of `length` coordinates that are orthogonal to all rows.

    >>> annihilator([0b011, 0b110], 3)
    [7]
    """
    reduced: dict[int, int] = {}
    for row in rows:
        rest = row
        for lead, pivot in reduced.items():
            if rest >> lead & 1:
                rest ^= pivot
        if rest:
            lead = rest.bit_length() - 1
            reduced = {other: pivot ^ rest if pivot >> lead & 1 else pivot for other, pivot in reduced.items()}
            reduced[lead] = rest
    free = [place for place in range(length) if place not in reduced]
    return [1 << place | sum(1 << lead for lead, row in reduced.items() if row >> place & 1) for place in free]
