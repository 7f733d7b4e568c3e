"""The Schoenflies name of the isometries of a set of points in three dimensions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sphcode.symmetry.permutations import Permutation

#: Singular values below this share of the largest are zero, and traces within this of a number are that number.
_ZERO = 1e-6


def point_group(points: NDArray[np.float64], generators: Sequence[Permutation], order: int) -> str:
    """Return the name of the isometries of different unit rows (n, 3), given their permutations."""
    _, scales, axes = np.linalg.svd(points, full_matrices=False)
    rank = int(np.sum(scales > _ZERO * scales[0]))
    inside = points @ axes[:rank].T
    if rank == 1:
        # All turns about the line, and those that exchange its ends.
        return "Cinfv" if len(points) == 1 else "Dinfh"
    matrices = _elements(inside, generators, order)
    turns = matrices[np.linalg.det(matrices) > 0.0]
    if rank == 2:
        # The mirror plane of all points is a symmetry, too.
        if len(turns) == order:
            return f"C{order}h" if order > 1 else "Cs"
        return f"D{len(turns)}h" if len(turns) > 1 else "C2v"
    return _name(turns, matrices[np.linalg.det(matrices) < 0.0])


def _elements(points: NDArray[np.float64], generators: Sequence[Permutation], order: int) -> NDArray[np.float64]:
    """Return the matrices of all elements: those of generators by least squares, others as products."""
    inverse = np.linalg.pinv(points)
    moves = [(inverse @ points[g]).T for g in generators]
    identity = np.arange(len(points))
    seen = {identity.tobytes()}
    todo = [(identity, np.eye(points.shape[1]))]
    for element, matrix in todo:
        for g, move in zip(generators, moves, strict=True):
            product = g[element]
            if product.tobytes() not in seen:
                seen.add(product.tobytes())
                todo.append((product, move @ matrix))
    if len(todo) != order:
        raise AssertionError((len(todo), order))
    return np.array([matrix for _, matrix in todo])


def _name(turns: NDArray[np.float64], others: NDArray[np.float64]) -> str:
    """Return the name of a group of 3 x 3 matrices, given as rotations and the rest."""
    cosines = np.clip((np.trace(turns, axis1=1, axis2=2) - 1.0) / 2.0, -1.0, 1.0)
    angles = np.arccos(cosines)
    least = angles[angles > _ZERO].min(initial=2.0 * np.pi)
    # The order of the main axis.
    n = round(2.0 * np.pi / float(least))
    polyhedral = {(12, 3): "T", (24, 4): "O", (60, 5): "I"}.get((len(turns), n))
    axial = "C" if len(turns) == n else "D"
    if not len(others):
        return polyhedral or f"{axial}{n}"
    traces = np.trace(others, axis1=1, axis2=2)
    has_minus = bool((np.abs(traces + 3.0) < _ZERO).any())
    if polyhedral is not None:
        return polyhedral + ("h" if has_minus else "d")
    if axial == "D":
        return f"D{n}" + ("h" if has_minus == (n % 2 == 0) else "d")
    mirrors = int(np.sum(np.abs(traces - 1.0) < _ZERO))
    if n == 1:
        return "Ci" if has_minus else "Cs"
    if mirrors == n:
        return f"C{n}v"
    return f"C{n}h" if mirrors == 1 else f"S{2 * n}"
