"""Errors name the argument, what is required and what came."""

import math

import numpy as np
import pytest

from sphcode import _validate as check
from sphcode.errors import InvalidInputError


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1, r"`dim` must be an integer >= 2, got 1\."),
        (2.5, r"`dim` must be an integer >= 2, got 2\.5\."),
        (True, r"`dim` must be an integer >= 2, got True\."),
        ("three", r"`dim` must be an integer >= 2, got 'three'\."),
    ],
)
def test_check_dim(value, message):
    with pytest.raises(InvalidInputError, match=message):
        check.check_dim(value)


def test_check_dim_accepts_numpy_integers():
    assert check.check_dim(np.int64(3)) == 3
    assert type(check.check_dim(np.int64(3))) is int


def test_check_real():
    assert check.check_real("tol", 0.5, low=0) == 0.5
    for bad in (math.nan, math.inf, -1, "x", None):
        with pytest.raises(InvalidInputError, match="`tol` must be a finite number >= 0"):
            check.check_real("tol", bad, low=0)
    with pytest.raises(InvalidInputError, match="> 0 and < 1"):
        check.check_real("x", 1, low=0, high=1, open_low=True, open_high=True)


def test_check_choice():
    assert check.check_choice("method", "lp", ["lp", "best"]) == "lp"
    with pytest.raises(InvalidInputError, match="`method` must be one of best, lp, got 'sdp'"):
        check.check_choice("method", "sdp", ["lp", "best"])


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.ones(3), "at least 2 rows and 2 columns, got shape"),
        (np.ones((1, 3)), "at least 2 rows and 2 columns, got shape"),
        (np.ones((3, 1)), "at least 2 rows and 2 columns, got shape"),
        ([[1, 2], [3]], "matrix of real numbers"),
        (np.array([["a", "b"], ["c", "d"]]), "matrix of real numbers"),
        (np.eye(3) * 1j, "matrix of real numbers"),
        ([[1, 0], [np.nan, 0], [0, np.inf]], "2 bad rows, the first is row 1"),
    ],
)
def test_as_matrix_refuses(matrix, message):
    with pytest.raises(InvalidInputError, match=message):
        check.as_matrix(matrix, "weights")


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8])
def test_as_matrix_widens(dtype):
    matrix = check.as_matrix(np.eye(3, dtype=dtype)[:, ::-1], "weights")
    assert matrix.dtype == np.float64
    assert matrix.flags.c_contiguous


def test_as_points():
    with pytest.raises(InvalidInputError, match=r"rows of norm 1 .* got norm 2 in row 1"):
        check.as_points([[1, 0], [0, 2]])
    with pytest.raises(InvalidInputError, match="equal rows 0 and 2"):
        check.as_points([[1, 0], [0, 1], [1, 0]])
    points = check.as_points(np.eye(3, dtype=np.float32) * (1 + 5e-7))
    assert np.array_equal(points, np.eye(3))
