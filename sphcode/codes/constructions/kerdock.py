"""Kerdock codes and duals of double-error-correcting BCH codes: signs of quadratic forms, with the orthoplex added.

A word is the vector of signs (-1)^(Q(x) + b.x + c) / sqrt(d), d = 2^m, for a quadratic form Q in m variables over the
field of two elements. Two words of the same form are equal, opposite or orthogonal; the inner product of words of forms
Q and Q' is 0 or +-2^(-r/2), r the rank of the bilinear form of Q - Q'. A large set of forms in which all differences
have rank m (m even, Kerdock) or m - 1 (m odd) gives the code.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_int, fail
from sphcode.codes.constructions.construction import Construction, Family
from sphcode.codes.constructions.exact import Exact, inverse_sqrt, rational
from sphcode.codes.constructions.finite_field import field

_MAX_LOG = 16


def kerdock(dim: int) -> Construction:
    """Return the d^2 + 2d points of d/2 + 1 real mutually unbiased bases, d = 4^k; largest cosine 1/sqrt(d)."""
    m = _log2(dim, parity=0)
    count = dim // 2

    def spectrum() -> Iterable[tuple[Exact, int]]:
        n_points = dim * dim + 2 * dim
        for cosine, number in ((1, dim * dim // 2), (0, 2 * dim - 2), (-1, dim * dim // 2)):
            yield rational(cosine, math.isqrt(dim)), n_points * number // 2
        yield rational(-1), n_points // 2

    return Construction(
        name="kerdock",
        params={"dim": dim},
        dim=dim,
        n_points=2 * dim + 2 * dim * count,
        cosine=rational(1, math.isqrt(dim)),
        reference="Kerdock 1972; Cameron and Seidel 1973; Calderbank, Cameron, Kantor and Seidel 1997",
        unit_rows=lambda start, stop: _unit_rows(_kerdock_form, m, start, stop),
        integer_rows=lambda start, stop: _integer_rows(_kerdock_form, m, start, stop, math.isqrt(dim)),
        attained_by=2 * dim + 1,
        proven_optimal=m <= 10,  # 24-cell; d = 16, 64, 256, 1024: Cohn, de Laat and Leijenhorst 2024
        design_strength=3,
        spectrum_formula=spectrum,
    )


def bch(dim: int) -> Construction:
    """Return the 2 d^2 + 2 d words and +-e_i, d = 2^m with m odd; largest cosine sqrt(2 / d).

    The words are the dual of the extended double-error-correcting BCH code, signs of Tr(a x^3 + b x) + c.
    """
    m = _log2(dim, parity=1)
    cosine = rational(1, math.isqrt(dim // 2))

    def spectrum() -> Iterable[tuple[Exact, int]]:
        n_words = 2 * dim * dim
        near = n_words * (dim - 1) * dim // 4
        yield cosine, near
        yield rational(-cosine.value), near
        yield inverse_sqrt(dim), n_words * dim
        yield Exact(f"-{inverse_sqrt(dim)}", -inverse_sqrt(dim).value), n_words * dim
        yield rational(0), n_words * ((dim - 1) * dim + 2 * dim - 2) // 2 + 2 * dim * (dim - 1)
        yield rational(-1), n_words // 2 + dim

    return Construction(
        name="bch",
        params={"dim": dim},
        dim=dim,
        n_points=2 * dim * dim + 2 * dim,
        cosine=cosine,
        reference="Gold 1968; Kasami 1969; MacWilliams and Sloane 1977, chapter 15",
        unit_rows=lambda start, stop: _unit_rows(_cubic_form, m, start, stop),
        integer_rows=lambda start, stop: _integer_rows(_cubic_form, m, start, stop, 1),
        attained_by=6 * dim,
        design_strength=3,
        spectrum_formula=spectrum,
    )


def _log2(dim: int, parity: int) -> int:
    """Return m with dim = 2^m, m >= 2 of the given parity, or name the nearest such dimensions."""
    dim = check_int("dim", dim, minimum=2)
    valid = [2**m for m in range(2 + parity, _MAX_LOG + 1, 2)]
    if dim not in valid:
        kind = "2^m with m odd" if parity else "a power of 4"
        nearest = " and ".join(
            str(v) for v in (*[v for v in valid if v < dim][-1:], *[v for v in valid if v > dim][:1])
        )
        raise fail("dim", f"{kind} from {valid[0]} to {valid[-1]} (the nearest are {nearest})", dim)
    return dim.bit_length() - 1


def _kerdock_form(m: int, index: int) -> NDArray[np.int64]:
    """Return the values of Q_u(x, t) = sum over i of Tr((u x)^(1 + 2^i)) + t Tr(u x), i = 1, ..., m/2 - 1."""
    half = field(2 ** (m - 1))
    product = half.multiply(index, np.arange(half.q))
    trace = half.trace(product)
    values = np.zeros(half.q, dtype=np.int64)
    for i in range(1, m // 2):
        values ^= half.trace(half.power(product, 1 + 2**i))
    return np.concatenate([values, values ^ trace])


def _cubic_form(m: int, index: int) -> NDArray[np.int64]:
    """Return the values of Tr(a x^3)."""
    whole = field(2**m)
    return whole.trace(whole.multiply(index, whole.power(np.arange(whole.q), 3)))


Form = Callable[[int, int], NDArray[np.int64]]


def _integer_rows(form: Form, m: int, start: int, stop: int, axis_length: int) -> NDArray[np.int64]:
    """Return rows: first +-axis_length e_i, then +-1 words form by form, linear function by linear function."""
    dim = 2**m
    rows = np.zeros((stop - start, dim), dtype=np.int64)
    axes = np.arange(start, min(stop, 2 * dim))
    rows[np.arange(len(axes)), axes // 2] = axis_length * (1 - 2 * (axes % 2))
    place = np.arange(dim)
    done = len(axes)
    while done < len(rows):
        index, first = divmod(start + done - 2 * dim, 2 * dim)
        word = np.arange(first, min(2 * dim, first + len(rows) - done))
        linear = np.bitwise_count((word // 2)[:, None] & place[None, :])
        bits = (linear + (word % 2)[:, None] + form(m, index)) & 1
        rows[done : done + len(word)] = 1 - 2 * bits
        done += len(word)
    return rows


def _unit_rows(form: Form, m: int, start: int, stop: int) -> NDArray[np.float64]:
    rows = _integer_rows(form, m, start, stop, 1).astype(np.float64)
    rows[max(0, 2 * 2**m - start) :] /= math.sqrt(2**m)
    return rows


def _members(build: Callable[[int], Construction], parity: int) -> Callable[[int], Iterable[Construction]]:
    return lambda dim: [build(2**m) for m in range(2 + parity, _MAX_LOG + 1, 2) if 2**m <= dim]


FAMILIES = (
    Family(
        "kerdock",
        "d/2 + 1 mutually unbiased bases, d^2 + 2d points at 1/sqrt(d)",
        {"dim": "a power of 4"},
        kerdock,
        _members(kerdock, 0),
    ),
    Family(
        "bch",
        "dual of the extended double-error-correcting BCH code with the orthoplex, 2d^2 + 2d points at sqrt(2/d)",
        {"dim": "2^m, m odd, m >= 3"},
        bch,
        _members(bch, 1),
    ),
)
