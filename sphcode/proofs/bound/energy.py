"""Check a lower bound on the potential energy of every code of K points (Yudin 1992; Cohn and Kumar 2007).

The certificate (kind `energy`) gives f = sum c_k P_k with c_k >= 0 for k >= 1. If f(t) <= h(t) for the potential h on
[-1, 1), then the mean of h over all pairs of different points is at least (K c_0 - f(1)) / (K - 1).

Potentials, as functions of the cosine t, with u = 2 - 2 t the squared distance:
riesz with parameter p > 0: u^(-p/2); logarithmic: -log(u) / 2; gaussian with parameter a > 0: exp(-a u).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flint import arb, arb_poly, ctx, fmpq

from sphcode._validate import shown
from sphcode.errors import FileFormatError
from sphcode.proofs.bound.claim import check_keys, read_dim, read_n_points, read_rational
from sphcode.proofs.finding import Finding, Reason
from sphcode.proofs.gegenbauer import expand
from sphcode.proofs.rounding import float_down, short, to_arb

__all__ = ["POTENTIALS", "EnergyClaim", "check_energy", "energy_claim", "potential_series"]

#: Names of the potentials, and whether they have a parameter.
POTENTIALS = {"riesz": True, "logarithmic": False, "gaussian": True}

#: Bits of the balls (certificates hold 40 digits, 133 bits); larger degrees are refused, and what more boxes would be
#: needed for is not proven: so a check has an end.
_PRECISION = 256
_MAX_DEGREE = 100
_MAX_BOXES = 20_000
#: Beyond, the potentials differ from 0 at the closest points only.
_MAX_PARAMETER = 10**6


def potential_series(name: str, parameter: arb, t: arb, length: int) -> list[arb]:
    """Return the first Taylor coefficients of h at t < 1.

    All after the first are >= 0 (the potentials are absolutely monotone, the logarithm up to a constant).
    """
    u = 2 - 2 * t
    if name == "gaussian":
        series = [(-parameter * u).exp()]
        for j in range(1, length):
            series.append(series[-1] * 2 * parameter / j)
    elif name == "logarithmic":
        series, power = [-u.log() / 2], arb(1) / 2
        for j in range(1, length):
            power = power * 2 / u
            series.append(power / j)
    else:
        series = [u ** (-parameter / 2)]
        for j in range(1, length):
            series.append(series[-1] * (parameter / 2 + j - 1) * 2 / (u * j))
    return series


@dataclass(frozen=True)
class EnergyClaim:
    """Every code of `n_points` points has a mean energy over pairs of different points of at least `least`."""

    dim: int
    n_points: int
    potential: str
    parameter: fmpq
    least: fmpq

    def __str__(self) -> str:
        with_parameter = f" with parameter {self.parameter}" if POTENTIALS[self.potential] else ""
        return (
            f"every code of {self.n_points} points in R^{self.dim} has mean energy >= {short(self.least, up=False)} "
            f"over pairs ({self.potential} potential{with_parameter})"
        )


def energy_claim(certificate: Mapping[str, Any]) -> EnergyClaim:
    """Read the claim of a certificate."""
    dim, content = read_dim(certificate), certificate.get("claim")
    if not isinstance(content, Mapping):
        raise FileFormatError(f"`claim` must be an object, got {shown(content)}")
    n_points, name = read_n_points(content), content.get("potential")
    if not isinstance(name, str) or name not in POTENTIALS:
        raise FileFormatError(f"`claim.potential` must be one of {', '.join(POTENTIALS)}, got {shown(name)}")
    has_parameter = POTENTIALS[name]
    check_keys(
        "claim", content, {"n_points", "potential", "mean_energy_at_least", *(["parameter"] if has_parameter else [])}
    )
    parameter = read_rational(content.get("parameter"), "claim.parameter") if has_parameter else fmpq(0)
    if has_parameter and not 0 < parameter <= _MAX_PARAMETER:
        raise FileFormatError(f"`claim.parameter` must be > 0 and <= {_MAX_PARAMETER}")
    least = read_rational(content.get("mean_energy_at_least"), "claim.mean_energy_at_least")
    return EnergyClaim(dim, n_points, name, parameter, least)


def check_energy(claim: EnergyClaim, certificate: Mapping[str, Any]) -> Finding:
    """Check a certificate of kind `energy`."""
    content = certificate.get("coefficients")
    if not isinstance(content, list) or not 2 <= len(content) <= _MAX_DEGREE + 1:
        raise FileFormatError(f"`coefficients` must be a list of 2 to {_MAX_DEGREE + 1} numbers")
    coefficients = [read_rational(value, f"coefficients[{k}]") for k, value in enumerate(content)]
    if min(coefficients[1:]) < 0:
        return Finding(Reason.INVALID, "the coefficients after the first must be >= 0")
    value = (coefficients[0] * claim.n_points - sum(coefficients, fmpq(0))) / (claim.n_points - 1)
    slack = float_down(to_arb(value - claim.least))
    if value < claim.least:
        return Finding(Reason.WEAKER, "the polynomial gives less than is claimed", slack)
    with ctx.workprec(_PRECISION):
        if not _is_below(claim.dim, coefficients, claim.potential, to_arb(claim.parameter)):
            return Finding(Reason.INVALID, "the polynomial was not shown to be below the potential")
    return Finding(Reason.PROVEN, f"polynomial of degree {len(coefficients) - 1} below the potential", slack)


def _is_below(dim: int, coefficients: list[fmpq], name: str, parameter: arb) -> bool:
    """Return whether f <= h on [-1, 1) is proven, by bisection into boxes with Taylor's formula in each."""
    polynomial = arb_poly(expand(dim, coefficients))
    top = to_arb(sum(coefficients, fmpq(0)))
    boxes = [(fmpq(-1), fmpq(1))]
    for _ in range(_MAX_BOXES):
        if not boxes:
            return True
        left, right = boxes.pop()
        # No value of f is above f(1), and h increases.
        at_left = potential_series(name, parameter, to_arb(left), 1)[0]
        if at_left >= top or _box_is_below(polynomial, name, parameter, left, right):
            continue
        middle = (left + right) / 2
        if polynomial(to_arb(middle)) > potential_series(name, parameter, to_arb(middle), 1)[0]:
            return False
        boxes += [(left, middle), (middle, right)]
    return False


def _box_is_below(polynomial: arb_poly, name: str, parameter: arb, left: fmpq, right: fmpq) -> bool:
    """Bound h - f from below on [left, right] by its Taylor coefficients at the middle.

    The Taylor polynomial of h of odd degree m is nowhere above h: the remainder is h^(m+1)(x) d^(m+1) / (m+1)! >= 0.
    """
    middle, half = to_arb((left + right) / 2), to_arb((right - left) / 2)
    taylor = polynomial(arb_poly([middle, 1]))
    length = max(4, taylor.degree() + 2 - taylor.degree() % 2)
    series = potential_series(name, parameter, middle, length)
    value, slope, curvature, *rest = (series[j] - taylor[j] for j in range(length))
    higher = arb(0)
    for coefficient in reversed(rest):
        higher = (higher + abs(coefficient)) * half
    curvature -= higher
    linear = value - abs(slope) * half
    if curvature >= 0:
        return bool(linear >= 0) or bool(curvature > 0 and value - slope**2 / (4 * curvature) >= 0)
    return bool(linear + curvature * half**2 >= 0)
