import math
from itertools import pairwise

import pytest
from flint import arb, ctx, fmpq
from scipy import integrate, special

from sphcode.proofs.closed_forms import MAX_SIMPLEX_DIM, THEOREMS, evaluate, levenshtein, levenshtein_order, welch

KISSING = {3: 13.2857, 4: 26, 5: 48, 6: 84, 7: 142.1538, 8: 240, 9: 384.2466, 10: 605, 16: 8364, 24: 196560}
COXETER = {3: 13.397, 4: 26.440, 5: 48.703, 6: 85.814, 7: 146.570, 8: 244.623}


@pytest.mark.parametrize("dim", KISSING)
def test_levenshtein_kissing_bounds(dim):
    value, _ = levenshtein(dim, fmpq(1, 2))
    assert float(value.p) / float(value.q) == pytest.approx(KISSING[dim], rel=1e-5)


@pytest.mark.parametrize("dim", COXETER)
def test_coxeter_kissing_bounds(dim):
    assert float(evaluate("coxeter-boeroeczky", dim, fmpq(1, 2)).mid()) == pytest.approx(COXETER[dim], abs=5e-4)


@pytest.mark.parametrize("cosine", [0.05, 0.3, 0.7, 0.99])
def test_coxeter_is_fejes_toth_in_three_dimensions(cosine):
    exact = fmpq(*cosine.as_integer_ratio())
    assert evaluate("coxeter-boeroeczky", 3, exact).overlaps(evaluate("fejes-toth", 3, exact))


def test_coxeter_in_four_dimensions_by_quadrature():
    def facet(alpha):  # F_3, elementary
        return 2 / math.pi * (alpha - math.pi / 6)

    def simplex(alpha):  # F_4 = 2/pi times the integral of F_2(b), sec 2b = sec 2a - 2
        low = math.acos(1 / 3) / 2
        inner = integrate.quad(lambda a: math.acos(1 / (1 / math.cos(2 * a) - 2)) / math.pi, low, alpha)
        return 2 / math.pi * inner[0]

    for cosine in (0.3, 0.6, 0.9):
        alpha = math.acos(1 / (1 / cosine + 2)) / 2
        value = float(evaluate("coxeter-boeroeczky", 4, fmpq(*cosine.as_integer_ratio())).mid())
        assert value == pytest.approx(2 * facet(alpha) / simplex(alpha), rel=1e-7)


@pytest.mark.parametrize("dim", [3, 8, 100])
def test_cap_volume(dim):
    for cosine in (0.1, 0.8):
        value = float(evaluate("cap-volume", dim, fmpq(*cosine.as_integer_ratio())).mid())
        assert value == pytest.approx(2 / special.betainc((dim - 1) / 2, 0.5, (1 - cosine) / 2), rel=1e-10)


@pytest.mark.parametrize("theorem", THEOREMS)
@pytest.mark.parametrize("dim", [2, 3, 4, 7])
def test_bounds_increase_with_the_cosine(theorem, dim):
    # The inverse relies on it only to be strong, not to be true; equality at exact cosines does rely on it.
    found = [evaluate(theorem, dim, fmpq(k, 12)) for k in range(2, 12)]
    numbers = [arb(value) for value in found if value is not None]
    with ctx.workprec(128):
        assert all(left < right for left, right in pairwise(numbers))


def test_welch_ends_where_its_denominator_does():
    assert welch(4, fmpq(1, 2)) is None
    assert welch(4, fmpq(499, 1000)) > 0


def test_the_simplex_bound_is_evaluated_in_sixteen_dimensions_and_not_beyond():
    assert evaluate("coxeter-boeroeczky", MAX_SIMPLEX_DIM, fmpq(1, 2)).is_finite()
    assert evaluate("coxeter-boeroeczky", MAX_SIMPLEX_DIM + 1, fmpq(1, 2)) is None


@pytest.mark.parametrize(
    ("dim", "cosine", "order"),
    [(8, fmpq(1, 2), 7), (3, fmpq(-1, 3), 1), (8, fmpq(5000001, 10**7), 7), (8, fmpq(4999999, 10**7), 6)],
)
def test_orders(dim, cosine, order):
    """The E8 code and the simplex stand at the end of an interval, where only exact numbers tell."""
    assert levenshtein_order(dim, cosine) == order
