"""One look for all pictures: colours that survive colour blindness and dark pages, and SVG that follows the page."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import IO, TYPE_CHECKING, Any, ParamSpec

from sphcode.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_Arguments = ParamSpec("_Arguments")

#: Colours by role on a light page (Okabe-Ito hues); every role has a CSS variable of the same name in a report.
LIGHT = {
    "ink": "#1c2128",
    "muted": "#5d6671",
    "grid": "#dde1e6",
    "paper": "#fefefe",
    "measured": "#0072b2",
    "reference": "#00805f",
    "ceiling": "#c8500a",
    "random": "#8a5a9e",
}
#: The same roles on a dark page.
DARK = {
    "ink": "#e4e8ed",
    "muted": "#9aa4b0",
    "grid": "#30363f",
    "paper": "#15181d",
    "measured": "#5cb8f2",
    "reference": "#2ec495",
    "ceiling": "#f28e3d",
    "random": "#c79bdb",
}

#: Line style by role: a picture printed in grey stays readable.
LINES = {"measured": "-", "reference": "--", "ceiling": "-", "random": ":"}

#: A value to be marked by a line: the value, its role, its label.
Mark = tuple[float, str, str]

_RC: Any = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 10.0,
    "axes.edgecolor": LIGHT["muted"],
    "axes.labelcolor": LIGHT["ink"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LIGHT["grid"],
    "grid.linewidth": 0.8,
    "text.color": LIGHT["ink"],
    "xtick.color": LIGHT["muted"],
    "ytick.color": LIGHT["muted"],
    "xtick.labelcolor": LIGHT["ink"],
    "ytick.labelcolor": LIGHT["ink"],
    "legend.frameon": False,
}


def styled(draw: Callable[_Arguments, Figure]) -> Callable[_Arguments, Figure]:
    """Decorate a function that draws a figure: it draws in the common style and leaves no global state behind."""

    @wraps(draw)
    def wrapped(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> Figure:
        with needs("matplotlib"):
            from matplotlib import rc_context

        with rc_context(_RC):
            return draw(*args, **kwargs)

    return wrapped


def new_axes(width: float = 7.2, height: float = 3.4) -> tuple[Figure, Axes]:
    """Return an empty figure (inches) without background, and its axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained", facecolor="none")
    axes = figure.add_subplot(facecolor="none")
    axes.tick_params(length=3)
    return figure, axes


def svg(figure: Figure, salt: str) -> str:
    """Return the figure as an SVG element for a page: colours become the page's CSS variables.

    `salt` makes the identifiers inside differ from those of the page's other figures; the same figure and salt give
    the same bytes.
    """
    from matplotlib import rc_context

    stream = io.StringIO()
    with rc_context({**_RC, "svg.hashsalt": salt}), warnings.catch_warnings():
        # The page's fonts draw the text, whatever characters class names have.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'<g id="[A-Za-z]+[A-Za-z0-9]*_\d+">', "<g>", text)
    for role, colour in LIGHT.items():
        text = text.replace(colour, f"var(--{role})")
    return text


def legend_below(figure: Figure) -> None:
    """Put the legend under the axes, where nothing is drawn through it."""
    figure.legend(loc="outside lower left", ncols=1)


def axes_box(figure: Figure) -> tuple[float, ...]:
    """Return left, top, right, bottom of a drawn figure's axes as shares of the figure, and the ends of both axes."""
    axes = figure.axes[0]
    place = axes.get_position()
    return (place.x0, 1.0 - place.y1, place.x1, 1.0 - place.y0, *axes.get_xlim(), *axes.get_ylim())


def write_still(figure: Figure, stream: IO[bytes], kind: str) -> None:
    """Write the figure as "svg", "png" or "pdf" on the light background; the same figure gives the same bytes."""
    from matplotlib import rc_context

    metadata = {{"svg": "Date", "png": "Software", "pdf": "CreationDate"}[kind]: None}
    with rc_context({**_RC, "svg.hashsalt": "figure"}):
        figure.savefig(stream, format=kind, dpi=160, facecolor=LIGHT["paper"], metadata=metadata)


@contextmanager
def needs(package: str) -> Iterator[None]:
    """Turn the absence of a plotting package into a MissingExtraError that names the remedy."""
    try:
        yield
    except ImportError as error:
        message = f'pictures need {package}, which is not installed: pip install "sphcode[report]"'
        raise MissingExtraError(message) from error
