"""Lines through the origin of C^d: their coherence, its bounds, and the real points that they give."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._notebook import Shown
from sphcode._validate import fail, shown
from sphcode.codes.code import SphericalCode
from sphcode.codes.point_files import read_points
from sphcode.errors import FileFormatError

#: Gram entries formed at once; larger sets are scanned in blocks of rows.
_BLOCK_ENTRIES = 2**22


@dataclass(frozen=True, eq=False)
class ComplexLines(Shown):
    """N lines of C^d, each given by a vector; vectors are normalised, their phases do not matter.

    Parameters
    ----------
    vectors : array_like, shape (n_lines, dim), complex or real
        Rows that are finite and not zero, n_lines >= 2, dim >= 2.

    Raises
    ------
    InvalidInputError
        If the rows are not such vectors.

    Notes
    -----
    The coherence of any N > d lines is at least sqrt((N - d) / (d (N - 1))) (Welch, IEEE Trans. Inform. Theory 20
    (1974) 397-399), and at least 1 / sqrt(d) when N > d^2 (the orthoplex bound: Rankin's bound of the d^2 - 1
    dimensional sphere that the projections lie on; Conway, Hardin, Sloane, Experimental Math. 5 (1996) 139-159).

    Examples
    --------
    >>> from sphcode.codes.complex_lines import ComplexLines
    >>> lines = ComplexLines([[1, 0], [0, 1], [1, 1], [1, -1], [1, 1j], [1, -1j]])
    >>> round(lines.coherence, 12), round(lines.orthoplex_bound, 12)
    (0.707106781187, 0.707106781187)
    """

    vectors: NDArray[np.complex128]

    def __post_init__(self) -> None:
        try:
            vectors = np.array(self.vectors, np.complex128)
        except (TypeError, ValueError):
            raise fail("vectors", "a matrix of numbers", shown(self.vectors)) from None
        if vectors.ndim != 2 or min(vectors.shape) < 2 or not np.isfinite(vectors).all():
            raise fail("vectors", "at least 2 rows of at least 2 finite numbers", f"shape {vectors.shape}")
        norms = np.linalg.norm(vectors, axis=1)
        if not norms.all():
            raise fail("vectors", "free of zero rows", f"row {int(np.argmin(norms))}")
        vectors /= norms[:, None]
        vectors.flags.writeable = False
        object.__setattr__(self, "vectors", vectors)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, format: str | None = None) -> ComplexLines:
        """Read complex vectors: entries like 0.5+0.3i, complex arrays, pairs [real, imaginary] in JSON, or a text of
        all real and then all imaginary parts whose name says DIMxN.
        """
        table = read_points(path, format)
        if not np.iscomplexobj(table.rows):
            raise FileFormatError(f"{path}: holds real points, not complex vectors")
        return cls(table.rows)

    @property
    def n_lines(self) -> int:
        """Number of lines."""
        return int(self.vectors.shape[0])

    @property
    def dim(self) -> int:
        """Complex dimension d."""
        return int(self.vectors.shape[1])

    @cached_property
    def coherence(self) -> float:
        """Largest `|<x, y>|` of two of the lines' unit vectors; smaller is better."""
        largest = 0.0
        step = max(1, _BLOCK_ENTRIES // self.n_lines)
        for start in range(0, self.n_lines, step):
            products = np.abs(self.vectors[start : start + step].conj() @ self.vectors[start:].T)
            products[np.arange(len(products)), np.arange(len(products))] = 0.0
            largest = max(largest, float(products.max()))
        return min(1.0, largest)

    @property
    def welch_bound(self) -> float:
        """What the coherence of this many lines cannot be below, by Welch; 0 for at most d lines."""
        n_lines, dim = self.n_lines, self.dim
        return math.sqrt((n_lines - dim) / (dim * (n_lines - 1))) if n_lines > dim else 0.0

    @property
    def orthoplex_bound(self) -> float | None:
        """What the coherence cannot be below for more than d^2 lines, 1 / sqrt(d); None for fewer."""
        return 1.0 / math.sqrt(self.dim) if self.n_lines > self.dim**2 else None

    def as_points(self) -> SphericalCode:
        """Return the 4N points x, -x, ix, -ix of R^(2d), with coordinates (real parts, imaginary parts).

        Raises InvalidInputError when two of the lines have vectors that give the same point.
        """
        turned = np.concatenate([self.vectors * power for power in (1, -1, 1j, -1j)])
        points = np.concatenate([turned.real, turned.imag], axis=1)
        return SphericalCode(points, {"source": f"x, -x, ix, -ix of {self.n_lines} complex lines of C^{self.dim}"})

    def to_dict(self) -> dict[str, Any]:
        """Return the facts as JSON-able numbers."""
        return {
            "dim": self.dim,
            "n_lines": self.n_lines,
            "coherence": self.coherence,
            "welch_bound": self.welch_bound,
            "orthoplex_bound": self.orthoplex_bound,
        }
