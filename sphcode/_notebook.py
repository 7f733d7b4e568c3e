"""How results look in a notebook: their numbers as a table, and a small picture where there is one; no package needed.

The pictures for papers and pages are those of `sphcode.figures`, which `plot` asks for by name: it is the one place
where a lower room reaches up, and only when a picture is wanted.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Letters of a text in the table, and points of a code in the picture: more is neither read nor seen.
_LONG, _MOST_POINTS = 160, 400
#: Width of the picture of a code in pixels, and steps of an arc between two of its points.
_WIDTH, _ARC = 220, 12
#: Cosines within this of the largest are contacts, in the picture.
_CONTACT = 1e-9
#: Colours that can be told apart on light and dark pages, and by the colour blind (Okabe and Ito).
_MEASURED, _REFERENCE, _CEILING = "#0072b2", "#009e73", "#d55e00"


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

    lines = [(value, _MEASURED, "this head"), *((number, _REFERENCE, label) for number, label in marks)]
    lines.append((ceiling, _CEILING, "proven ceiling"))
    parts = [
        f'<rect x="10" y="4" width="{width - 20}" height="14" fill="none" stroke="{_CEILING}"/>',
        f'<rect x="10" y="4" width="{at(value) - 10:.1f}" height="14" fill="{_MEASURED}"/>',
    ]
    for row, (number, colour, label) in enumerate(lines):
        x = at(number)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="22" stroke="{colour}" stroke-width="3"/>')
        parts.append(
            f'<text x="10" y="{36 + 14 * row}" font-size="12" fill="{colour}">{escape(label)} {number:.6g}</text>'
        )
    return _svg(width, height, "one-vs-rest distance against reference and ceiling", parts)


def ball(points: NDArray[np.float64]) -> str:
    """Return a code in three dimensions seen from one side: back points and arcs are faint; nothing for large codes."""
    if points.shape[1] != 3 or len(points) > _MOST_POINTS:
        return ""
    import numpy as np

    # A view that no symmetric code is aligned with.
    seen = points @ np.linalg.qr(np.array([[2.0, 1.0, 0.3], [-1.0, 2.0, 0.7], [0.4, -0.6, 3.0]]))[0]
    radius = 0.46 * _WIDTH

    def place(point: NDArray[np.float64]) -> str:
        return f"{_WIDTH / 2 + radius * point[0]:.1f},{_WIDTH / 2 - radius * point[1]:.1f}"

    gram = np.tril(seen @ seen.T, -1) + np.triu(np.full((len(seen),) * 2, -2.0))
    back: list[str] = []
    front: list[str] = []
    for i, j in np.argwhere(gram >= gram.max() - _CONTACT):
        angle = math.acos(max(-1.0, min(1.0, float(gram[i, j]))))
        steps = np.linspace(0.0, 1.0, _ARC)[:, None]
        if 0.0 < angle < math.pi:
            arc = (np.sin((1 - steps) * angle) * seen[i] + np.sin(steps * angle) * seen[j]) / math.sin(angle)
            line = f'<polyline points="{" ".join(place(point) for point in arc)}" fill="none" stroke="{_REFERENCE}"'
            (front if seen[i, 2] + seen[j, 2] >= 0 else back).append(line)
    dots = [(point[2], f'<circle cx="{x}" cy="{y}" r="4" fill="{_MEASURED}"')
            for point in seen for x, y in [place(point).split(",")]]  # fmt: skip
    outline = f'<circle cx="{_WIDTH / 2}" cy="{_WIDTH / 2}" r="{radius}" fill="none" stroke="#888888"/>'
    parts = [
        outline,
        *(f'{line} opacity="0.25"/>' for line in back),
        *(f'{dot} opacity="0.25"/>' for depth, dot in dots if depth < 0),
        *(f"{line}/>" for line in front),
        *(f"{dot}/>" for depth, dot in dots if depth >= 0),
    ]
    return _svg(_WIDTH, _WIDTH, "the points on the sphere, contacts as arcs", parts)


def _svg(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    box = f'xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return f'<svg role="img" {box}><title>{escape(title)}</title>{"".join(parts)}</svg>'
