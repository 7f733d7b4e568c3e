from itertools import islice

import numpy as np
import pytest
from flint import fmpq, fmpq_poly
from scipy.special import eval_gegenbauer, eval_legendre

from sphcode.proofs.gegenbauer import coefficients_of, expand, sign_change, values


@pytest.mark.parametrize("dim", [3, 4, 8, 24])
def test_values_are_normalised_gegenbauer_polynomials(dim):
    for t in (-0.7, 0.0, 0.3, 1.0):
        found = [float(value.p) / float(value.q) for value in islice(values(dim, fmpq(*t.as_integer_ratio())), 9)]
        index = (dim - 2) / 2
        expected = [eval_gegenbauer(k, index, t) / eval_gegenbauer(k, index, 1.0) for k in range(9)]
        assert found == pytest.approx(expected, abs=1e-12)
    assert eval_legendre(5, 0.3) == pytest.approx(float(next(islice(values(3, 0.3), 5, None))))


@pytest.mark.parametrize("dim", [2, 3, 7])
def test_expand_and_coefficients_are_inverse(dim):
    rng = np.random.default_rng(dim)
    coefficients = [fmpq(int(rng.integers(-9, 10)), int(rng.integers(1, 7))) for _ in range(8)] + [fmpq(1)]
    assert coefficients_of(dim, expand(dim, coefficients)) == coefficients


def test_where_a_polynomial_begins_to_be_positive():
    simple = fmpq_poly([-1, 2])  # 2 t - 1
    assert float(sign_change(simple, fmpq(-1), fmpq(0)).mid()) == 0.5
    touching = fmpq_poly([-1, 2]) * fmpq_poly([1, 3]) ** 2  # a double root at -1/3 changes no sign
    assert float(sign_change(touching, fmpq(-1), fmpq(0)).mid()) == 0.5
    assert sign_change(fmpq_poly([1, 0, -4]) * -1, fmpq(-1), fmpq(0)) is None  # 4 t^2 - 1 > 0 at -1
    assert float(sign_change(fmpq_poly([-2]), fmpq(-1), fmpq(0)).mid()) == 1.0
