"""Run scripts of the gallery and store what they print and draw: `python docs/extensions/gallery_run.py [NAME ...]`.

A script leaves a `figure`, and perhaps a `page` to be turned. What is stored in docs/gallery/stored/ is what the site
shows; the site is built without running anything.
"""

import contextlib
import io
import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
GALLERY = ROOT / "docs" / "gallery"
STORED = GALLERY / "stored"
#: Where pages to be turned are stored: the site copies this folder as it is.
PAGES = ROOT / "docs" / "_static" / "gallery"


def names():
    """Names of all scripts."""
    return sorted(path.stem for path in GALLERY.glob("*.py"))


def place(name, suffix):
    """Where what a script made is stored."""
    return (PAGES if suffix == ".html" else STORED) / f"{name}{suffix}"


def run(name):
    """Run a script in the root of the checkout; return what is to be stored, by suffix."""
    from sphcode.figures._style import svg

    printed = io.StringIO()
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(printed):
        left = runpy.run_path(str(GALLERY / f"{name}.py"))
    made = {".txt": printed.getvalue(), ".svg": svg(left["figure"], name)}
    if "page" in left:
        made[".html"] = left["page"].html
    return made


def main(wanted):
    for folder in (STORED, PAGES):
        folder.mkdir(parents=True, exist_ok=True)
    for name in wanted or names():
        for suffix, text in run(name).items():
            place(name, suffix).write_text(text)
        print(name, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
