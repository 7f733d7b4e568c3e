"""The matrix of cosines between all rows, ordered so that groups of alike classes stand together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import fail
from sphcode.figures._style import LIGHT, new_axes, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: A report shows the map up to this many rows; beyond, single cells cannot be seen.
MOST_ROWS = 400
#: Larger maps are refused: 64 MB as float32, and more cells than a screen has pixels.
_MOST_DRAWN = 4000


def similarity_order(rows: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return a permutation that puts rows with large cosines side by side (average-linkage clustering)."""
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
    from scipy.spatial.distance import pdist

    if len(rows) < 3:
        return np.arange(len(rows))
    distances = pdist(rows)
    tree = linkage(distances, method="average")
    if len(rows) <= 200:
        tree = optimal_leaf_ordering(tree, distances)
    return leaves_list(tree).astype(np.intp)


@styled
def gram_figure(rows: NDArray[np.float64]) -> Figure:
    """Draw the cosines of unit rows; the colour scale is white at cosine 0 and the diagonal is left out.

    Raises InvalidInputError for more than 4000 rows.

    Examples
    --------
    >>> import numpy as np
    >>> from sphcode import figures
    >>> len(figures.gram_figure(np.eye(3)).axes)
    2
    """
    if len(rows) > _MOST_DRAWN:
        raise fail("rows", f"at most {_MOST_DRAWN} rows for a map of cosines", len(rows))
    figure, axes = new_axes(5.6, 4.6)
    order = similarity_order(rows)
    cosines = rows[order] @ rows[order].T
    np.fill_diagonal(cosines, np.nan)
    extent = float(np.nanmax(np.abs(cosines)))
    image = axes.imshow(cosines, cmap="PuOr_r", vmin=-extent, vmax=extent, interpolation="nearest")
    bar = figure.colorbar(image, ax=axes, label="cosine", shrink=0.9)
    bar.outline.set_edgecolor(LIGHT["muted"])
    axes.grid(visible=False)
    axes.set_xlabel("classes, alike ones together")
    axes.set_xticks([])
    axes.set_yticks([])
    return figure
