"""Decimals and balls: numbers read exactly, and printed rounded to the side that keeps a statement true."""

from __future__ import annotations

import math
import re
import sys

from flint import arb, ctx, fmpq, fmpz

from sphcode._validate import shown
from sphcode.errors import FileFormatError

_DECIMAL = re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,5}))?")
_HEX = re.compile(r"([+-]?)0[xX]([0-9a-fA-F]+)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?[0-9]{1,5}))?")
#: Longer numbers are refused, so that reading one has an end.
_MAX_CHARACTERS = 20_000

#: Exact numbers are printed as they are up to so many characters, others to so many digits.
_SHORT = 20
_SHORT_DIGITS = 17

#: Largest exponents of a decimal and of a hex float: beyond those of float64, and no few characters stand for a huge
#: number.
_MAX_EXPONENT, _MAX_BINARY_EXPONENT = 400, 1400


def read_exact(value: object, name: str) -> fmpq:
    """Return the rational number that `value` (a number, a decimal string or a hex float string) stands for.

    Raises FileFormatError naming `name` when it is not a finite number or is absurdly long.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() < 4 * _MAX_CHARACTERS:
        return fmpq(value)
    if isinstance(value, float) and math.isfinite(value):
        return fmpq(*value.as_integer_ratio())
    if isinstance(value, str) and len(value) <= _MAX_CHARACTERS:
        match = _DECIMAL.fullmatch(value.strip())
        if match is not None and abs(int(match[4] or 0)) <= _MAX_EXPONENT:
            sign, whole, fraction, exponent = match.groups(default="")
            return _scaled(sign, fmpz(whole + fraction), 10, int(exponent or 0) - len(fraction))
        match = _HEX.fullmatch(value.strip())
        if match is not None and abs(int(match[4] or 0)) <= _MAX_BINARY_EXPONENT:
            sign, whole, fraction, exponent = match.groups(default="")
            # Not `float.fromhex`, which rounds what has more than 53 bits.
            return _scaled(sign, fmpz(int(whole + fraction, 16)), 2, int(exponent or 0) - 4 * len(fraction))
    raise FileFormatError(f"`{name}` must be a finite number, got {shown(value)}")


def _scaled(sign: str, digits: fmpz, base: int, exponent: int) -> fmpq:
    power = fmpz(base) ** abs(exponent)
    number = fmpq(digits * power) if exponent >= 0 else fmpq(digits, power)
    return -number if sign == "-" else number


def to_arb(number: fmpq) -> arb:
    """Return a ball around a rational number, at the current precision."""
    return arb(number.p) / arb(number.q)


def exact_end(end: arb) -> fmpq:
    """Return the exact rational value of a ball of radius zero (an upper or a lower end)."""
    mantissa, exponent = end.man_exp()
    power = fmpz(2) ** abs(int(exponent))
    return fmpq(mantissa * power) if exponent >= 0 else fmpq(mantissa, power)


def decimal_up(ball: arb, digits: int) -> str:
    """Return a decimal with `digits` places that is not below any number of the ball."""
    return decimal(exact_end(_ends(ball)[1]), digits, up=True)


def decimal_down(ball: arb, digits: int) -> str:
    """Return a decimal with `digits` places that is not above any number of the ball."""
    return decimal(exact_end(_ends(ball)[0]), digits, up=False)


def decimal(number: fmpq, digits: int, *, up: bool) -> str:
    """Return a rational number as a decimal with `digits` places, rounded up or down."""
    scaled = number * fmpz(10) ** digits
    return _decimal(-((-scaled).floor()) if up else scaled.floor(), digits)


def short(number: fmpq, *, up: bool) -> str:
    """Return a rational number as it is if that is short, else with 17 digits or more, rounded up or down."""
    text = str(number)
    if len(text) <= _SHORT:
        return text
    # 17 or 18 digits before the unit 10^exponent.
    exponent = len(str(abs(number.p))) - len(str(number.q)) - _SHORT_DIGITS
    power = fmpz(10) ** abs(exponent)
    scaled = number / power if exponent >= 0 else number * power
    rounded = -((-scaled).floor()) if up else scaled.floor()
    return _decimal(rounded, -exponent) if 0 <= -exponent <= 2 * _SHORT_DIGITS else f"{rounded}e{exponent}"


def float_down(ball: arb) -> float:
    """Return a float64 that is not above any number of the ball."""
    lower = _ends(ball)[0]
    value = float(lower)
    if math.isinf(value):
        return min(value, sys.float_info.max)
    # Both ends of the comparison are exact; as rational numbers they could have 10^9 digits.
    return math.nextafter(value, -math.inf) if arb(value) > lower else value


def float_up(ball: arb) -> float:
    """Return a float64 that is not below any number of the ball."""
    return -float_down(-ball)


def _ends(ball: arb) -> tuple[arb, arb]:
    """Return the ends of a ball, rounded outwards at the precision of its midpoint."""
    with ctx.workprec(int(ball.bits()) + 64):
        return ball.lower(), ball.upper()


def _decimal(scaled: fmpz, digits: int) -> str:
    sign = "-" if scaled < 0 else ""
    text = str(abs(scaled)).rjust(digits + 1, "0")
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else f"{sign}{text}"
