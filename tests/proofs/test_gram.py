"""Rational Gram matrices: accepted exactly, never guessed."""

import numpy as np
import pytest
from flint import fmpq

from sphcode.proofs.gram import rational_gram, smallest_eigenvalue, spanning_points


def test_values_and_contacts(codes):
    gram = rational_gram(codes["e8"])
    assert [value.rational for value in gram.values] == [fmpq(-1), fmpq(-1, 2), fmpq(0), fmpq(1, 2), fmpq(1)]
    assert len(gram.contacts) == 6720
    assert gram.difference < 1e-11
    tetrahedron = rational_gram(codes["tetrahedron"])
    assert tetrahedron.values[tetrahedron.largest].rational == fmpq(-1, 3)


@pytest.mark.parametrize("name", ["3,7", "snub cube", "icosahedron"])
def test_other_codes_are_not_rational(codes, name):
    assert rational_gram(codes[name]) is None


def test_rational_entries_that_belong_to_no_code_in_this_dimension():
    # Three vectors of the plane whose Gram matrix is rational only up to 1e-11: its rank would be 3.
    angles = np.arccos([1.0, 0.5, 0.5 - 1e-11])
    plane = np.array([[1.0, 0.0], [np.cos(angles[1]), np.sin(angles[1])], [np.cos(angles[2]), -np.sin(angles[2])]])
    assert rational_gram(plane) is not None
    tilted = np.array([[1.0, 0.0], [0.5, np.sqrt(0.75)], [0.25, np.sqrt(1 - 0.0625)]])
    assert rational_gram(tilted) is None


def test_smallest_eigenvalue_is_a_tight_lower_bound(codes):
    points = codes["3,13"]
    true = np.linalg.svd(points)[1][-1] ** 2
    assert 0.3 * true < smallest_eigenvalue(points) <= true
    assert smallest_eigenvalue(np.hstack([points, np.zeros((13, 1))])) == 0


def test_spanning_points_span(codes):
    basis = spanning_points(codes["snub cube"])
    assert abs(np.linalg.det(codes["snub cube"][basis])) > 0.1
    assert len(spanning_points(np.hstack([codes["snub cube"], np.zeros((24, 2))]))) == 3
