import ml_dtypes
import naive
import numpy as np
import pytest

from sphcode.kernels.rows import RowArrays, length, product, subtract, widen

BFLOAT16 = ml_dtypes.bfloat16


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, BFLOAT16])
@pytest.mark.parametrize("with_column", [False, True])
@pytest.mark.parametrize("changed", [False, True])
def test_rows_are_those_of_numpy_to_the_bit(dtype, with_column, changed):
    values = (7 * naive.random_unit(9, 5, seed=1)).astype(dtype)
    shift, factors, column = np.linspace(-1, 1, 5), np.linspace(0.3, 3, 9), np.linspace(-1, 1, 9)
    expected = (values.astype(float) - shift) * factors[:, None] if changed else values.astype(float)
    shift, factors = (shift, factors) if changed else (np.empty(0), np.empty(0))
    expected = np.c_[expected, column] if with_column else expected
    bits = values.view(np.uint16) if values.itemsize == 2 else np.empty((0, 5), dtype=np.uint16)
    values = np.empty((0, 5), dtype=np.float32) if bits.size else values
    rows = RowArrays(values, shift, factors, column if with_column else np.empty(0), bits, dtype == np.float16)
    dim = length(rows)
    assert dim == expected.shape[1]
    own, other, difference = np.empty(dim), np.empty(dim), np.full(dim + 2, 9.0)
    widen(rows, 4, own)
    subtract(own, rows, 7, difference)
    assert own.tobytes() == expected[4].tobytes()
    assert difference.tobytes() == np.append(expected[4] - expected[7], [9.0, 9.0]).tobytes()
    assert product(rows, 2, 3, own, other) == pytest.approx(expected[2] @ expected[3], rel=1e-14)
