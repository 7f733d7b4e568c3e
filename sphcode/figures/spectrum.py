"""How evenly the rows of a head use the directions of space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sphcode.figures._style import LIGHT, LINES, legend_below, new_axes, styled
from sphcode.margins.rows import Rows, as_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def relative_energies(rows: NDArray[np.float64] | Rows) -> NDArray[np.float64]:
    """Squared singular values of the rows over their mean, largest first; all 1 for a tight frame."""
    values = np.linalg.eigvalsh(as_rows(rows).gram())[::-1]
    return np.asarray(np.maximum(values, 0.0) / values.mean())


@styled
def spectrum_figure(rows: NDArray[np.float64] | Rows) -> Figure:
    """Draw the energy of the rows, shape (n_classes, dim), in each principal direction over the mean energy.

    Examples
    --------
    >>> import numpy as np
    >>> from sphcode import figures
    >>> figures.spectrum_figure(np.eye(3)).axes[0].get_xlabel()
    'principal direction'
    """
    figure, axes = new_axes(height=2.6)
    energies = relative_energies(rows)
    axes.stairs(energies, np.arange(len(energies) + 1) + 0.5, fill=True, color=LIGHT["measured"], alpha=0.45)
    axes.axhline(1.0, color=LIGHT["reference"], linestyle=LINES["reference"], linewidth=1.6, label="even use")
    axes.set_xlim(0.5, len(energies) + 0.5)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("principal direction")
    axes.set_ylabel("energy over the mean")
    legend_below(figure)
    return figure
