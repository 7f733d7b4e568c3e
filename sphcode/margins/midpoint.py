"""The midpoint map of the equality theorem: class vectors with margin rho give a code of max cosine <= 1 - rho."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sphcode._validate import as_matrix, as_points, fail
from sphcode.codes.code import SphericalCode
from sphcode.errors import InvalidInputError
from sphcode.margins.features import smallest_margin


def midpoint(weights: ArrayLike, features: ArrayLike | None = None) -> SphericalCode:
    """Map unit class vectors to the spherical code of the midpoints between them and their features.

    With u_k the unit feature of class k and rho = min over k != j of <u_k, w_k - w_j> > 0, the normalised midpoints
    of w_k and u_k have pairwise cosines at most 1 - rho. A feature with <u_k, w_k> < 0 is first replaced by its
    component orthogonal to w_k, which does not lower the margin.

    Parameters
    ----------
    weights : array_like or tensor, shape (n_classes, dim)
        Unit class vectors (norm 1 within 1e-6), pairwise different.
    features : array_like or tensor, shape (n_classes, dim), optional
        Unit features, one per class; by default the directions of `one_vs_rest`, which have the largest margins.

    Returns
    -------
    SphericalCode
        The midpoint code, max cosine <= 1 - rho; its provenance holds the `margin` rho.

    Raises
    ------
    InvalidInputError
        If the rows are not unit vectors, or if the margin is not positive.

    Notes
    -----
    Stated and proven in docs/theory/equality.md.

    Examples
    --------
    >>> from sphcode import SphericalCode, midpoint
    >>> triangle = [[1, 0], [-0.6, 0.8], [-0.6, -0.8]]
    >>> print(f"{SphericalCode(triangle).max_cosine:.4f} {midpoint(triangle).max_cosine:.4f}")
    -0.2800 -0.4472
    """
    points = as_points(weights, "weights")
    if features is None:
        from sphcode.margins.one_vs_rest import measured_rows

        return midpoint_rows(points, measured_rows(points).directions)
    return midpoint_rows(points, _unit_features(features, points.shape))


def midpoint_rows(points: NDArray[np.float64], directions: NDArray[np.float64]) -> SphericalCode:
    """Do what `midpoint` does, for unit rows and unit features of one shape."""
    margin = smallest_margin(points, directions)
    if not margin > 0.0:
        raise InvalidInputError(f"the margin of the features must be positive for the midpoint map, got {margin:.6g}.")
    along = np.einsum("ij,ij->i", directions, points)
    behind = along < 0.0
    directions = directions.copy()
    directions[behind] -= along[behind, None] * points[behind]
    directions[behind] /= np.linalg.norm(directions[behind], axis=1, keepdims=True)
    sums = points + directions
    return SphericalCode(
        sums / np.linalg.norm(sums, axis=1, keepdims=True), {"source": "midpoint map", "margin": margin}
    )


def _unit_features(features: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    matrix = as_matrix(features, "features")
    if matrix.shape != shape:
        raise fail("features", f"of the weights' shape {shape}", f"shape {matrix.shape}")
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    off = np.abs(norms[:, 0] - 1.0)
    if off.max() > 1e-6:
        row = int(np.argmax(off))
        raise fail("features", "rows of norm 1 (within 1e-06)", f"norm {norms[row, 0]:.6g} in row {row}")
    unit: NDArray[np.float64] = matrix / norms
    return unit
