import naive
import numpy as np
import pytest

from sphcode.kernels.hull import min_norm_point


def solve(P):
    m, d = P.shape
    support = np.zeros(max(m, d + 1), dtype=np.int64)
    lam = np.zeros(support.size)
    u = np.zeros(d)
    size, norm, lowest = min_norm_point(P, support, lam, 0, 1e-14, u)
    return support[:size], lam[:size], u, norm, lowest


@pytest.mark.parametrize("case", range(60))
def test_min_norm_point_against_nnls(case):
    rng = np.random.default_rng(case)
    d, m = int(rng.integers(2, 30)), int(rng.integers(1, 90))
    P = rng.standard_normal((m, d)) + 3 * rng.random() * np.eye(d)[0] * (case % 2)
    if case % 5 == 0:
        P *= 1e-3
    if case % 7 == 0 and m > 3:
        P[1], P[2] = P[0], P[0] + 1e-9 * rng.standard_normal(d)
    if case % 11 == 0:
        P = rng.standard_normal((m, 1)) * rng.standard_normal(d)
    support, lam, u, norm, lowest = solve(P)
    assert len(set(support.tolist())) == len(support)
    assert (lam >= 0).all()
    assert lam.sum() == pytest.approx(1, abs=1e-12)
    assert norm == pytest.approx(naive.hull_norm(P), abs=2e-13)
    assert np.linalg.norm(lam @ P[support]) == pytest.approx(norm, abs=1e-13)
    if norm > 1e-12:
        assert lowest == pytest.approx((P @ u).min(), abs=1e-13)
        assert norm - lowest <= 1e-13


def test_min_norm_point_meets_a_zero_row():
    P = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]])
    support, _, u, norm, lowest = solve(P)
    assert support.tolist() == [1]
    assert (norm, lowest) == (0.0, 0.0)
    assert not u.any()


def test_min_norm_point_of_a_warm_start_is_the_same():
    rng = np.random.default_rng(5)
    P = rng.standard_normal((40, 6)) + 1.0
    support, lam, _, norm, _ = solve(P)
    again = np.zeros(40, dtype=np.int64)
    again[: len(support)] = support
    weights = np.zeros(40)
    weights[: len(lam)] = lam
    size, norm2, _ = min_norm_point(P, again, weights, len(support), 1e-14, np.zeros(6))
    assert norm2 == pytest.approx(norm, abs=1e-14)
    assert sorted(again[:size]) == sorted(support)
