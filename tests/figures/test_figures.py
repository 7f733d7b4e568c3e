"""What the pictures draw: data, not pixels."""

import numpy as np
import pytest
from scipy.integrate import quad

from sphcode.figures.angles import angle_figure, uniform_angle_density
from sphcode.figures.gram import gram_figure, similarity_order
from sphcode.figures.one_vs_rest import one_vs_rest_figure


@pytest.mark.parametrize("dim", [2, 3, 4, 10, 512])
def test_the_density_of_angles_integrates_to_one(dim):
    total, _ = quad(lambda angle: float(uniform_angle_density(dim, np.array([angle]))[0]), 0, np.pi, points=[np.pi / 2])
    assert total == pytest.approx(1.0, abs=1e-9)


def test_the_density_matches_random_points():
    rows = np.random.default_rng(0).standard_normal((2, 20000, 5))
    rows /= np.linalg.norm(rows, axis=2, keepdims=True)
    angles = np.arccos(np.einsum("ij,ij->i", *rows))
    counts, edges = np.histogram(angles, bins=20, range=(0, np.pi))
    middle = (edges[1:] + edges[:-1]) / 2
    expected = uniform_angle_density(5, middle) * np.diff(edges) * len(angles)
    assert np.abs(counts - expected).max() < 6 * np.sqrt(expected.max())


def test_distances_are_drawn_in_ascending_order_with_their_marks():
    values = np.random.default_rng(0).random(50)
    axes = one_vs_rest_figure(values, [(0.7, "reference", "reference"), (0.9, "ceiling", "ceiling")]).axes[0]
    curve, *lines = axes.lines
    np.testing.assert_array_equal(curve.get_ydata(), np.sort(values))
    assert [line.get_ydata()[0] for line in lines] == [0.7, 0.9]


def test_many_classes_are_thinned_but_keep_their_ends():
    values = np.random.default_rng(0).random(30000)
    drawn = one_vs_rest_figure(values).axes[0].lines[0].get_ydata()
    assert len(drawn) <= 2000
    assert drawn[0] == values.min()
    assert drawn[-1] == values.max()


def test_the_histogram_is_a_density():
    counts = np.zeros(180, dtype=int)
    counts[60:120] = 5
    stairs = angle_figure(3, counts, [(60.0, "measured", "smallest")]).axes[0].patches[0]
    assert stairs.get_data().values.sum() == pytest.approx(1.0)


def test_the_order_is_a_permutation_that_joins_alike_rows():
    rng = np.random.default_rng(0)
    centres = np.eye(5)
    labels = rng.permutation(np.repeat(np.arange(5), 8))
    rows = centres[labels] + 0.05 * rng.standard_normal((40, 5))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    order = similarity_order(rows)
    assert sorted(order) == list(range(40))
    assert np.count_nonzero(np.diff(labels[order])) == 4


def test_the_gram_map_leaves_the_diagonal_out():
    figure = gram_figure(np.vstack([np.eye(3), -np.eye(3)]))
    cosines = np.asarray(figure.axes[0].images[0].get_array())
    assert np.ma.masked_invalid(cosines).mask.sum() == 6
