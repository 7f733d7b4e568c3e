"""Parents: codes of another size that a code of n points is made from, and the best few of them, which a search keeps.

The best codes of many sizes are one symmetric code less a few points, relaxed without its symmetry; or a code of one
dimension less with two poles.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sphcode.search.moves import hole
from sphcode.search.sphere import unit
from sphcode.symmetry.codes import expected

#: Largest cosines this near, of codes of one size, are those of one code.
_SAME = 1e-9
#: Noise that takes a code off the equator that it is put on, as the length of a shift.
_OFF_EQUATOR = 1e-3
#: A cap to take away is that around a point shifted by so much noise in each coordinate.
_OFF_CENTRE = 0.3
#: Pairs within this of the largest cosine are contacts of a parent, and points whose sorted cosines agree to as much
#: are of one orbit.
_CONTACT = 1e-6


@dataclass(frozen=True)
class Parent:
    """A code to make others from; `origin` says in words where it comes from."""

    points: NDArray[np.float64] = field(repr=False)
    max_cosine: float
    origin: str

    def expected(self, n_points: int) -> float:
        """Return about the largest cosine of n_points of these points: if each cap kept its share of the sphere."""
        size, dim = self.points.shape
        return expected(self.max_cosine, size, n_points, dim)


def best_parents(parents: Iterable[Parent], n_points: int, most: int) -> tuple[Parent, ...]:
    """Return the `most` best different parents of n_points points; the first of two that are the same."""
    kept: list[Parent] = []
    for parent in sorted(parents, key=lambda parent: (parent.expected(n_points), len(parent.points))):
        same = (
            len(parent.points) == len(other.points) and abs(parent.max_cosine - other.max_cosine) < _SAME
            for other in kept
        )
        if len(kept) < most and not any(same):
            kept.append(parent)
    return tuple(kept)


def worthy(parents: Iterable[Parent], n_points: int, best: float, worth: float) -> list[Parent]:
    """Return the parents that promise a code within `worth` of the best max cosine, in units of one minus that."""
    limit = best + worth * (1.0 - best) if np.isfinite(best) else np.inf
    return [parent for parent in parents if parent.expected(n_points) <= limit]


def with_poles(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the code as equator of a sphere of one dimension more, with both poles: points first."""
    n_points, dim = points.shape
    code = np.zeros((n_points + 2, dim + 1))
    code[:n_points, :dim] = points
    code[n_points, dim], code[n_points + 1, dim] = 1.0, -1.0
    return code


def layered(points: NDArray[np.float64], n_points: int, dim: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return n_points points in more dimensions: these nearly on an equator, and the holes filled."""
    padded = np.pad(points, ((0, 0), (0, dim - points.shape[1])))
    code = resized(padded, n_points, rng)
    return unit(code + _OFF_EQUATOR * rng.standard_normal(code.shape) / np.sqrt(dim))


def resized(points: NDArray[np.float64], n_points: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return n_points points: some taken away, or large holes filled one after the other."""
    code = np.delete(points, removal(points, max(0, len(points) - n_points), rng), axis=0)
    while len(code) < n_points:
        code = np.vstack([code, hole(code, rng)])
    return code


def removal(points: NDArray[np.float64], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the indices of `count` points to take away.

    Equally often random ones, a cap, those with most contacts, or a part of one orbit.
    """
    n_points, dim = points.shape
    kind = int(rng.integers(4))
    if kind == 0 or count == 0:
        return np.asarray(rng.choice(n_points, count, replace=False))
    if kind == 1:
        centre = unit(points[rng.integers(n_points)] + _OFF_CENTRE * rng.standard_normal(dim) / np.sqrt(dim))
        return np.argsort(-points @ centre, kind="stable")[:count]
    cosines = points @ points.T
    np.fill_diagonal(cosines, -1.0)
    if kind == 2:
        contacts = np.sum(cosines > cosines.max() - _CONTACT, axis=1)
        return np.argsort(-contacts + rng.random(n_points), kind="stable")[:count]
    spectra = np.sort(cosines, axis=1)
    orbit = np.abs(spectra - spectra[rng.integers(n_points)]).max(axis=1) < _CONTACT
    # The points of the orbit come first, each part in random order.
    return np.argsort(~orbit + rng.random(n_points), kind="stable")[:count]
