"""The cosine as an algebraic number: minimal polynomial by lattice reduction, exact forms of degree 1 and 2.

A polynomial is recognised, not derived: an integer relation between powers of the enclosed cosine is far shorter than
chance allows. It is accepted only when it is irreducible, has a root inside the ball, and still has one inside the ball
of twice as many digits.

Source: R. Kannan, A. K. Lenstra, L. Lovasz, Polynomial factorization and nonrandomness of bits of algebraic and some
transcendental numbers, Math. Comp. 50 (1988).
"""

from __future__ import annotations

from collections.abc import Callable
from math import gcd, isqrt

from flint import arb, ctx, fmpz_mat, fmpz_poly

from sphcode.proofs.rounding import exact_end

#: Relations are believed when their size is below this share of the digits that are known.
_SHARE = 0.7
#: Degrees of the minimal polynomial that are tried, in this order: a larger one needs more digits and time.
_DEGREES = (2, 4, 8, 16, 24, 40)

#: A polynomial of larger degree, or whose evaluation needs more bits, is refused, so that a check has an end.
MAX_DEGREE = 40
MAX_BITS = 50_000


def minimal_polynomial(enclose: Callable[[int], arb | None], bits: int) -> fmpz_poly | None:
    """Return the primitive irreducible polynomial of a number, as far as `bits` bits can show it, or None.

    `enclose(b)` returns a ball around the number with about b bits, or None.
    """
    ball = enclose(bits)
    if ball is None:
        return None
    for degree in _DEGREES:
        polynomial = _relation(ball, degree, bits)
        if polynomial is not None:
            finer = enclose(2 * bits)
            return polynomial if finer is not None and has_root(polynomial, finer) else None
    return None


def recognised(number: arb, degree: int, bits: int) -> fmpz_poly | None:
    """Return the irreducible polynomial that a number good to `bits` bits suggests; nothing is proven by it."""
    for most in (step for step in _DEGREES if step <= degree):
        polynomial = _relation(arb(number.mid(), arb(2) ** (16 - bits)), most, bits - 16)
        if polynomial is not None:
            return polynomial
    return None


def is_minimal_polynomial(coefficients: list[int], enclose: Callable[[int], arb | None]) -> bool:
    """Tell whether integer coefficients, constant first, pass the test of this module for the enclosed number."""
    polynomial = fmpz_poly(coefficients)
    degree = polynomial.degree()
    if not 1 <= degree <= MAX_DEGREE or bits_needed(polynomial) > MAX_BITS:
        return False
    if polynomial.content() != 1 or not _is_irreducible(polynomial):
        return False
    ball = enclose(2 * bits_needed(polynomial))
    return ball is not None and has_root(polynomial, ball)


def bits_needed(polynomial: fmpz_poly) -> int:
    """Return the precision at which a relation of this size is far shorter than chance allows."""
    return int((polynomial.degree() + 2) * (polynomial.height_bits() + 1) / _SHARE) + 64


def has_root(polynomial: fmpz_poly, ball: arb) -> bool:
    """Tell whether the polynomial provably has a root in the ball: it vanishes at an end or changes sign."""
    with ctx.workprec(int(ball.bits()) + 64):
        ends = [exact_end(end) for end in (ball.lower(), ball.upper())]
    values = [polynomial(end) for end in ends]
    return bool(values[0] * values[1] <= 0)


def exact_form(polynomial: fmpz_poly, ball: arb) -> str | None:
    """Return the root inside the ball as a formula when the degree is 1 or 2, such as (2 sqrt(2) - 1)/7.

    Examples
    --------
    >>> from flint import arb, fmpz_poly
    >>> from sphcode.proofs.code.algebraic import exact_form
    >>> exact_form(fmpz_poly([-1, 2, 7]), arb("0.2612038749637"))
    '(2 sqrt(2) - 1)/7'
    >>> exact_form(fmpz_poly([-1, 0, 5]), arb("0.4472135954999"))
    '1/sqrt(5)'
    """
    coefficients = [int(c) for c in polynomial.coeffs()]
    if polynomial.degree() == 1:
        return _fraction(-coefficients[0], coefficients[1])
    if polynomial.degree() != 2:
        return None
    constant, linear, lead = coefficients
    square, core = _square_part(linear * linear - 4 * lead * constant)
    common = gcd(linear, square, 2 * lead)
    linear, square, bottom = linear // common, square // common, 2 * lead // common
    sign = 1 if float(ball) > -linear / bottom else -1
    if bottom < 0:
        linear, bottom = -linear, -bottom
    if linear == 0 and bottom % core == 0 and square * core == bottom:
        return ("" if sign > 0 else "-") + f"1/sqrt({core})"
    root = f"sqrt({core})" if square == 1 else f"{square} sqrt({core})"
    top = root if sign > 0 else f"-{root}"
    if linear:
        top += f" - {linear}" if linear > 0 else f" + {-linear}"
    return top if bottom == 1 else f"({top})/{bottom}" if linear else f"{top}/{bottom}"


def describe(polynomial: fmpz_poly, ball: arb) -> str:
    """Say what number the root inside the ball is."""
    form = exact_form(polynomial, ball)
    root = f"a root of {polynomial_text(polynomial)}"
    return root if form is None else f"{form}, {root}" if polynomial.degree() > 1 else form


def polynomial_text(polynomial: fmpz_poly) -> str:
    """Return a polynomial in x, such as 7x^2 + 2x - 1."""
    return str(polynomial).replace("*", "").replace("+ (-", "- ").replace(")", "").replace("- 1x", "- x")


def _relation(ball: arb, degree: int, bits: int) -> fmpz_poly | None:
    """Return an irreducible polynomial of at most this degree with a root in the ball and small coefficients."""
    with ctx.workprec(bits + 64):
        scale = arb(2) ** (bits - 16)
        rows = []
        power = arb(1)
        for exponent in range(degree + 1):
            rounded = (power * scale).mid().floor().unique_fmpz()
            rows.append([int(exponent == column) for column in range(degree + 1)] + [rounded])
            power = power * ball
    reduced = fmpz_mat(rows).lll()
    candidate = fmpz_poly([reduced[0, column] for column in range(degree + 1)])
    if candidate.degree() < 1:
        return None
    for factor, _ in candidate.factor()[1]:
        if has_root(factor, ball) and bits_needed(factor) <= bits:
            return factor if factor.leading_coefficient() > 0 else -factor
    return None


def _is_irreducible(polynomial: fmpz_poly) -> bool:
    factors = polynomial.factor()[1]
    return len(factors) == 1 and factors[0][1] == 1


def _fraction(top: int, bottom: int) -> str:
    common = gcd(top, bottom) * (1 if bottom > 0 else -1)
    return str(top // common) if bottom == common else f"{top // common}/{bottom // common}"


def _square_part(number: int) -> tuple[int, int]:
    """Write a positive number as square^2 * core; factors above 10^6 that are no perfect square stay in the core."""
    square, core, divisor = 1, number, 2
    while divisor * divisor <= core and divisor < 10**6:
        while core % (divisor * divisor) == 0:
            core //= divisor * divisor
            square *= divisor
        divisor += 1
    root = isqrt(core)
    return (square * root, 1) if root * root == core else (square, core)
