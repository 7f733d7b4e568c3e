"""Verdict: what a checker says about a certificate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sphcode._notebook import Shown

#: Levels of a verdict on a code, from nothing to everything.
LEVELS = ("none", "exists", "kkt", "strict-local", "optimal-cited", "optimal")


@dataclass(frozen=True)
class Verdict(Shown):
    """The outcome of checking a claim.

    Attributes
    ----------
    accepted : bool
        Whether the whole claim was proven.
    claim : str
        The statement that was checked, in words.
    level : str
        How much was proven: one of none, exists, kkt, strict-local, optimal-cited, optimal.
    reason : str
        Why the claim was accepted or not.
    slack : float or None
        How far inside the claim the proven value lies, in the unit of the claim (claimed minus proven; larger
        is better, negative when the claim is not proven), or None when there is nothing to compare.
    """

    accepted: bool
    claim: str
    level: str
    reason: str
    slack: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as the JSON object that `sphcode verify --json` prints."""
        return {
            "schema": "sphcode.verify/1",
            "accepted": self.accepted,
            "claim": self.claim,
            "level": self.level,
            "reason": self.reason,
            "slack": self.slack,
        }
