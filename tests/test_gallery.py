"""The gallery: every script is shown, what is stored is what it makes; three run here, all with `nox -s docs-full`."""

import re
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
sys.path.insert(0, str(DOCS / "extensions"))
import gallery_run  # noqa: E402

#: Scripts that need no search and no training: some tenths of a second.
QUICK = ("snub_cube", "six_lines", "never_predicted")


def listed():
    """Names on the page, in its order."""
    blocks = re.findall(r"^```\{gallery\}\n(.*?)^```$", (DOCS / "gallery.md").read_text(), flags=re.S | re.M)
    return "".join(blocks).split()


def test_every_script_is_on_the_page_once():
    assert sorted(listed()) == gallery_run.names()
    assert len(listed()) >= 15


def test_nothing_is_stored_that_no_script_makes():
    stored = {path.stem for folder in (gallery_run.STORED, gallery_run.PAGES) for path in folder.iterdir()}
    assert stored == set(gallery_run.names())


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow]) for name in gallery_run.names()]
)
def test_what_is_stored_is_what_the_script_makes(name):
    made = gallery_run.run(name)
    assert gallery_run.place(name, ".txt").read_text() == made[".txt"]
    # Coordinates and fonts of a picture may differ between versions of matplotlib; what it says may not.
    words = re.compile(r"<text[^>]*>([^<]*)</text>")
    assert words.findall(gallery_run.place(name, ".svg").read_text()) == words.findall(made[".svg"])
    assert gallery_run.place(name, ".html").exists() == (".html" in made)
