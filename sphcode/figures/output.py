"""Pictures as files: a page that follows light and dark, SVG, PNG, or PDF."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from typing import IO, Any

from sphcode._files import write_atomically
from sphcode._validate import check_path, fail, shown
from sphcode.figures._style import DARK, LIGHT, needs, svg, write_still

FORMATS = (".html", ".svg", ".png", ".pdf")


def check_format(path: str | os.PathLike[str]) -> str:
    """Return the suffix of `path`; raise InvalidInputError unless it names a format that pictures are written in."""
    suffix = check_path(path, "output").suffix
    if suffix not in FORMATS:
        raise fail("output", "a file name ending in " + ", ".join(FORMATS), shown(str(path)))
    return suffix


def write_figure(path: str | os.PathLike[str], figure: Any, *, title: str = "sphcode") -> Path:
    """Write a figure; the suffix of `path` gives the format, and a plotly figure can be a page only.

    A page is self-contained: it loads nothing from a network. Raises WriteError when the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from sphcode import figures
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     figures.write_figure(f"{folder}/cosines.svg", figures.gram_figure(np.eye(3))).suffix
    '.svg'
    """
    suffix = check_format(path)
    if hasattr(figure, "to_html"):
        if suffix != ".html":
            raise fail("output", "an .html file for a figure to be turned with the mouse", shown(str(path)))
        page = figure.to_html(include_plotlyjs=True, full_html=True, div_id="sphcode")
        return write_atomically(path, lambda stream: stream.write(page.encode()))
    if suffix == ".html":
        page = _page(svg(figure, "figure"), title)
        return write_atomically(path, lambda stream: stream.write(page.encode()))

    def write(stream: IO[bytes]) -> None:
        write_still(figure, stream, suffix.removeprefix("."))

    return write_atomically(path, write)


def _page(drawing: str, title: str) -> str:
    with needs("jinja2"):
        from jinja2 import Environment
    from markupsafe import Markup

    template = Environment(autoescape=True).from_string(
        (files("sphcode.figures") / "figure.html").read_text(encoding="utf-8")
    )
    return template.render(drawing=Markup(drawing), title=title, light=LIGHT, dark=DARK)
