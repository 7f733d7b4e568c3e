"""Double-double kernels against exact rational arithmetic."""

from fractions import Fraction

import naive
import numpy as np
import pytest

from sphcode.bounds.sdp import extended
from sphcode.bounds.sdp.extended import (
    Extended,
    Workers,
    add_product_of_products,
    cholesky,
    cholesky_solve,
    inverse_lower,
)

UNIT = Fraction(1, 2**104)


def random(rng, *shape):
    high = rng.normal(size=shape) * 10.0 ** rng.integers(-3, 4, size=shape)
    return Extended(high, high * rng.uniform(-0.5, 0.5, size=shape) * 2.0**-53)


def exact(a):
    return naive.fractions(a.high, a.low)


def worst(computed, expected, scale):
    """Largest error in units of 2^-104 times the scale of each entry."""
    errors = np.abs(exact(computed) - expected)
    return max(error / (size * UNIT) for error, size in zip(errors.ravel(), np.ravel(scale), strict=True))


def normalised(a):
    return bool(np.all(a.high + a.low == a.high))


@pytest.mark.parametrize("operation", ["+", "*", "/"])
def test_entrywise(operation):
    rng = np.random.default_rng(1)
    a, b = random(rng, 7, 5), random(rng, 7, 5)
    computed, expected = {
        "+": (a + b, exact(a) + exact(b)),
        "*": (a * b, exact(a) * exact(b)),
        "/": (a / b, exact(a) / exact(b)),
    }[operation]
    assert normalised(computed)
    assert worst(computed, expected, np.abs(expected)) < 8


def test_cancellation_leaves_the_low_word():
    a = Extended([1.0], [1e-20])
    assert exact(a - Extended([1.0]))[0] == Fraction(1e-20)


# Sizes below, at and above the width of a panel (64), and inner lengths that are no multiple of 4.
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 7, 5), (5, 66, 65), (2, 3, 130)])
def test_matmul(shape):
    m, n_terms, n = shape
    rng = np.random.default_rng(2)
    a, b = random(rng, m, n_terms), random(rng, n_terms, n)
    product = a @ b
    assert normalised(product)
    assert worst(product, exact(a) @ exact(b), np.abs(exact(a)) @ np.abs(exact(b))) < n_terms


def test_matmul_ill_conditioned():
    # A product that float64 gets entirely wrong: rows that cancel to 1e-20 of their terms.
    big = Extended([[1e10, 1.0, -1e10]])
    column = Extended([[1e10], [1.0], [1e10]])
    assert exact(big @ column)[0, 0] == 1


@pytest.mark.parametrize("order", [1, 9, 70])
def test_cholesky_inverse_and_solve(order):
    rng = np.random.default_rng(3)
    root = random(rng, order, order)
    matrix = (root @ root.T).symmetrised()
    lower = cholesky(matrix)
    scale = np.sqrt(np.outer(np.diag(matrix.high), np.diag(matrix.high)))
    assert np.all(np.triu(lower.high, 1) == 0)
    assert worst(lower @ lower.T, exact(matrix), naive.fractions(scale, 0 * scale)) < 4 * order
    inverse = inverse_lower(lower)
    condition = np.linalg.cond(lower.high)
    identity = np.abs(exact(inverse) @ exact(lower) - np.eye(order, dtype=int)).max()
    assert identity < 8 * order * condition * float(UNIT)
    vector = random(rng, order)
    error = np.abs(exact(matrix) @ exact(cholesky_solve(lower, vector)) - exact(vector)).max()
    assert error < 8 * order * condition**2 * float(UNIT) * np.abs(vector.high).max()


def test_cholesky_refuses():
    matrix = np.eye(5)
    matrix[4, 4] = -1e-20
    assert cholesky(Extended(matrix)) is None
    # Positive definite only thanks to its low words.
    ones = np.ones((2, 2))
    assert cholesky(Extended(ones)) is None
    assert cholesky(Extended(ones, np.diag([0.0, 1e-20]))) is not None


def test_product_of_products_for_any_number_of_threads():
    rng = np.random.default_rng(4)
    a, c = random(rng, 150, 90), random(rng, 150, 90)
    b, d = random(rng, 90, 150), random(rng, 90, 150)
    expected = ((a @ b) * (c @ d)).high
    totals = []
    for count in (1, 3):
        workers = Workers(count)
        out = Extended(*np.zeros((2, 150, 150)))
        add_product_of_products(a, b, c, d, out, workers)
        shared = a.times(b, workers)
        workers.close()
        assert np.array_equal(shared.high, (a @ b).high)
        assert np.all(np.triu(out.high, 1) == 0)
        np.testing.assert_allclose(np.tril(out.high), np.tril(expected), rtol=1e-13)
        totals.append(out)
    assert np.array_equal(totals[0].high, totals[1].high)
    assert np.array_equal(totals[0].low, totals[1].low)


def test_sums_and_broadcasting():
    rng = np.random.default_rng(5)
    a = random(rng, 4, 6)
    assert worst(a.row_sums(), exact(a).sum(axis=1), np.abs(exact(a)).sum(axis=1)) < 8
    assert abs(exact(a.total().reshape(1))[0] - exact(a).sum()) < 32 * UNIT * np.abs(exact(a)).sum()
    row = random(rng, 6)
    assert worst(a * row, exact(a) * exact(row), np.abs(exact(a) * exact(row))) < 8
    assert worst(1 - a, 1 - exact(a), 1 + np.abs(exact(a))) < 8
    assert worst(1 / a, 1 / exact(a), np.abs(1 / exact(a))) < 8


@pytest.mark.parametrize("work", [0, 1, 2 * 10**8, 10**9, 10**12])
@pytest.mark.parametrize(("begin", "end"), [(0, 5), (64, 3000), (7, 7)])
def test_no_call_of_a_kernel_is_long(begin, end, work):
    """Ctrl-C is seen between two calls: each has its share of the work, or one row."""
    ranges = extended._ranges(begin, end, work)
    assert [row for ends in ranges for row in range(*ends)] == list(range(begin, end))
    assert all((last - first - 1) * work <= extended._CALL_WORK * (end - begin) for first, last in ranges)
    assert len(extended._ranges(begin, end, work, 8)) >= min(8, end - begin)


def test_shorter_calls_give_the_same_numbers(monkeypatch):
    rng = np.random.default_rng(6)
    root = random(rng, 150, 153)
    matrix = (root @ root.T).symmetrised()
    found = []
    for work in (10**9, 10**5):
        monkeypatch.setattr(extended, "_CALL_WORK", work)
        found.append((root @ root.T, cholesky(matrix)))
    for one, other in zip(*found, strict=True):
        assert np.array_equal(one.high, other.high)
        assert np.array_equal(one.low, other.low)
