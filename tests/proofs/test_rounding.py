"""Numbers are read exactly, and printed on the safe side."""

from fractions import Fraction

import pytest
from flint import arb, ctx, fmpq
from hypothesis import given
from hypothesis import strategies as st

from sphcode.errors import FileFormatError
from sphcode.proofs.rounding import decimal_down, decimal_up, exact_end, float_down, float_up, read_exact, to_arb


def fraction(number):
    return Fraction(int(number.p), int(number.q))


@given(st.fractions(), st.integers(1, 60))
def test_decimals_enclose_the_number_tightly(number, digits):
    with ctx.workprec(400):
        ball = to_arb(fmpq(number.numerator, number.denominator))
        low, high = Fraction(decimal_down(ball, digits)), Fraction(decimal_up(ball, digits))
    assert low <= number <= high
    assert high - low <= Fraction(2, 10**digits)


@given(st.fractions(min_value=-2, max_value=2))
def test_floats_enclose_the_number(number):
    with ctx.workprec(100):
        ball = to_arb(fmpq(number.numerator, number.denominator))
        assert Fraction(float_down(ball)) <= number <= Fraction(float_up(ball))


def test_rounding_does_not_depend_on_the_current_precision():
    with ctx.workprec(300):
        ball = arb(1) / 3
    assert decimal_up(ball, 60) == "0." + "3" * 59 + "4"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_read_exactly(value):
    assert fraction(read_exact(value, "x")) == Fraction(value)
    assert fraction(read_exact(value.hex(), "x")) == Fraction(value)


@pytest.mark.parametrize("text", ["0.1", "-3", "+1.25e-3", "12345678901234567890.5", "1e40", "-0.000"])
def test_decimal_strings_are_read_exactly(text):
    assert fraction(read_exact(text, "x")) == Fraction(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0x1.00000000000001p-1", Fraction(1, 2) + Fraction(1, 2**57)),
        ("-0x8000000000000001p-64", -Fraction(2**63 + 1, 2**64)),
        ("0x1p-1076", Fraction(1, 2**1076)),
        (" 0X0.8P1 ", Fraction(1)),
        ("0x1.8", Fraction(3, 2)),
        ("+0x1p+1024", Fraction(2**1024)),
    ],
)
def test_hex_texts_are_read_exactly_where_float64_would_round_them(text, number):
    assert fraction(read_exact(text, "x")) == number


@pytest.mark.parametrize(
    "text", ["0x", "0x.", "x1", "0x1p", "0x1p1401", "0x1p-1401", "0x1e5p0.5", "0xg", "0x1 0", "0x1_0"]
)
def test_other_hex_texts_are_refused(text):
    with pytest.raises(FileFormatError):
        read_exact(text, "x")


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), "nan", "Infinity", "1e999999", "0x", "1,5", "", "1/3", None, True, [1], "1" * 30000],
)
def test_anything_else_is_refused(value):
    with pytest.raises(FileFormatError):
        read_exact(value, "x")


def test_exact_end():
    assert exact_end(arb(0.375)) == fmpq(3, 8)


def test_numbers_end_at_twenty_thousand_characters():
    assert read_exact("0." + "1" * 19_998, "x") > 0
    with pytest.raises(FileFormatError):
        read_exact("0." + "1" * 19_999, "x")
