"""Delsarte bounds that are attained, decided exactly: polynomials given by their zeros in a real quadratic field.

The certificate (kind `delsarte-zeros`) gives f = (t - z_1)^m_1 (t - z_2)^m_2 ... q(t) through its zeros and the
cofactor q, all numbers of the form a + b sqrt(r) with one r. It proves "every code of K points in R^dim has max cosine
>= s", s the largest zero, without any loss, as follows. Every zero but s has even multiplicity or is -1, and q > 0 on
[-1, s], so f <= 0 there. The Gegenbauer coefficients of f are >= 0, the first > 0, and f(1) = K f_0. So a code of K
points with max cosine < s makes the double sum of f an equality, hence all its cosines are zeros of f, hence at most
the second largest zero; but Levenshtein's bound there is below K.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import Any

from flint import arb, arb_poly, ctx, fmpq, fmpq_poly

from sphcode.errors import FileFormatError
from sphcode.proofs.closed_forms import evaluate, rankin_cosine
from sphcode.proofs.finding import Finding, Reason
from sphcode.proofs.gegenbauer import coefficients_of
from sphcode.proofs.rounding import exact_end, read_exact, to_arb

__all__ = ["Surd", "check_sharp", "check_zeros", "fewer_points", "read_fraction", "read_surd"]

#: The largest known of an exact certificate is 17, of the 600-cell.
_MAX_DEGREE = 40
_SURD = re.compile(r"(?:([^*]+)\+)?([^*+]+)\*sqrt\(([0-9]{1,9})\)")


@dataclass(frozen=True)
class Surd:
    """The number `rational` + `factor` * sqrt(`radicand`)."""

    rational: fmpq
    factor: fmpq
    radicand: int

    def ball(self) -> arb:
        """Return a ball around the number at the current precision."""
        return to_arb(self.rational) + to_arb(self.factor) * arb(self.radicand).sqrt()

    def lower(self) -> fmpq:
        """Return the number if it is rational, else a rational number just below it."""
        if self.factor == 0:
            return self.rational
        with ctx.workprec(max(256, ctx.prec)):
            return exact_end(self.ball().lower())

    def __str__(self) -> str:
        """Return the number as `read_surd` reads it."""
        return str(self.rational) if self.factor == 0 else f"{self.rational}+{self.factor}*sqrt({self.radicand})"

    def same(self, other: Surd) -> bool:
        """Return whether two numbers are equal (radicands are not squares)."""
        mine, others = self.factor**2 * self.radicand, other.factor**2 * other.radicand
        return bool(self.rational == other.rational and mine == others and self.factor * other.factor >= 0)


def read_surd(value: object, name: str) -> Surd:
    """Read "a", "b*sqrt(r)" or "a+b*sqrt(r)" with fractions or decimals a and b, r a positive integer, no square."""
    match = _SURD.fullmatch(value) if isinstance(value, str) and len(value) < 1000 else None
    if match is None:
        return Surd(read_fraction(value, name), fmpq(0), 1)
    rational, factor, radicand = match.groups(default="0")
    if arb(int(radicand)).sqrt().is_exact():
        raise FileFormatError(f"`{name}`: the number under the root must not be a square, got {radicand}")
    return Surd(read_fraction(rational, name), read_fraction(factor, name), int(radicand))


def read_fraction(value: object, name: str) -> fmpq:
    """Read a decimal, a hex float or a fraction "p/q" exactly."""
    if isinstance(value, str) and value.count("/") == 1:
        numerator, denominator = (read_exact(part, name) for part in value.split("/"))
        if denominator == 0:
            raise FileFormatError(f"`{name}` must be a finite number, got {value[:40]!r}")
        return numerator / denominator
    return read_exact(value, name)


@dataclass(frozen=True)
class _Polynomial:
    """A + B sqrt(radicand) with polynomials A, B over the rationals."""

    plain: fmpq_poly
    root: fmpq_poly
    radicand: int

    def __mul__(self, other: _Polynomial) -> _Polynomial:
        return _Polynomial(
            self.plain * other.plain + self.root * other.root * self.radicand,
            self.plain * other.root + self.root * other.plain,
            self.radicand,
        )

    def at(self, point: int) -> Surd:
        return Surd(self.plain(fmpq(point)), self.root(fmpq(point)), self.radicand)

    def norm(self) -> fmpq_poly:
        return self.plain**2 - self.root**2 * self.radicand


def check_sharp(claim: Any, certificate: Mapping[str, Any]) -> Finding:
    """Check a `delsarte-zeros` certificate; `claim` is its `BoundClaim`."""
    claimed = read_surd(certificate["claim"]["max_cosine_at_least"], "claim.max_cosine_at_least")
    return check_zeros(claim.dim, claim.n_points, claimed, *_read_zeros(certificate))


def check_zeros(dim: int, n_points: int, claimed: Surd, zeros: list[tuple[Surd, int]], cofactor: list[Surd]) -> Finding:
    """Check that the polynomial with these zeros and cofactor proves max cosine >= `claimed` for `n_points` points."""
    degree = len(cofactor) - 1 + sum(power for _, power in zeros)
    if degree >= _MAX_DEGREE:
        return Finding(Reason.TOO_LARGE, f"the degree must be below {_MAX_DEGREE}, it is {degree}")
    numbers = [claimed, *(zero for zero, _ in zeros)]
    radicand = max(number.radicand for number in (*numbers, *cofactor))
    if any(number.radicand not in (1, radicand) for number in (*numbers, *cofactor)):
        return Finding(Reason.INVALID, "all numbers must be of one quadratic field")
    zeros = sorted(zeros, key=lambda zero: float(zero[0].ball().mid()))
    (largest, multiplicity), below = zeros[-1], zeros[:-1]
    if not largest.same(claimed) or multiplicity != 1 or not below:
        return Finding(Reason.INVALID, "the largest zero must be simple and the claimed cosine")
    ordered = [arb(-1), *(zero.ball() for zero, _ in below if not _is_minus_one(zero)), largest.ball(), arb(1)]
    if not all(left < right for left, right in pairwise(ordered)):
        return Finding(Reason.INVALID, "the zeros must be different, >= -1 and < 1")
    if any(power % 2 and not _is_minus_one(zero) for zero, power in below):
        return Finding(Reason.INVALID, "the zeros inside must have even multiplicity")
    tail = _polynomial(cofactor, radicand)
    if not _positive(tail, largest.ball()):
        return Finding(Reason.INVALID, "the cofactor is not positive up to the cosine")
    product = tail
    for zero, power in zeros:
        for _ in range(power):
            product = product * _Polynomial(fmpq_poly([-zero.rational, 1]), fmpq_poly([-zero.factor]), radicand)
    coefficients = _gegenbauer_coefficients(dim, product)
    # The first is not zero where f(1), the sum of all, is a multiple of it.
    if not all(_is_zero(c) or c.ball() > 0 for c in coefficients):
        return Finding(Reason.INVALID, "a Gegenbauer coefficient is negative")
    total, first = product.at(1), coefficients[0]
    if total.rational != first.rational * n_points or total.factor != first.factor * n_points:
        return Finding(Reason.INVALID, f"f(1) is not {n_points} times the mean of f")
    if not fewer_points(dim, n_points, exact_end(below[-1][0].ball().upper())):
        return Finding(Reason.INVALID, "codes with smaller cosines among the zeros are not excluded")
    detail = f"polynomial of degree {len(coefficients) - 1}: at most {n_points} points at this cosine, fewer below"
    return Finding(Reason.PROVEN, detail, 0.0)


def _read_zeros(certificate: Mapping[str, Any]) -> tuple[list[tuple[Surd, int]], list[Surd]]:
    content, tail = certificate.get("zeros"), certificate.get("cofactor", ["1"])
    if not isinstance(content, list) or not isinstance(tail, list) or not content or not tail:
        raise FileFormatError("`zeros` must be a list of [number, multiplicity] and `cofactor` a list of numbers")
    zeros, length = [], len(tail)
    for entry in content:
        if not (isinstance(entry, list) and len(entry) == 2 and type(entry[1]) is int and 1 <= entry[1] <= _MAX_DEGREE):
            raise FileFormatError(f"`zeros` must be a list of [number, multiplicity], got {str(entry)[:40]}")
        zeros.append((read_surd(entry[0], "zeros"), entry[1]))
        length += entry[1]
    if length > _MAX_DEGREE:
        raise FileFormatError(f"the degree must be below {_MAX_DEGREE}")
    return zeros, [read_surd(value, "cofactor") for value in tail]


def _polynomial(coefficients: list[Surd], radicand: int) -> _Polynomial:
    plain = fmpq_poly([number.rational for number in coefficients])
    return _Polynomial(plain, fmpq_poly([number.factor for number in coefficients]), radicand)


def _positive(polynomial: _Polynomial, end: arb) -> bool:
    """Return whether the polynomial is positive on [-1, end]: at -1, and it shares no root there with its norm."""
    if not polynomial.at(-1).ball() > 0:
        return False
    norm = polynomial.norm()
    roots = [root.real for root, _ in norm.numer().complex_roots() if root.imag == 0] if norm.degree() > 0 else []
    plain, factor = arb_poly(polynomial.plain), arb_poly(polynomial.root) * arb(polynomial.radicand).sqrt()
    return all(root < -1 or root > end or not (plain + factor)(root).contains(0) for root in roots)


def _gegenbauer_coefficients(dim: int, polynomial: _Polynomial) -> list[Surd]:
    pairs = zip_longest(
        coefficients_of(dim, polynomial.plain), coefficients_of(dim, polynomial.root), fillvalue=fmpq(0)
    )
    return [Surd(plain, root, polynomial.radicand) for plain, root in pairs]


def fewer_points(dim: int, n_points: int, cosine: fmpq) -> bool:
    """Return whether codes with max cosine <= `cosine` have fewer than n_points points by Rankin or Levenshtein."""
    if cosine <= 0:
        return bool(n_points > 2 * dim or cosine < rankin_cosine(dim, n_points))
    value = evaluate("levenshtein", dim, cosine)
    return value is not None and bool(value < n_points)


def _is_zero(number: Surd) -> bool:
    return bool(number.rational == 0 and number.factor == 0)


def _is_minus_one(number: Surd) -> bool:
    return bool(number.rational == -1 and number.factor == 0)
