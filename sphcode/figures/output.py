"""Pictures as files: a page that follows light and dark, SVG, PNG, or PDF."""

from __future__ import annotations

import os
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import IO, Any

from sphcode._files import write_atomically
from sphcode._validate import check_path, fail, shown
from sphcode.figures._style import DARK, LIGHT, needs, svg, write_still

FORMATS = (".html", ".svg", ".png", ".pdf")

#: Height of a page inside of another one, in pixels.
_HEIGHT = 560


@dataclass(frozen=True)
class Page:
    """A page that needs nothing else, such as `sphere_page` returns; a notebook shows it in place.

    Parameters
    ----------
    title : str
        What it shows.
    html : str
        The whole text.

    Examples
    --------
    >>> from sphcode import construct, figures
    >>> figures.sphere_page(construct(3, 6).code()).html.startswith("<!doctype html>")
    True
    """

    title: str
    html: str

    def __repr__(self) -> str:
        return f"Page({self.title!r}, {len(self.html) / 1000:.0f} kB)"

    def _repr_html_(self) -> str:
        """Return the page in a frame of its own, so that its styles and scripts touch nothing else."""
        style = f"width: 100%; height: {_HEIGHT}px; border: 0"
        title, text = escape(self.title), escape(self.html)
        return f'<iframe title="{title}" style="{style}" sandbox="allow-scripts" srcdoc="{text}"></iframe>'


def check_format(path: str | os.PathLike[str]) -> str:
    """Return the suffix of `path`; raise InvalidInputError unless it names a format that pictures are written in."""
    suffix = check_path(path, "output").suffix
    if suffix not in FORMATS:
        raise fail("output", "a file name ending in " + ", ".join(FORMATS), shown(str(path)))
    return suffix


def write_figure(path: str | os.PathLike[str], figure: Any, *, title: str = "sphcode") -> Path:
    """Write a figure; the suffix of `path` gives the format, and a Page, such as of `sphere_page`, can be .html only.

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
    if isinstance(figure, Page) and suffix != ".html":
        raise fail("output", "an .html file for a page to be turned with the mouse", shown(str(path)))
    if suffix == ".html":
        page = figure.html if isinstance(figure, Page) else _page(svg(figure, "figure"), title)
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
