"""The minimum one-vs-rest distance of a sequence of heads, such as the checkpoints of one training run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sphcode.figures._style import LIGHT, LINES, Mark, legend_below, new_axes, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@styled
def path_figure(minima: Sequence[float], labels: Sequence[str], marks: Sequence[Mark] = ()) -> Figure:
    """Draw one point a head in the order given, with lines such as the reference and the ceiling.

    Parameters
    ----------
    minima : sequence of float
        Minimum one-vs-rest distance of every head.
    labels : sequence of str
        What to call the heads on the axis.
    marks : sequence of (value, role, label)
        Horizontal lines; `role` is one of `sphcode.figures._style.LINES`.

    Examples
    --------
    >>> from sphcode import figures
    >>> figures.path_figure([0.2, 0.5], ["epoch 1", "epoch 2"], [(0.6, "ceiling", "ceiling")]).axes[0].get_ylabel()
    'min one-vs-rest distance'
    """
    figure, axes = new_axes()
    axes.plot(range(len(minima)), minima, color=LIGHT["measured"], marker="o", linewidth=1.8, label="heads")
    for value, role, label in marks:
        axes.axhline(value, color=LIGHT[role], linestyle=LINES[role], linewidth=1.6, label=f"{label}: {value:.4f}")
    axes.set_xticks(range(len(labels)), labels, rotation=20 if max(map(len, labels)) > 8 else 0, ha="center")
    axes.set_ylim(0, 1.08 * max([*minima, *(value for value, *_ in marks), 1e-3]))
    axes.set_ylabel("min one-vs-rest distance")
    legend_below(figure)
    return figure
