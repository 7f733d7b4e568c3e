"""Polynomials on the sphere in high precision: means, Gegenbauer coefficients, largest values, Levenshtein's bound.

A polynomial is a list of its coefficients, constant first; they are fractions or mpmath numbers.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import mpmath as mp

#: What counts as zero, of numbers of order 1 known to `exact.DIGITS` digits.
TINY = mp.mpf(10) ** -40

#: Largest number of zeros of the kernels in `levenshtein`; enough for a few hundred points.
_LARGEST_KERNEL = 9


def multiply(first: Sequence[Any], second: Sequence[Any]) -> list[Any]:
    product = [first[0] * 0] * (len(first) + len(second) - 1)
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            product[i + j] += a * b
    return product


def value(polynomial: Sequence[Any], t: Any) -> Any:
    total = 0 * t
    for coefficient in reversed(polynomial):
        total = total * t + coefficient
    return total


@functools.cache
def gegenbauer(dim: int, degree: int) -> tuple[Fraction, ...]:
    """Return P_degree with P(1) = 1, orthogonal for the sphere in R^dim: by orthogonality, not by its recurrence."""
    polynomial = [Fraction(0)] * degree + [Fraction(1)]
    for lower in range(degree - 2, -1, -2):
        other = gegenbauer(dim, lower)
        share = mean(dim, multiply(polynomial, other)) / mean(dim, multiply(other, other))
        polynomial = [a - share * b for a, b in zip(polynomial, [*other, *[Fraction(0)] * degree], strict=False)]
    total = sum(polynomial)
    return tuple(coefficient / total for coefficient in polynomial)


def mean(dim: int, polynomial: Sequence[Any]) -> Any:
    """Return the mean of a polynomial of the first coordinate over the sphere in R^dim."""
    moment, total = Fraction(1), polynomial[0]
    for power in range(2, len(polynomial), 2):
        moment *= Fraction(power - 1, dim + power - 2)
        total = total + polynomial[power] * moment.numerator / moment.denominator
    return total


def coefficients(dim: int, polynomial: Sequence[Any]) -> list[Any]:
    """Return c with polynomial = sum c_k P_k."""
    rest, found = list(polynomial), []
    for degree in range(len(polynomial) - 1, -1, -1):
        basis = gegenbauer(dim, degree)
        share = rest[degree] * basis[-1].denominator / basis[-1].numerator
        rest = [a - share * b.numerator / b.denominator for a, b in zip(rest, basis, strict=False)]
        found.append(share)
    return found[::-1]


def expanded(dim: int, weights: Sequence[Any]) -> list[Any]:
    """Return sum weights_k P_k as coefficients of powers."""
    total = [0 * weights[0]] * len(weights)
    for degree, weight in enumerate(weights):
        for power, entry in enumerate(gegenbauer(dim, degree)):
            total[power] += weight * entry.numerator / entry.denominator
    return total


def largest(polynomial: Sequence[Any], start: mp.mpf, end: mp.mpf) -> mp.mpf:
    """Return the largest value on an interval: at its ends, or where the derivative vanishes."""
    places = [start, end]
    slope = [k * entry for k, entry in enumerate(polynomial)][1:]
    scale = max((abs(entry) for entry in slope), default=mp.mpf(0))
    while slope and abs(slope[-1]) <= scale * mp.mpf(10) ** -70:
        slope.pop()
    if len(slope) > 1:
        roots = mp.polyroots(slope[::-1], maxsteps=500, extraprec=400)
        places += [mp.re(root) for root in roots if start < mp.re(root) < end]
    return max(value(polynomial, place) for place in places)


def linear_programming(
    dim: int, polynomial: Sequence[mp.mpf], cosine: mp.mpf, antipodal: bool = False
) -> tuple[mp.mpf | None, str]:
    """Return how many points a polynomial allows at a cosine (Delsarte), or None and what is wrong with it."""
    weights = coefficients(dim, polynomial)
    scale = max(abs(weight) for weight in weights) or mp.mpf(1)
    if weights[0] <= 0 or min(weights) < -TINY * scale:
        return None, "a Gegenbauer coefficient is negative"
    if antipodal and any(abs(weight) > TINY * scale for weight in weights[1::2]):
        antipodal = False
    if largest(polynomial, -cosine if antipodal else mp.mpf(-1), cosine) > TINY * scale:
        return None, "the polynomial is positive somewhere before the cosine"
    return (2 if antipodal else 1) * sum(weights) / weights[0], "the polynomial is admissible"


def levenshtein(dim: int, cosine: mp.mpf) -> mp.mpf:
    """Return the best bound of Levenshtein's kind: (t - s) K(t, s)^2 and (t + 1)(t - s) K(t, s)^2 with kernels K.

    Each is <= 0 up to the cosine s by its form; whether its Gegenbauer coefficients are nonnegative is computed.
    """
    best = mp.inf
    for weight in ([mp.mpf(1), mp.mpf(-1)], [mp.mpf(1), mp.mpf(0), mp.mpf(-1)]):
        kernel: list[mp.mpf] = []
        for basis, norm in _orthogonal(dim, len(weight) - 1):
            factor = value(basis, cosine) / norm
            kernel = [a + factor * b for a, b in zip([*kernel, mp.mpf(0)], basis, strict=True)]
            polynomial = multiply([-cosine, mp.mpf(1)], multiply(kernel, kernel))
            if len(weight) == 3:
                polynomial = multiply([mp.mpf(1), mp.mpf(1)], polynomial)
            weights = coefficients(dim, polynomial)
            if weights[0] > 0 and min(weights) >= -TINY * max(map(abs, weights)):
                best = min(best, sum(weights) / weights[0])
    return best


@functools.cache
def _orthogonal(dim: int, order: int) -> list[tuple[list[mp.mpf], mp.mpf]]:
    """Return orthogonal polynomials and their square norms for the extra weight 1 - t (order 1) or 1 - t^2 (2)."""
    weight = [Fraction(1), Fraction(-1)] if order == 1 else [Fraction(1), Fraction(0), Fraction(-1)]
    found: list[tuple[list[Fraction], Fraction]] = []
    for degree in range(_LARGEST_KERNEL):
        polynomial = [Fraction(0)] * degree + [Fraction(1)]
        for other, norm in found:
            share = mean(dim, multiply(weight, multiply(polynomial, other))) / norm
            polynomial = [a - share * b for a, b in zip(polynomial, [*other, *[Fraction(0)] * degree], strict=False)]
        found.append((polynomial, mean(dim, multiply(weight, multiply(polynomial, polynomial)))))
    real = mp.mpf
    return [
        ([real(c.numerator) / c.denominator for c in polynomial], real(norm.numerator) / norm.denominator)
        for polynomial, norm in found
    ]
