"""The documentation in a real browser: nothing sticks out, nothing fails, the index fits one screen, search finds."""

import functools
import os
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from browser.chromium import SIZES, THEMES

DOCS = Path(__file__).parents[2] / "docs"
PAGES = (
    "index",
    "gallery",
    "tutorials/code_and_proof",
    "tutorials/network",
    "commands",
    "glossary",
    "comparison",
    "reference",
)


class Quiet(SimpleHTTPRequestHandler):
    """A server that does not tell what it serves."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built site: that of SPHCODE_SITE, or one made now."""
    folder = os.environ.get("SPHCODE_SITE")
    if folder is None:
        folder = str(tmp_path_factory.mktemp("site"))
        subprocess.run([sys.executable, "-m", "sphinx", "-q", "-W", str(DOCS), folder], check=True)
    # Its search reads pages by address, which a browser allows to no file.
    handler = functools.partial(Quiet, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_cut_and_nothing_fails(chromium, site, shots, page, size, theme):
    chromium.open(f"{site}/{page}.html", size, theme)
    chromium.screenshot(shots / f"site_{page.replace('/', '_')}_{size}_{theme}.png", whole=page == "gallery")
    assert chromium.errors() == []
    # Outside of the article are the theme's drawers, which wait beside the window.
    assert chromium.too_wide("article") == []
    assert chromium.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_index_fits_one_screen(chromium, site):
    chromium.open(f"{site}/index.html", "wide")
    low = chromium.evaluate("document.querySelector('.numbers').getBoundingClientRect().bottom")
    assert low <= SIZES["wide"][1]
    assert chromium.evaluate("document.querySelector('img.front').naturalWidth") > 0


@pytest.mark.parametrize("page", ["_static/report.html", "_static/gallery/snub_cube.html", "_static/table.html"])
@pytest.mark.parametrize("size", SIZES)
def test_the_samples_open(chromium, site, page, size):
    chromium.open(f"{site}/{page}", size)
    assert chromium.errors() == []
    assert chromium.too_wide() == []


@pytest.mark.parametrize("word", ["rattler", "Portfolio", "generate", "one-vs-rest"])
def test_search_finds(chromium, site, word):
    chromium.open(f"{site}/search.html?q={word}")
    count = "document.querySelectorAll('.search li').length"
    look = f"const look = () => {{ if ({count} || ++tries > 100) done({count}); else setTimeout(look, 100); }};"
    found = chromium.evaluate(f"new Promise(done => {{ let tries = 0; {look} look(); }})")
    assert found > 0
    assert chromium.errors() == []
