"""Spectrum, design strength and energies against direct sums and known codes."""

import itertools

import naive
import numpy as np
import pytest

from sphcode.codes import spectrum as module
from sphcode.codes.spectrum import design_strength, riesz_energy, spectrum
from sphcode.errors import InvalidInputError

OCTAHEDRON = np.vstack([np.eye(3), -np.eye(3)])
D4 = np.array([v for v in itertools.product((-1, 0, 1), repeat=4) if np.abs(v).sum() == 2]) / np.sqrt(2)
RANDOM = np.random.default_rng(0).standard_normal((50, 4))
RANDOM /= np.linalg.norm(RANDOM, axis=1)[:, None]


def polygon(n_points):
    angles = 2 * np.pi * np.arange(n_points) / n_points
    return np.column_stack([np.cos(angles), np.sin(angles)])


def test_spectrum_of_a_root_system():
    found = spectrum(D4)
    assert found.values == pytest.approx([0.5, 0, -0.5, -1], abs=1e-12)
    assert found.counts.tolist() == [96, 72, 96, 12]
    assert found.complete


def test_generic_points_have_as_many_values_as_pairs():
    found = spectrum(RANDOM, limit=2000)
    assert len(found.values) == 50 * 49 // 2
    assert found.values[0] == pytest.approx(naive.max_cosine(RANDOM), abs=1e-14)
    cut = spectrum(RANDOM, limit=10)
    assert not cut.complete
    assert cut.values.tolist() == found.values[:10].tolist()


def test_blocks_do_not_matter(monkeypatch):
    whole = (spectrum(D4).to_dict(), design_strength(D4), riesz_energy(RANDOM, 2))
    monkeypatch.setattr(module, "_BLOCK", 7)
    parts = (spectrum(D4).to_dict(), design_strength(D4), riesz_energy(RANDOM, 2))
    assert parts[0]["counts"] == whole[0]["counts"]
    assert parts[1] == whole[1]
    assert parts[2] == pytest.approx(whole[2], rel=1e-13)


@pytest.mark.parametrize(
    ("points", "strength"), [(OCTAHEDRON, 3), (D4, 5), (polygon(5), 4), (polygon(40), 39), (RANDOM, 0)]
)
def test_design_strength(points, strength):
    assert design_strength(points) == strength


def test_design_strength_stops_at_the_limit():
    assert design_strength(polygon(40), limit=20) == 20


@pytest.mark.parametrize("exponent", [0, 1, 2.5])
def test_energy_is_the_direct_sum(exponent):
    assert riesz_energy(RANDOM, exponent) == pytest.approx(naive.riesz_energy(RANDOM, exponent), rel=1e-12)


def test_arguments():
    with pytest.raises(InvalidInputError, match="points"):
        spectrum([[1, 2], [3, 4]])
    with pytest.raises(InvalidInputError, match="tolerance"):
        spectrum(D4, tolerance=0)
    with pytest.raises(InvalidInputError, match="limit"):
        design_strength(D4, limit=0)
    with pytest.raises(InvalidInputError, match="exponent"):
        riesz_energy(D4, -1)
