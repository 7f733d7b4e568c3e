"""Minimal polynomials are recognised when the digits suffice, and only then."""

import pytest
from flint import arb, ctx, fmpz_poly

from sphcode.proofs.code.algebraic import (
    bits_needed,
    describe,
    exact_form,
    has_root,
    is_minimal_polynomial,
    minimal_polynomial,
    polynomial_text,
    recognised,
)


def root_of(coefficients, near):
    def enclose(bits):
        with ctx.workprec(bits + 40):
            polynomial = fmpz_poly(coefficients)
            roots = [root.real for root, _ in polynomial.complex_roots() if root.imag == 0]
            return min(roots, key=lambda root: abs(float(root) - near))

    return enclose


@pytest.mark.parametrize(
    ("coefficients", "near"),
    [
        ([-1, 3], 0.333),
        ([-1, 0, 5], 0.447),
        ([1, -3, -9, 3], 0.21),
        ([-1, -3, 1, 7], 0.723),
        ([1, -8, -12, 24, 38, 8, -12, -24, 1], 0.5426),
        ([-3, 1, 0, 5, 7, -11, 0, 0, 2, 0, 0, 13, 17], 0.55),
    ],
)
def test_known_polynomials_are_found(coefficients, near):
    polynomial = fmpz_poly(coefficients)
    found = minimal_polynomial(root_of(coefficients, near), bits_needed(polynomial) + 200)
    assert found == polynomial


def test_too_few_digits_find_nothing():
    coefficients = [1, -8, -12, 24, 38, 8, -12, -24, 1]
    assert minimal_polynomial(root_of(coefficients, 0.5426), bits_needed(fmpz_poly(coefficients)) - 60) is None


def test_transcendental_numbers_have_none():
    def enclose(bits):
        with ctx.workprec(bits + 20):
            return arb.pi() / 4

    assert minimal_polynomial(enclose, 800) is None


def test_a_relation_that_more_digits_refute_is_dropped():
    def enclose(bits):
        with ctx.workprec(bits + 20):
            return arb(1) / 3 + (arb(2) ** -900 if bits > 800 else 0)

    assert minimal_polynomial(enclose, 500) is None


@pytest.mark.parametrize(
    ("coefficients", "good"),
    [
        ([-1, 2, 7], True),
        ([-2, 4, 14], False),
        ([1, -2, -7], True),
        ([-1, 2, 8], False),
        ([-1, 1, 9, 7], False),
        ([5], False),
        ([0], False),
    ],
)
def test_a_claimed_polynomial_is_checked(coefficients, good):
    assert is_minimal_polynomial(coefficients, root_of([-1, 2, 7], 0.26)) == good


@pytest.mark.parametrize(
    ("coefficients", "near", "text"),
    [
        ([-1, 2, 7], 0.26, "(2 sqrt(2) - 1)/7"),
        ([-1, 2, 7], -0.55, "(-2 sqrt(2) - 1)/7"),
        ([-1, 0, 5], 0.447, "1/sqrt(5)"),
        ([-1, 0, 5], -0.447, "-1/sqrt(5)"),
        ([-1, -2, 4], 0.809, "(sqrt(5) + 1)/4"),
        ([-3, 0, 4], 0.866, "sqrt(3)/2"),
        ([-8, 0, 1], 2.83, "2 sqrt(2)"),
        ([-1, 6], 0.1667, "1/6"),
        ([1, 6], -0.1667, "-1/6"),
        ([1, -6], 0.1667, "1/6"),
        ([4, -6], 0.6667, "2/3"),
        ([0, 1], 0.0, "0"),
        ([1, -3, -9, 3], 0.21, None),
    ],
)
def test_exact_forms(coefficients, near, text):
    assert exact_form(fmpz_poly(coefficients), arb(near, 0.01)) == text


def test_texts():
    assert polynomial_text(fmpz_poly([-1, -3, 1, 7])) == "7x^3 + x^2 - 3x - 1"
    assert polynomial_text(fmpz_poly([1, -1, 0, 2])) == "2x^3 - x + 1"
    assert describe(fmpz_poly([-1, 0, 5]), arb(0.447)) == "1/sqrt(5), a root of 5x^2 - 1"
    assert describe(fmpz_poly([1, -3, -9, 3]), arb(0.21)) == "a root of 3x^3 - 9x^2 - 3x + 1"


def test_has_root_needs_a_sign_change():
    assert has_root(fmpz_poly([-2, 0, 1]), arb(1.4142, 0.001))
    assert not has_root(fmpz_poly([-2, 0, 1]), arb(1.45, 0.001))
    assert not has_root(fmpz_poly([1, 0, 1]), arb(0, 1))


def test_a_fraction_is_recognised_among_polynomials_of_degree_two():
    with ctx.workprec(200):
        assert recognised(arb(2) / 7, 2, 150) == fmpz_poly([-2, 7])
