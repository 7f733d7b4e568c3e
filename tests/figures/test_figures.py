"""What the pictures draw: data, not pixels."""

import numpy as np
import pytest
from scipy.integrate import quad

from sphcode import SphericalCode, construct
from sphcode.errors import InvalidInputError
from sphcode.figures.angles import angle_figure, uniform_angle_density
from sphcode.figures.bounds import angle_ranges
from sphcode.figures.gram import gram_figure, similarity_order
from sphcode.figures.one_vs_rest import one_vs_rest_figure
from sphcode.figures.path import path_figure
from sphcode.figures.spectrum import relative_energies, spectrum_figure
from sphcode.figures.sphere import arc, contacts, in_space, sphere_figure


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


def test_contacts_are_the_pairs_at_the_largest_cosine():
    cross = np.vstack([np.eye(3), -np.eye(3)])
    assert len(contacts(cross)) == 12
    assert [3, 0] not in contacts(cross).tolist()


def test_arcs_lie_on_the_sphere_and_join_their_ends():
    first, second = np.array([1.0, 0, 0]), np.array([0, 0.6, 0.8])
    points = arc(first, second)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1.0, atol=1e-14)
    np.testing.assert_allclose(points[[0, -1]], [first, second], atol=1e-14)
    np.testing.assert_allclose(arc(first, first), np.tile(first, (17, 1)))


def test_points_of_other_dimensions_get_three_coordinates():
    assert in_space(np.eye(2)).shape == (2, 3)
    assert in_space(construct(4, 24).code().points).shape == (24, 3)


def test_the_sphere_shows_contacts_and_free_points():
    lifted = np.array([[1, 0, -0.3], [0, 1, -0.3], [-1, 0, -0.3], [0, -1, -0.3], [0, 0, 1]])
    code = SphericalCode(lifted / np.linalg.norm(lifted, axis=1, keepdims=True))
    assert len(sphere_figure(code).axes[0].lines) == 1 + 4 + 5


def test_what_is_known_is_below_what_is_possible():
    cases = angle_ranges(3, 30)
    assert [case[0] for case in cases] == list(range(2, 31))
    assert all(known <= ceiling + 1e-9 for _, known, ceiling, _ in cases)
    assert all(abs(known - ceiling) < 1e-9 for n, known, ceiling, _ in cases if n in {3, 4, 6, 12})
    assert [n for n, *_, optimal in cases if optimal][:4] == [2, 3, 4, 5]


def test_a_path_keeps_its_order():
    axes = path_figure([0.3, 0.5, 0.4], ["a", "b", "c"], [(0.6, "ceiling", "ceiling")]).axes[0]
    assert list(axes.lines[0].get_ydata()) == [0.3, 0.5, 0.4]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b", "c"]


def test_a_map_of_too_many_rows_is_refused():
    with pytest.raises(InvalidInputError, match="4000"):
        gram_figure(np.ones((4001, 2)))


def test_the_spectrum_is_even_for_a_tight_frame_and_shows_an_empty_direction():
    np.testing.assert_allclose(relative_energies(construct(3, 12).code().points), 1.0, atol=1e-12)
    flat = np.vstack([np.eye(3), -np.eye(3)])
    flat[:, 2] = 0.0
    np.testing.assert_allclose(relative_energies(flat), [1.5, 1.5, 0.0], atol=1e-12)
    assert spectrum_figure(flat).axes[0].patches[0].get_data().values.sum() == pytest.approx(3.0)
