import numpy as np
import pytest

from sphcode.proofs.integer_rows import integer_rows


def test_whole_numbers_and_halves_of_one_norm_are_exact():
    whole = np.array([[2.0, 0.0], [0.0, -4.0]])
    assert integer_rows(whole).tolist() == [[1, 0], [0, -2]]
    halves = np.array([[0.5] * 4, [1.0, 0, 0, 0]])
    assert integer_rows(halves).tolist() == [[1, 1, 1, 1], [2, 0, 0, 0]]


@pytest.mark.parametrize(
    "rows",
    [
        np.zeros((0, 3)),
        np.array([[0.5, 0.0], [1.0, 0.0]]),  # halves of different norms may be rounded numbers
        np.array([[0.6, 0.8]]),
        np.array([[1 / 3, 2 / 3]]),
        np.array([[2.0**53, 0.0]]),
        np.array([[2.0**30, 2.0**30]]),  # their products are not exact in float64
        np.array([[np.inf, 0.0]]),
        np.array([[np.nan, 0.0]]),
    ],
)
def test_what_is_not_exact_is_left_alone(rows):
    assert integer_rows(rows) is None


def test_zero_rows_stay():
    assert integer_rows(np.zeros((2, 3))).tolist() == [[0, 0, 0], [0, 0, 0]]
