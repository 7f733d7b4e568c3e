"""Check a bound certificate: every claim is derived again in exact or ball arithmetic, from the file alone.

A certificate names a `kind`, the dimension, a claim and what its kind needs. There are two claims:

- {"n_points": K, "max_cosine_at_least": s}: every code of K points in R^dim has max cosine >= s;
- {"max_cosine": s, "n_points_at_most": N}: every code in R^dim with max cosine <= s has at most N points.

With `"antipodal": true` the claim is only about codes with X = -X (lines), of an even number of points.

Kinds (`kinds`): `rankin`, `orthoplex` and the theorems of `closed_forms`, which need nothing more; `delsarte`, a
polynomial by its Gegenbauer coefficients; `delsarte-zeros`, one that is exact where attained (`sharp`); `three-point`,
from semidefinite programming, and `three-point-exact`, the same where it is attained; `energy`, whose claim is about
potential energy. A key that the kind does not have is refused: nothing stands in an accepted certificate unexamined.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flint import ctx

from sphcode._validate import shown
from sphcode.errors import FileFormatError
from sphcode.proofs.bound.claim import check_keys
from sphcode.proofs.bound.kinds import KINDS
from sphcode.proofs.schemas import BOUND_SCHEMA
from sphcode.proofs.verdict import Verdict

__all__ = ["check_bound"]

#: Level of an accepted bound in `Verdict.level`.
LEVEL = "bound"

#: Bits of the balls in which claims are read and compared; the checks raise it where they need to.
_PRECISION = 128


def check_bound(certificate: Mapping[str, Any]) -> Verdict:
    """Check a bound certificate (a JSON object of schema "sphcode.bound-certificate/1").

    Returns a Verdict: accepted or not, the claim in words, the reason, and the slack: how much stronger the claim
    could have been made with the same certificate, in the unit of the claim (a cosine or a number of points).

    Raises
    ------
    FileFormatError
        If a key is missing, malformed or unknown, so that there is no claim to check.
    """
    if certificate.get("schema") != BOUND_SCHEMA:
        raise FileFormatError(f"`schema` must be {BOUND_SCHEMA!r}, got {shown(certificate.get('schema'))}")
    name = certificate.get("kind")
    if not isinstance(name, str) or name not in KINDS:
        raise FileFormatError(f"`kind` must be one of {', '.join(KINDS)}, got {shown(name)}")
    kind = KINDS[name]
    check_keys("certificate", certificate, {"schema", "kind", "dim", "claim", *kind.keys})
    with ctx.workprec(_PRECISION):
        claim = kind.read(certificate)
        finding = kind.check(claim, certificate)
        level = LEVEL if finding.accepted else "none"
        return Verdict(finding.accepted, str(claim), level, finding.detail, finding.slack)
