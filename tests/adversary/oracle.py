"""A second opinion on what the checker accepted: brute force and sampling; nothing is shared with `sphcode.proofs`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adversary import bound_oracle, code_oracle
from adversary.opinion import Opinion


def judge(certificate: Mapping[str, Any], level: str, statement: str) -> Opinion:
    """Return what is thought of a certificate that the checker accepted with this level and statement."""
    if "points" in certificate:
        return code_oracle.judge(certificate, level, statement)
    return bound_oracle.judge(certificate)
