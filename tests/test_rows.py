import numpy as np
import pytest

from sphcode._rows import row_norms, unit_rows

ROWS = np.random.default_rng(0).standard_normal((5, 3))


@pytest.mark.parametrize("exponent", [-1000, -700, -401, 0, 401, 700, 1000])
def test_powers_of_two_come_out(exponent):
    assert (row_norms(np.ldexp(ROWS, exponent)) == np.ldexp(row_norms(ROWS), exponent)).all()
    assert np.abs(unit_rows(np.ldexp(ROWS, exponent)) - unit_rows(ROWS)).max() <= 1e-15


def test_rows_of_usual_size_are_divided_by_their_norm():
    assert (row_norms(ROWS) == np.linalg.norm(ROWS, axis=1)).all()
    assert (unit_rows(ROWS) == ROWS / np.linalg.norm(ROWS, axis=1, keepdims=True)).all()


def test_each_row_has_its_own_scale():
    rows = ROWS * np.array([[1e-310], [1e300], [0.0], [1.0], [1e-200]])
    norms = np.linalg.norm(unit_rows(rows), axis=1)
    assert norms.tolist() == pytest.approx([1, 1, 0, 1, 1], abs=1e-15)
    assert row_norms(rows)[1] == pytest.approx(1e300 * np.linalg.norm(ROWS[1]))
    assert row_norms(rows)[2] == 0
