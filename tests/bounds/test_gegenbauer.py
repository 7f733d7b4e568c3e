"""Gegenbauer polynomials against scipy, their derivatives against differences."""

import numpy as np
import pytest
from scipy.special import eval_gegenbauer

from sphcode.bounds.gegenbauer import chebyshev, derivatives, gegenbauer, harmonics

T = np.linspace(-1, 1, 41)


@pytest.mark.parametrize("dim", [3, 4, 8, 24])
def test_values_are_normalised_gegenbauer_polynomials(dim):
    values = gegenbauer(dim, 12, T)
    for k in range(13):
        alpha = dim / 2 - 1
        np.testing.assert_allclose(values[k], eval_gegenbauer(k, alpha, T) / eval_gegenbauer(k, alpha, 1.0), atol=1e-12)


def test_derivatives_are_those_of_differences():
    coefficients, step = np.random.default_rng(0).standard_normal(9), 1e-4
    inner = T[1:-1]
    middle, first, second = derivatives(5, coefficients, inner)
    after, before = (derivatives(5, coefficients, inner + sign * step)[0] for sign in (1, -1))
    np.testing.assert_allclose(first, (after - before) / (2 * step), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(second, (after - 2 * middle + before) / step**2, rtol=1e-4, atol=1e-3)


def test_nodes_and_dimensions():
    nodes = chebyshev(-1.0, 0.5, 10)
    assert nodes[0] == -1.0
    assert nodes[-1] == 0.5
    assert (np.diff(nodes) > 0).all()
    assert [harmonics(3, k) for k in range(5)] == [1, 3, 5, 7, 9]
    assert [harmonics(2, k) for k in range(4)] == [1, 2, 2, 2]
