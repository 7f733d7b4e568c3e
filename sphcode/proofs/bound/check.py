"""Check a bound certificate: every claim is derived again in exact or ball arithmetic, from the file alone.

A certificate names a `kind`, the dimension, a claim and what its kind needs. There are two claims:

- {"n_points": K, "max_cosine_at_least": s}: every code of K points in R^dim has max cosine >= s;
- {"max_cosine": s, "n_points_at_most": N}: every code in R^dim with max cosine <= s has at most N points.

With `"antipodal": true` the claim is only about codes with X = -X (lines), of an even number of points.

Kinds: `rankin`, `orthoplex` and the theorems of `closed_forms`, which need nothing more; and `delsarte`, whose
`coefficients` c_0, c_1, ... give f = sum c_k P_k: if all c_k >= 0, c_0 > 0 and f <= 0 on [-1, s], then a code with max
cosine <= s has at most f(1) / c_0 points (Delsarte, Goethals and Seidel 1977). For antipodal codes f is even, f <= 0
is asked on [-s, s] only, and the bound is 2 f(1) / c_0. For `delsarte-zeros`, exact where attained, see `sharp`;
for `three-point`, from semidefinite programming, see `three_point`; for `three-point-exact`, the same where it is
attained, see `three_point_exact`; for `energy`, whose claim is about potential energy, see `energy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flint import arb, ctx, fmpq

from sphcode._validate import MAX_DIM
from sphcode.errors import FileFormatError
from sphcode.proofs.bound.energy import check_energy
from sphcode.proofs.bound.three_point import check_three_point
from sphcode.proofs.bound.three_point_exact import check_three_point_exact
from sphcode.proofs.closed_forms import THEOREMS, evaluate, orthoplex_square, rankin_cosine, rankin_n_points
from sphcode.proofs.gegenbauer import expand, sign_change
from sphcode.proofs.rounding import exact_end, float_down, to_arb
from sphcode.proofs.sharp import check_zeros, read_surd
from sphcode.proofs.verdict import Verdict

__all__ = ["SCHEMA", "check_bound", "lower_rational", "read_rational"]

SCHEMA = "sphcode.bound-certificate/1"

#: Level of an accepted bound in `Verdict.level`.
LEVEL = "bound"

_KINDS = ("rankin", "orthoplex", "delsarte", "delsarte-zeros", "three-point", "three-point-exact", "energy")

_MAX_DEGREE = 400
_PRECISION = 128


@dataclass(frozen=True)
class _Claim:
    """What a certificate states; exactly one of `n_points` and `n_points_at_most` is set."""

    dim: int
    cosine: fmpq
    n_points: int | None
    n_points_at_most: fmpq | None
    antipodal: bool

    def __str__(self) -> str:
        cosine = str(arb(to_arb(self.cosine)).str(17, radius=False))
        code = "antipodal code" if self.antipodal else "code"
        if self.n_points is not None:
            return f"every {code} of {self.n_points} points in R^{self.dim} has max cosine >= {cosine}"
        most = to_arb(_at_most(self)).str(17, radius=False)
        return f"every {code} in R^{self.dim} with max cosine <= {cosine} has at most {most} points"


def check_bound(certificate: Mapping[str, Any]) -> Verdict:
    """Check a bound certificate (a JSON object of schema "sphcode.bound-certificate/1").

    Returns a Verdict: accepted or not, the claim in words, the reason, and the slack: how much stronger the claim
    could have been made with the same certificate, in the unit of the claim (a cosine or a number of points).

    Raises
    ------
    FileFormatError
        If a key is missing or malformed, so that there is no claim to check.
    """
    if certificate.get("schema") != SCHEMA:
        raise FileFormatError(f"`schema` must be {SCHEMA!r}, got {certificate.get('schema')!r}")
    kind = certificate.get("kind")
    if kind == "energy":
        return check_energy(certificate)
    with ctx.workprec(_PRECISION):
        claim = _read_claim(certificate, surd=kind in ("delsarte-zeros", "three-point-exact"))
        if kind == "rankin":
            accepted, reason, slack = _check_rankin(claim)
        elif kind == "orthoplex":
            accepted, reason, slack = _check_orthoplex(claim)
        elif kind in THEOREMS:
            accepted, reason, slack = _check_closed_form(str(kind), claim)
        elif kind == "delsarte-zeros":
            accepted, reason, slack = _check_sharp(claim, certificate)
        elif kind == "three-point-exact":
            accepted, reason, slack = _check_three_point_exact(claim, certificate)
        elif kind == "delsarte":
            accepted, reason, slack = _check_delsarte(claim, certificate.get("coefficients"))
        elif kind == "three-point":
            accepted, reason, slack = check_three_point(
                claim.dim, claim.cosine, claim.n_points, claim.n_points_at_most, certificate
            )
        else:
            raise FileFormatError(f"`kind` must be one of {', '.join((*_KINDS, *THEOREMS))}, got {kind!r}")
        return Verdict(accepted, str(claim), LEVEL if accepted else "none", reason, slack)


def _read_claim(certificate: Mapping[str, Any], surd: bool) -> _Claim:
    """Read the claim; where a surd is allowed, its cosine is rounded down to a rational (for the wording only)."""
    dim = certificate.get("dim")
    content = certificate.get("claim")
    if not isinstance(dim, int) or isinstance(dim, bool) or not 2 <= dim <= MAX_DIM:
        raise FileFormatError(f"`dim` must be an integer from 2 to {MAX_DIM}, got {str(dim)[:40]}")
    if not isinstance(content, Mapping):
        raise FileFormatError(f"`claim` must be an object, got {content!r}")
    antipodal = certificate.get("antipodal", False)
    if not isinstance(antipodal, bool):
        raise FileFormatError(f"`antipodal` must be true or false, got {antipodal!r}")
    if "n_points" in content:
        n_points = content["n_points"]
        if not isinstance(n_points, int) or isinstance(n_points, bool) or n_points < 2:
            raise FileFormatError(f"`claim.n_points` must be an integer >= 2, got {n_points!r}")
        if antipodal and n_points % 2:
            raise FileFormatError(f"`claim.n_points` must be even for an antipodal code, got {n_points}")
        text, name = content.get("max_cosine_at_least"), "claim.max_cosine_at_least"
        cosine = lower_rational(text, name) if surd else read_rational(text, name)
        claim = _Claim(dim, cosine, n_points, None, antipodal)
    else:
        cosine = read_rational(content.get("max_cosine"), "claim.max_cosine")
        at_most = read_rational(content.get("n_points_at_most"), "claim.n_points_at_most")
        claim = _Claim(dim, cosine, None, at_most, antipodal)
    if not -1 <= cosine < 1:
        raise FileFormatError("the cosine of the claim must be >= -1 and < 1")
    return claim


def read_rational(value: object, name: str) -> fmpq:
    """Return the exact number of a decimal, a hex float or a fraction "p/q"; refuse an irrational one."""
    number = read_surd(value, name)
    if number.factor != 0:
        raise FileFormatError(f"`{name}` must be a rational number here, got {str(value)[:40]!r}")
    return number.rational


def lower_rational(value: object, name: str) -> fmpq:
    """Return a rational and "a+b*sqrt(r)" rounded down to one."""
    number = read_surd(value, name)
    return number.rational if number.factor == 0 else exact_end(number.ball().lower())


def _check_rankin(claim: _Claim) -> tuple[bool, str, float | None]:
    if claim.n_points is not None:
        slack = rankin_cosine(claim.dim, claim.n_points, claim.antipodal) - claim.cosine
        return slack >= 0, "Rankin's theorem", _float(slack)
    if claim.cosine > 0:
        return False, "Rankin's theorem bounds the number of points only for cosines <= 0", None
    slack = _at_most(claim) - rankin_n_points(claim.dim, claim.cosine)
    return slack >= 0, "Rankin's theorem", _float(slack)


def _check_orthoplex(claim: _Claim) -> tuple[bool, str, float | None]:
    square = None if claim.n_points is None else orthoplex_square(claim.dim, claim.n_points)
    if square is None or not claim.antipodal or claim.cosine < 0:
        return (
            False,
            "the orthoplex bound is about antipodal codes of more than dim (dim + 1) points",
            None,
        )
    return claim.cosine**2 <= square, "the orthoplex bound", _float(to_arb(square).sqrt() - to_arb(claim.cosine))


def _check_sharp(claim: _Claim, certificate: Mapping[str, Any]) -> tuple[bool, str, float | None]:
    if claim.n_points is None:
        raise FileFormatError("a `delsarte-zeros` certificate claims `max_cosine_at_least` of `n_points` points")
    accepted, reason = check_zeros(claim.dim, claim.n_points, certificate)
    return accepted, reason, 0.0 if accepted else None


def _check_three_point_exact(claim: _Claim, certificate: Mapping[str, Any]) -> tuple[bool, str, float | None]:
    if claim.n_points is None:
        raise FileFormatError("a `three-point-exact` certificate claims `max_cosine_at_least` of `n_points` points")
    accepted, reason = check_three_point_exact(claim.dim, claim.n_points, certificate)
    return accepted, reason, 0.0 if accepted else None


def _check_closed_form(theorem: str, claim: _Claim) -> tuple[bool, str, float | None]:
    excluded = THEOREMS[theorem].excludes(claim.dim, claim.cosine, claim.antipodal)
    if excluded is not None:
        return False, f"{theorem} does not apply: {excluded}", None
    value = evaluate(theorem, claim.dim, claim.cosine)
    if value is None:
        return False, f"{theorem} is not evaluated here: the computation is too large", None
    reason = f"{theorem}: at most {_shown(value)} points at this cosine"
    if claim.n_points is None:
        return value <= _at_most(claim), reason, _float(_at_most(claim) - value)
    # The bound increases strictly with the cosine, so fewer than n_points (or just as many) at the claimed cosine
    # means that n_points points with a smaller cosine are impossible.
    step = min(fmpq(1, 2**40), (1 - claim.cosine) / 4)
    above = evaluate(theorem, claim.dim, claim.cosine + step)
    slack = None if above is None else _float((claim.n_points - value) / ((above - value) / step))
    return value <= claim.n_points, reason, slack


def _check_delsarte(claim: _Claim, content: object) -> tuple[bool, str, float | None]:
    if not isinstance(content, list) or not 2 <= len(content) <= _MAX_DEGREE + 1:
        raise FileFormatError(f"`coefficients` must be a list of 2 to {_MAX_DEGREE + 1} numbers")
    coefficients = [read_rational(value, f"coefficients[{k}]") for k, value in enumerate(content)]
    if coefficients[0] <= 0 or min(coefficients) < 0:
        return False, "the coefficients must be >= 0, and the first > 0", None
    start = fmpq(-1)
    if claim.antipodal:
        start = fmpq(0)
        if any(coefficients[1::2]) or claim.cosine < 0:
            return False, "for antipodal codes the polynomial must be even, and the cosine >= 0", None
    crossing = sign_change(expand(claim.dim, coefficients), start, claim.cosine)
    if crossing is None:
        return False, "the polynomial is positive somewhere before the cosine", None
    value = (2 if claim.antipodal else 1) * sum(coefficients, fmpq(0)) / coefficients[0]
    reason = f"polynomial of degree {len(coefficients) - 1}: at most {_shown(value)} points at this cosine"
    if claim.n_points is None:
        return value <= _at_most(claim), reason, _float(_at_most(claim) - value)
    return value < claim.n_points, reason, _float(crossing - claim.cosine)


def _at_most(claim: _Claim) -> fmpq:
    assert claim.n_points_at_most is not None
    return claim.n_points_at_most


def _shown(value: Any) -> str:
    return str((value if isinstance(value, arb) else to_arb(value)).str(17, radius=False))


def _float(value: Any) -> float:
    """Return a float not above the number or the ball."""
    return float_down(value if isinstance(value, arb) else to_arb(value))
