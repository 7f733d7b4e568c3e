import numpy as np
import pytest

from sphcode.kernels.hull import min_norm_point
from sphcode.kernels.pivoting import easy_min_norm_point, room
from sphcode.margins.rows import Rows


def solve(rows, warm=0, lam=(), refined=True, tol=1e-14, single=None, unit=1.0, kept=None, scale=0.0):
    """The nearest point of the hull of all rows but the first to the first: support, weights, direction, norm, lower,
    and the scale of the Gram matrix that was kept."""
    n, dim = rows.shape
    single = rows if single is None else single
    space = room(n, dim)
    u, weights, chosen = np.zeros(space.wide.shape[1]), np.zeros(n), np.empty(n, dtype=np.int64)
    weights[:warm] = lam
    kept = np.empty(n * n, np.float32) if kept is None else kept
    size, norm, lower, scale = easy_min_norm_point(
        Rows(rows).arrays, rows[0].astype(float), Rows(single).arrays, single[0].astype(float), unit,
        np.arange(1, n), n - 1, warm, weights, tol, refined, chosen, u, kept,
        scale, space,
    )  # fmt: skip
    return chosen[:size], weights[:size], u[:dim], norm, lower, scale


def exactly(rows):
    differences = rows[0] - rows[1:]
    support, weights, u = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows)), np.zeros(rows.shape[1])
    size, norm, lower = min_norm_point(differences, support, weights, 0, 1e-14, u)
    return support[:size], weights[:size], u, norm, lower


def random_rows(n, dim, seed=0, common=1.0):
    rows = np.random.default_rng(seed).standard_normal((n, dim)) / np.sqrt(dim)
    rows[0, 0] += common
    return rows


@pytest.mark.parametrize(("n", "dim"), [(2, 3), (12, 40), (60, 64), (120, 128)])
def test_the_point_is_that_of_wolfe(n, dim):
    rows = random_rows(n, dim)
    support, weights, direction, norm, lower, _ = solve(rows)
    expected = exactly(rows)
    assert sorted(support) == sorted(expected[0])
    assert norm == pytest.approx(expected[3], abs=2e-15)
    assert norm - 1e-14 <= lower <= norm + 1e-15
    assert weights.min() > 0.0
    np.testing.assert_allclose(direction, expected[2], atol=1e-12)
    x = weights / weights.sum() @ (rows[0] - rows[1:][support])
    assert np.linalg.norm(x) == pytest.approx(norm, abs=2e-15)


@pytest.mark.parametrize("scale", [1e-60, 1e50])
def test_any_scale(scale):
    rows = random_rows(40, 32)
    assert solve(scale * rows, tol=1e-14 * scale)[3] == pytest.approx(scale * solve(rows)[3], rel=1e-13)


def test_float32_rows_that_are_moved_and_scaled_propose_the_same_support():
    rows = random_rows(60, 64)
    single = (rows / 3.0 - 0.05).astype(np.float32)
    for refined in (True, False):
        expected, found = solve(rows, refined=refined), solve(rows, refined=refined, single=single, unit=3.0)
        assert sorted(found[0]) == sorted(expected[0])
        assert found[3:5] == pytest.approx(expected[3:5], abs=1e-14 if refined else 1e-6)


def test_float32_rows_that_are_others_are_noticed():
    """The weights of a wrong support cannot be refined, or its margins show it: no answer is off."""
    rows, other = random_rows(60, 64), random_rows(60, 64, seed=1).astype(np.float32)
    support, _, direction, norm, lower, _ = solve(rows, single=other)
    if len(support):
        assert norm - lower <= 1e-14
        assert lower == pytest.approx((direction @ (rows[0] - rows[1:][support]).T).min(), abs=1e-14)


def test_a_warm_start_gives_the_same_point():
    rows = random_rows(60, 64)
    few = solve(rows[:40])
    order = np.concatenate([few[0], np.setdiff1d(np.arange(len(rows) - 1), few[0])])
    moved = np.vstack([rows[:1], rows[1:][order]])
    warm = solve(moved, len(few[0]), few[1])
    assert warm[3] == pytest.approx(exactly(rows)[3], abs=2e-15)


@pytest.mark.parametrize("n_few", [39, 40, 41])
def test_the_gram_matrix_of_a_rough_support_is_used_again(n_few):
    rows, kept = random_rows(60, 64), np.full(60 * 60, np.nan, dtype=np.float32)
    few = solve(rows[:n_few], refined=False, kept=kept)
    size = len(few[0])
    P = few[5] * (rows[0] - rows[1:][few[0]])
    np.testing.assert_allclose(kept[: size * (size + 1) // 2], (P @ P.T)[np.tril_indices(size)], atol=1e-6)
    order = np.concatenate([few[0], np.setdiff1d(np.arange(len(rows) - 1), few[0])])
    moved = np.vstack([rows[:1], rows[1:][order]])
    warm = solve(moved, size, few[1], kept=kept, scale=few[5])
    assert sorted(warm[0]) == sorted(solve(moved, size, few[1])[0])
    assert warm[3] == pytest.approx(exactly(rows)[3], abs=2e-15)
    assert warm[5] == 0.0


def test_a_rough_direction_is_near_the_best():
    rows = random_rows(60, 64)
    norm = exactly(rows)[3]
    _, weights, direction, rough, lower, _ = solve(rows, refined=False)
    assert norm - 1e-15 <= rough <= 1.01 * norm
    assert weights.min() >= 0.0
    assert lower <= rough
    assert np.linalg.norm(direction) == pytest.approx(1.0)


def test_a_nearest_warm_start_is_left_to_wolfe():
    """Float32 sees nothing to do: what a check in float64 found must not be answered by the same point again."""
    rows = random_rows(40, 32)
    support, weights, *_ = solve(rows)
    moved = np.vstack([rows[:1], rows[1:][support]])
    assert len(solve(moved, len(support), weights / weights.sum())[0]) == 0


@pytest.mark.parametrize(
    "rows",
    [
        np.ones((5, 6)),  # all equal
        np.vstack([np.zeros((1, 4)), np.eye(4)[:3], -np.eye(4)[:3].sum(axis=0)]),  # inside the hull
        np.vstack([random_rows(20, 48), random_rows(20, 48)[1:] + 1e-9]),  # nearly every row twice
        1e200 * random_rows(8, 8),  # squares overflow
        np.vstack([random_rows(7, 8)[:1], random_rows(7, 8)]),  # the row itself is one of the others
    ],
)
def test_what_is_not_easy_is_refused_or_right(rows):
    with np.errstate(all="ignore"):
        support, _, _, norm, lower, _ = solve(rows)
    if len(support):
        expected = exactly(rows)
        assert norm == pytest.approx(expected[3], abs=1e-14)
        assert norm - lower <= 1e-14
