"""Exact coordinates: integers, fractions and sums of square roots, and the largest cosine between rows of them.

Square roots of different squarefree integers are linearly independent over the rationals, so a sum of their rational
multiples is zero only if every multiple is: equality is decided by comparing coefficients, signs of the rest by balls.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from flint import arb, ctx, fmpq, fmpz

from sphcode.errors import FileFormatError
from sphcode.proofs.rounding import read_exact, to_arb

#: A coordinate is short: a longer text, a larger radicand or more roots in one number are no coordinate. Integers up
#: to MAX_FACTORED are split into primes in milliseconds.
MAX_CHARACTERS = 400
MAX_RADICAND = 10**12
MAX_ROOTS = 32
MAX_FACTORED = 10**24

_TOKEN = re.compile(r"\s*(?:((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?)|(sqrt|√)|([-+*/()]))", re.ASCII)
#: Bits beyond those asked for with which a sum is first enclosed; a single term loses two or three.
_GUARD_BITS = 32


@dataclass(frozen=True)
class RootSum:
    """A sum of rational multiples of square roots of squarefree positive integers.

    `terms` holds (squarefree integer, multiple), ascending, no multiple zero; a rational number has at most the
    integer 1. Two equal numbers have equal terms.
    """

    terms: tuple[tuple[int, fmpq], ...] = ()

    @classmethod
    def of(cls, terms: Mapping[int, fmpq]) -> RootSum:
        """Return the sum with these multiples, those that are zero left out."""
        if len(terms) > MAX_ROOTS or max(terms, default=1) > MAX_FACTORED:
            raise FileFormatError(f"numbers of more than {MAX_ROOTS} roots, or of larger ones, are not computed with")
        return cls(tuple(sorted((root, factor) for root, factor in terms.items() if factor != 0)))

    @classmethod
    def rational(cls, number: fmpq | int) -> RootSum:
        """Return a rational number."""
        return cls.of({1: fmpq(number)})

    @property
    def as_rational(self) -> fmpq | None:
        """The number itself where it is rational."""
        if not self.terms:
            return fmpq(0)
        return self.terms[0][1] if len(self.terms) == 1 and self.terms[0][0] == 1 else None

    def __add__(self, other: RootSum) -> RootSum:
        return RootSum.of(_collected([*self.terms, *other.terms]))

    def __neg__(self) -> RootSum:
        return RootSum(tuple((root, -factor) for root, factor in self.terms))

    def __sub__(self, other: RootSum) -> RootSum:
        return self + -other

    def __mul__(self, other: RootSum) -> RootSum:
        products = []
        for root, factor in self.terms:
            for other_root, other_factor in other.terms:
                common = math.gcd(root, other_root)
                products.append((root * other_root // common**2, factor * other_factor * common))
        return RootSum.of(_collected(products))

    def inverse(self) -> RootSum:
        """Return 1 / self, one root after another conjugated away; self must not be zero."""
        rational = self.as_rational
        if rational is not None:
            return RootSum.rational(1 / rational)
        root = self.terms[-1][0]
        prime = int(fmpz(root).factor()[0][0])
        conjugate = RootSum(tuple((m, -factor if m % prime == 0 else factor) for m, factor in self.terms))
        return conjugate * (self * conjugate).inverse()

    def ball(self) -> arb:
        """Return a ball around the number, relatively as narrow as the current precision says.

        Terms that cancel cost digits: the precision is doubled until enough are left, as the number is not zero.
        """
        bits = ctx.prec + _GUARD_BITS
        while True:
            with ctx.workprec(bits):
                ball = sum((to_arb(factor) * arb(root).sqrt() for root, factor in self.terms), arb(0))
            if not self.terms or ball.rel_accuracy_bits() >= ctx.prec:
                return ball
            bits *= 2

    def sign(self) -> int:
        """Return -1, 0 or 1."""
        if not self.terms:
            return 0
        return 1 if self.ball() > 0 else -1

    def __str__(self) -> str:
        if not self.terms:
            return "0"
        texts = []
        for root, factor in self.terms:
            sign, size = ("-" if factor < 0 else "+"), abs(factor)
            over = f"/{size.q}" if size.q != 1 else ""
            whole = f"sqrt({root})" if size.p == 1 else f"{size.p}*sqrt({root})"
            texts.append(f" {sign} {size.p if root == 1 else whole}{over}")
        text = "".join(texts)
        return "-" + text[3:] if text.startswith(" - ") else text[3:]


def _collected(terms: Iterable[tuple[int, fmpq]]) -> dict[int, fmpq]:
    collected: dict[int, fmpq] = {}
    for root, factor in terms:
        collected[root] = collected.get(root, fmpq(0)) + factor
    return collected


@cache
def _squarefree(number: int) -> tuple[int, int]:
    """Return (a, b) with number = a^2 b and b squarefree."""
    square = rest = 1
    for prime, exponent in fmpz(number).factor():
        square *= int(prime) ** (exponent // 2)
        rest *= int(prime) ** (exponent % 2)
    return square, rest


def read_coordinate(value: object, name: str = "points") -> RootSum:
    """Read a coordinate: an integer, a float (exactly), or a text like "-1/2", "0.25", "(1 + sqrt(5))/2", "3/sqrt(2)".

    Raises FileFormatError for anything else.
    """
    if isinstance(value, str) and "0x" not in value.lower():
        return _Text(value, name).whole()
    return RootSum.rational(read_exact(value, name))


class _Text:
    """A coordinate's text, read from left to right: sums of products of numbers, roots and brackets."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.tokens: list[str] = []
        if len(text) > MAX_CHARACTERS:
            raise self.error()
        # Mathematica writes Sqrt[5].
        text = text.replace("Sqrt[", "sqrt(").replace("]", ")")
        end = 0
        while text[end:].strip():
            match = _TOKEN.match(text, end)
            if match is None:
                raise self.error()
            self.tokens.append(match[0].strip())
            end = match.end()
        self.tokens.reverse()

    def error(self) -> FileFormatError:
        return FileFormatError(
            f"`{self.name}` must be numbers like 3, -1/2, 0.25 or (1 + sqrt(5))/2, got {self.text[:40]!r}"
        )

    def peek(self) -> str:
        return self.tokens[-1] if self.tokens else ""

    def take(self) -> str:
        if not self.tokens:
            raise self.error()
        return self.tokens.pop()

    def whole(self) -> RootSum:
        try:
            number = self.sum()
        except RecursionError:
            raise self.error() from None
        if self.tokens:
            raise self.error()
        return number

    def sum(self) -> RootSum:
        number = self.product()
        while self.peek() in ("+", "-"):
            number = number + self.product() if self.take() == "+" else number - self.product()
        return number

    def product(self) -> RootSum:
        """Read factors; a root or a bracket that follows without a sign multiplies, as in 2 sqrt(3)."""
        number = self.factor()
        while self.peek() in ("*", "/", "(", "sqrt", "√"):
            operation = self.take() if self.peek() in ("*", "/") else "*"
            factor = self.factor()
            if operation == "/" and not factor.terms:
                raise self.error()
            number = number * (factor if operation == "*" else factor.inverse())
        return number

    def factor(self) -> RootSum:
        token = self.take()
        if token in ("-", "+"):
            number = self.factor()
            return -number if token == "-" else number
        if token == "(":
            number = self.sum()
            if self.take() != ")":
                raise self.error()
            return number
        if token in ("sqrt", "√"):
            return self.root(self.factor())
        if token in ("*", "/", ")"):
            raise self.error()
        return RootSum.rational(read_exact("0" + token if token.startswith(".") else token, self.name))

    def root(self, number: RootSum) -> RootSum:
        rational = number.as_rational
        if rational is None or rational < 0 or rational.p * rational.q > MAX_RADICAND:
            raise self.error()
        if rational == 0:
            return RootSum()
        square, rest = _squarefree(int(rational.p * rational.q))
        return RootSum.of({rest: fmpq(square, rational.q)})


@dataclass(frozen=True)
class ExactCosine:
    """The cosine `product` / sqrt(`norms`) of two rows, `norms` the product of their squared lengths."""

    product: RootSum
    norms: RootSum

    def __lt__(self, other: ExactCosine) -> bool:
        if self.norms == other.norms:
            return (self.product - other.product).sign() < 0
        signs = self.product.sign(), other.product.sign()
        if signs[0] != signs[1]:
            return signs[0] < signs[1]
        squares = self.product * self.product * other.norms - other.product * other.product * self.norms
        return squares.sign() * signs[0] < 0

    def number(self) -> RootSum | None:
        """Return the cosine as a sum of roots, or None where it is not known as one."""
        if not self.product.terms:
            return self.product
        root = _root(self.norms)
        if root is not None:
            return self.product * root.inverse()
        squared = (self.product * self.product * self.norms.inverse()).as_rational
        root = None if squared is None else _root(RootSum.rational(squared))
        return root if root is None or self.product.sign() > 0 else -root

    def ball(self) -> arb:
        """Return a ball around the cosine at the current precision."""
        number = self.number()
        return self.product.ball() / self.norms.ball().sqrt() if number is None else number.ball()

    def __str__(self) -> str:
        number = self.number()
        return f"({self.product}) / sqrt({self.norms})" if number is None else str(number)


def _root(number: RootSum) -> RootSum | None:
    """Return the square root of a positive number where it is a sum of roots that is easily found, None for others."""
    rational = number.as_rational
    if rational is not None:
        root = _rational_root(rational)
        if root is not None:
            return RootSum.rational(root)
        if rational.p * rational.q > MAX_FACTORED:
            return None
        square, rest = _squarefree(int(rational.p * rational.q))
        return RootSum.of({rest: fmpq(square, rational.q)})
    terms = dict(number.terms)
    m = number.terms[-1][0]
    if terms.keys() - {1, m}:
        return None
    # (x + y sqrt(m))^2 = a + b sqrt(m) asks for x^2 = (a +- n) / 2 with n^2 = a^2 - m b^2.
    a, b = terms.get(1, fmpq(0)), terms[m]
    n = _rational_root(a * a - m * b * b)
    for square in () if n is None else ((a + n) / 2, (a - n) / 2):
        x = _rational_root(square)
        if x:
            found = RootSum.of({1: x, m: b / (2 * x)})
            return found if found.sign() > 0 else -found
    return None


def _rational_root(number: fmpq) -> fmpq | None:
    if number < 0:
        return None
    p, q = fmpz(number.p).isqrt(), fmpz(number.q).isqrt()
    return fmpq(p, q) if p * p == number.p and q * q == number.q else None


def dot(first: Sequence[RootSum], second: Sequence[RootSum]) -> RootSum:
    """Return the inner product of two rows."""
    return sum((a * b for a, b in zip(first, second, strict=True)), RootSum())
