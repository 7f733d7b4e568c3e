import numpy as np
import pytest

from sphcode.kernels.support_factor import affine_minimiser, append, back_substitute, equaliser, remove


def factored(P, shift, rows):
    """The factor of the support `rows`, each of which could be appended, and y."""
    n = len(P)
    L, y, column = np.zeros((n + 1, n + 2)), np.zeros(n + 1), np.zeros(n)
    for size, a in enumerate(rows):
        column[:size] = P[rows[:size]] @ P[a] + shift
        assert append(L, y, size, column, P[a] @ P[a] + shift)
    return L, y


@pytest.mark.parametrize("gone", [0, 3, 7])
def test_factor_of_what_was_appended_and_removed(gone):
    P, shift, rows = np.random.default_rng(0).standard_normal((9, 20)), 0.7, np.array([4, 0, 7, 2, 8, 1, 3, 6])
    L, y = factored(P, shift, rows)
    for size in (8, 7):
        if size == 7:
            remove(L, y, 8, gone)
            rows = np.delete(rows, gone)
        lower = np.tril(L[:size, :size])
        np.testing.assert_allclose(lower @ lower.T, P[rows] @ P[rows].T + shift, atol=1e-13)
        np.testing.assert_allclose(lower @ y[:size], np.ones(size), atol=1e-13)
        z = y[:size].copy()
        back_substitute(L, size, z)
        np.testing.assert_allclose(lower.T @ z, y[:size], atol=1e-13)


def test_a_vector_in_the_affine_hull_is_not_appended():
    P = np.random.default_rng(1).standard_normal((4, 10))
    P[3] = 2 * P[0] - P[1]
    L, y = factored(P, 1.0, np.arange(3))
    assert not append(L, y, 3, P[:3] @ P[3] + 1.0, P[3] @ P[3] + 1.0)


@pytest.mark.parametrize("refine", [False, True])
def test_nearest_point_of_an_affine_hull(refine):
    P, rows = np.random.default_rng(2).standard_normal((6, 9)), np.array([5, 1, 3, 0])
    L, y = factored(P, 0.5, rows)
    v, c, x, part = np.empty(6), np.empty(6), np.empty(9), np.empty(9)
    affine_minimiser(P, L, y, rows, 4, refine, v, c, x, part)
    point = v[:4] @ P[rows]
    assert v[:4].sum() == pytest.approx(1.0, abs=1e-13)
    np.testing.assert_allclose(P[rows] @ point, np.full(4, point @ point), atol=1e-13)


def test_one_refinement_makes_products_equal():
    P, rows = np.random.default_rng(3).standard_normal((5, 9)), np.arange(4)
    L, _ = factored(P, 0.5, rows)
    c, x = np.empty(5), np.random.default_rng(4).standard_normal(9)
    equaliser(L, 4, P[:4] @ x, c)
    assert np.ptp(P[:4] @ (x + c[:4] @ P[:4])) < 1e-12
