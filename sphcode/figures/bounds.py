"""What is known and what is possible over the number of points: best known angles under the proven ceiling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sphcode._validate import check_dim
from sphcode.figures._style import LIGHT, legend_below, new_axes, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Numbers of points along a curve: more are nearer to each other than the line is wide.
_MOST_CASES = 60


def angle_ranges(dim: int, n_most: int) -> list[tuple[int, float | None, float, bool]]:
    """Return (n_points, best known angle, proven ceiling of the angle, proven optimal), in degrees, up to `n_most`.

    The best known angle is that of the reference table, of a larger code where that is better; None without a row.
    Ceilings are the closed-form bounds. At most sixty numbers of points, evenly spread.
    """
    from sphcode.bounds.bound import bound
    from sphcode.codes.table import best_known_at_least

    check_dim(dim)
    cases = []
    for n_points in np.unique(np.linspace(2, max(3, n_most), _MOST_CASES).astype(int)):
        row = best_known_at_least(dim, int(n_points))
        angle = None if row is None else float(np.degrees(np.arccos(row.max_cosine)))
        ceiling = bound(dim, int(n_points), method="closed-form").min_angle_upper_bound_deg
        optimal = row is not None and row.n_points == n_points and row.proven_optimal
        cases.append((int(n_points), angle, 180.0 if ceiling is None else ceiling, optimal))
    return cases


@styled
def bounds_figure(dim: int, n_points: int, min_angle_deg: float) -> Figure:
    """Draw best known angles and ceilings around a code of `n_points` points, which is marked.

    Angles are in degrees; larger is better.

    Examples
    --------
    >>> from sphcode import figures
    >>> figures.bounds_figure(3, 6, 90.0).axes[0].get_ylabel()
    'smallest angle, degrees'
    """
    figure, axes = new_axes()
    cases = angle_ranges(dim, round(1.5 * n_points))
    numbers = np.array([case[0] for case in cases])
    known = np.array([np.nan if case[1] is None else case[1] for case in cases])
    ceilings = np.array([case[2] for case in cases])
    optimal = np.array([case[3] for case in cases])
    axes.step(numbers, ceilings, where="post", color=LIGHT["ceiling"], linewidth=1.6, label="proven ceiling")
    axes.step(numbers, known, where="post", color=LIGHT["reference"], linewidth=1.6, linestyle="--", label="best known")
    axes.fill_between(numbers, known, ceilings, step="post", color=LIGHT["grid"], alpha=0.7, linewidth=0)
    axes.plot(
        numbers[optimal],
        known[optimal],
        "o",
        color=LIGHT["reference"],
        markersize=4,
        label="best known, proven optimal",
    )
    axes.plot(n_points, min_angle_deg, "D", color=LIGHT["measured"], markersize=7, label="this code")
    axes.set_xlabel(f"number of points in dimension {dim}")
    axes.set_ylabel("smallest angle, degrees")
    legend_below(figure)
    return figure
