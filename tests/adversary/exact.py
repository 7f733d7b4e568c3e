"""Numbers of certificates, read again from scratch: fractions, and high precision where there are roots."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import mpmath as mp

DIGITS = 80

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")
_HEX = re.compile(r"([+-]?)0[xX]([0-9a-fA-F]+)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?[0-9]{1,4}))?")


class Unreadable(Exception):
    """What stands in the certificate is no number, or not of the right shape."""


def fraction(value: Any) -> Fraction:
    """Read an integer, a float, a decimal, a hex float or "p/q"."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise Unreadable(repr(value))
    try:
        if isinstance(value, str):
            value = value.strip()
            if "/" in value:
                top, bottom = value.split("/")
                return fraction(top) / fraction(bottom)
            if match := _HEX.fullmatch(value):
                sign, whole, tail, power = match.groups(default="")
                return Fraction(int(sign + whole + tail, 16)) * Fraction(2) ** (int(power or 0) - 4 * len(tail))
            if not _NUMBER.fullmatch(value):
                raise Unreadable(value)
        return Fraction(value)
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        raise Unreadable(repr(value)) from error


def real(value: Any) -> mp.mpf:
    """Read a number that may be "a+b*sqrt(r)", to DIGITS digits."""
    if isinstance(value, str) and "sqrt" in value:
        match = re.fullmatch(r"(?:([^*]+)\+)?([^*+]+)\*sqrt\(([0-9]+)\)", value)
        if match is None:
            raise Unreadable(value)
        plain, factor, radicand = match.groups()
        return mpf(fraction(plain or 0)) + mpf(fraction(factor)) * mp.sqrt(int(radicand))
    return mpf(fraction(value))


def mpf(number: Fraction) -> mp.mpf:
    """Return a fraction rounded to the working precision."""
    return mp.mpf(number.numerator) / number.denominator


def largest_cosine(rows: list[list[Fraction]]) -> tuple[int, Fraction]:
    """Return sign and square of the largest cosine between two rows: plain brute force, no root, no rounding."""
    norms = [sum(x * x for x in row) for row in rows]
    best: tuple[int, Fraction] | None = None
    for i, first in enumerate(rows):
        for j in range(i):
            dot = sum(x * y for x, y in zip(first, rows[j], strict=True))
            sign = (dot > 0) - (dot < 0)
            cosine = (sign, dot * dot / (norms[i] * norms[j]))
            if best is None or signed(cosine) > signed(best):
                best = cosine
    assert best is not None
    return best


def signed(cosine: tuple[int, Fraction]) -> Fraction:
    """Return the square with the sign, which increases with the cosine."""
    return cosine[0] * cosine[1]


def is_at_least(claimed: Fraction, cosine: tuple[int, Fraction]) -> bool:
    """Return whether a rational number is at least a cosine given by sign and square."""
    sign = (claimed > 0) - (claimed < 0)
    return sign * claimed * claimed >= signed(cosine)
