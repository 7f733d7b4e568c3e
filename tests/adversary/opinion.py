"""What the oracle says of a certificate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Opinion:
    """`word` is "true", "false" or "undecided"; a certificate whose argument does not hold counts as false."""

    word: Literal["true", "false", "undecided"]
    why: str


def false(why: str) -> Opinion:
    return Opinion("false", why)


def true(why: str) -> Opinion:
    return Opinion("true", why)


def undecided(why: str) -> Opinion:
    return Opinion("undecided", why)
