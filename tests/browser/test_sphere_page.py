"""The page of a code in a real browser: nothing sticks out, nothing fails, and it answers mouse and keys."""

import numpy as np
import pytest
from browser.chromium import SIZES, THEMES

from sphcode import SphericalCode, construct
from sphcode.figures import sphere_page, write_figure

LIFTED = np.array([[1, 0, -0.3], [0, 1, -0.3], [-1, 0, -0.3], [0, -1, -0.3], [0, 0, 1]])
CODES = {
    "circle": construct(2, 7).code(),
    "snub cube": construct(3, 24).code(),
    "pyramid": SphericalCode(LIFTED / np.linalg.norm(LIFTED, axis=1, keepdims=True)),
    "600-cell": construct(4, 120).code(),
    "E8": construct(8, 240).code(),
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    return {
        name: write_figure(folder / f"{name.replace(' ', '_')}.html", sphere_page(code, cells=True, holes=True))
        for name, code in CODES.items()
    }


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", CODES)
def test_nothing_is_cut_and_nothing_fails(chromium, pages, shots, name, size, theme):
    chromium.open(pages[name], size, theme)
    chromium.screenshot(shots / f"sphere_{name.replace(' ', '_')}_{size}_{theme}.png")
    assert chromium.errors() == []
    assert chromium.too_wide() == []
    assert chromium.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if CODES[name].dim <= 4:
        assert chromium.evaluate("document.documentElement.scrollHeight <= innerHeight"), "the ball fits the window"


def test_the_two_themes_differ(chromium, pages):
    colours = set()
    for theme in THEMES:
        chromium.open(pages["snub cube"], "wide", theme)
        colours.add(chromium.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2


def place_of(chromium, index):
    """Where a point is in the window."""
    x, y = chromium.evaluate(f"seen.find(spot => spot[4] === {index}).slice(0, 2)")
    box = chromium.evaluate("(({left, top}) => [left, top])(canvas.getBoundingClientRect())")
    return x + box[0], y + box[1]


def tip(chromium):
    return chromium.evaluate("tip.textContent")


@pytest.mark.parametrize("name", ["snub cube", "600-cell"])
def test_hovering_names_a_point_and_a_press_measures_from_it(chromium, pages, name):
    chromium.open(pages[name])
    code = CODES[name]
    first, second = chromium.evaluate("[seen[seen.length - 1][4], seen[seen.length - 2][4]]")
    chromium.mouse("mouseMoved", *place_of(chromium, first))
    degree = 5 if code.dim == 3 else 12
    assert tip(chromium).startswith(f"point {first}: {degree} contacts\nat {code.min_angle_deg:.4f}°: ")
    chromium.drag(place_of(chromium, first), place_of(chromium, first))
    chromium.mouse("mouseMoved", *place_of(chromium, second))
    angle = np.degrees(np.arccos(code.points[first] @ code.points[second]))
    assert tip(chromium).endswith(f"{angle:.4f}° from point {first}")


def test_a_rattler_is_told_with_its_nearest_point(chromium, pages):
    chromium.open(pages["pyramid"])
    chromium.mouse("mouseMoved", *place_of(chromium, 4))
    assert tip(chromium).startswith("point 4: a rattler, no contact\nnearest is ")


def test_the_mouse_turns_the_wheel_zooms_and_keys_do_both(chromium, pages):
    chromium.open(pages["snub cube"])
    start = chromium.evaluate("JSON.stringify([turn, zoom])")
    chromium.drag((600, 450), (700, 480))
    turned = chromium.evaluate("turn")
    np.testing.assert_allclose(np.array(turned) @ np.transpose(turned), np.eye(3), atol=1e-12)
    chromium.mouse("mouseWheel", 640, 450, deltaX=0, deltaY=-300)
    assert chromium.evaluate("zoom") > 1.3
    chromium.evaluate("canvas.focus()")
    chromium.key("n")
    assert tip(chromium).startswith("point 0: ")
    chromium.key("ArrowLeft")
    assert tip(chromium) == ""
    assert chromium.evaluate("JSON.stringify(turn)") != str(turned)
    chromium.key("0")
    assert chromium.evaluate("JSON.stringify([turn, zoom])") == start


def test_shift_moves_through_the_sphere_in_four_dimensions(chromium, pages):
    chromium.open(pages["600-cell"])
    chromium.evaluate("move(0.4, 0.1, true)")
    turned = np.array(chromium.evaluate("turn"))
    assert abs(turned[3, 3]) < 0.99
    np.testing.assert_allclose(turned @ turned.T, np.eye(4), atol=1e-12)
    assert chromium.errors() == []


def test_the_map_names_a_pair(chromium, pages):
    chromium.open(pages["E8"])
    box = chromium.evaluate("(({left, top, width}) => [left, top, width])(map.getBoundingClientRect())")
    order = chromium.evaluate("data.order")
    chromium.mouse("mouseMoved", box[0] + box[2] * 7.5 / 240, box[1] + box[2] * 100.5 / 240)
    cosine = CODES["E8"].points[order[100]] @ CODES["E8"].points[order[7]]
    told = chromium.evaluate("document.getElementById('cell').textContent")
    assert told.startswith(f"points {order[100]} and {order[7]}: cosine {cosine:.6f}".replace("-0.000000", "0.000000"))
    assert chromium.evaluate("document.querySelectorAll('#list tbody tr').length") == 4
