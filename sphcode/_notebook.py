"""How results look in a notebook: their numbers as a table, and a small picture where there is one; no package needed.

Pictures of codes, and those for papers and pages, are made by `sphcode.figures`, which is asked for by name: it is the
one place where a lower room reaches up, and only when a picture is wanted.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Letters of a text in the table, and points of a code in the picture: more is neither read nor seen.
_LONG, _MOST_POINTS = 160, 400
#: Half the width of a bar in pixels.
_WIDTH = 220
#: Colours that can be told apart on light and dark pages, and by the colour blind (Okabe and Ito).
MEASURED, REFERENCE, CEILING = "#0072b2", "#009e73", "#d55e00"


class Shown:
    """A result that a notebook shows as a table of its numbers, beside a picture if it has one."""

    def _repr_html_(self) -> str:
        name, rows, picture = type(self).__name__, self._numbers(), self._picture()
        cells = "".join(
            f'<tr><th style="text-align:left">{escape(label)}</th><td style="text-align:left">{escape(text)}</td></tr>'
            for label, text in rows
        )
        table = f"<table><caption>{escape(name)}</caption>{cells}</table>"
        return f'<div style="display:flex;flex-wrap:wrap;gap:1em;align-items:center">{picture}{table}</div>'

    def _numbers(self) -> Iterable[tuple[str, str]]:
        """Labels and texts of the table: by default every field that is a number or a text."""
        for name in getattr(self, "__dataclass_fields__", {}):
            value = getattr(self, name)
            if isinstance(value, str | bool | int | float):
                yield name, text(value)

    def _picture(self) -> str:
        """An SVG element, or nothing."""
        return ""


class Drawn(Shown):
    """A result that can be drawn."""

    def plot(self) -> Any:
        """Return a picture of the result, a matplotlib figure: see `sphcode.figures.figure_of`.

        A code is drawn on the sphere in three dimensions, and by its Gram matrix else; distances class by class.
        `sphcode.figures.write_figure` writes it. Raises MissingExtraError without matplotlib.
        """
        return importlib.import_module("sphcode.figures").figure_of(self)


def text(value: Any) -> str:
    """Return a value as the table shows it."""
    if isinstance(value, float):
        return f"{value:.12g}"
    short = str(value)
    return short if len(short) <= _LONG else f"{short[: _LONG - 1]}…"


def bar(value: float, ceiling: float, marks: Sequence[tuple[float, str]] = ()) -> str:
    """Return a bar from 0 to the ceiling, filled up to `value`, with further values marked."""
    width, height = 2 * _WIDTH, 26 + 14 * (2 + len(marks))

    def at(number: float) -> float:
        return 10 + (width - 20) * min(1.0, max(0.0, number / ceiling))

    lines = [(value, MEASURED, "this head"), *((number, REFERENCE, label) for number, label in marks)]
    lines.append((ceiling, CEILING, "proven ceiling"))
    parts = [
        f'<rect x="10" y="4" width="{width - 20}" height="14" fill="none" stroke="{CEILING}"/>',
        f'<rect x="10" y="4" width="{at(value) - 10:.1f}" height="14" fill="{MEASURED}"/>',
    ]
    for row, (number, colour, label) in enumerate(lines):
        x = at(number)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="22" stroke="{colour}" stroke-width="3"/>')
        parts.append(
            f'<text x="10" y="{36 + 14 * row}" font-size="12" fill="{colour}">{escape(label)} {number:.6g}</text>'
        )
    return svg(width, height, "one-vs-rest distance against reference and ceiling", parts)


def ball(points: NDArray[np.float64]) -> str:
    """Return a code in three dimensions as a small picture; nothing for large codes and other dimensions."""
    if points.shape[1] != 3 or len(points) > _MOST_POINTS:
        return ""
    return str(importlib.import_module("sphcode.figures.sphere").small_picture(points))


def svg(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    box = f'xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return f'<svg role="img" {box}><title>{escape(title)}</title>{"".join(parts)}</svg>'
