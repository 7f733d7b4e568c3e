"""Exact Gram matrices: rational, quadratic and higher fields; accepted exactly, never guessed."""

import numpy as np
import pytest
from flint import arb, ctx, fmpq, fmpz_poly

from sphcode.proofs.code.contact_system import ContactSystem, polish
from sphcode.proofs.code.contacts import find_contacts
from sphcode.proofs.code.exact_gram import field_gram, rational_gram

FIELDS = {
    "icosahedron": [-1, 0, 5],
    "3,8": [-1, 2, 7],
    "3,15 twisted": [-1, -3, 2, 6, -1, 13],
}


def gram_in_field(points, coefficients, bits=800):
    system = ContactSystem(*points.shape, find_contacts(points))
    solution, cosine = polish(system, points, bits)
    return field_gram(solution, fmpz_poly(coefficients), cosine, bits)


def test_rational_values_and_contacts(codes):
    gram = rational_gram(codes["e8"])
    assert [value[0] for value in gram.values] == [fmpq(k, 2) for k in (-2, -1, 0, 1, 2)]
    assert len(gram.contacts) == 6720
    assert gram.difference < 1e-11
    assert [str(surd.rational) for surd in gram.surds()] == ["-1", "-1/2", "0", "1/2"]


@pytest.mark.parametrize("name", ["3,7", "snub cube", "icosahedron"])
def test_other_codes_are_not_rational(codes, name):
    assert rational_gram(codes[name]) is None


def test_rational_entries_that_belong_to_no_code_in_this_dimension():
    # Inner products 1/2, 1/4 and a third that is no rational: snapping would need a third dimension.
    assert rational_gram(np.array([[1.0, 0.0], [0.5, np.sqrt(0.75)], [0.25, np.sqrt(1 - 0.0625)]])) is None
    # Rational numbers that differ from the true inner product by 1e-11: no exact code of rank 2 has them.
    angle = np.arccos(0.3)
    plane = np.array([[np.cos(k * angle), np.sin(k * angle)] for k in range(3)])
    assert rational_gram(plane) is not None
    plane[2] = [np.cos(2 * angle + 3e-11), np.sin(2 * angle + 3e-11)]
    plane[1] = [np.cos(angle + 2e-11), np.sin(angle + 2e-11)]
    found = rational_gram(plane)
    assert found is None or found.difference >= 2e-11


@pytest.mark.parametrize(("name", "coefficients"), FIELDS.items())
def test_fields_of_the_cosine(codes, name, coefficients):
    points = codes[name]
    gram = gram_in_field(points, coefficients)
    assert gram.contacts.tolist() == find_contacts(points).tolist()
    with ctx.workprec(300):
        largest = gram.ball(gram.largest)
        value = sum(c * largest**k for k, c in enumerate(coefficients))
        assert value.contains(0)
        assert float(abs(value).upper()) < 1e-60
    assert (gram.surds() is None) == (len(coefficients) > 3)


def test_quadratic_values_are_exact(codes):
    values = gram_in_field(codes["icosahedron"], [-1, 0, 5]).surds()
    with ctx.workprec(100):
        for value, number in zip(values, (-1, -1 / arb(5).sqrt(), 1 / arb(5).sqrt()), strict=True):
            assert (value.ball() - number).contains(0)


def test_a_wrong_field_is_refused(codes):
    assert gram_in_field(codes["3,7"], [-1, 0, 5]) is None
    assert gram_in_field(codes["3,13"], [-1, 2, 7]) is None


def test_too_many_values_are_not_looked_at():
    rows = np.random.default_rng(0).standard_normal((30, 4))
    rows /= np.linalg.norm(rows, axis=1)[:, None]
    balls = [[arb(value) for value in row] for row in rows.tolist()]
    assert rational_gram(rows) is None
    assert field_gram(balls, fmpz_poly([-1, 0, 5]), arb(1) / arb(5).sqrt(), 200) is None
