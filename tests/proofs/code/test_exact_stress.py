"""Exact stresses of codes that are not rigid."""

import itertools

import numpy as np
import pytest

from sphcode import prove, verify


def cube():
    return np.array(list(itertools.product((1, -1), repeat=3))) / np.sqrt(3)


def cuboctahedron():
    rows = [v for v in itertools.product((1, 0, -1), repeat=3) if np.abs(v).sum() == 2]
    return np.array(rows) / np.sqrt(2)


@pytest.mark.parametrize(("points", "cosine"), [(cube(), "0.334"), (cuboctahedron(), "0.500")])
def test_flexible_codes_in_balance_are_stationary(points, cosine):
    certificate = prove(points, digits=3)
    claim = certificate["claim"]
    assert claim["level"] == "kkt"
    assert claim["max_cosine"] == cosine
    assert verify(certificate).accepted
    pull = np.zeros_like(points)
    for (i, j), weight in zip(claim["contacts"], claim["stress"], strict=True):
        pull[i] += weight * points[j]
        pull[j] += weight * points[i]
    assert np.abs(pull - np.sum(pull * points, axis=1)[:, None] * points).max() < 1e-12
    for index in (0, len(claim["stress"]) - 1):
        for factor in (-1.0, 1.001):
            stress = list(claim["stress"])
            stress[index] *= factor
            changed = certificate | {"claim": claim | {"stress": stress}}
            assert not verify(changed).accepted
    assert not verify(certificate | {"claim": claim | {"level": "strict-local"}}).accepted


def test_a_code_out_of_balance_is_not_stationary():
    # Seven of the eight vertices of the cube: the three neighbours of the missing one are pulled to one side.
    certificate = prove(cube()[:7], digits=3)
    assert certificate["claim"]["level"] == "exists"
    assert "stress" not in certificate["claim"]
