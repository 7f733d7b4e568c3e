"""Points of a Gram matrix."""

import numpy as np
import pytest

from sphcode import SphericalCode
from sphcode.codes.gram import points_of_gram
from sphcode.errors import FileFormatError


@pytest.mark.parametrize(("dim", "n_points"), [(2, 5), (3, 12), (4, 4), (7, 30)])
def test_points_come_back_up_to_rotation(dim, n_points):
    points = np.random.default_rng(dim).standard_normal((n_points, dim))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    again = points_of_gram(points @ points.T)
    assert again.shape == (n_points, dim)
    assert np.abs(again @ again.T - points @ points.T).max() < 1e-12


def test_integer_inner_products_are_scaled():
    roots = np.array([[1, -1, 0], [-1, 1, 0], [1, 0, -1], [-1, 0, 1], [0, 1, -1], [0, -1, 1]])
    assert points_of_gram(roots @ roots.T).shape == (6, 2)


def test_few_decimals_need_the_rank():
    points = np.random.default_rng(1).standard_normal((8, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    rough = np.round(points @ points.T, 3)
    again = points_of_gram(rough, dim=3)
    assert np.abs(again @ again.T - rough).max() < 5e-3


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.ones((2, 3)), "square"),
        ([[1, 0.5], [0.4, 1]], "symmetric"),
        ([[1, 0], [0, -1]], "diagonal"),
        ([[1, 2], [2, 1]], "semidefinite"),
        ([[1, np.nan], [np.nan, 1]], "finite"),
        (np.eye(5) * 1.5 - 0.5, "semidefinite"),
    ],
)
def test_what_is_no_gram_matrix(matrix, message):
    with pytest.raises(ValueError, match=message):
        points_of_gram(matrix)


def test_a_dimension_that_does_not_hold_it():
    with pytest.raises(ValueError, match="no 2 dimensions"):
        points_of_gram(np.eye(4), dim=2)


def test_a_file(tmp_path):
    cosines = np.full((4, 4), -1 / 3) + np.eye(4) * (4 / 3)
    np.savetxt(tmp_path / "simplex.csv", cosines, delimiter=",")
    code = SphericalCode.load(tmp_path / "simplex.csv", gram=True)
    assert code.dim == 3
    assert code.max_cosine == pytest.approx(-1 / 3, abs=1e-15)
    with pytest.raises(FileFormatError, match=r"simplex\.csv"):
        SphericalCode.load(tmp_path / "simplex.csv")
