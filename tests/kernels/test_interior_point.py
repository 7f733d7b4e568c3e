import naive
import numpy as np
import pytest

from sphcode.kernels.active_set import balance, newton
from sphcode.kernels.descent import descend
from sphcode.kernels.interior_point import interior_point, starting

NONE = np.zeros(0, np.int64)
ICOSAHEDRON = np.array(
    [np.roll([0.0, a, b * (1 + 5**0.5) / 2], k) for k in range(3) for a in (1, -1) for b in (1, -1)]
) / np.sqrt(1 + ((1 + 5**0.5) / 2) ** 2)


def perturbed(scale):
    points = ICOSAHEDRON + scale * np.random.default_rng(3).standard_normal(ICOSAHEDRON.shape)
    return points / np.linalg.norm(points, axis=1, keepdims=True)


@pytest.mark.parametrize("scale", [1e-6, 1e-2, 1e-1])
def test_interior_point_and_newton_reach_the_icosahedron(scale):
    points = perturbed(scale)
    iterate = interior_point(points, NONE, starting(scale, 24), 1.6, 60, 1e-13, False, 100)
    first, second, slack, multipliers = iterate.first, iterate.second, iterate.slack, iterate.multipliers
    assert iterate.iterations < 40
    assert naive.max_cosine(points) == pytest.approx(5**-0.5, abs=1e-12)
    active = multipliers > slack
    assert active.sum() == 30
    assert (first > second).all()
    first, second, multipliers = first[active], second[active], multipliers[active]
    spread, residual = newton(points, NONE, first, second, multipliers)
    assert max(spread, residual) < 1e-14
    assert residual == pytest.approx(
        naive.stress_residual(points, list(zip(first, second, strict=True)), multipliers), abs=1e-14
    )


def test_patience_tells_contacts_from_near_misses():
    points = naive.random_unit(60, 3, 1)
    arguments = (np.zeros((0, 3, 3)), NONE, NONE, NONE, np.zeros(0))
    descend(points[None], 60, arguments, np.array([[3, 60], [7, 100]]), np.array([1e-3, 1e-3]))
    iterate = interior_point(points, NONE, starting(1e-3, 120), 1.6, 600, 1e-22, True, 300)
    ratio = np.sort(np.log10(iterate.multipliers / iterate.slack))
    assert np.diff(ratio).max() > 15
    active = iterate.multipliers > iterate.slack
    multipliers = iterate.multipliers[active]
    assert active.sum() >= 2 * len(set(iterate.first[active]) | set(iterate.second[active])) - 2
    spread, residual = newton(points, NONE, iterate.first[active], iterate.second[active], multipliers)
    assert max(spread, residual) < 1e-14
    assert multipliers.min() > 0.0


def test_interior_point_goes_on_where_it_was_left():
    whole, parts = perturbed(1e-2), perturbed(1e-2)
    iterate = interior_point(whole, NONE, starting(1e-2, 24), 1.6, 60, 1e-13, False, 12)
    resumed = starting(1e-2, 24)
    for _ in range(4):
        resumed = interior_point(parts, NONE, resumed, 1.6, 60, 1e-13, False, 3)
    assert resumed.iterations == iterate.iterations
    assert np.abs(parts - whole).max() < 1e-9


def test_balance_sees_a_missing_force():
    pairs = [(i, j) for i in range(12) for j in range(i) if ICOSAHEDRON[i] @ ICOSAHEDRON[j] > 0.4]
    first, second = np.array(pairs).T
    weights = np.ones(30)
    assert balance(ICOSAHEDRON, first, second, weights) < 1e-15
    weights[0] = 0.5
    assert balance(ICOSAHEDRON, first, second, weights) == pytest.approx(
        naive.stress_residual(ICOSAHEDRON, pairs, weights), rel=1e-12
    )
    assert balance(ICOSAHEDRON, first, second, weights) > 0.1
