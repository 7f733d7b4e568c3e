"""Closed upper bounds on the number of points of a code, evaluated in ball arithmetic.

Each function takes the dimension and a cosine (a ball or an exact rational) and returns an upper bound on the number
of points of a code in R^dim whose cosines are all <= that cosine. Each is strictly increasing in the cosine on its
domain; when a ball is too wide to tell, the function returns None. `THEOREMS` says for each where it holds: nothing is
evaluated or concluded outside.

An upper bound f(s) on the number of points turns into a lower bound on the cosine: f(s) <= N means that every code of N
points has max cosine >= s, because one below s would have at most f(s') < f(s) points for some s' < s of the domain. At
the closed lower ends of the domains, -1 and 0, there is no such s', but the statement is true of every code (-1), or of
every antipodal code of 4 points or more (0), and f is never below 4 there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flint import arb, ctx, fmpq

from sphcode._validate import MAX_DIM
from sphcode.proofs.gegenbauer import values
from sphcode.proofs.rounding import to_arb
from sphcode.proofs.schlaefli import schlaefli_function

__all__ = [
    "THEOREMS",
    "Theorem",
    "evaluate",
    "levenshtein",
    "levenshtein_order",
    "orthoplex_square",
    "rankin_cosine",
    "rankin_n_points",
]

#: Longest recurrence; Levenshtein's bound is not evaluated at angles so small that k would be larger.
_MAX_K = 4_000

#: Working precisions tried, in bits, until a value has this accuracy.
_PRECISIONS = (128, 160, 256, 512, 1024, 2048, 8192)
_ACCURACY = 80

#: Rational cosines with a smaller denominator give the exact value of a theorem that is a rational function, as far as
#: this k (the numbers grow with k: beyond, exact arithmetic takes seconds, balls milliseconds).
_SIMPLE = 10**6
_MAX_EXACT_K = 400

#: The simplex bound is evaluated up to this dimension and from this cosine on, which takes half a CPU second at most;
#: beyond, it takes seconds and more (3 s in 32 dimensions at 1/1000) and is weaker than Levenshtein's.
MAX_SIMPLEX_DIM = 16
_LEAST_SIMPLEX_COSINE = fmpq(1, 1000)


def rankin_cosine(dim: int, n_points: int, antipodal: bool = False) -> fmpq:
    """Return Rankin's lower bound on the max cosine: exact for n_points <= 2 dim, and 0 for more [1]_.

    It holds for all dim >= 2 and n_points >= 2. An antipodal code of 4 points or more has a cosine and its negative.

    .. [1] R. A. Rankin, The closest packing of spherical caps in n dimensions, Proc. Glasgow Math. Assoc. 2 (1955).
    """
    return fmpq(-1, n_points - 1) if n_points <= (2 if antipodal else dim + 1) else fmpq(0)


def rankin_n_points(dim: int, cosine: fmpq) -> fmpq:
    """Return Rankin's upper bound on the number of points, for -1 <= cosine <= 0."""
    return fmpq(2 * dim) if cosine == 0 else min(1 - 1 / cosine, fmpq(dim + 1))


def orthoplex_square(dim: int, n_points: int) -> fmpq | None:
    """Return a lower bound on the square of the max cosine of antipodal codes of more than dim (dim + 1) points.

    It is Rankin's theorem for the traceless matrices x x' - 1/dim of the lines, which lie in a space of dimension
    dim (dim + 1) / 2 - 1 and are more by 2: two of them have an inner product (x'y)^2 - 1/dim >= 0. For fewer points it
    says nothing.
    """
    return fmpq(1, dim) if n_points > dim * (dim + 1) else None


def polygon(dim: int, cosine: Any) -> arb | None:
    """Bound by the circumference of the circle: full turn divided by the angle."""
    return 2 * arb.pi() / arb(cosine).acos()


def fejes_toth(dim: int, cosine: Any) -> arb | None:
    """Bound by the area of triangles on the sphere [1]_; sharp for 3, 4, 6 and 12 points.

    Fejes Toth's theorem is about 3 points or more; the value is above 3 on the whole domain.

    .. [1] L. Fejes Toth, Ueber eine Abschaetzung des kuerzesten Abstandes zweier Punkte eines auf einer Kugelflaeche
       liegenden Punktsystems, Jber. Deutsch. Math.-Verein. 53 (1943).
    """
    if not arb(cosine) > arb(-1) / 2:
        return None
    omega = (1 / (2 * arb(cosine) + 1).sqrt()).atan()
    return 12 * omega / (6 * omega - arb.pi())


def coxeter_boeroeczky(dim: int, cosine: Any) -> arb | None:
    """Bound by the density of caps in a regular simplex [1]_; sharp for (3, 12) and (4, 120).

    The theorem is about caps of an angular radius below 45 degrees, hence about cosines > 0.

    .. [1] K. Boeroeczky, Packing of spheres in spaces of constant curvature, Acta Math. Acad. Sci. Hungar. 32 (1978).
    """
    if not arb(cosine) > 0:
        return None
    secant = 1 / arb(cosine)
    return 2 * schlaefli_function(dim - 1, secant) / schlaefli_function(dim, secant - 1)


def cap_volume(dim: int, cosine: Any) -> arb | None:
    """Bound by the area of disjoint caps of half the angle; weak, for comparison."""
    half_sine_squared = (1 - arb(cosine)) / 2
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
    most = _MAX_EXACT_K if isinstance(cosine, fmpq) else _MAX_K
    if 2 * (1 - cosine) * most**2 < 9:
        return None
    sequence = values(dim, cosine)
    before, here, after = next(sequence), next(sequence), next(sequence)
    k = 1
    while after < here:
        before, here, after = here, after, next(sequence)
        k += 1
        if k > most:
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


#: The least cosine of two points, where nothing more is known of a code.
_MINUS_ONE = fmpq(-1)


@dataclass(frozen=True)
class Theorem:
    """An upper bound on the number of points, and where it holds: nowhere else is anything concluded from it.

    The dimension is from `least_dim` to `most_dim`, the cosine at least `least_cosine` (above it if `open_end`), its
    square below `square_below(dim)`, and below 1 in any case. `antipodal` theorems say nothing about other codes. Where
    it `is_costly`, it is true too, but not evaluated. Rational functions are exact at simple cosines.
    """

    bound: Callable[[int, Any], Any]
    least_dim: int
    most_dim: int = MAX_DIM
    least_cosine: fmpq = _MINUS_ONE
    open_end: bool = False
    square_below: Callable[[int], fmpq] | None = None
    antipodal: bool = False
    is_rational: bool = False
    is_costly: Callable[[int, fmpq], bool] = lambda dim, cosine: False

    def excludes(self, dim: int, cosine: fmpq, antipodal: bool = True) -> str | None:
        """Return what of dimension, cosine and kind of code the theorem is not about, None if it holds."""
        if self.antipodal and not antipodal:
            return "it is about antipodal codes only"
        if not self.least_dim <= dim <= self.most_dim:
            most = "" if self.most_dim == MAX_DIM else f" and <= {self.most_dim}"
            return f"it is about dimensions >= {self.least_dim}{most}"
        if cosine < self.least_cosine or (self.open_end and cosine == self.least_cosine) or cosine >= 1:
            return f"it is about cosines {'>' if self.open_end else '>='} {self.least_cosine} and < 1"
        if self.square_below is not None and cosine**2 >= self.square_below(dim):
            return f"it is about cosines whose square is < {self.square_below(dim)}"
        return None


def _is_costly_simplex(dim: int, cosine: fmpq) -> bool:
    return dim > MAX_SIMPLEX_DIM or cosine < _LEAST_SIMPLEX_COSINE


#: Name of the theorem -> its bound on the number of points, and where that holds.
THEOREMS: dict[str, Theorem] = {
    "polygon": Theorem(polygon, 2, 2),
    "fejes-toth": Theorem(fejes_toth, 3, 3, fmpq(-1, 2), open_end=True),
    "coxeter-boeroeczky": Theorem(
        coxeter_boeroeczky, 3, least_cosine=fmpq(0), open_end=True, is_costly=_is_costly_simplex
    ),
    "levenshtein": Theorem(lambda dim, cosine: (levenshtein(dim, cosine) or (None,))[0], 3, is_rational=True),
    "cap-volume": Theorem(cap_volume, 2, least_cosine=fmpq(0), open_end=True),
    "welch": Theorem(
        welch, 2, least_cosine=fmpq(0), square_below=lambda dim: fmpq(1, dim), antipodal=True, is_rational=True
    ),
    "levenshtein-lines": Theorem(
        levenshtein_lines,
        2,
        least_cosine=fmpq(0),
        square_below=lambda dim: fmpq(3, dim + 2),
        antipodal=True,
        is_rational=True,
    ),
}


def evaluate(theorem: str, dim: int, cosine: fmpq) -> Any:
    """Return a bound on the number of points: a narrow ball, or exact (rational theorems at a simple cosine).

    None when the theorem says nothing about this dimension and cosine, or its value is not computed there.
    """
    found = THEOREMS[theorem]
    if found.excludes(dim, cosine) is not None or found.is_costly(dim, cosine):
        return None
    if found.is_rational and cosine.q < _SIMPLE:
        value = found.bound(dim, cosine)
        if value is not None:
            return value
    for precision in _PRECISIONS:
        with ctx.workprec(precision):
            value = found.bound(dim, to_arb(cosine))
            if value is not None and value.is_finite() and value.rel_accuracy_bits() >= _ACCURACY:
                return value
    return None


def levenshtein_order(dim: int, cosine: fmpq) -> int | None:
    """Return the order of Levenshtein's bound at a cosine, None where it is not evaluated."""
    if THEOREMS["levenshtein"].excludes(dim, cosine) is not None:
        return None
    if cosine.q < _SIMPLE:
        found = levenshtein(dim, cosine)
        if found is not None:
            return found[1]
    for precision in _PRECISIONS:
        with ctx.workprec(precision):
            found = levenshtein(dim, to_arb(cosine))
            if found is not None:
                return found[1]
    return None
