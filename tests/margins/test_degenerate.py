import naive
import numpy as np
import pytest

from sphcode.margins.degenerate import min_norm_point


@pytest.mark.parametrize("case", range(30))
def test_against_nnls(case):
    rng = np.random.default_rng(case)
    dim, m = int(rng.integers(2, 20)), int(rng.integers(1, 50))
    P = rng.standard_normal((m, dim)) + 3 * rng.random() * np.eye(dim)[0] * (case % 2)
    if case % 3 == 0:
        P = rng.standard_normal((m, 1)) * rng.standard_normal(dim)  # a line: every support of three is dependent
    ids, weights, u, norm, lowest = min_norm_point(P, np.arange(min(m, case % 4)), 1e-14)
    assert len(set(ids.tolist())) == len(ids)
    assert (weights > 0).all()
    assert weights.sum() == pytest.approx(1, abs=1e-13)
    assert np.linalg.norm(weights @ P[ids]) == pytest.approx(norm, abs=1e-14)
    assert norm == pytest.approx(naive.hull_norm(P), abs=2e-13)
    if norm > 1e-12:
        assert lowest == pytest.approx((P @ u).min(), abs=1e-13)
        assert norm - lowest <= 1e-13


def test_a_flat_hull_has_its_direction_to_rounding():
    P = np.random.default_rng(3).standard_normal((6, 3)) * [1, 1, 1e-10] + [0, 0, 1e-9]
    *_, norm, lowest = min_norm_point(P, np.arange(0), 1e-16)
    assert 1e-10 < norm < 1e-8
    assert norm - lowest <= 1e-15


def test_rows_that_are_zero():
    *_, u, norm, _ = min_norm_point(np.zeros((3, 2)), np.arange(1), 1e-14)
    assert norm == 0
    assert not u.any()
