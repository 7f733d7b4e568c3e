"""The report in a real browser: readable on a phone, names on hover, a table to sort and to filter."""

import base64
import re
from importlib.resources import as_file, files

import numpy as np
import pytest
from browser.chromium import SIZES, THEMES

from sphcode import compare
from sphcode.figures import write_report

#: Letters of pictures, in pixels of the window: smaller ones cannot be read.
READABLE = 9


@pytest.fixture(scope="module")
def example():
    with as_file(files("sphcode.data") / "examples" / "two_digits_scale10.safetensors") as path:
        return compare(path, names=[f"pair {index:02d}" for index in range(100)])


@pytest.fixture(scope="module")
def pages(tmp_path_factory, example):
    folder = tmp_path_factory.mktemp("reports")
    long = [f"a class with a rather long name, {index}, and-a-word-without-any-place-to-break-it" for index in range(9)]
    space = compare(np.random.default_rng(0).standard_normal((9, 3)), names=long)
    zero = compare(np.vstack([np.eye(3)[:1], np.zeros((3, 3))]))
    command = "sphcode compare data/examples/two_digits_scale10.safetensors --report report.html"
    return {
        "one": write_report(folder / "one.html", [example], command=command),
        "several": write_report(folder / "several.html", [example, space, zero]),
    }


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["one", "several"])
def test_nothing_is_cut_and_nothing_fails(chromium, pages, shots, name, size, theme):
    chromium.open(pages[name], size, theme)
    chromium.screenshot(shots / f"report_{name}_{size}_{theme}.png", whole=True)
    assert chromium.errors() == []
    assert chromium.too_wide() == []
    assert chromium.evaluate("document.documentElement.scrollWidth <= innerWidth")
    letters = chromium.evaluate(
        "[...document.querySelectorAll('.plot svg text')].map(text => text.getBoundingClientRect())"
        ".filter(box => box.height).map(box => Math.min(box.width, box.height)).sort((a, b) => a - b)"
    )
    assert len(letters) > 40
    assert np.median(letters) >= READABLE
    cut = "cell => cell.scrollWidth > cell.clientWidth + 1"
    assert chromium.evaluate(f"[...document.querySelectorAll('.facts td, .facts th')].filter({cut}).length") == 0


def told(chromium):
    """The text of the tip that is shown."""
    return chromium.evaluate("document.querySelector('.tip:not([hidden])')?.textContent ?? ''")


def hover(chromium, kind, x, y):
    """Put the mouse at a place (x, y) of the axes of a picture."""
    place = chromium.evaluate(
        f"(() => {{ const plot = [...document.querySelectorAll('.plot[data-kind={kind}]')].find(p => p.offsetWidth);"
        "plot.scrollIntoView({block: 'center'}); const svg = plot.querySelector('svg').getBoundingClientRect();"
        "const [l, t, r, b, x0, x1, y0, y1] = plot.dataset.box.split(' ').map(Number);"
        f"return [svg.left + svg.width * (l + ({x} - x0) / (x1 - x0) * (r - l)),"
        f"svg.top + svg.height * (t + (y1 - {y}) / (y1 - y0) * (b - t))]; }})()"
    )
    chromium.mouse("mouseMoved", *place)


@pytest.mark.parametrize("size", SIZES)
def test_pictures_name_what_is_under_the_mouse(chromium, pages, example, size):
    chromium.open(pages["one"], size)
    hover(chromium, "distances", 1, 0.65)
    assert told(chromium) == "class pair 89\n0.609165, number 1 from the worst\nnearest class pair 79, cosine 0.404289"
    # The ring stands on the dot that matplotlib drew for the worst class.
    dot, ring = chromium.evaluate(
        "(() => { const plot = [...document.querySelectorAll('.plot[data-kind=distances]')].find(p => p.offsetWidth);"
        "const middle = box => [box.left + box.width / 2, box.top + box.height / 2];"
        "const dots = [...plot.querySelectorAll('svg use')].map(use => middle(use.getBoundingClientRect()));"
        "const ring = middle(plot.querySelector('.ring').getBoundingClientRect());"
        "const away = p => Math.hypot(p[0] - ring[0], p[1] - ring[1]);"
        "return [dots.reduce((a, b) => away(a) < away(b) ? a : b), ring]; })()"
    )
    assert np.hypot(dot[0] - ring[0], dot[1] - ring[1]) < 2.5
    hover(chromium, "angles", 70.5, 0.01)
    assert told(chromium).startswith("70° to 71°: ")
    hover(chromium, "cosines", 3, 17)
    first, second = (int(word) for word in re.findall(r"pair (\d\d)", told(chromium)))
    rows = example.unit.rows[:]
    cosine = rows[first] @ rows[second]
    assert f"cosine {cosine:.4f}"[:-1] in told(chromium)


def test_the_table_is_filtered_and_sorted(chromium, pages):
    chromium.open(pages["one"])
    cells = "[...document.querySelectorAll('.classes tbody tr')].map(row => row.cells[{}].textContent)"
    assert len(chromium.evaluate(cells.format(0))) == 100
    click = "document.querySelectorAll('.classes thead button')[{}].click()"
    chromium.evaluate(click.format(1))
    distances = [float(text) for text in chromium.evaluate(cells.format(1))]
    assert distances == sorted(distances, reverse=True)
    chromium.evaluate(click.format(0))
    assert chromium.evaluate(cells.format(0))[:2] == ["pair 00", "pair 01"]
    chromium.evaluate(
        "(find => { find.value = 'PAIR 8'; find.dispatchEvent(new Event('input')); })(document.querySelector('input'))"
    )
    kept = chromium.evaluate(cells.format(0)), chromium.evaluate(cells.format(2))
    assert 10 <= len(kept[0]) < 100
    assert all("pair 8" in a or "pair 8" in b for a, b in zip(*kept, strict=True))
    assert chromium.errors() == []


def test_the_spreadsheet_is_in_the_page(chromium, pages):
    chromium.open(pages["one"])
    link = chromium.evaluate("document.querySelector('a[download=\"classes.csv\"]').href")
    assert base64.b64decode(link.split(",")[1]).decode().count("\n") == 101
