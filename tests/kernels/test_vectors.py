import numpy as np
import pytest

from sphcode.kernels.vectors import combine, dot, gram_matrix, gram_prices


def test_dot_error_bound():
    rng = np.random.default_rng(0)
    for d in (1, 7, 64, 65, 1000):
        a, b = rng.standard_normal((2, d))
        exact = float(np.sum(a.astype(np.longdouble) * b))
        assert abs(dot(a, b) - exact) <= (64 + d / 64 + 1) * 2.0**-53 * np.linalg.norm(a) * np.linalg.norm(b)


@pytest.mark.parametrize("m", [1, 2, 3, 7, 20])
@pytest.mark.parametrize("known", [0, 1, 4])
def test_gram_matrices_and_what_is_known_of_them(m, known):
    P = np.random.default_rng(m).standard_normal((m, 33))
    exact, G = P @ P.T, np.full((m, m), np.nan)
    known = min(known, m)
    G[:known, :known] = np.tril(exact[:known, :known])
    gram_matrix(P, G, known)
    np.testing.assert_allclose(G, exact, atol=1e-13)


@pytest.mark.parametrize("size", [1, 3, 16, 37])
def test_combinations_and_prices(size):
    rng = np.random.default_rng(size)
    P, weights, support = rng.standard_normal((50, 12)), rng.random(50), rng.permutation(50)
    x, price = np.empty(12), np.empty(50)
    total = combine(P, support, size, weights, x, np.empty(12))
    assert total == pytest.approx(weights[:size].sum(), abs=1e-14)
    np.testing.assert_allclose(x, weights[:size] @ P[support[:size]], atol=1e-13)
    gram_prices(P @ P.T, weights, support, size, price)
    np.testing.assert_allclose(price, P @ x, atol=1e-12)
