"""Exact real numbers: a text form together with 70 correct digits, enough to compare and to round."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction

#: Bits of a square root when an exact number is rounded to float64: 53, and what cancels in sums of a few hundred
#: terms, several times over.
_BITS = 240


@dataclass(frozen=True)
class Exact:
    """A real number: how it is written, and a rational within 2^-200 of it (equal to it if it is rational).

    `text` is unique for rational numbers and for those made by `surd`, so equality of such numbers is exact.
    """

    text: str
    value: Fraction

    def __str__(self) -> str:
        return self.text

    def __float__(self) -> float:
        return float(self.value)

    def __neg__(self) -> Exact:
        """Return -self, in the same text form as `rational` and `surd` give it."""
        if self.text == str(self.value):
            return rational(-self.value)
        return Exact(_negated_text(self.text), -self.value)

    def rounded_up(self) -> float:
        """Return the smallest float that is not below the number."""
        nearest = float(self.value)
        return nearest if nearest >= self.value else math.nextafter(nearest, math.inf)

    def midpoint_with_one(self) -> Exact:
        """Return (1 + self) / 2."""
        value = (1 + self.value) / 2
        return rational(value) if self.text == str(self.value) else Exact(f"(1 + {self.text})/2", value)


def _negated_text(text: str) -> str:
    """Negate the text of an irrational number."""
    surd_form = re.fullmatch(r"\(?(-?\d+) ([+-]) ([^)]*\))\)?(/\d+)?", text)
    if surd_form:
        whole, sign, root, denominator = surd_form.groups()
        body = f"{-int(whole)} {'-' if sign == '+' else '+'} {root}"
        return f"({body}){denominator}" if denominator else body
    if text.startswith("-"):
        return text[2:-1] if text.startswith("-(") and text.endswith(")") else text[1:]
    return f"-{text}" if " " not in text else f"-({text})"


def rational(numerator: int | Fraction, denominator: int = 1) -> Exact:
    """Return a rational number.

    >>> str(rational(2, -6))
    '-1/3'
    """
    value = Fraction(numerator) / denominator
    return Exact(str(value), value)


def surd(constant: int | Fraction, coefficient: int | Fraction, radicand: int) -> Exact:
    """Return constant + coefficient * sqrt(radicand).

    >>> str(surd(Fraction(1, 4), Fraction(1, 4), 5)), str(surd(0, Fraction(1, 8), 8))
    ('(1 + sqrt(5))/4', 'sqrt(2)/4')
    """
    constant, coefficient = Fraction(constant), Fraction(coefficient)
    root = max(f for f in range(1, math.isqrt(radicand) + 1) if radicand % (f * f) == 0)
    coefficient, radicand = coefficient * root, radicand // (root * root)
    if radicand == 1 or coefficient == 0:
        return rational(constant + coefficient)
    denominator = math.lcm(constant.denominator, coefficient.denominator)
    whole, factor = int(constant * denominator), int(coefficient * denominator)
    text = f"{'' if abs(factor) == 1 else f'{abs(factor)}*'}sqrt({radicand})"
    if whole:
        text = f"{whole} {'+' if factor > 0 else '-'} {text}"
        text = f"({text})" if denominator > 1 else text
    else:
        text = text if factor > 0 else f"-{text}"
    value = constant + coefficient * Fraction(math.isqrt(radicand << (2 * _BITS)), 1 << _BITS)
    return Exact(text if denominator == 1 else f"{text}/{denominator}", value)


def root(coefficients: tuple[int, ...], near: float) -> Exact:
    """Return the root of a polynomial (highest degree first) that is simple and within 1e-6 of `near`.

    >>> str(root((1, -1, -1), 1.618034))
    'root of x^2 - x - 1 near 1.61803'
    """
    terms = []
    for power, c in zip(range(len(coefficients) - 1, -1, -1), coefficients, strict=True):
        if c:
            factor = str(abs(c)) if abs(c) > 1 or power == 0 else ""
            terms.append(f"{'-' if c < 0 else '+'} {factor}{'x' if power else ''}{f'^{power}' if power > 1 else ''}")
    text = " ".join(terms).removeprefix("+ ")

    def sign(x: Fraction) -> bool:
        value = Fraction(0)
        for c in coefficients:
            value = value * x + c
        return value > 0

    scale = 1 << _BITS
    low, high = (int((Fraction(near) + offset) * scale) for offset in (Fraction(-1, 10**6), Fraction(1, 10**6)))
    rising = sign(Fraction(high, scale))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if sign(Fraction(middle, scale)) == rising else (middle, high)
    return Exact(f"root of {text} near {near:g}", Fraction(low, scale))


def inverse_sqrt(radicand: int) -> Exact:
    """Return 1 / sqrt(radicand)."""
    return surd(0, Fraction(1, radicand), radicand)


def cosine_of_turn(numerator: int, denominator: int) -> Exact:
    """Return cos(2 pi numerator / denominator).

    >>> str(cosine_of_turn(1, 5)), str(cosine_of_turn(1, 7))
    ('(-1 + sqrt(5))/4', 'cos(2*pi/7)')
    """
    turn = Fraction(numerator, denominator) % 1
    turn = min(turn, 1 - turn)
    known = _known_cosines().get(turn)
    if known is not None:
        return known
    multiple = "" if turn.numerator == 1 else f"*{turn.numerator}"
    return Exact(f"cos(2*pi{multiple}/{turn.denominator})", _cosine(turn))


def _known_cosines() -> dict[Fraction, Exact]:
    """Cosines of the rational multiples of a turn that are rational or hold one square root."""
    table = {Fraction(*key): rational(*value) for key, value in
             {(0, 1): (1, 1), (1, 6): (1, 2), (1, 4): (0, 1), (1, 3): (-1, 2), (1, 2): (-1, 1)}.items()}  # fmt: skip
    surds: dict[tuple[int, int], tuple[int | Fraction, Fraction, int]] = {
        (1, 8): (0, Fraction(1, 2), 2),
        (3, 8): (0, Fraction(-1, 2), 2),
        (1, 12): (0, Fraction(1, 2), 3),
        (5, 12): (0, Fraction(-1, 2), 3),
        (1, 5): (Fraction(-1, 4), Fraction(1, 4), 5),
        (2, 5): (Fraction(-1, 4), Fraction(-1, 4), 5),
        (1, 10): (Fraction(1, 4), Fraction(1, 4), 5),
        (3, 10): (Fraction(1, 4), Fraction(-1, 4), 5),
    }
    for turn, parts in surds.items():
        table[Fraction(*turn)] = surd(*parts)
    return table


def _cosine(turn: Fraction) -> Fraction:
    """Cosine of 2 pi turn by its power series in fixed point."""
    scale = 1 << _BITS

    def arctan_inverse(x: int) -> int:
        term, total, k = scale // x, 0, 1
        while term:
            total += term // k if k % 4 == 1 else -(term // k)
            term //= x * x
            k += 2
        return total

    pi = 4 * (4 * arctan_inverse(5) - arctan_inverse(239))
    angle = 2 * pi * turn.numerator // turn.denominator
    square = angle * angle // scale
    total, term, k = 0, scale, 0
    while term:
        total += term if k % 4 == 0 else -term
        term = term * square // scale // ((k + 1) * (k + 2))
        k += 2
    return Fraction(total, scale)
