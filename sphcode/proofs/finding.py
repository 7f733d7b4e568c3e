"""Finding: what one check came to, with a reason that can be told apart."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["Finding", "Reason"]


class Reason(Enum):
    """Why a claim was accepted or not; the value says it in general, `Finding.detail` in particular."""

    PROVEN = "the claim follows"
    OUT_OF_RANGE = "the theorem says nothing about this claim"
    INVALID = "what the theorem asks for does not hold"
    WEAKER = "less follows than is claimed"
    TOO_LARGE = "the computation is too large for the certificate"
    NO_CONTACTS = "no pairs hold the points"
    NO_SOLUTION = "no exact code was found near the points"
    NOT_A_SYMMETRY = "a permutation is no symmetry"


@dataclass(frozen=True)
class Finding:
    """The outcome of a check: its reason, the same in words, and how much stronger the claim could be, if known."""

    reason: Reason
    detail: str
    slack: float | None = None

    @property
    def accepted(self) -> bool:
        """Whether the claim was proven."""
        return self.reason is Reason.PROVEN

    @classmethod
    def of(cls, proven: bool, detail: str, slack: float | None = None) -> Finding:
        """Return a finding of a comparison: the claim follows, or it is too strong."""
        return cls(Reason.PROVEN if proven else Reason.WEAKER, detail, slack)
