"""The symmetry that a caller asks for: a name, permutations, matrices, or "auto"."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import fail, shown
from sphcode.search.groups import SAME, closure, named_group
from sphcode.symmetry import catalogue
from sphcode.symmetry.enumeration import Generators

#: What results call generators that the caller gave, and all groups that the search knows.
GIVEN, AUTO = "given", "auto"
#: Points that a permutation moves, and elements of a group of matrices, at most.
_MOST_MOVED, MOST_ELEMENTS = 2000, 2000
#: Generators at most.
_MOST_GENERATORS = 100


def read_symmetry(symmetry: Any, dim: int) -> tuple[str, tuple[Any, ...] | None]:
    """Return the name of a symmetry, and generators if they were given: nested tuples of ints or floats.

    Raises InvalidInputError unless it is a string, or an array of permutations (generators, points) or of orthogonal
    matrices (generators, dim, dim).
    """
    if isinstance(symmetry, str):
        return symmetry, None
    try:
        rows = np.asarray(symmetry)
    except (TypeError, ValueError):
        rows = np.empty(0, object)
    if rows.dtype.kind not in "iuf" or rows.ndim not in (2, 3) or not 0 < len(rows) <= _MOST_GENERATORS:
        raise fail("symmetry", 'a name, "auto", permutations (k, n) or matrices (k, dim, dim)', shown(symmetry))
    if rows.ndim == 2:
        count = rows.shape[1]
        whole = rows.dtype.kind in "iu" and count <= _MOST_MOVED
        if not whole or not all(np.array_equal(np.sort(row), np.arange(count)) for row in rows):
            raise fail(
                "symmetry", f"rows that are permutations of 0 to n - 1, n at most {_MOST_MOVED}", shown(symmetry)
            )
        return GIVEN, tuple(tuple(int(x) for x in row) for row in rows)
    matrices = rows.astype(np.float64)
    orthogonal = matrices.shape[1:] == (dim, dim) and np.isfinite(matrices).all()
    if not orthogonal or np.abs(np.einsum("aij,akj->aik", matrices, matrices) - np.eye(dim)).max() > SAME:
        raise fail("symmetry", f"orthogonal matrices of {dim} dimensions", shown(symmetry))
    if closure(list(matrices), MOST_ELEMENTS) is None:
        raise fail("symmetry", f"generators of a group of at most {MOST_ELEMENTS} elements", shown(symmetry))
    return GIVEN, tuple(tuple(tuple(float(x) for x in row) for row in matrix) for matrix in matrices)


def permutation_group(symmetry: str | None, generators: tuple[Any, ...] | None) -> tuple[str, Generators] | None:
    """Return name and generators of what was asked for if it is a group of permutations."""
    if generators is not None:
        return (GIVEN, generators) if np.ndim(generators) == 2 else None
    return (symmetry, catalogue.generators(symmetry)) if symmetry in catalogue.names() else None


def matrix_group(symmetry: str, generators: tuple[Any, ...] | None, dim: int) -> NDArray[np.float64]:
    """Return the elements of a group of matrices that was asked for."""
    if generators is None:
        return named_group(symmetry, dim)
    elements = closure([np.array(matrix) for matrix in generators], MOST_ELEMENTS)
    if elements is None:
        raise AssertionError(symmetry)
    return elements
