"""What a notebook shows: every result a table, three-dimensional codes and comparisons a picture, without packages."""

import inspect
import xml.etree.ElementTree as ET
from dataclasses import dataclass

import numpy as np
import pytest

import sphcode
from sphcode import _notebook, figures
from sphcode.errors import InvalidInputError

RESULTS = [
    name for name in sphcode.__all__ if inspect.isclass(getattr(sphcode, name)) and name not in ("Progress", "Status")
]


@pytest.fixture(scope="module")
def head():
    """A comparison with reference and ceiling."""
    return sphcode.compare(np.random.default_rng(0).standard_normal((12, 3)))


def shown(result):
    """The HTML of a result, which must be well-formed; its table as a dict."""
    html = result._repr_html_()
    root = ET.fromstring(html)
    return html, {row.find("th").text: row.find("td").text for row in root.iter("tr")}


@pytest.mark.parametrize("name", RESULTS)
def test_every_public_result_is_shown(name):
    assert issubclass(getattr(sphcode, name), _notebook.Shown)


def test_a_code_in_three_dimensions_has_a_picture_with_all_its_points_and_contacts():
    icosahedron = sphcode.construct(3, 12)
    for result in (icosahedron, icosahedron.code(), sphcode.generate(3, 12)):
        html, table = shown(result)
        assert html.count("<circle") == 1 + 12
        assert html.count("<polyline") == 30
        assert float(table["max_cosine"]) == pytest.approx(5**-0.5)
    assert "<svg" not in shown(sphcode.construct(4, 24))[0]
    assert "<svg" not in shown(sphcode.SphericalCode(np.random.default_rng(0).integers(-99, 99, (401, 3))))[0]


def test_a_bound_a_row_and_a_verdict_are_tables():
    assert shown(sphcode.bound(3, 12))[1]["n_points"] == "12"
    assert "given_cosine" not in shown(sphcode.bound(3, 12))[1], "what is not there is not shown"
    assert shown(sphcode.best_known(3, 7))[1]["dim"] == "3"
    assert shown(sphcode.verify(sphcode.construct(3, 6)))[1]["accepted"] == "True"


def test_text_is_escaped_and_cut():
    @dataclass
    class Noted(_notebook.Shown):
        note: str

    html, table = shown(Noted("<b>&" + "x" * 1000))
    assert table["note"].startswith("<b>&xx")
    assert len(table["note"]) == 160
    assert "<b>" not in html


def test_a_comparison_is_printed_as_the_command_prints_it_and_shown_with_a_bar(head):
    lines = str(head).splitlines()
    assert lines[0] == "head          given as an array, 12 classes in dimension 3"
    assert lines[-1] == head.claim
    assert repr(head).count("\n") == 0
    html, table = shown(head)
    assert table["claim"] == head.claim
    for text in ("this head", "proven ceiling", head.reference.label):
        assert f">{text} " in html
    assert shown(sphcode.compare(np.eye(3)))[1]["claim"].startswith("min one-vs-rest 1.224744 = ")


def test_a_bar_keeps_to_its_frame():
    root = ET.fromstring(_notebook.bar(0.3, 0.6, [(0.9, "beyond")]))
    places = [float(line.get("x1")) for line in root.iter("{http://www.w3.org/2000/svg}line")]
    assert places == [220.0, 430.0, 430.0]


def test_results_are_plotted(head):
    pytest.importorskip("matplotlib")
    assert head.plot().axes[0].get_ylabel() == "one-vs-rest distance"
    assert sphcode.one_vs_rest(np.eye(3)).plot().axes[0].get_ylabel() == "one-vs-rest distance"
    cube = sphcode.construct(3, 8)
    for result in (cube, cube.code(), sphcode.construct(8, 240), sphcode.generate(3, 12)):
        assert result.plot().axes
    with pytest.raises(InvalidInputError, match="`result` must be a code, a comparison with unit rows, or distances"):
        figures.figure_of(sphcode.bound(3, 12))
