"""The page: complete, self-contained, the same for the same comparison, safe with any class name."""

import base64
import csv
import json
import re
import sys
from html.parser import HTMLParser
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pytest

from sphcode import compare
from sphcode.errors import MissingExtraError, WriteError
from sphcode.figures.report import TERMS, linked, report, write_report


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


def data_of(page, head=1):
    """What the page's script reads of one head."""
    return json.loads(re.search(rf'<script type="application/json" id="data-{head}">(.*?)</script>', page)[1])


def test_the_classes_are_all_there_for_script_and_spreadsheet(example):
    page = report([example])
    rows = list(
        csv.DictReader(base64.b64decode(re.search(r"text/csv;base64,([\w+/=]+)", page)[1]).decode().splitlines())
    )
    assert len(rows) == len(data_of(page)["classes"]) == 100
    assert [int(row["class"]) for row in rows[:2]] == [89, 75]
    assert float(rows[0]["one_vs_rest"]) == example.min_one_vs_rest
    assert data_of(page)["classes"][0][:3] == ["89", "0.609165", "79"]
    gram = example.unit.rows[:] @ example.unit.rows[:].T
    for row in rows:
        assert float(row["cosine"]) == pytest.approx(gram[int(row["class"]), int(row["nearest_class"])], abs=1e-12)


def test_the_pairs_under_the_pointer_are_the_cosines(example):
    data = data_of(report([example]))
    order = [int(name) for name in data["names"]]
    pairs = np.frombuffer(base64.b64decode(data["pairs"]), "<i2") / 32767
    gram = (example.unit.rows[:] @ example.unit.rows[:].T)[order][:, order]
    np.testing.assert_allclose(pairs, gram[np.triu_indices(100, 1)], atol=2e-5)
    assert sum(data["angles"]) == 4950


def test_rows_in_space_are_shown_on_the_sphere():
    page = report([compare(np.random.default_rng(0).standard_normal((6, 3)))])
    assert '<iframe title="6 points in dimension 3"' in page
    assert "The rows on the sphere" not in report([compare(np.eye(4))])


def test_the_words_of_the_page_are_explained_once(example):
    page = report([example])
    for link in set(re.findall(r'href="#(term-[\w-]+)"', page)):
        assert page.count(f'id="{link}"') == 1


def test_every_word_leads_to_its_explanation(example):
    page = report([example])
    words = {f"term-{word.replace(' ', '-')}" for word in TERMS}
    links = set(re.findall(r'href="#(term-[\w-]+)"', page))
    assert links <= words
    # GNC1 and GNC3 need features.
    assert words - links <= {"term-neural-collapse"}
    told = re.findall(r"<(?:figcaption|small)>(.*?)</(?:figcaption|small)>", page, flags=re.DOTALL)
    for text in told:
        rest = re.sub(r"<a .*?</a>", "", text)
        assert not linked(rest).startswith("<a "), rest
        for word in TERMS:
            assert word not in rest or f">{word}" in text, f"{word!r} leads nowhere in {text!r}"


def test_words_are_linked_once_a_text_and_names_stay_harmless():
    assert linked("Reference and reference <b>") == (
        '<a class="term" href="#term-reference-code">Reference</a> and reference &lt;b&gt;'
    )
    assert linked("preferences") == "preferences"


def test_nothing_is_loaded_from_outside_the_page(example):
    page = report([example])
    assert all(link.startswith(("#", "data:")) for link in parsed(page).links)
    assert not re.search(r"@import|url\((?!#|['\"]?data:)", page)
    assert not re.search(r"<script[^>]+src", page)


def test_the_page_says_what_the_comparison_says(example):
    page = report([example], command="sphcode compare head.safetensors --report page.html")
    short = example.claim.replace(example.class_vectors.best_known_source, "best known")
    assert short in page
    assert page.count("--no-constructions, 2026-11-30") == 1, "the source of the reference stands in its row, once"
    for heading in (
        "One-vs-rest distance of every class",
        "Angles between rows",
        "Use of the dimensions",
        "Cosines",
        "Classes",
        "All numbers",
        "Checks",
    ):
        assert f"<h2>{heading}</h2>" in page
    assert "sphcode compare head.safetensors --report page.html" in page
    encoded = re.search(r"data:application/json;base64,([A-Za-z0-9+/=]+)", page)[1]
    assert json.loads(base64.b64decode(encoded)) == example.to_dict()
    assert page.count("<svg") == 8, "four pictures, each for a laptop and for a phone"
    assert page.index("<svg") < page.index("<summary>for experts") < page.index(">own directions</a>")


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
    # Nothing of the name is left as markup, in the data for the script neither.
    assert "<script>alert" not in page
    assert len(re.findall("<script", page)) == 2
    assert data_of(page)["classes"][0][0].startswith(evil)
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


def test_the_sample_of_the_site_is_what_is_written_today(example):
    """Made by `sphcode compare data/examples/two_digits_scale10.safetensors --report docs/_static/report.html -q`."""

    def frame(page):
        parts = "<style>.*?</style>|<script>.*?</script>|<h2>.*?</h2>|<th scope=.*?</th>|<dl>.*?</dl>|<p class=.*?</p>"
        return re.findall(parts, page, flags=re.DOTALL)

    sample = (Path(__file__).parents[2] / "docs" / "_static" / "report.html").read_text()
    assert frame(sample) == frame(report([example]))
