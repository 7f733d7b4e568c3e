"""Norms and directions of the rows of a matrix at any scale: no square overflows or vanishes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Squares of norms between these, and their sums, are far from the ends of float64.
_SHORT, _LONG = 2.0**-400, 2.0**400


def row_norms(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Euclidean norm of every row; infinite only where it exceeds the largest float."""
    norms, odd = _usual_norms(matrix)
    if len(odd):
        scaled, exponents = _scaled(matrix[odd])
        with np.errstate(over="ignore", under="ignore"):
            norms[odd] = np.ldexp(np.linalg.norm(scaled, axis=1), exponents)
    return norms


def unit_rows(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return every row divided by its norm; zero rows stay zero."""
    norms, odd = _usual_norms(matrix)
    norms[odd] = 1.0
    unit: NDArray[np.float64] = matrix / norms[:, None]
    if len(odd):
        scaled, _ = _scaled(matrix[odd])
        lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
        unit[odd] = scaled / np.where(lengths > 0.0, lengths, 1.0)
    return unit


def _usual_norms(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the norms, and the rows whose norm must be found on another scale."""
    with np.errstate(over="ignore", under="ignore"):
        norms: NDArray[np.float64] = np.linalg.norm(matrix, axis=1)
    return norms, np.flatnonzero(~((norms >= _SHORT) & (norms <= _LONG)))


def _scaled(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Divide each row by the power of two of its largest entry."""
    exponents = np.frexp(np.abs(rows).max(axis=1))[1]
    return np.ldexp(rows, -exponents[:, None]), exponents
