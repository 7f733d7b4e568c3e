"""What is best at the head's own temperature."""

import numpy as np
import pytest

from sphcode import compare
from sphcode.classifiers.temperature import logit_scale, temperature_optimum
from sphcode.errors import InvalidInputError


def test_the_scale_is_the_given_one_else_the_stated_one():
    assert logit_scale(3.0, {"scale": "10"}) == 3.0
    assert logit_scale(None, {"scale": "10"}) == 10.0
    assert logit_scale(None, {}) is None
    assert logit_scale(None, {"scale": "large"}) is None
    with pytest.raises(InvalidInputError, match="`scale` must be"):
        logit_scale(-1.0, {})


def test_the_optimum_of_a_simplex_is_the_simplex_at_every_scale():
    optimum = temperature_optimum(4, 5, 10.0)
    assert optimum.one_vs_rest_distance == pytest.approx(1.25, abs=1e-6)
    # One right logit at 10, four wrong ones at -10 / 4.
    assert np.exp(optimum.log_loss) == pytest.approx(np.log1p(4 * np.exp(-12.5)), rel=1e-6)


def test_it_is_null_with_the_reason():
    assert "not known" in temperature_optimum(4, 5, None).note
    assert "20000 entries" in temperature_optimum(100, 1000, 10.0).note
    rows = np.random.default_rng(0).standard_normal((8, 3))
    assert compare(rows).temperature.one_vs_rest_distance is None
    assert compare(rows, scale=5.0).to_dict()["temperature"]["one_vs_rest_distance"] > 0
