import naive
import numpy as np

from sphcode.kernels.descent import LEAST_PAIRS, descend

#: The least points that have so many pairs.
LEAST_POINTS = int((2 * LEAST_PAIRS) ** 0.5) + 1
NONE = np.zeros(0, np.int64)


def free(dim):
    return np.zeros((0, dim, dim)), NONE, NONE, NONE, np.zeros(0)


def random_starts(count, n_points, dim):
    starts = np.random.default_rng(1).standard_normal((count, n_points, dim))
    return starts / np.linalg.norm(starts, axis=2, keepdims=True)


def test_descent_ends_at_a_stationary_point_of_the_energy():
    starts = random_starts(2, 10, 3)
    cosines, evaluations = descend(starts, 10, free(3), np.array([[2, 500]]), np.array([1e-6]))
    assert (evaluations < 400).all()
    for points, cosine in zip(starts, cosines, strict=True):
        assert np.linalg.norm(points, axis=1).max() < 1 + 1e-14
        assert abs(cosine - naive.max_cosine(points)) < 1e-15
        gradient = naive.tangent_gradient(lambda p: naive.smoothed_max(p, 4, 0.5), points)
        assert np.abs(gradient).max() < 1e-5


def test_stages_sharpen_to_the_octahedron():
    starts = random_starts(3, 6, 3)
    cosines, _ = descend(starts, 6, free(3), np.array([[0, 60], [4, 60], [8, 60], [12, 60]]), np.full(4, 1e-6))
    assert np.abs(cosines).max() < 1e-9


def test_symmetric_descent_keeps_the_symmetry():
    elements = np.array([np.eye(3), -np.eye(3)])
    starts = random_starts(1, 6, 3)
    owner, element = np.repeat(np.arange(6), 2), np.tile(np.arange(2), 6)
    orbits = (elements, owner, element, np.arange(0, 12, 2), np.full(6, 2.0))
    cosines, _ = descend(starts, 12, orbits, np.array([[0, 60], [3, 60], [8, 60], [12, 60]]), np.full(4, 1e-6))
    whole = np.concatenate([starts[0], -starts[0]])
    assert abs(naive.max_cosine(whole) - cosines[0]) < 1e-15
    assert cosines[0] - 5**-0.5 < 1e-4


def test_descent_on_lists_ends_at_a_stationary_point_of_the_energy():
    starts = random_starts(1, LEAST_POINTS + 10, 3)
    _, evaluations = descend(starts, LEAST_POINTS + 10, free(3), np.array([[4, 100], [7, 2000]]), np.full(2, 1e-5))
    # Evaluations on lists count less than one each.
    assert evaluations[0] % 1.0 > 0.0
    assert evaluations[0] < 1000
    gradient = naive.tangent_gradient(lambda p: naive.smoothed_max(p, 128, 0.1), starts[0])
    assert np.abs(gradient).max() < 1e-4
