"""Exact coordinates: sums of square roots, read, computed with and compared without rounding."""

import math
import random

import numpy as np
import pytest
from flint import fmpq

from sphcode.errors import FileFormatError
from sphcode.proofs.coordinates import ExactCosine, RootSum, dot, read_coordinate
from sphcode.proofs.integer_rows import integer_rows


def value(number):
    return float(number.ball())


def cosine(first, second):
    return ExactCosine(dot(first, second), dot(first, first) * dot(second, second))


def random_number(generator):
    return RootSum.of({root: fmpq(generator.randint(-3, 3), generator.randint(1, 3)) for root in (1, 2, 3, 6)})


@pytest.mark.parametrize(
    ("text", "expected", "shown"),
    [
        ("3", 3, "3"),
        ("-1/2", -0.5, "-1/2"),
        ("0.25", 0.25, "1/4"),
        ("1e-3", 1e-3, "1/1000"),
        ("(1 + sqrt(5))/2", (1 + 5**0.5) / 2, "1/2 + sqrt(5)/2"),
        ("1/2+1/2*sqrt(5)", (1 + 5**0.5) / 2, "1/2 + sqrt(5)/2"),
        ("-sqrt(12)", -(12**0.5), "-2*sqrt(3)"),
        ("3/sqrt(2)", 3 / 2**0.5, "3*sqrt(2)/2"),
        ("2 sqrt(3) - 1", 2 * 3**0.5 - 1, "-1 + 2*sqrt(3)"),
        ("√2/2", 2**-0.5, "sqrt(2)/2"),
        ("sqrt(1/2)", 2**-0.5, "sqrt(2)/2"),
        ("1/(1+sqrt(2)+sqrt(3))", 1 / (1 + 2**0.5 + 3**0.5), "1/2 + sqrt(2)/4 - sqrt(6)/4"),
        ("-0x1p-1", -0.5, "-1/2"),
        ("sqrt(0)", 0, "0"),
        ("(1 - Sqrt[5])/4", (1 - 5**0.5) / 4, "1/4 - sqrt(5)/4"),
        (".5 - .25", 0.25, "1/4"),
    ],
)
def test_texts(text, expected, shown):
    number = read_coordinate(text)
    assert value(number) == pytest.approx(expected, abs=1e-15)
    assert str(number) == shown


@pytest.mark.parametrize(
    "text",
    [
        *("", "1//2", "sqrt(-1)", "sqrt(sqrt(2))", "1/0", "1/(sqrt(2)-sqrt(2))", "nan", "1 +", "(1", "1)", "2 3", "i"),
        *("1..2", "(" * 399, "1" * 401, "sqrt(9999999999999)", "x", "1e9999", "sqrt()", "*2"),
    ],
)
def test_texts_that_are_no_numbers(text):
    with pytest.raises(FileFormatError, match="points"):
        read_coordinate(text)


@pytest.mark.parametrize("thing", [None, True, [1], math.inf, math.nan, 1j])
def test_things_that_are_no_numbers(thing):
    with pytest.raises(FileFormatError, match="points"):
        read_coordinate(thing)


def test_too_many_roots_are_not_computed_with():
    product = math.prod(
        (RootSum.of({1: fmpq(1), prime: fmpq(1)}) for prime in (2, 3, 5, 7, 11)), start=RootSum.rational(1)
    )
    assert len(product.terms) == 32
    with pytest.raises(FileFormatError, match="roots"):
        product * RootSum.of({1: fmpq(1), 13: fmpq(1)})


def test_arithmetic_is_that_of_floats():
    generator = random.Random(1)
    for _ in range(200):
        x, y = random_number(generator), random_number(generator)
        assert value(x + y) == pytest.approx(value(x) + value(y), abs=1e-12)
        assert value(x * y) == pytest.approx(value(x) * value(y), abs=1e-11)
        assert (x - y).sign() == (value(x) > value(y)) - (value(x) < value(y))
        assert (x - x).sign() == 0
        if x.terms:
            assert x * x.inverse() == RootSum.rational(1)


def test_a_sign_that_needs_many_digits():
    root, close = RootSum.of({2: fmpq(1)}), RootSum.rational(fmpq(math.isqrt(2 * 10**200), 10**100))
    assert (root - close).sign() == 1


def test_cosines_are_exact_and_ordered():
    generator = random.Random(2)
    for _ in range(200):
        u, v, w = ([random_number(generator) for _ in range(2)] for _ in range(3))
        if not all(dot(row, row).terms for row in (u, v, w)):
            continue
        one, other = cosine(u, v), cosine(u, w)
        floats = [float(each.ball()) for each in (one, other)]
        if abs(floats[0] - floats[1]) > 1e-12:
            assert (one < other) == (floats[0] < floats[1])
        number = one.number()
        if number is not None:
            assert value(number) == pytest.approx(floats[0], abs=1e-12)


@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [
        (("1", "1", "1"), ("1", "0", "0"), "sqrt(3)/3"),
        (("0", "1", "(1+sqrt(5))/2"), ("1", "(1+sqrt(5))/2", "0"), "sqrt(5)/5"),
        (("1", "2", "3"), ("-1", "0", "0"), "-sqrt(14)/14"),
        (("2", "0", "0"), ("3", "0", "0"), "1"),
        (("1", "0", "0"), ("0", "5", "0"), "0"),
        (("1+sqrt(2)", "0", "0"), ("1", "1", "0"), "sqrt(2)/2"),
        (("1", "sqrt(2)", "0"), ("1+sqrt(2)", "1", "0"), "(1 + 2*sqrt(2)) / sqrt(12 + 6*sqrt(2))"),
    ],
)
def test_cosines_as_texts(first, second, shown):
    rows = [[read_coordinate(text) for text in row] for row in (first, second)]
    assert str(cosine(*rows)) == shown


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[1.0, 1.0], [2.0, 0.0]], [[1, 1], [2, 0]]),
        ([[2.0, 2.0], [-4.0, 0.0]], [[1, 1], [-2, 0]]),
        ([[0.5, 0.5], [0.5, -0.5]], [[1, 1], [1, -1]]),
        ([[0.5, 0.5], [0.25, -0.5]], None),
        ([[0.6, 0.8], [0.8, 0.6]], None),
        ([[1.0, np.inf], [1.0, 0.0]], None),
        ([[1e9, 0.0], [0.0, 1.0]], None),
    ],
)
def test_rows_of_whole_numbers(rows, expected):
    found = integer_rows(np.array(rows))
    assert (found is None) if expected is None else np.array_equal(found, expected)
