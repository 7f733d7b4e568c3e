"""The rigorous largest cosine: never below the true one, whatever the points."""

import itertools
from decimal import Decimal, localcontext

import naive
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sphcode.errors import FileFormatError
from sphcode.proofs.certificate import read_points
from sphcode.proofs.code import largest_cosine as module
from sphcode.proofs.code.largest_cosine import close_pairs, largest_cosine
from sphcode.proofs.rounding import decimal_down, decimal_up


def unit_rows(rows):
    return rows / np.linalg.norm(rows, axis=1)[:, None]


matrices = st.tuples(st.integers(2, 12), st.integers(2, 6)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.floats(-1, 1).map(lambda v: round(v, 3)))
)


@settings(max_examples=60, deadline=None)
@given(matrices)
@example(np.array([[1, 0, 1], [0.375, 0, 0.375]]))  # normalised, they differ in the last bit, and not in direction
def test_encloses_the_cosine_of_the_exactly_normalised_points(matrix):
    matrix = matrix[np.linalg.norm(matrix, axis=1) > 0.1]
    rows = np.unique(unit_rows(matrix), axis=0) if len(matrix) else matrix
    if len(rows) < 2:
        return
    if any(naive.same_direction(first, second) for first, second in itertools.combinations(rows.tolist(), 2)):
        with pytest.raises(FileFormatError, match="the same point"):
            largest_cosine(read_points(rows), 200)
        return
    with localcontext() as context:
        context.prec = 80
        true = naive.max_cosine_decimal(rows)
        ball = largest_cosine(read_points(rows), 200)
        assert Decimal(decimal_down(ball, 50)) <= true <= Decimal(decimal_up(ball, 50))
        assert Decimal(decimal_up(ball, 50)) - true < Decimal("1e-49")


def test_many_blocks_agree_with_one(monkeypatch):
    rows = unit_rows(np.random.default_rng(0).standard_normal((300, 4)))
    whole = largest_cosine(read_points(rows), 100)
    monkeypatch.setattr(module, "_BLOCK", 37)
    assert largest_cosine(read_points(rows), 100).overlaps(whole)
    assert float(whole) == pytest.approx(naive.max_cosine(rows), abs=1e-14)


def test_too_many_candidates_give_a_bound_all_the_same(codes, monkeypatch):
    points = read_points(codes["e8"])
    exact = largest_cosine(points, 100)
    monkeypatch.setattr(module, "_MAX_CANDIDATES", 100)
    bound = largest_cosine(points, 100)
    assert bound.upper() >= exact.upper()
    assert float(bound.upper()) < 0.5 + 1e-13
    assert close_pairs(points.floats, 1e-9, 100)[1] is None
    assert len(close_pairs(points.floats, 1e-9, 6720)[1]) == 6720


def test_decimal_points_are_meant_exactly():
    points = read_points([["0.6", "0.8"], ["0.8", "0.6"]])
    ball = largest_cosine(points, 400)
    assert Decimal(decimal_down(ball, 100)) <= Decimal("0.96") <= Decimal(decimal_up(ball, 100))
    assert float(ball.rad()) < 1e-100


@pytest.mark.parametrize(
    ("rows", "cosine"),
    [
        ([[3, 1], [1, 3], [-5, 0]], "3/5"),  # the closest two have one norm, the third has another
        ([[1, 0], [-1, 0]], "-1"),
        ([[1, 0], [-2, 0]], "-1"),
        ([[2, 0], [-1, 0], [0, 1]], "0"),
    ],
)
def test_whole_numbers_of_any_norms(rows, cosine):
    assert str(module._of_whole_numbers(np.array(rows))) == cosine
    assert str(module.exact_cosine(read_points(rows))) == cosine


def test_whole_numbers_whose_products_are_rounded_are_left_to_the_pairs():
    assert module._of_whole_numbers(np.array([[2**27, 1], [1, 2**27]])) is None


def test_pairs_that_were_dropped_are_remembered_by_the_largest(monkeypatch):
    """Two of the pairs within 0.1 of the largest, 0.95, are dropped: 0.9 counts, 0.8 would be far enough below."""
    gram = np.array([[1, 0.9, 0.8, 0.76], [0.9, 1, 0.72, 0.684], [0.8, 0.72, 1, 0.95], [0.76, 0.684, 0.95, 1]])
    rows = np.linalg.cholesky(gram)
    monkeypatch.setattr(module, "_BLOCK", 3)
    largest, pairs = close_pairs(rows, 0.1, 1)
    assert largest == pytest.approx(0.95)
    assert pairs is None
