import numpy as np
import pytest

from sphcode.kernels.cholesky import factor, layout, padded, solve


@pytest.mark.parametrize(("order", "band"), [(4, 4), (40, 40), (100, 9), (132, 60)])
def test_cholesky_dense_and_banded(order, band):
    rng = np.random.default_rng(0)
    half = np.tril(rng.standard_normal((order, order))) * (np.tri(order) - np.tri(order, k=-band))
    matrix = half @ half.T + np.eye(order)
    vector = rng.standard_normal(order)
    # The last row is full, as that of the level t is.
    matrix[-1, :-1] = matrix[:-1, -1] = 0.01 * rng.standard_normal(order - 1)
    leftmost = np.maximum(0, np.arange(order) - band + 1)
    leftmost[-1] = 0
    starts, base, size = layout(leftmost)
    assert size <= order * (min(order, band + 8) + 4) + 4 * order
    data, solution = np.zeros(size), vector.copy()
    stored = [(i, j) for i in range(order) for j in range(starts[i // 4], i + 1)]
    for i, j in stored:
        data[base[i] + j] = matrix[i, j]
    assert factor(data, starts, base)
    lower = np.zeros((order, order))
    for i, j in stored:
        lower[i, j] = data[base[i] + j]
    assert np.abs(lower - np.linalg.cholesky(matrix)).max() < 1e-12
    solve(data, starts, base, solution)
    assert np.abs(matrix @ solution - vector).max() < 1e-9
    data[base[2] + 2] = -1.0
    assert not factor(data, starts, base)
    assert padded(order - 3) == order
