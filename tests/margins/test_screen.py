import ml_dtypes
import naive
import numpy as np
import pytest

from sphcode.margins import screen as module
from sphcode.margins.device import single_of
from sphcode.margins.rows import Rows
from sphcode.margins.screen import Screen


def scores(screen, vectors):
    """Scores of vectors for all classes, in slices as they are made."""
    parts = [
        single_of(screen.scores(vectors.astype(np.float32), part)) * screen.factors[part] for part in screen.slices()
    ]
    return np.hstack(parts)


def observed_error(screen, weights):
    """The largest error of a float32 score of a unit vector, against float64."""
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((200, weights.shape[1]))
    directions[0] = weights.mean(axis=0)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    exact = directions @ ((weights.astype(float) - screen.origin) / screen.unit).T
    return np.abs(scores(screen, directions) - exact).max()


def test_errors_of_scores_are_below_the_margin():
    rng = np.random.default_rng(1)
    common = np.append(3.0, np.zeros(63))
    for rows in (rng.standard_normal((500, 64)), rng.standard_normal((500, 64)) + 20 * common, 1e-9 * common + common):
        weights = np.atleast_2d(rows) * np.ones((500, 1))
        screen = Screen.of(weights)
        assert observed_error(screen, weights) <= screen.margin


def test_float32_rows_are_screened_as_they_are_stored():
    weights = naive.random_unit(300, 40, seed=2).astype(np.float32)
    screen = Screen.of(weights)
    assert screen.copy is weights
    assert observed_error(screen, weights) <= screen.margin


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
@pytest.mark.parametrize("device", [None, "cpu"])
@pytest.mark.parametrize("writeable", [True, False])
def test_rows_of_16_bits_are_screened_as_they_are_stored(dtype, device, writeable):
    weights = naive.random_unit(300, 40, seed=2).astype(dtype)
    wide = Screen.of(weights.astype(np.float32), device)
    weights.flags.writeable = writeable
    screen = Screen.of(weights, device)
    assert screen.as_stored
    assert screen.residual == wide.residual
    looking = naive.random_unit(5, 40, seed=3)
    assert scores(screen, looking).tobytes() == scores(wide, looking).tobytes()


def test_float32_rows_far_from_zero_are_centred():
    weights = (naive.random_unit(300, 40, seed=3) + 50.0).astype(np.float32)
    screen = Screen.of(weights)
    assert screen.copy is not weights
    assert observed_error(screen, weights) <= screen.margin


@pytest.mark.parametrize("kept", [0, module.KEPT_BYTES])
@pytest.mark.parametrize("far", [0.0, 50.0])
def test_rows_with_factors_and_slices(monkeypatch, kept, far):
    monkeypatch.setattr(module, "KEPT_BYTES", kept)
    monkeypatch.setattr(module, "LEAST_STEP", 16)
    monkeypatch.setattr(module, "STEP_BYTES", 0)
    raw = (3.0 * naive.random_unit(300, 40, seed=5) + far).astype(np.float32)
    factors = 1.0 / np.linalg.norm(raw.astype(float), axis=1)
    unit = raw.astype(float) * factors[:, None]
    screen = Screen.of(Rows(raw, factors=factors))
    assert len(list(screen.slices())) == 19
    assert screen.as_stored == (far == 0.0)
    assert observed_error(screen, unit) <= screen.margin
    halves = 0.5 * (((unit - screen.origin) / screen.unit) ** 2).sum(axis=1)
    assert screen.half_squares == pytest.approx(halves, rel=1e-5)


def test_factors_that_float32_cannot_hold_are_not_used():
    raw = np.vstack([naive.random_unit(30, 5, seed=6), 1e-38 * naive.random_unit(30, 5, seed=7)]).astype(np.float32)
    factors = 1.0 / np.linalg.norm(raw.astype(float), axis=1)
    screen = Screen.of(Rows(raw, factors=factors))
    assert not screen.as_stored
    assert observed_error(screen, raw * factors[:, None]) <= screen.margin


def test_inverse_root_of_a_covariance():
    rows = np.random.default_rng(8).standard_normal((200, 30)) / np.sqrt(np.arange(1, 31))
    covariance = (rows.T @ rows / 200).astype(np.float32)
    exact = covariance.astype(float) + 0.01 * np.eye(30)
    root = module._inverse_root(covariance, 0.01)
    assert root.dtype == np.float32
    np.testing.assert_allclose(root @ exact @ root, np.eye(30), atol=1e-4)
