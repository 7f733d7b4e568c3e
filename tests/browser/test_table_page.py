"""The page of the table in a real browser: it filters, sorts and downloads the rows of the package."""

import csv
import io
import json

import pytest
from browser.chromium import SIZES, THEMES

from sphcode.codes.store import Case, shipped
from sphcode.figures.table_page import table_page


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / "table.html"
    path.write_text(table_page(shipped(), list(shipped().rows.values())))
    return path


def fill(chromium, **values):
    """Set fields of the form of filters."""
    for name, value in values.items():
        chromium.evaluate(f"document.forms[0]['{name}'].value = '{value}'")
    chromium.evaluate("document.forms[0].dispatchEvent(new Event('input')), 0")


def cells(chromium, column):
    return chromium.evaluate(f"[...document.querySelectorAll('#rows tbody tr')].map(r => r.cells[{column}].title)")


def saved(chromium, button):
    """The text that a button downloads."""
    chromium.evaluate(
        "window.Blob = class { constructor(parts) { window.saved = parts.join(''); } },"
        "URL.createObjectURL = () => '#saved', 0"
    )
    chromium.evaluate(f"document.getElementById('{button}').click(), 0")
    return chromium.evaluate("window.saved")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_and_nothing_fails(chromium, page, shots, size, theme):
    chromium.open(page, size, theme)
    chromium.screenshot(shots / f"table_{size}_{theme}.png", whole=True)
    assert chromium.errors() == []
    assert chromium.too_wide() == []
    assert len(cells(chromium, 0)) == len(shipped().rows)


def test_filter_sort_and_download(chromium, page):
    chromium.open(page, "wide")
    fill(chromium, kind="points", dim="5", low="20", high="41")
    wanted = {str(case.n_points) for case in shipped().rows if case[:2] == ("points", 5) and 20 <= case.n_points <= 41}
    assert set(cells(chromium, 1)) == wanted
    button = "document.querySelectorAll('#rows thead button')[3].click(), 0"
    chromium.evaluate(button)
    rising = [float(text) for text in cells(chromium, 3)]
    assert rising == sorted(rising)
    chromium.evaluate(button)
    assert [float(text) for text in cells(chromium, 3)] == rising[::-1]
    rows = list(csv.DictReader(io.StringIO(saved(chromium, "csv"))))
    assert {row["n_points"] for row in rows} == wanted
    best = next(row for row in rows if row["n_points"] == "41")
    assert best["max_cosine"] == shipped().rows[Case("points", 5, 41)].max_cosine


def test_a_row_is_chosen_with_its_points(chromium, page):
    chromium.open(page, "wide")
    fill(chromium, kind="points", dim="3", low="111", high="111")
    chromium.evaluate("document.querySelector('#rows tbody tr').click(), 0")
    assert chromium.evaluate("!document.getElementById('ball').hidden && !document.getElementById('chosen').hidden")
    found = json.loads(saved(chromium, "json"))
    assert found["points"] == shipped().points(Case("points", 3, 111)).tolist()
    assert chromium.errors() == []
