import naive
import numpy as np
import pytest

from sphcode.kernels.columns import (
    check_candidates,
    check_scores,
    recompute_scores,
    solve_easy_rows,
    solve_rows,
)
from sphcode.margins.rows import Rows

W = naive.random_unit(40, 4, seed=3)
ROWS = Rows(W).arrays
SINGLE = Rows((0.5 * W - 0.1).astype(np.float32)).arrays
ONES = np.ones(40, np.float32)
K = 17


def solve(ids, state=None):
    support, lam, size = state or (np.zeros((1, 5), np.int64), np.zeros((1, 5)), np.zeros(1, np.int64))
    u, upper, lower = np.zeros((1, 4)), np.zeros(1), np.zeros(1)
    kept, scales, left = np.empty((1, 15), np.float32), np.ones(1), np.zeros(1, np.bool_)
    here, ids = (np.array([K]), np.array([0])), np.array([ids])
    solve_easy_rows(ROWS, SINGLE, 2.0, *here, ids, support, lam, size, 1e-15, True, u, upper, lower, kept, scales, left)
    assert left[0] or ids.size <= 4
    assert scales[0] == 0.0
    if left[0]:
        solve_rows(ROWS, *here, ids, support, lam, size, 1e-15, u, upper, lower)
    return (support, lam, size), u, upper, lower


def check(u, upper, lower, room, known=()):
    """Check against all, `known` being the support: the candidates and their margins, and whether one is new."""
    scores = (u @ W.T).astype(np.float32)
    limit = (u @ W[K] - lower - 1e-6).astype(np.float32)
    doubtful = [j for j in np.argsort(-scores[0]) if j != K and scores[0, j] > limit[0]]
    ids = np.full((1, room), -1)
    ids[0, : len(doubtful)] = doubtful[:room]
    fresh, full = np.zeros(1, dtype=np.bool_), np.zeros(1, dtype=np.bool_)
    margins, support, size = np.zeros(ids.shape), np.array([known], dtype=np.int64), np.array([len(known)])
    check_candidates(ROWS, np.array([K]), u, ids, upper, 1e-14, support, size, lower, margins, fresh, full)
    if full[0]:
        check_scores(ROWS, np.array([K]), u, scores.view(np.uint32), 0, 0, ONES, limit, ids, lower, fresh)
    return ids[0], margins[0], fresh[0]


def test_all_other_classes_give_the_distance():
    (support, lam, size), u, upper, lower = solve([j for j in range(40) if j != K])
    assert upper[0] == pytest.approx(naive.one_vs_rest(W)[K], abs=1e-14)
    assert lower[0] == pytest.approx(upper[0], abs=1e-14)
    assert lam[0, : size[0]].sum() == pytest.approx(1)
    assert W[K] - lam[0, : size[0]] @ W[support[0, : size[0]]] == pytest.approx(upper[0] * u[0], abs=1e-14)


@pytest.mark.parametrize("room", [2, 39])
def test_a_missing_class_is_found(room):
    (support, *_), *_ = solve([j for j in range(40) if j != K])
    missing = support[0, 0]
    state, u, upper, lower = solve([j for j in range(40) if j not in (K, missing)])
    ids, _, fresh = check(u, upper, lower, room)
    assert fresh
    assert missing in ids
    assert lower[0] < upper[0]
    _, _, nearer, _ = solve(ids[ids >= 0], state)
    assert naive.one_vs_rest(W)[K] - 1e-14 <= nearer[0] < upper[0] - 1e-6


@pytest.mark.parametrize("room", [1, 39])
def test_nothing_new_leaves_the_minimum_over_all(room):
    _, u, upper, lower = solve([j for j in range(40) if j != K])
    _, _, fresh = check(u, upper, lower, room)
    assert not fresh
    assert lower[0] == pytest.approx(min(u[0] @ (W[K] - W[j]) for j in range(40) if j != K), abs=1e-15)


def test_margins_are_those_of_candidates_outside_the_support():
    (support, _, size), u, upper, lower = solve([j for j in range(30) if j != K])
    known = support[0, : size[0]].tolist()
    ids, margins, _ = check(u, upper, lower, 39, known)
    for j, margin in zip(ids, margins, strict=True):
        assert margin == (np.inf if j in known or j < 0 else pytest.approx(u[0] @ (W[K] - W[j]), abs=1e-15))
    assert np.isin(known, ids).any()
    assert np.isfinite(margins).any()


def test_scores_again():
    rows, columns, out = np.array([0, 3, 3]), np.array([7, 7, 39]), np.empty(3)
    recompute_scores(ROWS, W, rows, columns, out)
    assert out == pytest.approx(np.einsum("ij,ij->i", W[rows], W[columns]), abs=1e-15)
