"""Numbers for people, rounded to the safe side: a printed claim is never stronger than the value."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal


def rounded_up(value: float, digits: int = 12) -> str:
    """Format a cosine or a ceiling so that the printed number is not below the value."""
    return _rounded(value, digits, ROUND_CEILING)


def rounded_down(value: float, digits: int = 12) -> str:
    """Format an angle or a distance so that the printed number is not above the value."""
    return _rounded(value, digits, ROUND_FLOOR)


def _rounded(value: float, digits: int, rounding: str) -> str:
    return str(Decimal(value).quantize(Decimal(1).scaleb(-digits), rounding=rounding))
