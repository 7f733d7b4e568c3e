"""Points of a given Gram matrix: the unit vectors, up to rotation, whose inner products it holds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_int

#: Eigenvalues of a Gram matrix of unit rows below this share of the largest are zero: rounding of its entries.
ZERO_EIGENVALUE = 1e-8
#: What entries may change by in the given dimension: their rounding to two decimals, several times.
_LARGEST_CHANGE = 0.05


def points_of_gram(gram: NDArray[Any], dim: int | None = None) -> NDArray[np.float64]:
    """Return unit rows X, shape (n_points, dim), whose inner products are a symmetric positive semidefinite matrix.

    A diagonal that is not 1 is divided out, so that integer matrices of inner products of lattice vectors do. The
    dimension is the rank; `dim` sets it where few decimals leave the rank open (the largest eigenvalues are kept).
    Raises ValueError for a matrix that is not square, symmetric, or positive semidefinite.
    """
    gram = np.asarray(gram, np.float64)
    if gram.ndim != 2 or gram.shape[0] != gram.shape[1] or len(gram) < 2 or not np.isfinite(gram).all():
        raise ValueError(f"a Gram matrix must be square, of finite numbers, got shape {gram.shape}")
    diagonal = np.diag(gram)
    if not (diagonal > 0).all():
        raise ValueError("the diagonal of a Gram matrix must be positive")
    lengths = np.sqrt(diagonal)
    gram = gram / lengths[:, None] / lengths
    asymmetry = float(np.abs(gram - gram.T).max())
    if asymmetry > ZERO_EIGENVALUE:
        raise ValueError(f"a Gram matrix must be symmetric, entries differ by {asymmetry:.3g} from their mirror images")
    values, vectors = np.linalg.eigh((gram + gram.T) / 2)
    zero = ZERO_EIGENVALUE * max(1.0, float(values[-1]))
    if dim is not None:
        dim = check_int("dim", dim, minimum=2, maximum=len(gram))
        zero = max(zero, _LARGEST_CHANGE)
    if values[0] < -zero:
        raise ValueError(f"a Gram matrix must be positive semidefinite, its smallest eigenvalue is {values[0]:.6g}")
    rank = dim or max(2, int((values > zero).sum()))
    rows = vectors[:, -rank:] * np.sqrt(np.maximum(values[-rank:], 0.0))
    norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    points: NDArray[np.float64] = rows / np.where(norms > 0, norms, 1.0)[:, None]
    moved = float(np.abs(points @ points.T - gram).max())
    if moved > (math.sqrt(zero) if dim is None else _LARGEST_CHANGE):
        raise ValueError(f"no {rank} dimensions hold this Gram matrix: its entries would change by {moved:.3g}")
    return points
