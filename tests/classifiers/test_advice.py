"""Scale, margins and dimension that a distance allows."""

import numpy as np
import pytest

from sphcode import bound, construct, one_vs_rest
from sphcode.classifiers.advice import advise, scale_for_posterior, smallest_dim
from sphcode.errors import InvalidInputError


@pytest.mark.parametrize("posterior", [0.9, 0.999])
def test_the_scale_gives_every_class_the_wanted_posterior(posterior):
    rows = construct(3, 12).code().points
    result = one_vs_rest(rows)
    scale = scale_for_posterior(result.minimum, 12, posterior)
    logits = scale * result.directions @ rows.T
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    reached = np.diag(shares) / shares.sum(axis=1)
    assert reached.min() >= posterior - 1e-12


def test_the_smallest_dimension_is_where_the_ceiling_first_allows_the_distance():
    assert smallest_dim(240, 0.5, most=100) == 8
    dim = smallest_dim(100, 0.6, most=50)
    assert bound(dim, 100, method="closed-form").one_vs_rest_upper_bound >= 0.6
    assert bound(dim - 1, 100, method="closed-form").one_vs_rest_upper_bound < 0.6


def test_advice_of_a_code_that_is_as_good_as_possible():
    advice = advise(0.5, 60.0, 240, 8)
    assert advice["smallest_dim"] == 8
    assert advice["scales"]["0.99"] > advice["scales"]["0.9"]


@pytest.mark.parametrize(("distance", "posterior"), [(0.0, 0.9), (0.5, 1.0), (0.5, 0.0)])
def test_impossible_wishes_are_refused(distance, posterior):
    with pytest.raises(InvalidInputError):
        scale_for_posterior(distance, 10, posterior)
