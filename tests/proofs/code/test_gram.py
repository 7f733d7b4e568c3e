"""What a Gram matrix says of its points."""

import numpy as np
import pytest
from flint import arb

from sphcode.proofs.code.gram import gram_distance, smallest_eigenvalue, spanning_points


def test_smallest_eigenvalue_is_a_tight_lower_bound(codes):
    points = codes["3,13"]
    true = np.linalg.svd(points)[1][-1] ** 2
    assert 0.3 * true < smallest_eigenvalue(points) <= true
    assert smallest_eigenvalue(np.hstack([points, np.zeros((13, 1))])) == 0


def test_spanning_points_span(codes):
    basis = spanning_points(codes["snub cube"])
    assert abs(np.linalg.det(codes["snub cube"][basis])) > 0.1
    assert len(spanning_points(np.hstack([codes["snub cube"], np.zeros((24, 2))]))) == 3


@pytest.mark.parametrize("size", [1e-8, 1e-4, 1e-2])
def test_close_gram_matrices_have_close_points(codes, size):
    points = codes["snub cube"]
    rng = np.random.default_rng(0)
    moved = points + size * rng.standard_normal(points.shape)
    left, _, right = np.linalg.svd(moved.T @ points)
    distance = np.linalg.norm(moved @ (left @ right) - points)
    difference = np.linalg.norm(moved @ moved.T - points @ points.T)
    assert distance <= float(gram_distance(arb(difference), smallest_eigenvalue(points)))
