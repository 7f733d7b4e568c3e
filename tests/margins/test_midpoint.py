import doctest
from itertools import pairwise
from pathlib import Path

import naive
import numpy as np
import pytest

from sphcode import SphericalCode, midpoint, one_vs_rest, ufm
from sphcode.errors import InvalidInputError

SIZES = [(dim, n) for dim in (2, 3, 5, 9) for n in (2, 4, 8, 15, 40)]


@pytest.mark.parametrize(("dim", "n"), SIZES)
def test_theorem_on_random_rows(dim, n):
    for seed in range(5):
        W = SphericalCode(naive.random_unit(n, dim, seed))
        rho = one_vs_rest(W.points).minimum
        code = midpoint(W.points)
        assert 1 - W.max_cosine <= rho + 1e-14
        assert code.max_cosine <= 1 - rho + 1e-14
        assert code.provenance["margin"] == pytest.approx(rho, abs=1e-13)
        assert one_vs_rest(code.points).minimum >= 1 - code.max_cosine - 1e-14


@pytest.mark.parametrize(("dim", "n"), [(3, 5), (4, 9), (6, 20)])
def test_theorem_with_given_features(dim, n):
    """Features on either side of their class: noisy directions, also with <u, w> < 0."""
    tried = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        W = naive.random_unit(n, dim, seed)
        U = one_vs_rest(W).directions + 0.15 * rng.standard_normal((n, dim))
        U /= np.linalg.norm(U, axis=1, keepdims=True)
        margin = naive.hardmax_value(W, U)
        if margin > 0:
            tried += 1
            assert midpoint(W, U).max_cosine <= 1 - margin + 1e-14
    assert tried > 5


def test_features_behind_their_class_are_replaced():
    W = np.array([[1.0, 0.0], [np.cos(3.0), np.sin(3.0)]])
    U = np.array([[np.cos(-1.6), np.sin(-1.6)], [np.cos(3.0), np.sin(3.0)]])
    margin = naive.hardmax_value(W, U)
    assert U[0] @ W[0] < 0 < margin
    code = midpoint(W, U)
    assert code.max_cosine <= 1 - margin
    assert code.points[0] @ W[0] == pytest.approx(np.sqrt(0.5))


def test_optimal_codes_are_fixed_points():
    for points in (np.vstack([np.eye(4), -np.eye(4)]), naive_icosahedron()):
        assert midpoint(points).points == pytest.approx(points, abs=1e-13)


def naive_icosahedron():
    golden = (1 + np.sqrt(5)) / 2
    rows = [np.roll([0, a, b * golden], shift) for a in (1, -1) for b in (1, -1) for shift in range(3)]
    return np.array(rows) / np.linalg.norm(rows[0])


def test_iterates_descend():
    code = SphericalCode(naive.random_unit(12, 3, seed=1))
    cosines = [code.max_cosine]
    for _ in range(30):
        code = midpoint(code.points)
        cosines.append(code.max_cosine)
    assert all(after <= before + 1e-14 for before, after in pairwise(cosines))
    assert cosines[-1] < cosines[0] - 0.1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1, 0], [1, 0]],), "pairwise different rows"),
        (([[2, 0], [0, 1]],), "`weights` must be rows of norm 1"),
        ((np.eye(3), np.eye(2)), "`features` must be of the weights' shape"),
        ((np.eye(3), 2 * np.eye(3)), "`features` must be rows of norm 1"),
        ((np.eye(3), -np.eye(3)), "margin of the features must be positive"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        midpoint(*arguments)


def test_examples_of_the_theory_page():
    page = Path(__file__).parents[2] / "docs" / "theory" / "equality.md"
    result = doctest.testfile(str(page), module_relative=False)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(("dim", "n", "scale"), [(3, 10, 3), (4, 12, 100), (2, 9, 1000)])
def test_theorem_on_learned_rows(dim, n, scale):
    model = ufm(dim, n, scale=scale, n_starts=1, rng=0)
    rho = one_vs_rest(model.weights).minimum
    assert 1 - SphericalCode(model.weights).max_cosine <= rho + 1e-14
    assert midpoint(model.weights).max_cosine <= 1 - rho + 1e-14
    assert midpoint(model.weights, model.features).max_cosine <= 1 - model.hardmax + 1e-14
