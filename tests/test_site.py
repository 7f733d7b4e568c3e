"""The documentation builds without a warning, and every page of it is in the built site."""

import argparse
import html
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sphcode.cli.main import build_parser

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


def parsers(parser):
    """A parser and those of its commands, at any depth."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from parsers(command)


def test_every_command_and_option_is_in_the_reference(site):
    page = html.unescape(re.sub(r"<[^>]+>", "", (site / "commands.html").read_text()))
    flat = " ".join(page.split())
    _, *commands = parsers(build_parser())
    assert len(commands) >= 12
    for command in commands:
        assert command.prog in flat
        for action in command._actions:
            if action.help != argparse.SUPPRESS:
                for word in action.option_strings:
                    assert word in flat
                told = " ".join((command._get_formatter()._expand_help(action) if action.help else "").split())
                assert told.replace("`", "") in flat, f"{command.prog}: {told}"


def test_links_to_what_is_no_page_lead_somewhere(site):
    for page in site.rglob("*.html"):
        if "_static" not in page.relative_to(site).parts:
            for link in re.findall(r'(?:href|src)="((?:\.\./)*_static/[^"?#]+)', page.read_text()):
                assert (page.parent / link).exists(), f"{page.relative_to(site)} links to {link}"


def test_tutorials_are_notebooks_too(site):
    tutorials = sorted(path.stem for path in (DOCS / "tutorials").glob("*.md"))
    assert len(tutorials) == 3
    for name in tutorials:
        notebook = json.loads((site / "_static" / "notebooks" / f"{name}.ipynb").read_text())
        kinds = [cell["cell_type"] for cell in notebook["cells"]]
        assert notebook["nbformat"] == 4
        assert kinds[0] == "markdown"
        assert kinds.count("code") >= 3
        for cell in notebook["cells"]:
            text = "".join(cell["source"])
            assert "```" not in text
            if cell["cell_type"] == "code" and not text.startswith("!"):
                compile(text, name, "exec")


def test_search_knows_the_words_of_the_pages(site):
    index = (site / "searchindex.js").read_text()
    assert index.startswith("Search.setIndex(")
    for word in ("rattler", "glossari", "snub", "galleri"):
        assert f"{word}" in index
    assert "generate" in index


def test_no_link_is_inside_another(site):
    class Links(HTMLParser):
        depth = 0

        def handle_starttag(self, tag, attributes):
            self.depth += tag == "a"
            assert self.depth < 2, self.getpos()

        def handle_endtag(self, tag):
            self.depth -= tag == "a"

    for page in PAGES:
        Links().feed((site / page.with_suffix(".html")).read_text())


def test_first_mentions_of_glossary_words_lead_there(site):
    words = set(re.findall(r'<dt id="(term-[^"]+)"', (site / "glossary.html").read_text()))
    assert len(words) > 40
    for page in ("compare.html", "tutorials/code_and_proof.html", "margins.html"):
        text = (site / page).read_text()
        links = re.findall(r'<a class="glossary-word[^"]*" href="([^"]*)glossary.html#(term-[^"]+)"', text)
        assert len(links) >= 3, page
        anchors = [anchor for _, anchor in links]
        assert len(set(anchors)) == len(anchors), "each word once a page"
        assert set(anchors) <= words
        assert all(prefix == "../" * page.count("/") for prefix, _ in links)
