"""The zero test: known zeros are found within the radius, missing ones are not invented."""

import numpy as np
import pytest
from flint import arb

from sphcode.proofs.code.kantorovich import factorise, zero_radius


@pytest.mark.parametrize("value", [1.5, 1.4142, 1.41421356])
def test_square_root_of_two(value):
    factors = factorise(np.array([[2 * value]]), 0.0)
    radius = zero_radius(factors, abs(arb(value) ** 2 - 2), 2.0)
    assert radius is not None
    assert abs(value - np.sqrt(2)) <= float(radius) <= 4 * abs(value - np.sqrt(2)) + 1e-16


def test_no_real_zero_no_proof():
    for value in (0.01, 0.5, 1.0, 3.0):
        factors = factorise(np.array([[2 * value]]), 0.0)
        assert zero_radius(factors, arb(value) ** 2 + 1, 2.0) is None


def test_rank_is_a_proven_lower_bound():
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((8, 3)) @ rng.standard_normal((3, 6))
    assert factorise(matrix, 1e-12).rank == 3
    assert not factorise(matrix, 1e-12).full_row_rank
    assert factorise(rng.standard_normal((4, 6)), 1e-12).full_row_rank


def test_an_unknown_part_that_could_lower_the_rank_is_refused():
    matrix = np.diag([1.0, 1e-3])
    assert factorise(matrix, 2e-3) is None
    assert factorise(matrix, 1e-5).rank == 2


def test_newton_step_solves_the_linear_system():
    rng = np.random.default_rng(1)
    matrix = rng.standard_normal((4, 6))
    residual = rng.standard_normal(4)
    assert matrix @ factorise(matrix, 0.0).step(residual) == pytest.approx(-residual, abs=1e-12)


def test_a_matrix_whose_singular_values_lapack_does_not_find_is_turned_or_left_unproven(monkeypatch):
    rng = np.random.default_rng(4)
    matrix, svd = rng.standard_normal((4, 6)), np.linalg.svd

    def failing(given, **options):
        if given.shape == matrix.shape:
            raise np.linalg.LinAlgError("SVD did not converge")
        return svd(given, **options)

    whole = factorise(matrix, 1e-12)
    monkeypatch.setattr(np.linalg, "svd", failing)
    turned = factorise(matrix, 1e-12)
    np.testing.assert_allclose(turned.values, whole.values, rtol=1e-12)
    residual = rng.standard_normal(4)
    np.testing.assert_allclose(matrix @ turned.step(residual), -residual, atol=1e-12)
    assert factorise(np.full((3, 3), np.nan), 0.0) is None
