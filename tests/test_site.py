"""The documentation builds without a warning, and every page of it is in the built site."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(path.relative_to(DOCS) for path in DOCS.rglob("*.md") if "_build" not in path.parts)
TABLES = sorted(path.stem for path in (DOCS / "measurements").glob("*.csv"))


class Article(HTMLParser):
    """Text of the element `article`, where a page's own words stand."""

    def __init__(self):
        super().__init__()
        self.depth, self.text = 0, []

    def handle_starttag(self, tag, attributes):
        self.depth += tag == "article"

    def handle_endtag(self, tag):
        self.depth -= tag == "article"

    def handle_data(self, data):
        if self.depth:
            self.text.append(data)


def plain(text):
    """Letters and digits of Markdown or of a page, without the marks of either and without spaces."""
    return re.sub(r"[\W_]+", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text))


def first_sentence(page):
    """First sentence of the first paragraph of words."""
    body = re.sub(r"^```.*?^```$", "", (DOCS / page).read_text(), flags=re.S | re.M)
    paragraphs = [part.strip() for part in body.split("\n\n")]
    words = next(part for part in paragraphs if part and part[0] not in "#|-:!>")
    return plain(re.split(r"(?<=[.?!])\s", words)[0])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built once."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-E", str(DOCS), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_page_is_in_the_site(site, page):
    article = Article()
    article.feed((site / page.with_suffix(".html")).read_text())
    sentence = first_sentence(page)
    assert len(sentence) > 10
    assert sentence in plain("".join(article.text))


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_on_a_page(table):
    shown = [page for page in PAGES if f"```{{measurements}} {table}\n" in (DOCS / page).read_text()]
    assert len(shown) == 1, f"docs/measurements/{table}.csv is on {len(shown)} pages"
