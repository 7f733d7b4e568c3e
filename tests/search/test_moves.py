import naive
import numpy as np
import pytest

from sphcode.search.moves import cap_kick, exchange, global_kick, hole, random_move, reinsert, turned_cap
from sphcode.search.strategies.hopping import accepted


def test_a_hole_is_far_from_all_points():
    points = np.delete(np.concatenate([np.eye(3), -np.eye(3)]), 2, axis=0)
    assert hole(points, np.random.default_rng(0)) @ np.array([0, 0, 1.0]) > 0.99


@pytest.mark.parametrize(("move", "most"), [("reinsert", 2), ("cap", 14), ("global", 30)])
def test_moves_shift_as_many_points_as_they_say(move, most):
    points, rng = naive.random_unit(30, 4, 0), np.random.default_rng(1)
    moves = {
        "reinsert": lambda: reinsert(points, rng, 2),
        "cap": lambda: cap_kick(points, 0.3, rng),
        "global": lambda: global_kick(points, 0.3, rng),
    }
    for _ in range(10):
        moved = moves[move]()
        shifted = np.abs(moved - points).max(axis=1) > 1e-12
        assert 2 <= shifted.sum() <= most
        assert np.abs(np.linalg.norm(moved, axis=1) - 1.0).max() < 1e-14


def test_all_three_moves_are_made():
    points, rng = naive.random_unit(40, 3, 0), np.random.default_rng(0)
    shifted = [int((np.abs(random_move(points, rng) - points).max(axis=1) > 1e-12).sum()) for _ in range(100)]
    assert 30 < sum(count <= 2 for count in shifted) < 75
    assert 10 < sum(count == 40 for count in shifted) < 40


def test_caps_are_turned_and_points_exchanged_when_asked_for_only():
    points = naive.random_unit(40, 3, 0)

    def kept(wide):
        rng = np.random.default_rng(2)
        moved = [random_move(points, rng, wide=wide) for _ in range(200)]
        return [int((np.abs(one - points).max(axis=1) < 1e-12).sum()) for one in moved]

    # A turned cap of 15 to 20 points is the one move that shifts as many and keeps the others.
    assert not any(20 <= count <= 25 for count in kept(False))
    assert any(20 <= count <= 25 for count in kept(True))


def test_hops_uphill_are_accepted_with_an_exponential_chance():
    rng = np.random.default_rng(0)
    assert all(accepted(0.5, 0.6, 0.005, rng) for _ in range(100))
    assert not any(accepted(0.6 + 1e-9, 0.6, 0.0, rng) for _ in range(100))
    rise = 0.005 * (1.0 - 0.6)
    share = np.mean([accepted(0.6 + rise, 0.6, 0.005, rng) for _ in range(4000)])
    assert share == pytest.approx(np.exp(-1.0), abs=0.03)


def test_an_exchange_keeps_the_size_and_moves_few_points():
    points, rng = naive.random_unit(30, 4, 0), np.random.default_rng(1)
    for count in (1, 3, 5):
        moved = exchange(points, rng, count)
        assert moved.shape == points.shape
        kept = (np.abs(moved[:, None] - points[None]).max(axis=2) < 1e-12).any(axis=1).sum()
        assert 30 - count - 1 <= kept <= 30 - count


@pytest.mark.parametrize("dim", [2, 3, 5])
def test_a_turned_cap_keeps_its_inner_products(dim):
    points, rng = naive.random_unit(30, dim, 0), np.random.default_rng(1)
    for _ in range(10):
        moved = turned_cap(points, rng)
        shifted = np.abs(moved - points).max(axis=1) > 1e-12
        assert 1 <= shifted.sum() <= 15
        cap, before = moved[shifted], points[shifted]
        np.testing.assert_allclose(cap @ cap.T, before @ before.T, atol=1e-12)
