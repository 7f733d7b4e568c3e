"""The page: complete, self-contained, the same for the same comparison, safe with any class name."""

import base64
import json
import re
import sys
from html.parser import HTMLParser
from importlib.resources import as_file, files

import numpy as np
import pytest

from sphcode import compare
from sphcode.errors import MissingExtraError, WriteError
from sphcode.figures.report import report, write_report


@pytest.fixture(scope="module")
def example():
    with as_file(files("sphcode.data") / "examples" / "two_digits_scale10.safetensors") as path:
        return compare(path)


class Links(HTMLParser):
    """Collects every attribute that could load something, and checks that tags are closed in order."""

    VOID = frozenset({"meta", "br", "link", "img", "input", "hr"})

    def __init__(self):
        super().__init__()
        self.links, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in {"src", "href", "xlink:href", "data", "srcset"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def parsed(page):
    parser = Links()
    parser.feed(page)
    assert parser.open == []
    return parser


def test_nothing_is_loaded_from_outside_the_page(example):
    page = report([example])
    assert all(link.startswith(("#", "data:")) for link in parsed(page).links)
    assert not re.search(r"@import|url\((?!#|['\"]?data:)", page)
    assert "<script" not in page


def test_the_page_says_what_the_comparison_says(example):
    page = report([example], command="sphcode compare head.safetensors --report page.html")
    assert example.claim in page
    for heading in (
        "One-vs-rest distance of every class",
        "Angles between rows",
        "Use of the dimensions",
        "Cosines",
        "Worst classes",
        "Checks",
    ):
        assert f"<h2>{heading}</h2>" in page
    assert "sphcode compare head.safetensors --report page.html" in page
    encoded = re.search(r"data:application/json;base64,([A-Za-z0-9+/=]+)", page)[1]
    assert json.loads(base64.b64decode(encoded)) == example.to_dict()
    assert page.count("<svg") == 4


def test_the_same_comparison_gives_the_same_page(example):
    assert report([example]) == report([example])


def test_colours_follow_the_page(example):
    page = report([example])
    drawings = "".join(re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL))
    assert "var(--measured)" in drawings
    assert "#0072b2" not in drawings
    assert "prefers-color-scheme: dark" in page


def test_names_cannot_break_the_page():
    rows = np.random.default_rng(0).standard_normal((6, 3))
    evil = "<script>alert(1)</script>&\"'"
    page = report([compare(rows, names=[f"{evil}{index}" for index in range(6)])])
    assert "<script" not in page
    parsed(page)


def test_several_heads_share_one_page(example):
    page = report([example, compare(np.random.default_rng(0).standard_normal((6, 3)))])
    parsed(page)
    assert "2 heads" in page
    assert page.count('<section id="head-') == 2


def test_a_head_without_directions_still_gives_a_page():
    rows = np.zeros((4, 3))
    rows[0] = 1
    page = report([compare(rows)])
    parsed(page)
    assert "fewer than two rows have a direction" in page


def test_it_is_written_whole_or_not_at_all(example, tmp_path):
    path = write_report(tmp_path / "page.html", [example])
    assert path.read_text().endswith("</html>")
    with pytest.raises(WriteError):
        write_report(tmp_path / "missing" / "page.html", [example])


@pytest.mark.parametrize("package", ["matplotlib", "jinja2"])
def test_a_missing_package_is_named_with_the_remedy(example, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"{package}.*pip install \"sphcode\[report\]\""):
        report([example])
