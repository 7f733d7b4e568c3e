import cvxpy as cp
import numpy as np
import pytest

from sphcode import construct
from sphcode.bounds.floors.cross_entropy import cross_entropy_bound
from sphcode.errors import InvalidInputError


def gram_relaxation(n_classes, temperature):
    """The semidefinite program over the Gram matrix of all features and class vectors, the rank forgotten."""
    gram = cp.Variable((2 * n_classes, 2 * n_classes), PSD=True)
    logits = gram[:n_classes, n_classes:] / temperature
    loss = sum(cp.log_sum_exp(logits[k]) - logits[k, k] for k in range(n_classes)) / n_classes
    return cp.Problem(cp.Minimize(loss), [cp.diag(gram) <= 1]).solve(solver="CLARABEL")


@pytest.mark.parametrize(("n_classes", "temperature"), [(3, 0.5), (5, 0.2), (4, 1.0)])
def test_closed_form_is_the_optimum_of_the_gram_relaxation(n_classes, temperature):
    floor = cross_entropy_bound(n_classes, n_classes, temperature).gram_lower_bound
    assert floor == pytest.approx(gram_relaxation(n_classes, temperature), rel=1e-5)


def cross_entropy(weights, features, temperature):
    excess = features @ weights.T / temperature
    excess -= np.diag(excess)[:, None].copy()
    np.fill_diagonal(excess, -np.inf)
    return float(np.mean(np.log1p(np.exp(excess).sum(axis=1))))


@pytest.mark.parametrize(("dim", "n_classes"), [(3, 4), (7, 8), (3, 12), (4, 24), (3, 7)])
@pytest.mark.parametrize("temperature", [0.02, 0.1, 0.5, 2.0])
def test_no_head_is_below_the_floor(dim, n_classes, temperature):
    floor = cross_entropy_bound(dim, n_classes, temperature).cross_entropy_lower_bound
    rng = np.random.default_rng(0)
    heads = [rng.standard_normal((n_classes, dim)) for _ in range(2)]
    if n_classes != 7:
        heads.append(construct(dim, n_classes).code().points)
    heads = [head / np.linalg.norm(head, axis=1, keepdims=True) for head in heads]
    for head in heads:
        assert floor <= cross_entropy(head, head, temperature) * (1 + 1e-12)
    if n_classes == dim + 1:
        assert floor == pytest.approx(cross_entropy(heads[-1], heads[-1], temperature), rel=1e-9)


def test_margins_win_at_low_temperature():
    floor = cross_entropy_bound(3, 100, 0.01)
    assert floor.cross_entropy_lower_bound == floor.margin_lower_bound > 1e6 * floor.gram_lower_bound


@pytest.mark.parametrize("arguments", [(1, 5, 0.1), (3, 1, 0.1), (3, 5, 0.0), (3, 5, float("nan"))])
def test_bad_input(arguments):
    with pytest.raises(InvalidInputError):
        cross_entropy_bound(*arguments)


@pytest.mark.parametrize("temperature", [5e-324, 1e-300, 1e-10])
def test_floors_below_every_float_are_zero_and_cost_nothing(temperature):
    # As a rational number, exp(-2 / temperature) would fill the memory: 78 s and 10 GB before.
    assert cross_entropy_bound(2, 2, temperature).cross_entropy_lower_bound == 0.0
