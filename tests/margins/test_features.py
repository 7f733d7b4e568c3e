import json

import naive
import numpy as np
import pytest

from sphcode import hardmax_value, one_vs_rest, ufm
from sphcode.errors import InvalidInputError
from sphcode.margins.features import temperature_path


def test_hardmax_value_against_the_definition():
    W, H = naive.random_unit(30, 4, seed=1), naive.random_unit(30, 4, seed=2)
    assert hardmax_value(W, H) == pytest.approx(naive.hardmax_value(W, H), abs=1e-15)


@pytest.mark.parametrize(("n", "dim"), [(10, 3), (40, 6)])
def test_directions_attain_the_one_vs_rest_distance(n, dim):
    W = naive.random_unit(n, dim, seed=3)
    result = one_vs_rest(W)
    assert hardmax_value(W, result.directions) == pytest.approx(result.minimum, abs=1e-14)
    assert hardmax_value(W, naive.random_unit(n, dim, seed=4)) <= result.minimum


@pytest.mark.parametrize(("dim", "n_classes", "value"), [(2, 7, 1 - np.cos(2 * np.pi / 7)), (3, 4, 4 / 3), (4, 8, 1.0)])
def test_large_scale_gives_the_softmax_code(dim, n_classes, value):
    model = ufm(dim, n_classes, scale=1000, rng=0)
    assert model.one_vs_rest_distance == pytest.approx(value, abs=1e-3)
    assert model.one_vs_rest_distance <= value + 1e-12
    assert model.hardmax <= model.one_vs_rest_distance + 1e-12
    assert model.log_loss == pytest.approx(-1000 * value, abs=10)
    assert np.linalg.norm(model.weights, axis=1) == pytest.approx(1)


def test_path_is_a_set_of_stationary_points():
    path = temperature_path(3, 10, [1, 10, 100, 1000], n_starts=2, rng=0)
    assert [model.scale for model in path] == [1, 10, 100, 1000]
    for model in path:
        assert model.gradient_norm < 1e-5
        if model.scale <= 10:
            direct = naive.log_cross_entropy(model.features, model.weights, model.scale)
            assert model.log_loss == pytest.approx(direct, abs=1e-9)
    distances = [model.one_vs_rest_distance for model in path]
    assert distances[-1] == max(distances)
    assert distances[-1] <= 0.595605674784 + 1e-9


def test_same_seed_same_model_and_json():
    one, two = (ufm(3, 8, scale=20, n_starts=1, rng=7) for _ in range(2))
    assert one.weights.tobytes() == two.weights.tobytes()
    assert json.loads(json.dumps(one.to_dict()))["scale"] == 20


@pytest.mark.slow
def test_path_of_a_hundred_classes_in_ten_dimensions():
    least = [0.563, 0.600, 0.612, 0.626, 0.644, 0.654, 0.659, 0.661, 0.661]
    path = temperature_path(10, 100, rng=0)
    for model, value in zip(path, least, strict=True):
        assert model.one_vs_rest_distance >= value - 0.003
        assert np.isfinite(model.log_loss)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hardmax_value(np.eye(3), np.eye(4)), "`features` must be of the weights' shape"),
        (lambda: ufm(3, 5, scale=0), "`scale` must be"),
        (lambda: ufm(1, 5, scale=1), "`dim` must be"),
        (lambda: temperature_path(3, 5, [3, 2]), "`scales` must be an increasing sequence"),
        (lambda: temperature_path(3, 1), "`n_classes` must be"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(InvalidInputError, match=message):
        call()
