"""Angles between all pairs of rows against the density of independent uniform points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sphcode._validate import check_dim
from sphcode.figures._style import LIGHT, LINES, Mark, legend_below, new_axes, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def uniform_angle_density(dim: int, angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Density, per radian, of the angle between two independent uniform points on the sphere S^(dim-1).

    It is `sin(angle)**(dim - 2)` divided by its integral over [0, pi].
    """
    check_dim(dim)
    log_integral = 0.5 * math.log(math.pi) + math.lgamma((dim - 1) / 2) - math.lgamma(dim / 2)
    with np.errstate(divide="ignore"):
        log_sine = np.log(np.clip(np.sin(angles), 0.0, 1.0))
    return np.exp((dim - 2) * log_sine - log_integral) if dim > 2 else np.full_like(angles, 1 / math.pi)


@styled
def angle_figure(
    dim: int,
    counts: ArrayLike,
    marks: Sequence[Mark] = (),
) -> Figure:
    """Draw the histogram of the angles between all pairs of rows.

    Parameters
    ----------
    dim : int
        Dimension, for the density of uniform points.
    counts : array_like of int
        Pairs in equal bins of the angle from 0 to 180 degrees.
    marks : sequence of (angle in degrees, role, label)
        Vertical lines; `role` is one of `sphcode.figures._style.LINES`.

    Examples
    --------
    >>> import numpy as np
    >>> from sphcode import figures, nearest
    >>> counts = nearest(np.vstack([np.eye(3), -np.eye(3)]), bins=180).histogram
    >>> figures.angle_figure(3, counts, [(90.0, "measured", "smallest angle")]).axes[0].get_xlabel()
    'angle between two rows, degrees'
    """
    figure, axes = new_axes()
    pairs = np.asarray(counts)
    edges = np.linspace(0.0, 180.0, len(pairs) + 1)
    width = edges[1]
    density = pairs / (pairs.sum() * width)
    axes.stairs(density, edges, fill=True, color=LIGHT["measured"], alpha=0.45, label="pairs of rows")
    grid = np.linspace(0.0, 180.0, 721)
    uniform = uniform_angle_density(dim, np.radians(grid)) * math.pi / 180.0
    axes.plot(grid, uniform, color=LIGHT["random"], linewidth=1.6, label="independent uniform points")
    for angle, role, label in marks:
        axes.axvline(angle, color=LIGHT[role], linestyle=LINES[role], linewidth=1.6, label=f"{label}: {angle:.2f}°")
    occupied = np.flatnonzero(pairs)
    low = min(edges[occupied[0]], *(mark[0] for mark in marks), 180.0)
    axes.set_xlim(max(0.0, low - 6.0), min(180.0, edges[occupied[-1] + 1] + 6.0))
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("angle between two rows, degrees")
    axes.set_ylabel("share of pairs per degree")
    legend_below(figure)
    return figure
