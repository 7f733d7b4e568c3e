"""What the page of a code carries: points, contacts, cells, cosines, each against another way to compute it."""

import base64
import json
import re
from math import comb

import numpy as np
import pytest
from scipy.spatial import SphericalVoronoi

from sphcode import SphericalCode, construct
from sphcode.errors import InvalidInputError
from sphcode.figures import Page, sphere_page, write_figure
from sphcode.figures.code_page import MOST_POINTS, paired_data, spectrum, voronoi


def random_code(dim, n_points, seed=0):
    rows = np.random.default_rng(seed).standard_normal((n_points, dim))
    return SphericalCode(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def data_of(page):
    return json.loads(re.search(r'<script id="data" type="application/json">(.*?)</script>', page.html)[1])


def unpacked(text, kind, width):
    return np.frombuffer(base64.b64decode(text), kind).reshape(-1, width)


def test_the_page_of_the_snub_cube_says_what_is_known_of_it():
    page = sphere_page(construct(3, 24).code())
    data = data_of(page)
    assert "smallest angle 43.690767°, max cosine 0.723078468, 60 contacts, 0 rattlers, 6 deep holes at" in page.html
    assert set(data["degrees"]) == {5}
    np.testing.assert_array_equal(unpacked(data["points"], "<f8", 3), construct(3, 24).code().points)
    assert len(unpacked(data["pairs"], "<i4", 2)) == 60
    # Its dual has 38 corners and 60 edges.
    corners, edges, _ = voronoi(construct(3, 24).code().points)
    assert (len(corners), len(edges), len(unpacked(data["corners"], "<f8", 6))) == (38, 60, 60)


def test_corners_are_those_of_the_voronoi_diagram_of_scipy():
    points = random_code(3, 40).points
    corners, edges, depth = voronoi(points)
    theirs = SphericalVoronoi(points).vertices
    distance = np.linalg.norm(corners[:, None] - theirs[None], axis=2)
    assert len(corners) == len(theirs) == 2 * 40 - 4
    assert distance.min(axis=0).max() < 1e-9
    assert len(edges) == 3 * 40 - 6
    np.testing.assert_allclose(np.cos(depth), (corners @ points.T).max(axis=1), atol=1e-12)


def test_corners_that_four_points_share_are_one():
    corners, edges, depth = voronoi(np.vstack([np.eye(3), -np.eye(3)]))
    assert (len(corners), len(edges)) == (8, 12)
    cube = np.array([[x, y, z] for x in (1, -1) for y in (1, -1) for z in (1, -1)]) / np.sqrt(3)
    corners, edges, depth = voronoi(cube)
    assert (len(corners), len(edges)) == (6, 12)
    np.testing.assert_allclose(depth, np.arccos(1 / np.sqrt(3)))


@pytest.mark.parametrize("points", [[[1, 0], [0, 1], [-1, 0]], [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]]])
def test_points_in_a_plane_have_a_page_without_cells(points):
    data = data_of(sphere_page(SphericalCode(points), cells=True, holes=True))
    assert data["corners"] == data["deep"] == ""


def test_four_dimensions_are_turned_and_nothing_else():
    code = construct(4, 24).code()
    points = unpacked(data_of(sphere_page(code))["points"], "<f8", 4)
    np.testing.assert_allclose(points @ points.T, code.points @ code.points.T, atol=1e-14)
    # The pole is a deep hole: of the 24-cell, the centres of its octahedra, 45 degrees from six points.
    assert points[:, 3].max() == pytest.approx(np.sqrt(0.5))


def test_more_dimensions_show_the_cosines_and_their_numbers():
    points = construct(8, 240).code().points
    data = paired_data(points)
    np.testing.assert_allclose([cosine for cosine, _ in data["spectrum"]], [0.5, 0.0, -0.5, -1.0], atol=1e-12)
    assert [count for _, count in data["spectrum"]] == [6720, 15120, 6720, 120]
    assert sorted(data["order"]) == list(range(240))
    cells = unpacked(data["map"], "<f4", 240)
    off = ~np.eye(240, dtype=bool)
    np.testing.assert_allclose(cells[off], (points @ points.T)[data["order"]][:, data["order"]][off], atol=1e-6)
    assert np.isnan(cells.diagonal()).all()


def test_a_cell_of_many_points_is_their_largest_cosine_and_every_pair_is_counted_once():
    points = random_code(6, 1001).points
    data = paired_data(points)
    cells, starts = unpacked(data["map"], "<f4", 400), data["starts"]
    gram = points @ points.T
    np.fill_diagonal(gram, -1.0)
    for row, column in [(0, 0), (3, 200), (399, 399), (17, 18)]:
        block = gram[starts[row] : starts[row + 1], starts[column] : starts[column + 1]]
        assert cells[row, column] == pytest.approx(block.max(), abs=1e-6)
    assert sum(data["counts"]) == comb(1001, 2)
    assert data["spectrum"] == []


def test_a_spectrum_of_too_many_cosines_is_not_listed():
    assert spectrum(random_code(5, 40).points) == []
    assert [count for _, count in spectrum(np.eye(5))] == [10]


@pytest.mark.parametrize(("dim", "n_points"), [(3, 12), (4, MOST_POINTS), (10, 2000)])
def test_pages_need_no_network_and_are_small(dim, n_points):
    code = construct(3, 12).code() if n_points == 12 else random_code(dim, n_points)
    page = sphere_page(code)
    assert len(page.html.encode()) < 1_500_000
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import|<link|src=", page.html)
    assert "@" not in re.sub(r"@media", "", page.html)
    assert page == sphere_page(code)


def test_too_many_points_are_refused():
    with pytest.raises(InvalidInputError, match="20000 points"):
        sphere_page(random_code(3, MOST_POINTS + 1))


def test_a_notebook_frames_the_page_and_a_file_has_it_as_it_is(tmp_path):
    page = sphere_page(construct(3, 12).code(), cells=True)
    assert data_of(page)["cells"] is True
    assert isinstance(page, Page)
    framed = page._repr_html_()
    assert framed.startswith('<iframe title="12 points in dimension 3"')
    assert framed.count("<") == 2
    assert write_figure(tmp_path / "page.html", page).read_text() == page.html
    with pytest.raises(InvalidInputError, match=r"\.html"):
        write_figure(tmp_path / "page.svg", page)
