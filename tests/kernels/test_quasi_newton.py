import naive
import numpy as np
import pytest

from sphcode.kernels.quasi_newton import direction, longest_move, project, remember, retract


def drawn(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("count", [1, 3])
def test_direction_is_that_of_updated_matrices(count):
    points, gradient = naive.random_unit(5, 3, 0), drawn(1, 5, 3)
    steps = drawn(2, 4, 5, 3)
    changes = steps + 0.3 * drawn(3, 4, 5, 3)
    curvature = np.array([1.0 / np.vdot(s, y) for s, y in zip(steps, changes, strict=True)])
    out = np.empty((5, 3))
    # The memory is a ring: the next pair goes to place 1, so the newest is at 0 and then 3, 2.
    slope, longest = direction(points, gradient, steps, changes, curvature, count, 1, out)
    used = [2, 3, 0][3 - count :]
    expected = naive.bfgs_direction(gradient, steps[used], changes[used])
    expected -= np.sum(expected * points, axis=1, keepdims=True) * points
    assert np.abs(out - expected).max() < 1e-12
    assert slope == pytest.approx(np.vdot(expected, gradient))
    assert longest == pytest.approx(np.linalg.norm(expected, axis=1).max())


def test_without_memory_the_direction_is_steepest_descent():
    points, gradient, out = naive.random_unit(5, 3, 0), drawn(1, 5, 3), np.empty((5, 3))
    slope, _ = direction(points, gradient, np.empty((2, 5, 3)), np.empty((2, 5, 3)), np.empty(2), 0, 0, out)
    assert (out == -gradient).all()
    assert slope == pytest.approx(-np.vdot(gradient, gradient))


def test_moves():
    points, vectors, out = naive.random_unit(6, 4, 0), drawn(1, 6, 4), np.empty((6, 4))
    tangent = vectors.copy()
    assert project(points, tangent) == pytest.approx(np.vdot(tangent, tangent))
    assert np.abs(np.sum(tangent * points, axis=1)).max() < 1e-14
    assert np.abs(vectors - tangent - np.sum(vectors * points, axis=1, keepdims=True) * points).max() < 1e-14
    retract(points, tangent, 0.5, out)
    expected = points + 0.5 * tangent
    assert np.abs(out - expected / np.linalg.norm(expected, axis=1, keepdims=True)).max() < 1e-15
    assert longest_move(points, out) == pytest.approx(np.linalg.norm(points - out, axis=1).max())
    moved, gradient, step, change = points.copy(), vectors.copy(), np.empty((6, 4)), np.empty((6, 4))
    product = remember(moved, out, gradient, tangent, step, change)
    assert (moved == out).all()
    assert (gradient == tangent).all()
    assert product == pytest.approx(np.vdot(out - points, tangent - vectors))
    assert np.abs(step - (out - points)).max() < 1e-15
    assert np.abs(change - (tangent - vectors)).max() < 1e-15
