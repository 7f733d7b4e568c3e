"""Gegenbauer polynomials, and the exact sign of a polynomial on an interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from flint import arb, ctx, fmpq, fmpq_poly, fmpz_poly

__all__ = ["coefficients_of", "expand", "sign_change", "values"]

#: Bits at most; a sign that is not decided with so many is not proven.
_MAX_PRECISION = 4096


def values(dim: int, t: Any) -> Iterator[Any]:
    """Yield P_0(t), P_1(t), P_2(t), ... of the sphere in R^dim, normalised to P_k(1) = 1, without end.

    `t` may be a ball, a rational number or a polynomial: the result is of the same kind, and as exact.
    """
    previous, current = t * 0 + 1, t
    yield previous
    k = 1
    while True:
        yield current
        previous, current = current, (t * current * (2 * k + dim - 2) - previous * k) / (k + dim - 2)
        k += 1


def expand(dim: int, coefficients: Sequence[fmpq]) -> fmpq_poly:
    """Return the polynomial sum of `coefficients[k]` P_k, exactly."""
    polynomial = fmpq_poly([0])
    for coefficient, basis in zip(coefficients, values(dim, fmpq_poly([0, 1])), strict=False):
        polynomial += basis * coefficient
    return polynomial


def coefficients_of(dim: int, polynomial: fmpq_poly) -> list[fmpq]:
    """Return c_0, c_1, ... with sum c_k P_k equal to the polynomial, exactly: the inverse of `expand`."""
    basis = list(islice(values(dim, fmpq_poly([0, 1])), polynomial.degree() + 1))
    found = []
    for element in reversed(basis):
        k = element.degree()
        found.append(polynomial[k] / element[k])
        polynomial -= element * found[-1]
    return found[::-1]


def sign_change(polynomial: fmpq_poly, start: fmpq, end: fmpq) -> arb | None:
    """Find how far beyond `end` a polynomial stays <= 0 on [start, .], by isolating all its roots.

    Returns a ball around the first point >= `end` where the sign changes (1 when there is none before 1), or None
    when the polynomial is positive somewhere on [start, end]. Roots of even multiplicity do not change the sign and
    do no harm, so a polynomial that touches zero inside is decided exactly.
    """
    if not _is_negative_inside(polynomial, start, end):
        return None
    odd = fmpz_poly([1])
    for factor, power in polynomial.numer().factor_squarefree()[1]:
        if power % 2 == 1:
            odd *= factor
    precision = ctx.prec
    while precision <= _MAX_PRECISION:
        with ctx.workprec(precision):
            roots = [root.real for root, _ in odd.complex_roots() if root.imag == 0]
            sides_start, sides_end = _sides(odd, roots, start), _sides(odd, roots, end)
            if None not in sides_start and None not in sides_end:
                if any(left > 0 and right < 0 for left, right in zip(sides_start, sides_end, strict=True)):  # type: ignore[operator]
                    return None
                beyond = [root for root, right in zip(roots, sides_end, strict=True) if right >= 0]  # type: ignore[operator]
                return min([arb(1), *beyond], key=lambda root: float(root.mid()))
        precision *= 2
    raise ArithmeticError("two roots could not be told apart")


def _is_negative_inside(polynomial: fmpq_poly, start: fmpq, end: fmpq) -> bool:
    """Return whether the polynomial is negative at some point of [start, end] that is not a root."""
    point = start
    for _ in range(polynomial.degree() + 1):
        value = polynomial(point)
        if value != 0:
            return bool(value < 0)
        point = (point + end) / 2
    return False


def _sides(polynomial: fmpz_poly, roots: list[arb], point: fmpq) -> list[int | None]:
    """Return the signs of root - point for the simple roots of a polynomial; None where balls are too wide to tell.

    Where the polynomial vanishes at the point, one of its roots is the point: the one that overlaps it, if no other.
    """
    sides = [1 if root > point else -1 if root < point else None for root in roots]
    if sides.count(None) == 1 and polynomial(point) == 0:
        sides[sides.index(None)] = 0
    return sides
