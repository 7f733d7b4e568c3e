import naive
import numpy as np
import pytest

from sphcode.kernels import contact_system
from sphcode.kernels.cholesky import layout, padded


def jacobian(points, bases, first, second):
    """Rows of d cosine / d (tangent coordinates, level), by differences."""
    n_points, dim = points.shape
    step, rows = 1e-6, []
    for i, j in zip(first, second, strict=True):
        row = np.zeros(n_points * (dim - 1) + 1)
        for point in (i, j):
            for a in range(dim - 1):
                ends = []
                for sign in (1, -1):
                    moved = points.copy()
                    moved[point] += sign * step * bases[point, :, a]
                    moved[point] /= np.linalg.norm(moved[point])
                    ends.append(moved[i] @ moved[j])
                row[point * (dim - 1) + a] = (ends[0] - ends[1]) / (2 * step)
        row[-1] = -1.0
        rows.append(row)
    return np.array(rows)


@pytest.fixture(params=[2, 3, 5])
def system(request):
    dim = request.param
    points = naive.random_unit(9, dim, 3)
    bases = np.empty((9, dim, dim - 1))
    contact_system.tangent_bases(points, bases)
    pairs = [(i, j) for i in range(9) for j in range(i) if points[i] @ points[j] > -0.1]
    first, second = (np.array(column) for column in zip(*pairs, strict=True))
    row_first, row_second = np.empty((2, len(first), dim - 1))
    contact_system.contact_rows(points, bases, first, second, row_first, row_second)
    return points, bases, first, second, row_first, row_second


def test_bases_are_orthonormal_and_tangent(system):
    points, bases, *_ = system
    for point, basis in zip(points, bases, strict=True):
        assert np.abs(basis.T @ basis - np.eye(basis.shape[1])).max() < 1e-14
        assert np.abs(point @ basis).max() < 1e-14


def test_products_with_the_jacobian(system):
    points, bases, first, second, row_first, row_second = system
    matrix = jacobian(points, bases, first, second)
    rng = np.random.default_rng(0)
    vector, weights = rng.standard_normal(matrix.shape[1]), rng.standard_normal(len(first))
    out, transposed = np.empty(len(first)), np.empty(matrix.shape[1])
    contact_system.apply(first, second, row_first, row_second, vector, out)
    contact_system.apply_transposed(first, second, row_first, row_second, weights, transposed)
    assert np.abs(out - matrix @ vector).max() < 1e-8
    assert np.abs(transposed - matrix.T @ weights).max() < 1e-8


def test_normal_matrix_in_profile_storage(system):
    points, bases, first, second, row_first, row_second = system
    matrix = jacobian(points, bases, first, second)
    weights = np.random.default_rng(1).uniform(0.5, 2.0, len(first))
    last = matrix.shape[1] - 1
    order = padded(last + 1)
    leftmost = contact_system.leftmost_columns(first, second, points.shape[1] - 1, last, order)
    _, base, size = layout(leftmost)
    data = np.empty(size)
    contact_system.normal_matrix(first, second, row_first, row_second, weights, last, base, data)
    expected = matrix.T @ (weights[:, None] * matrix)
    for i in range(order):
        for j in range(leftmost[i], i + 1):
            value = expected[i, j] if i <= last else float(i == j)
            assert data[base[i] + j] == pytest.approx(value, abs=1e-7)
        assert i > last or not expected[i, : leftmost[i]].any()


def test_pairs_and_the_largest_cosine():
    points = naive.random_unit(30, 4, 2)
    expected = [(i, j) for i in range(30) for j in range(i) if points[i] @ points[j] >= 0.3]
    first, second = np.empty((2, 30 * 29 // 2), np.int64)
    count = contact_system.near_pairs(points, 0.3, first, second)
    assert list(zip(first[:count], second[:count], strict=True)) == expected
    assert contact_system.max_cosine(points) == pytest.approx(naive.max_cosine(points), abs=1e-15)
    few = np.empty((2, 5), np.int64)
    assert contact_system.near_pairs(points, 0.3, few[0], few[1]) >= 5


@pytest.mark.parametrize("length", [1.0, 1e-3])
def test_points_move_along_the_step_and_the_longest_move_is_known(system, length):
    points, bases, *_ = system
    n_points, dim = points.shape
    step = np.random.default_rng(0).standard_normal(n_points * (dim - 1) + 1)
    vectors = np.einsum("ika,ia->ik", bases, step[:-1].reshape(n_points, dim - 1))
    expected = points + length * vectors
    expected /= np.linalg.norm(expected, axis=1)[:, None]
    out = np.empty_like(points)
    contact_system.moved(points, bases, step, length, np.empty(0, np.int64), out)
    assert np.abs(out - expected).max() < 1e-14
    assert contact_system.longest_move(step, n_points) == pytest.approx(np.linalg.norm(vectors, axis=1).max())


def test_antipodes_stay_antipodes(system):
    points, bases, *_ = system
    step = np.random.default_rng(0).standard_normal(len(points) * (points.shape[1] - 1) + 1)
    antipode = np.arange(len(points))
    antipode[[2, 5]] = 5, 2
    out = np.empty_like(points)
    contact_system.moved(points, bases, step, 1.0, antipode, out)
    assert np.array_equal(out[2], -out[5])
