import json

import naive
import numpy as np
import pytest
from scipy.optimize import linprog

from sphcode import argmax_classes
from sphcode.margins.argmax import _differences_down


def never_by_program(W, bias, k):
    """Whether weights exist, by linear programming over all other rows."""
    rest = np.delete(np.arange(len(W)), k)
    system = np.vstack([W[rest].T, np.ones(len(rest))])
    answer = linprog(
        np.zeros(len(rest)), A_eq=system, b_eq=[*W[k], 1], A_ub=-bias[rest][None], b_ub=[-bias[k]], method="highs"
    )
    return answer.status == 0


@pytest.mark.parametrize("dim", [2, 4, 8])
@pytest.mark.parametrize("biased", [False, True])
def test_same_answers_as_linear_programming(dim, biased):
    rng = np.random.default_rng(dim)
    W = rng.standard_normal((60, dim)) * np.exp(0.5 * rng.standard_normal((60, 1)))
    for k in range(6):
        ids = rng.permutation(np.arange(10, 60))[: dim + 3]
        W[k] = rng.dirichlet(np.ones(dim + 3)) @ W[ids]
    bias = rng.standard_normal(60) if biased else np.zeros(60)
    bias[:3] = -9.0 if biased else 0.0
    result = argmax_classes(W, bias=bias if biased else None)
    assert len(result.undecided) == 0
    assert result.never.tolist() == [k for k in range(60) if never_by_program(W, bias, k)]
    assert {0, 1, 2} <= set(result.never)
    for k, direction, lower in zip(
        result.distances.classes, result.distances.directions, result.distances.lower, strict=True
    ):
        if k in result.won:
            values = np.c_[W, bias][:, : len(direction)] @ direction
            assert values[k] - np.delete(values, k).max() >= lower > 0
            assert not biased or direction[-1] >= 0


def test_a_bias_decides_in_one_place():
    W = [[0.0, 0.0], [1.0, 0.0], [-0.5, 1.0], [-0.5, -1.0]]
    assert argmax_classes(W, bias=[0.0, 0.0, 0.0, 0.0]).never.tolist() == [0]
    assert argmax_classes(W, bias=[2.0**-30, 0.0, 0.0, 0.0]).won.tolist() == [0, 1, 2, 3]
    assert argmax_classes(W, bias=[-(2.0**-30), 0.0, 0.0, 0.0]).never.tolist() == [0]


def test_equal_rows_never_win():
    W = naive.random_unit(30, 6, seed=1)
    W[7] = W[4]
    result = argmax_classes(W)
    assert result.never.tolist() == [4, 7]
    assert result.supports[4].tolist() == [7]
    biased = argmax_classes(W, bias=np.where(np.arange(30) == 7, 1e-12, 0.0))
    assert biased.never.tolist() == [4]
    assert 7 in biased.won


@pytest.mark.parametrize("distance", [1e-15, 1e-12, 1e-9, 1e-6])
def test_near_duplicates_are_decided_and_right(distance):
    rng = np.random.default_rng(3)
    for dim in (2, 3, 4):
        W = rng.standard_normal((14, dim))
        W[1] = W[0] + distance * rng.standard_normal(dim)
        result = argmax_classes(W)
        for k in range(14):
            if k in result.never:
                assert naive.exact_one_vs_rest(W, k) == 0
            if k in result.won:
                assert naive.exact_one_vs_rest(W, k) > 0
        assert len(result.undecided) == 0 or distance < 1e-12


def test_whole_numbers_on_faces_and_edges():
    grid = np.array([[a, b, c] for a in (0.0, 1, 2) for b in (0.0, 1, 2) for c in (0.0, 1, 2)])
    result = argmax_classes(grid)
    assert [tuple(grid[k]) for k in result.won] == [(a, b, c) for a in (0, 2) for b in (0, 2) for c in (0, 2)]
    assert len(result.undecided) == 0


@pytest.mark.parametrize("seed", range(4))
def test_classes_that_are_combinations_in_several_ways(seed):
    """Small whole numbers with biases: equal rows, midpoints, ties; what counts is the combination of largest bias."""
    rng = np.random.default_rng(seed)
    for _ in range(8):
        n, dim = int(rng.integers(3, 14)), int(rng.integers(2, 4))
        W, bias = rng.integers(-2, 3, (n, dim)).astype(float), rng.integers(-1, 2, n).astype(float)
        W[-1], bias[-1] = (W[0] + W[1]) / 2, (bias[0] + bias[1]) / 2
        result = argmax_classes(W, bias=bias)
        assert len(result.undecided) == 0
        assert result.never.tolist() == [k for k in range(n) if never_by_program(W, bias, k)]


def test_biases_whose_squares_overflow():
    W, bias = np.vstack([np.eye(2), -np.eye(2), np.zeros((1, 2))]), np.array([1e308, 1.0, 1e308, 1.0, -1e308])
    assert argmax_classes(W, bias=bias).never.tolist() == [4]
    near = argmax_classes(np.vstack([W, W[:1] + 1e-15]), bias=[*bias, 1e308])
    assert sorted([*near.won, *near.never, *near.undecided]) == list(range(6))


@pytest.mark.parametrize("exponent", [-900, 900])
def test_any_scale(exponent):
    W = np.vstack([np.eye(3), -np.ones((1, 3)), [[0.1, 0.2, 0.1]]])
    assert argmax_classes(np.ldexp(W, exponent)).never.tolist() == [4]


def test_differences_are_rounded_down():
    assert _differences_down(np.array([1.0]), 2.0**-60)[0] == 1.0 - 2.0**-53
    assert _differences_down(np.array([1.0]), -(2.0**-60))[0] == 1.0
    assert _differences_down(np.array([3.0, 0.5]), 1.5).tolist() == [1.5, -1.0]


def test_json():
    result = argmax_classes([[1, 0], [0, 1], [-1, -1], [0.25, 0.25]])
    assert json.loads(json.dumps(result.to_dict()))["never"] == {"count": 1, "classes": [3]}
    assert repr(result) == "ArgmaxClasses(won=3, never=1, undecided=0)"
