import naive
import numpy as np
import pytest

from sphcode.kernels.feature_model import log_loss


def loss(features, weights, scale):
    gradients = np.empty((2, *features.shape))
    return log_loss(features, weights, scale, *gradients), gradients


@pytest.mark.parametrize("scale", [0.3, 1.0, 20.0])
def test_value_against_the_definition(scale):
    features, weights = naive.random_unit(7, 3, seed=1), naive.random_unit(7, 3, seed=2)
    assert loss(features, weights, scale)[0] == pytest.approx(naive.log_cross_entropy(features, weights, scale) / scale)


@pytest.mark.parametrize("scale", [0.5, 10.0, 3000.0])
def test_gradient_against_differences(scale):
    features, weights = naive.random_unit(6, 3, seed=3), naive.random_unit(6, 3, seed=4)
    both = np.stack([features, weights])
    gradients = loss(features, weights, scale)[1]
    step = 1e-6 / max(1.0, scale / 100)
    for place in np.ndindex(both.shape):
        plus, minus = both.copy(), both.copy()
        plus[place] += step
        minus[place] -= step
        numeric = (loss(*plus, scale)[0] - loss(*minus, scale)[0]) / (2 * step)
        assert gradients[place] == pytest.approx(numeric, abs=2e-6)


def test_no_underflow_at_large_scale():
    """With all margins 1 the loss is exp(-scale) up to the number of terms: far below the smallest float."""
    points = np.vstack([np.eye(4), -np.eye(4)])
    value, gradients = loss(points, points, 5000.0)
    assert value == pytest.approx(-1.0 + np.log(6) / 5000, abs=1e-12)
    assert np.isfinite(gradients).all()
    assert np.abs(gradients).max() > 0.01
