"""The largest cosine of a code with a formula, in whole numbers: rows come block by block, and no more are kept.

Rows are whole, or a + b sqrt(r) with whole a and b, all of one norm. Their products are exact in floating point: the
sums in them are whole, and at most twice the norm. That the rows lie in a space of `dim` dimensions is shown by
that many equations too few: vectors of whole numbers, found from some rows, to which every row is orthogonal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import fmpq, fmpz_mat
from numpy.typing import NDArray

from sphcode._progress import Progress, ProgressCallback
from sphcode.errors import InvalidInputError
from sphcode.proofs.code.largest_cosine import largest_of, largest_products
from sphcode.proofs.coordinates import ExactCosine, RootSum

#: Rows of a block: four million products, which are some ten milliseconds of work.
_BLOCK = 2048
#: Whole numbers up to these are exact in the two floating-point formats.
_SINGLE, _DOUBLE = 2**24, 2**53
#: Products are marked in a table of twice the norm; larger norms belong to no construction.
_MARKED = 2**20
#: More different inner products than this decide nothing about optimality.
_MAX_DIFFERENT = 40

Rows = Callable[[int, int], NDArray[np.int64]]


@dataclass(frozen=True)
class Streamed:
    """What is found: the largest cosine, and the inner products of whole rows, ascending, where they are few."""

    cosine: ExactCosine
    inner_products: tuple[fmpq, ...] | None


def largest_streamed(
    n_points: int, dim: int, rows: Rows, radicand: int = 1, *, progress: ProgressCallback | None = None
) -> Streamed:
    """Return the largest cosine of two of the points that `rows(start, stop)` gives, exactly.

    Rows are whole, (stop - start, m), or hold a and b of a + b sqrt(radicand), (stop - start, m, 2). Each pair is
    looked at; equal points have cosine 1.

    Raises InvalidInputError if the rows have different norms, span more than `dim` dimensions, or are too large.
    """
    if math.isqrt(radicand) ** 2 == radicand:
        step, outer = math.isqrt(radicand), rows
        rows, radicand = (lambda start, stop: _merged(outer(start, stop), step)), 1
    norm = _norm(n_points, dim, rows, radicand)
    if radicand > 1:
        return _with_root(n_points, rows, radicand, norm, progress)
    return _whole(n_points, rows, norm, progress)


def _merged(block: NDArray[np.int64], root: int) -> NDArray[np.int64]:
    """Return rows with a whole root as whole rows."""
    return block if block.ndim == 2 else block[..., 0] + root * block[..., 1]


def _blocks(n_points: int) -> Iterator[tuple[int, int]]:
    for start in range(0, n_points, _BLOCK):
        yield start, min(start + _BLOCK, n_points)


def _norm(n_points: int, dim: int, rows: Rows, radicand: int) -> int:
    """Return the square of the norm that all rows have, in at most `dim` dimensions."""
    norm: int | None = None
    space = _Space()
    for start, stop in _blocks(n_points):
        block = rows(start, stop)
        parts = block.reshape(*block.shape[:2], -1)
        if len(block) != stop - start or int(np.abs(parts).max()) ** 2 * parts[0].size * radicand >= _DOUBLE:
            raise InvalidInputError("`rows` must hold whole numbers whose products are exact in float64")
        squares = (parts**2).sum(axis=1) @ np.array([1, radicand])[: parts.shape[2]]
        norm = int(squares[0]) if norm is None else norm
        mixed = parts[..., 0] * parts[..., -1] if radicand > 1 else np.zeros((1, 1), dtype=np.int64)
        if (squares != norm).any() or mixed.sum(axis=1).any() or not norm:
            raise InvalidInputError("`rows` must all have one norm, and a rational one")
        space.add(_expanded(block, radicand))
    size, places = parts.shape[1], 1 + (radicand > 1)
    if space.equations < places * (size - dim):
        raise InvalidInputError(f"`rows` must lie in {dim} dimensions, and they span more")
    assert norm is not None
    return norm


def _expanded(block: NDArray[np.int64], radicand: int) -> NDArray[np.int64]:
    """Return whole rows; for a + b sqrt(r) the two rows (a, r b) and (b, a): both vanish at (c, d) where the product
    with c + d sqrt(r) does.
    """
    if radicand == 1:
        return block
    a, b = block[..., 0], block[..., 1]
    return np.concatenate([np.concatenate([a, radicand * b], axis=1), np.concatenate([b, a], axis=1)])


class _Space:
    """The span of the rows seen so far: `kernel` is orthogonal to all of them, and shrinks when one is not in it."""

    def __init__(self) -> None:
        self.basis: list[list[int]] = []
        self.kernel: NDArray[np.int64] | None = None

    @property
    def equations(self) -> int:
        return 0 if self.kernel is None else self.kernel.shape[1]

    def add(self, rows: NDArray[np.int64]) -> None:
        if self.kernel is None:
            self.kernel = np.eye(rows.shape[1], dtype=np.int64)
        while self.kernel.shape[1]:
            if int(np.abs(self.kernel).max()) * int(np.abs(rows).max()) * rows.shape[1] >= 2**63:
                raise InvalidInputError("`rows` must be smaller numbers, for equations in 64 bits")
            outside = np.flatnonzero((rows @ self.kernel).any(axis=1))
            if not len(outside):
                return
            self.basis.append(rows[outside[0]].tolist())
            solutions, rank = fmpz_mat(self.basis).nullspace()
            columns = [[int(solutions[i, j]) for i in range(rows.shape[1])] for j in range(rank)]
            reduced = [[value // (math.gcd(*column) or 1) for value in column] for column in columns]
            if any(abs(value) >= 2**62 for column in reduced for value in column):
                raise InvalidInputError("`rows` must be smaller numbers, for equations in 64 bits")
            self.kernel = np.array(reduced, dtype=np.int64).reshape(rank, rows.shape[1]).T


def _whole(n_points: int, rows: Rows, norm: int, progress: ProgressCallback | None) -> Streamed:
    """Compare all pairs of whole rows, and mark which products occur."""
    kind: Any = np.float32 if norm < _SINGLE else np.float64
    seen = np.zeros(2 * norm + 1, dtype=bool) if norm < _MARKED else None
    largest = -norm
    for left, right, same, done in _pairs_of_blocks(n_points, rows):
        if same and len(left) == 1:
            continue
        products: NDArray[Any] = left.astype(kind) @ right.astype(kind).T
        if same:
            np.fill_diagonal(products, products[0, 1])
        largest = max(largest, int(products.max()))
        if seen is not None:
            seen[products.astype(np.int32) + norm] = True
        if progress is not None:
            progress(Progress("exact inner products", done, 1.0, largest / norm, "max cosine"))
    found = None if seen is None else [int(value) - norm for value in np.flatnonzero(seen)]
    few = None if found is None or len(found) > _MAX_DIFFERENT else tuple(fmpq(value, norm) for value in found)
    return Streamed(ExactCosine(RootSum.rational(largest), RootSum.rational(norm * norm)), few)


def _with_root(n_points: int, rows: Rows, radicand: int, norm: int, progress: ProgressCallback | None) -> Streamed:
    """Compare all pairs of rows a + b sqrt(radicand); those too close for float64 exactly."""
    best: RootSum | None = None
    for left, right, same, done in _pairs_of_blocks(n_points, rows):
        if same and len(left) == 1:
            continue
        near = largest_products(left.astype(np.float64), right.astype(np.float64), radicand, norm, same)
        best = largest_of([*near, *([] if best is None else [best])])
        if progress is not None:
            cosine = float(best.ball()) / norm
            progress(Progress("exact inner products", done, 1.0, cosine, "max cosine"))
    assert best is not None
    return Streamed(ExactCosine(best, RootSum.rational(norm * norm)), None)


def _pairs_of_blocks(n_points: int, rows: Rows) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], bool, float]]:
    """Yield each pair of blocks once, whether they are the same, and the share of all pairs that is done with it."""
    done = 0
    for start, stop in _blocks(n_points):
        left = rows(start, stop)
        for other, end in _blocks(n_points):
            if other >= start:
                done += (stop - start) * (stop - start - 1) // 2 if other == start else (stop - start) * (end - other)
                share = 2 * done / (n_points * (n_points - 1))
                yield left, left if other == start else rows(other, end), other == start, share
