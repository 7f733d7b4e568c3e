"""Closed upper bounds on the number of points of a code, evaluated in ball arithmetic.

Each function takes the dimension and a cosine (a ball or an exact rational) and returns an upper bound on the number
of points of a code in R^dim whose cosines are all <= that cosine. Each is strictly increasing in the cosine on its
domain; outside of it, or when the ball is too wide to tell, the function returns None.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from flint import arb, ctx, fmpq

from sphcode.proofs.gegenbauer import values
from sphcode.proofs.rounding import to_arb
from sphcode.proofs.schlaefli import schlaefli_function

__all__ = [
    "ANTIPODAL_ONLY",
    "THEOREMS",
    "antipodal_rankin_square",
    "evaluate",
    "levenshtein",
    "levenshtein_order",
    "rankin_cosine",
]

#: Longest recurrence; Levenshtein's bound is not evaluated at angles so small that k would be larger.
_MAX_K = 4_000

#: Working precisions tried, in bits, until a value has this accuracy.
_PRECISIONS = (128, 160, 256, 512, 1024, 2048, 8192)
_ACCURACY = 80

#: Theorems that are rational functions, evaluated exactly for rational cosines with a small denominator.
_RATIONAL = frozenset({"levenshtein", "levenshtein-lines", "welch"})

_SIMPLE = 10**6


def rankin_cosine(dim: int, n_points: int) -> fmpq:
    """Return Rankin's lower bound on the max cosine: exact for n_points <= 2 dim, and 0 for more [1]_.

    .. [1] R. A. Rankin, The closest packing of spherical caps in n dimensions, Proc. Glasgow Math. Assoc. 2 (1955).
    """
    return fmpq(-1, n_points - 1) if n_points <= dim + 1 else fmpq(0)


def antipodal_rankin_square(dim: int, n_points: int) -> fmpq:
    """Return a lower bound on the square of the max cosine of an antipodal code: 1/dim beyond dim (dim + 1) points.

    It is Rankin's theorem for the traceless matrices x x' - 1/dim, and called the orthoplex bound.
    """
    return fmpq(1, dim) if n_points > dim * (dim + 1) else fmpq(0)


def polygon(dim: int, cosine: Any) -> arb | None:
    """Bound by the circumference of the circle (dim = 2): full turn divided by the angle."""
    return 2 * arb.pi() / arb(cosine).acos() if dim == 2 else None


def fejes_toth(dim: int, cosine: Any) -> arb | None:
    """Bound by the area of triangles on the sphere (dim = 3) [1]_; sharp for 3, 4, 6 and 12 points.

    .. [1] L. Fejes Toth, Ueber eine Abschaetzung des kuerzesten Abstandes zweier Punkte eines auf einer Kugelflaeche
       liegenden Punktsystems, Jber. Deutsch. Math.-Verein. 53 (1943).
    """
    if dim != 3 or not arb(cosine) > arb(-1) / 2:
        return None
    omega = (1 / (2 * arb(cosine) + 1).sqrt()).atan()
    return 12 * omega / (6 * omega - arb.pi())


def coxeter_boeroeczky(dim: int, cosine: Any) -> arb | None:
    """Bound by the density of caps in a regular simplex [1]_, for cosines > 0; sharp for (3, 12) and (4, 120).

    .. [1] K. Boeroeczky, Packing of spheres in spaces of constant curvature, Acta Math. Acad. Sci. Hungar. 32 (1978).
    """
    if dim < 3 or not arb(cosine) > 0:
        return None
    secant = 1 / arb(cosine)
    return 2 * schlaefli_function(dim - 1, secant) / schlaefli_function(dim, secant - 1)


def cap_volume(dim: int, cosine: Any) -> arb | None:
    """Bound by the area of disjoint caps of half the angle; weak, for comparison."""
    half_sine_squared = (1 - arb(cosine)) / 2
    if not half_sine_squared < 0.5:
        return None
    return 2 / half_sine_squared.beta_lower(arb(dim - 1) / 2, arb(1) / 2, 1)


def welch(dim: int, cosine: Any) -> Any:
    """Bound for antipodal codes by the polynomial t^2 - s^2 [1]_: twice Welch's (the relative) bound on lines.

    .. [1] L. R. Welch, Lower bounds on the maximum cross correlation of signals, IEEE Trans. Inform. Theory 20 (1974).
    """
    square = cosine * cosine
    return 2 * dim * (1 - square) / (1 - square * dim) if square * dim < 1 else None


def levenshtein_lines(dim: int, cosine: Any) -> Any:
    """Bound for antipodal codes by the polynomial t^2 (t^2 - s^2) [1]_: twice Levenshtein's second bound on lines.

    .. [1] V. I. Levenshtein, Bounds on the maximal cardinality of a code with bounded modulus of the inner product,
       Soviet Math. Dokl. 25 (1982).
    """
    square = cosine * cosine
    return 2 * dim * (dim + 2) * (1 - square) / (3 - square * (dim + 2)) if square * (dim + 2) < 3 else None


def levenshtein(dim: int, cosine: Any) -> tuple[Any, int] | None:
    """Return Levenshtein's bound and its order m, the degree of its polynomial [1]_.

    With the Gegenbauer polynomials P_k, k the place of the first local minimum of P_0(s), P_1(s), ... at s = cosine:
    the sequence p_k ~ P_k - P_{k+1} (orthogonal for the weight with an extra factor 1 - t) is positive up to k - 1
    exactly when s is beyond its largest zeros, so k tells the interval that s lies in, and P_{k-1} - P_{k+1} tells
    which half of it. An exact rational cosine gives the exact bound.

    .. [1] V. I. Levenshtein, Designs as maximum codes in polynomial metric spaces, Acta Appl. Math. 29 (1992).
    """
    # The local minimum is beyond j / angle, with j = 3.83... the least positive zero of the Bessel function J_1.
    if dim < 3 or 2 * (1 - cosine) * _MAX_K**2 < 9:
        return None
    sequence = values(dim, cosine)
    before, here, after = next(sequence), next(sequence), next(sequence)
    k = 1
    while after < here:
        before, here, after = here, after, next(sequence)
        k += 1
        if k > _MAX_K:
            return None
    if not after >= here:
        return None
    if before >= after:
        ratio = (before - here) / ((1 - cosine) * here)
        return (fmpq(2 * k + dim - 3, dim - 1) - ratio) * math.comb(k + dim - 3, k - 1), 2 * k - 1
    if before < after:
        ratio = (1 + cosine) * (before - here) / ((1 - cosine) * (before + here))
        return (fmpq(2 * k + dim - 3, dim - 1) - ratio) * math.comb(k + dim - 3, k - 1), 2 * k - 2
    return None


#: Name of the theorem -> its bound on the number of points.
THEOREMS: dict[str, Callable[[int, Any], Any]] = {
    "polygon": polygon,
    "fejes-toth": fejes_toth,
    "coxeter-boeroeczky": coxeter_boeroeczky,
    "levenshtein": lambda dim, cosine: (levenshtein(dim, cosine) or (None,))[0],
    "cap-volume": cap_volume,
    "welch": welch,
    "levenshtein-lines": levenshtein_lines,
}

#: Theorems that say nothing about codes that are not antipodal.
ANTIPODAL_ONLY = frozenset({"welch", "levenshtein-lines"})


def evaluate(theorem: str, dim: int, cosine: fmpq) -> Any:
    """Return a bound on the number of points: a narrow ball, or exact (rational theorems at a simple cosine).

    None when the theorem says nothing about this dimension and cosine.
    """
    if theorem in _RATIONAL and cosine.q < _SIMPLE:
        return THEOREMS[theorem](dim, cosine)
    for precision in _PRECISIONS:
        with ctx.workprec(precision):
            value = THEOREMS[theorem](dim, to_arb(cosine))
            if value is not None and value.is_finite() and value.rel_accuracy_bits() >= _ACCURACY:
                return value
    return None


def levenshtein_order(dim: int, cosine: fmpq) -> int | None:
    """Return the order of Levenshtein's bound at a cosine, None in the plane."""
    if cosine.q < _SIMPLE:
        found = levenshtein(dim, cosine)
        return None if found is None else found[1]
    for precision in _PRECISIONS:
        with ctx.workprec(precision):
            found = levenshtein(dim, to_arb(cosine))
            if found is not None:
                return found[1]
    return None
