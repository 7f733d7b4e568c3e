"""Exact numbers and finite fields."""

import math
from fractions import Fraction

import numpy as np
import pytest

from sphcode.codes.constructions.exact import Exact, cosine_of_turn, inverse_sqrt, rational, root, surd
from sphcode.codes.constructions.finite_field import field, prime_power, prime_powers
from sphcode.codes.constructions.frames import hadamard_kind, hadamard_matrix
from sphcode.codes.constructions.golay import blocks_of_s3_6_22, blocks_of_s4_7_23, golay_words


@pytest.mark.parametrize(
    ("number", "text", "value"),
    [
        (rational(4, -6), "-2/3", -2 / 3),
        (surd(0, Fraction(3, 2), 12), "3*sqrt(3)", 3 * math.sqrt(3)),
        (surd(Fraction(1, 2), Fraction(-1, 3), 2), "(3 - 2*sqrt(2))/6", 0.5 - math.sqrt(2) / 3),
        (surd(1, 2, 9), "7", 7),
        (inverse_sqrt(8), "sqrt(2)/4", 8**-0.5),
        (root((1, -1, -1, -1), 1.839287), "root of x^3 - x^2 - x - 1 near 1.83929", 1.8392867552141612),
    ],
)
def test_text_and_value(number, text, value):
    assert number.text == text
    assert float(number) == pytest.approx(value, rel=1e-15)
    negated = -number
    assert negated.value == -number.value
    assert -negated == number
    assert number.rounded_up() >= number.value
    assert number.rounded_up() - float(number) <= math.ulp(float(number))


def test_negated_surds_are_equal_to_those_made_so():
    for a, b, r in [(0, 1, 5), (0, -2, 3), (1, 1, 5), (-1, 3, 2), (2, -1, 7)]:
        for divisor in (1, 4):
            number = surd(Fraction(a, divisor), Fraction(b, divisor), r)
            assert -number == surd(Fraction(-a, divisor), Fraction(-b, divisor), r)


@pytest.mark.parametrize("turns", [(1, 7), (2, 9), (3, 10), (1, 12), (5, 8), (1, 1000), (123, 457), (1, 3), (0, 1)])
def test_cosines_are_correctly_rounded(turns):
    assert float(cosine_of_turn(*turns)) == pytest.approx(math.cos(2 * math.pi * turns[0] / turns[1]), abs=3e-16)


def test_a_cosine_by_its_polynomial():
    c = cosine_of_turn(1, 7).value
    assert abs(8 * c**3 + 4 * c**2 - 4 * c - 1) < Fraction(1, 2**190)


def test_rounding_up_of_a_number_just_above_a_float():
    number = Exact("", Fraction(1, 2) + Fraction(1, 2**200))
    assert number.rounded_up() == math.nextafter(0.5, 1)


@pytest.mark.parametrize("q", [2, 3, 4, 5, 7, 8, 9, 16, 25, 27])
def test_field_axioms(q):
    f, x = field(q), np.arange(q)
    a, b, c = (part.ravel() for part in np.meshgrid(x, x, x[: min(q, 9)]))
    assert (f.multiply(a, f.add(b, c)) == f.add(f.multiply(a, b), f.multiply(a, c))).all()
    assert (f.multiply(f.multiply(a, b), c) == f.multiply(a, f.multiply(b, c))).all()
    assert sorted(f.powers.tolist()) == list(range(1, q))
    assert (f.power(x, q) == x).all()
    trace = f.trace(x)
    assert trace.max() < f.p
    assert np.bincount(trace).tolist() == [q // f.p] * f.p
    assert (f.trace(f.add(a, b)) == (f.trace(a) + f.trace(b)) % f.p).all()


def test_prime_powers():
    assert prime_powers(32) == [2, 3, 4, 5, 7, 8, 9, 11, 13, 16, 17, 19, 23, 25, 27, 29, 31, 32]
    assert [n for n in range(1, 33) if prime_power(n)] == prime_powers(32)


def test_hadamard_matrices():
    orders = [n for n in range(1, 120) if hadamard_kind(n)]
    assert [n for n in range(4, 120, 4) if n not in orders] == [92, 116]
    for n in orders:
        matrix = hadamard_matrix(n)
        assert (matrix @ matrix.T == n * np.eye(n)).all()
        assert (matrix[:, 0] == 1).all()


def test_golay_code_and_steiner_systems():
    words = golay_words()
    assert np.bincount(words.sum(axis=1)).nonzero()[0].tolist() == [0, 8, 12, 16, 24]
    assert len(np.unique(words, axis=0)) == 4096
    assert ((words[100] ^ words[2000])[None] == words).all(axis=1).any()
    for blocks, points, size, count in [(blocks_of_s4_7_23(), 23, 7, 253), (blocks_of_s3_6_22(), 22, 6, 77)]:
        assert blocks.shape == (count, points)
        assert (blocks.sum(axis=1) == size).all()
    through_three = np.einsum("bi,bj,bk->ijk", *[blocks_of_s3_6_22()] * 3)
    i, j, k = np.indices((22, 22, 22))
    assert (through_three[(i < j) & (j < k)] == 1).all()
