import naive
import numpy as np
import pytest

from sphcode.kernels import lbfgs


def drawn(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


def columns(n_points, dim, seed=0):
    return np.ascontiguousarray(naive.random_unit(n_points, dim, seed).T)


@pytest.mark.parametrize("count", [1, 3])
def test_direction_is_that_of_updated_matrices(count):
    points, gradient = columns(5, 3), drawn(1, 3, 5)
    steps = drawn(2, 4, 3, 5)
    changes = steps + 0.3 * drawn(3, 4, 3, 5)
    curvature = np.array([1.0 / np.vdot(s, y) for s, y in zip(steps, changes, strict=True)])
    out = np.empty((3, 5))
    # The memory is a ring: the next pair goes to place 1, so the newest is at 0 and then 3, 2.
    lbfgs.direction(points, gradient, steps, changes, curvature, count, 1, out, np.empty(4))
    used = [2, 3, 0][3 - count :]
    expected = naive.bfgs_direction(gradient, steps[used], changes[used])
    expected -= np.sum(expected * points, axis=0) * points
    assert np.abs(out - expected).max() < 1e-12


def test_without_memory_the_direction_is_steepest_descent():
    points, gradient, out = columns(5, 3), drawn(1, 3, 5), np.empty((3, 5))
    lbfgs.direction(points, gradient, np.empty((2, 3, 5)), np.empty((2, 3, 5)), np.empty(2), 0, 0, out, np.empty(2))
    assert (out == -gradient).all()


def test_moves():
    points, vectors, out = columns(6, 4), drawn(1, 4, 6), np.empty((4, 6))
    tangent = vectors.copy()
    lbfgs.project(points, tangent)
    assert np.abs(np.sum(tangent * points, axis=0)).max() < 1e-14
    assert np.abs(vectors - tangent - np.sum(vectors * points, axis=0) * points).max() < 1e-14
    assert lbfgs.dot(tangent, vectors) == pytest.approx(np.vdot(tangent, vectors))
    assert lbfgs.longest_column(tangent) == pytest.approx(np.linalg.norm(tangent, axis=0).max())
    lbfgs.retract(points, tangent, 0.5, out)
    expected = points + 0.5 * tangent
    assert np.abs(out - expected / np.linalg.norm(expected, axis=0)).max() < 1e-15
    assert lbfgs.longest_move(points, out) == pytest.approx(np.linalg.norm(points - out, axis=0).max())
    moved, gradient, step, change = points.copy(), vectors.copy(), np.empty((4, 6)), np.empty((4, 6))
    product = lbfgs.remember(moved, out, gradient, tangent, step, change)
    assert (moved == out).all()
    assert (gradient == tangent).all()
    assert product == pytest.approx(np.vdot(out - points, tangent - vectors))
    assert np.abs(step - (out - points)).max() < 1e-15
    assert np.abs(change - (tangent - vectors)).max() < 1e-15


def test_the_next_length_is_the_least_of_the_parabola_within_limits():
    # Along a line the value is 1 - t + 3 t^2, least at 1/6.
    assert lbfgs.shortened(1.0, -1.0, 1.0, 3.0) == pytest.approx(1 / 6)
    assert lbfgs.shortened(1.0, -1.0, 1.0, 1.1) == pytest.approx(1 / 2.2)
    assert lbfgs.shortened(1.0, -1.0, 1.0, 1e9) == 0.1
    assert lbfgs.shortened(1.0, -1.0, 1.0, np.inf) == 0.1
