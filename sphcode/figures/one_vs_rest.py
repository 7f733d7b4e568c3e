"""The one-vs-rest distance of every class, worst first, against what is known and what is possible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from sphcode.figures._style import LIGHT, LINES, Mark, legend_below, new_axes, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Steps of the curve, and dots on it: more cannot be told apart at the figure's size.
_MOST_STEPS = 2000
_MOST_DOTS = 200


@styled
def one_vs_rest_figure(distances: ArrayLike, marks: Sequence[Mark] = (), *, note: str = "") -> Figure:
    """Draw one-vs-rest distances in ascending order.

    Parameters
    ----------
    distances : array_like
        One-vs-rest distance of every class, in any order.
    marks : sequence of (value, role, label)
        Horizontal lines, such as the reference and the ceiling of the minimum; `role` is one of
        `sphcode.figures._style.LINES`.
    note : str
        Text under the left end of the curve.

    Examples
    --------
    >>> from sphcode import figures
    >>> figures.one_vs_rest_figure([0.9, 1.0, 1.1], [(1.2, "ceiling", "ceiling")]).axes[0].get_ylabel()
    'one-vs-rest distance'
    """
    figure, axes = new_axes()
    values = np.sort(np.asarray(distances, dtype=float))
    keep = np.unique(np.linspace(0, len(values) - 1, min(len(values), _MOST_STEPS)).astype(int))
    axes.plot(
        keep + 1,
        values[keep],
        color=LIGHT["measured"],
        linewidth=1.8,
        marker="o" if len(values) <= _MOST_DOTS else "",
        markersize=3,
        label="classes, worst first",
    )
    for value, role, label in marks:
        axes.axhline(value, color=LIGHT[role], linestyle=LINES[role], linewidth=1.6, label=f"{label}: {value:.4f}")
    axes.annotate(
        note, (1, values[0]), xytext=(12, -14), textcoords="offset points", color=LIGHT["ink"], fontsize=9, va="top"
    )
    axes.set_xlim(1 - 0.015 * len(values), 1 + 1.015 * len(values))
    drawn = [float(values[0]), float(values[-1]), *(value for value, *_ in marks)]
    spread = max(max(drawn) - min(drawn), 1e-3)
    axes.set_ylim(min(drawn) - 0.22 * spread, max(drawn) + 0.06 * spread)
    axes.set_xlabel("classes, sorted")
    axes.set_ylabel("one-vs-rest distance")
    legend_below(figure)
    return figure
