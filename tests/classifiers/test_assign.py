"""Assignment of code points to classes: exhaustive search for few classes, planted order for many, bounds."""

from itertools import permutations

import numpy as np
import pytest

from sphcode import SphericalCode
from sphcode.classifiers.assign import _improve, assign
from sphcode.errors import InvalidInputError


def random_code(n_points, dim, seed):
    points = np.random.default_rng(seed).standard_normal((n_points, dim))
    return SphericalCode(points / np.linalg.norm(points, axis=1, keepdims=True))


def random_similarity(n_classes, seed):
    values = np.random.default_rng(seed).standard_normal((n_classes, n_classes))
    return values + values.T


def cost(code, similarity, indices):
    total = 0.0
    for k in range(len(similarity)):
        for other in range(k):
            total += similarity[k, other] * (1 - code.points[indices[k]] @ code.points[indices[other]])
    return total


@pytest.mark.parametrize("n_classes", [2, 5, 7])
@pytest.mark.parametrize("seed", range(4))
def test_exhaustive_search_of_small_cases(n_classes, seed):
    code, similarity = random_code(7, 3, seed), random_similarity(n_classes, seed)
    costs = {p: cost(code, similarity, p) for p in permutations(range(7), n_classes)}
    best = min(costs.values())
    found = assign(code, similarity)
    assert found.cost == pytest.approx(cost(code, similarity, found.indices), abs=1e-12)
    assert found.cost == pytest.approx(best, abs=1e-12)
    assert found.lower_bound <= best + 1e-12
    assert found.random_cost == pytest.approx(np.mean(list(costs.values())), abs=1e-12)
    assert 1 <= found.hits <= found.n_starts == 16


def test_no_swap_and_no_unused_point_helps():
    code, similarity = random_code(14, 4, 1), random_similarity(10, 2)
    found = assign(code, similarity, n_starts=2)
    indices = list(found.indices)
    for k in range(10):
        for point in range(14):
            moved = list(indices)
            if point in moved:
                moved[moved.index(point)] = moved[k]
            moved[k] = point
            assert cost(code, similarity, moved) >= found.cost - 1e-10


def test_planted_order_on_a_circle_is_found():
    angles = 2 * np.pi * np.arange(30) / 30
    code = SphericalCode(np.column_stack([np.cos(angles), np.sin(angles)]))
    order = np.random.default_rng(3).permutation(30)
    similarity = (code.points @ code.points.T)[np.ix_(order, order)]
    found = assign(code, similarity)
    assert found.cost == pytest.approx(cost(code, similarity, order), abs=1e-9)
    assert found.cost == pytest.approx(found.lower_bound, abs=1e-9)


def test_bound_is_below_on_larger_cases_and_seeds_repeat():
    code, similarity = random_code(40, 6, 5), random_similarity(40, 6)
    first, second = assign(code, similarity, rng=4), assign(code, similarity, rng=4)
    np.testing.assert_array_equal(first.indices, second.indices)
    assert first.lower_bound < first.cost < first.random_cost
    assert sorted(first.indices) == list(range(40))
    assert first.to_dict()["indices"] == first.indices.tolist()
    assert "hits=" in repr(first)


def test_the_sign_turns_attraction_into_repulsion():
    code = SphericalCode(np.vstack([np.eye(2), -np.eye(2)]))
    alike = np.zeros((4, 4))
    alike[0, 1] = alike[1, 0] = 1.0
    near, far = assign(code, alike), assign(code, -alike)
    cosine = [code.points[a.indices[0]] @ code.points[a.indices[1]] for a in (near, far)]
    assert cosine == [0.0, -1.0]


def test_constant_similarity_ends():
    code = random_code(12, 3, 0)
    found = assign(code, np.ones((12, 12)))
    assert found.cost == pytest.approx(found.random_cost, abs=1e-9)
    start = np.arange(12)
    zero = np.zeros((12, 12))
    np.testing.assert_array_equal(_improve(zero, code.points @ code.points.T, start), start)


@pytest.mark.parametrize(
    ("similarity", "options", "message"),
    [
        (np.triu(np.ones((3, 3))), {}, "`similarity` must be a symmetric matrix"),
        (np.ones((3, 2)), {}, "`similarity` must be a symmetric matrix"),
        (np.full((3, 3), np.nan), {}, "free of NaN"),
        (np.ones((6, 6)), {}, "`code` must be at least 6 points"),
        (np.ones((3, 3)), {"n_starts": 0}, "`n_starts`"),
    ],
)
def test_refusals(similarity, options, message):
    with pytest.raises(InvalidInputError, match=message):
        assign(random_code(5, 3, 0), similarity, **options)
