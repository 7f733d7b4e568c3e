import json

import naive
import numpy as np
import pytest

from sphcode import best_known, generate, one_vs_rest, ufm
from sphcode.errors import InvalidInputError
from sphcode.margins.lifted import _Program, lifted


def lagrangian(vectors, multipliers):
    """Minus the sum of multiplier times margin, at normalised vectors."""
    features, weights = vectors / np.linalg.norm(vectors, axis=2, keepdims=True)
    scores = features @ weights.T
    return -float(np.sum(multipliers * (np.diag(scores)[:, None] - scores)))


def test_hessian_and_jacobian_against_differences():
    vectors = np.stack([naive.random_unit(4, 3, seed=1), naive.random_unit(4, 3, seed=2)])
    program = _Program(vectors, 1e-3)
    bases = program.bases()
    multipliers = np.zeros((4, 4))
    multipliers[program.first, program.second] = program.multipliers
    directions = np.zeros((16, 2, 4, 3))
    for index, (side, k, e) in enumerate(np.ndindex(2, 4, 2)):
        directions[index, side, k] = bases[side, k, :, e]
    step = 1e-4
    hessian = program.curvature(bases)[:-1, :-1]
    jacobian = program.jacobian(bases)[:, :-1]
    for i in range(16):
        move = step * directions[i]
        up, down = (
            program.margins(v / np.linalg.norm(v, axis=2, keepdims=True)) for v in (vectors + move, vectors - move)
        )
        assert (up - down) / (2 * step) == pytest.approx(jacobian[:, i], abs=1e-7)
        for j in range(16):
            other = step * directions[j]
            values = [
                sign * lagrangian(vectors + first * move + second * other, multipliers)
                for sign, first, second in ((1, 1, 1), (-1, 1, -1), (-1, -1, 1), (1, -1, -1))
            ]
            assert sum(values) / (4 * step**2) == pytest.approx(hessian[i, j], abs=2e-6)


@pytest.mark.parametrize(("dim", "n"), [(3, 7), (3, 12), (3, 20), (4, 10), (4, 17), (5, 16)])
def test_agrees_with_the_tammes_code(dim, n):
    code = generate(dim, n, rng=0, effort=20_000).code
    result = lifted(code.points, perturbation=1e-3, rng=0)
    assert result.margin == pytest.approx(1 - code.max_cosine, abs=1e-12)
    assert result.kkt_residual <= 1e-12
    assert one_vs_rest(result.weights).minimum == pytest.approx(result.margin, abs=1e-12)
    assert result.multipliers.sum() == pytest.approx(1)
    assert (result.multipliers >= 0).all()


def test_multipliers_balance_the_program():
    result = lifted(generate(3, 9, rng=0).code.points, perturbation=1e-3, rng=0)
    coefficients = result.multipliers - np.diag(result.multipliers.sum(axis=1))
    for vectors, gradient in (
        (result.features, coefficients @ result.weights),
        (result.weights, coefficients.T @ result.features),
    ):
        tangent = gradient - np.sum(gradient * vectors, axis=1, keepdims=True) * vectors
        assert np.abs(tangent).max() <= 1e-12


def test_polishes_learned_weights():
    model = ufm(3, 8, scale=300, rng=0)
    result = lifted(model.weights, model.features)
    assert result.margin > model.one_vs_rest_distance
    assert result.margin == pytest.approx(1 - best_known(3, 8).max_cosine, abs=1e-12)


def test_self_duality_where_every_class_has_a_contact():
    result = lifted(generate(3, 10, rng=0, effort=20_000).code.points, perturbation=1e-3, rng=3)
    assert np.abs(result.weights - result.features).max() <= 1e-6


def test_same_seed_same_bytes_and_json():
    W = naive.random_unit(6, 3, seed=5)
    one, two = (lifted(W, perturbation=0.1, rng=1) for _ in range(2))
    assert one.weights.tobytes() == two.weights.tobytes()
    assert json.loads(json.dumps(one.to_dict()))["margin"] == one.margin


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weights": np.eye(25)}, "`weights` must be at most 600 numbers"),
        ({"weights": 2 * np.eye(3)}, "`weights` must be rows of norm 1"),
        ({"weights": np.eye(3), "features": np.eye(4)}, "`features` must be of the weights' shape"),
        ({"weights": np.eye(3), "barrier": 1.0}, "`barrier` must be"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        lifted(**arguments)
