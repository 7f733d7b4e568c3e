"""Public functions validate, rooms call each other's private halves: a matrix is checked once, however deep it goes."""

import importlib
import pkgutil
import sys

import naive
import numpy as np
import pytest

import sphcode
from sphcode import classifier_geometry, compare, load_weights
from sphcode._validate import as_matrix


@pytest.fixture
def checked(monkeypatch):
    """The arrays that `as_matrix` is called with, from anywhere in the package."""
    arrays = []

    def counted(values, name):
        arrays.append(np.array(values))
        return as_matrix(values, name)

    for info in pkgutil.walk_packages(sphcode.__path__, "sphcode."):
        if info.name.split(".")[1] in ("classifiers", "margins", "codes", "_validate"):
            importlib.import_module(info.name)
    for name, module in list(sys.modules.items()):
        if name.startswith("sphcode") and getattr(module, "as_matrix", None) is as_matrix:
            monkeypatch.setattr(module, "as_matrix", counted)
    return arrays


def times_checked(arrays, matrix):
    """How many of the arrays are the matrix, or its rows in their directions."""
    unit = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    same = [array.shape == matrix.shape for array in arrays]
    rows = [array for array, fits in zip(arrays, same, strict=True) if fits]
    return sum(np.allclose(array, matrix) or np.allclose(array, unit) for array in rows)


HEAD = 3.0 * naive.random_unit(20, 6, seed=0)


def test_compare_checks_its_matrix_once(checked):
    compare(HEAD)
    assert times_checked(checked, HEAD) == 1


def test_compare_checks_a_file_once(checked, tmp_path):
    np.save(tmp_path / "head.npy", HEAD)
    compare(tmp_path / "head.npy")
    assert times_checked(checked, HEAD) == 1


def test_compare_checks_a_head_that_the_caller_made(checked, tmp_path):
    np.save(tmp_path / "head.npy", HEAD)
    head = load_weights(tmp_path / "head.npy")
    checked.clear()
    compare(head)
    assert times_checked(checked, HEAD) == 1


def test_the_log_of_a_training_run_checks_its_matrix_once(checked):
    classifier_geometry(HEAD)
    assert times_checked(checked, HEAD) == 1
