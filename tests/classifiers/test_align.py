"""Alignment of planted copies: rotated, reflected, permuted, noisy, and with more code points than classes."""

from pathlib import Path

import numpy as np
import pytest

from sphcode import SphericalCode, load_weights
from sphcode.classifiers.align import align
from sphcode.errors import InvalidInputError

EXAMPLE = Path(__file__).parents[2] / "data" / "examples" / "two_digits_scale10.safetensors"


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def spiral(n_points):
    """Points of a Fibonacci spiral: nearly optimal in three dimensions, and without symmetry."""
    height = 1 - (2 * np.arange(n_points) + 1) / n_points
    angle = np.pi * (1 + 5**0.5) * np.arange(n_points)
    return np.column_stack([np.sqrt(1 - height**2) * np.cos(angle), np.sqrt(1 - height**2) * np.sin(angle), height])


def cell_24():
    signs = np.array(np.meshgrid(*[[-0.5, 0.5]] * 4)).reshape(4, -1).T
    return np.vstack([np.eye(4), -np.eye(4), signs])


CODES = {
    "orthoplex 6, 3": lambda: np.vstack([np.eye(3), -np.eye(3)]),
    "spiral 24, 3": lambda: spiral(24),
    "spiral 50, 3": lambda: spiral(50),
    "24-cell 24, 4": cell_24,
    "trained head 100, 10": lambda: unit(load_weights(EXAMPLE).weight),
}


def planted(code, noise, seed):
    """A copy with Gaussian noise whose length is about `noise` times the smallest chord, and its own residual."""
    rng = np.random.default_rng(seed)
    n_points, dim = code.points.shape
    rotation = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    copy = code.points[rng.permutation(n_points)] @ rotation
    chord = 2 * np.sin(code.min_angle / 2)
    noisy = unit(copy + noise * chord / np.sqrt(dim) * rng.standard_normal(copy.shape))
    return noisy * rng.uniform(0.5, 2, (n_points, 1)), np.linalg.norm(noisy - copy) / np.sqrt(n_points)


#: The noise up to which the search is reliable falls with the dimension: 0.3 in three, 0.1 in ten.
LEVELS = [(name, noise) for name in CODES for noise in (0.0, 0.02, 0.05, 0.1)]
LEVELS += [(name, noise) for name in CODES for noise in (0.2, 0.3) if name != "trained head 100, 10"]


@pytest.mark.parametrize(("name", "noise"), LEVELS)
def test_noisy_copies_are_recognised(name, noise):
    code = SphericalCode(CODES[name]())
    weights, residual = planted(code, noise, seed=1)
    found = align(weights, code)
    assert found.residual <= residual * 1.001 + 1e-12
    np.testing.assert_allclose(found.rotation @ found.rotation.T, np.eye(code.dim), atol=1e-12)
    assert len(set(found.assignment)) == code.n_points
    direct = np.linalg.norm(unit(weights) - code.points[found.assignment] @ found.rotation) / np.sqrt(code.n_points)
    assert found.residual == pytest.approx(direct, abs=1e-12)
    assert found.relative_residual == pytest.approx(found.residual / (2 * np.sin(code.min_angle / 2)), rel=1e-12)


def test_part_of_a_code():
    code = SphericalCode(spiral(50))
    weights, _ = planted(code, 0.05, seed=3)
    found = align(weights[:44], code)
    assert found.relative_residual < 0.06
    assert len(set(found.assignment)) == 44


def test_a_random_head_is_not_recognised():
    code = SphericalCode(spiral(50))
    random = np.random.default_rng(0).standard_normal((50, 3))
    assert align(random, code).relative_residual > 0.5


def test_seeds_repeat_and_short_forms():
    code = SphericalCode(spiral(30))
    weights, _ = planted(code, 0.3, seed=5)
    first, second = align(weights, code, rng=2), align(weights, code, rng=2)
    np.testing.assert_array_equal(first.rotation, second.rotation)
    assert "relative_residual=" in repr(first)
    assert first.to_dict()["assignment"] == first.assignment.tolist()


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones((6, 4)), "`code` must be at least 6 points in 4 dimensions"),
        (np.ones((7, 3)), "`code` must be at least 7 points in 3 dimensions"),
        (np.zeros((6, 3)), "`weights` must be free of zero rows"),
        (np.full((6, 3), np.nan), "free of NaN"),
    ],
)
def test_refusals(weights, message):
    with pytest.raises(InvalidInputError, match=message):
        align(weights, SphericalCode(CODES["orthoplex 6, 3"]()))


def test_rows_of_different_lengths_are_no_matrix():
    for weights in ([[1, 2], [3]], [[1, 2], [[3]]]):
        with pytest.raises(InvalidInputError, match="weights"):
            align(weights, np.eye(2))
