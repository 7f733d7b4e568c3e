"""Nearest neighbours of directions: exact cosines, closest pair, duplicates and the angle histogram, by blocks.

Each pair is scored once in float32. The scores propose; every cosine reported is computed in float64, and a row whose
proposals do not provably contain its nearest neighbours is scored again in float64.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sphcode._notebook import Shown
from sphcode._notebook_progress import told_in_notebooks
from sphcode._progress import Progress, ProgressCallback
from sphcode._validate import as_stored, check_callable, check_int, check_real, fail
from sphcode._workers import Workers, check_workers, thread_mapper
from sphcode.margins.rows import Rows, as_rows

#: Unit roundoff of float32.
EPS32 = 2.0**-24
#: Directions at most this far apart (chord) are equal to rounding.
DUPLICATE_CHORD = 1e-14
#: At most so many close pairs are listed; `n_close` counts all of them.
MAX_PAIRS = 1_000_000

#: Rows scored at once: so many bytes of them in float32, and no more than so many.
STEP_BYTES = 1 << 23
MOST_STEP = 2048

_SPARE = 8  # candidates kept per row beyond those asked for, so that near-ties stay in view
#: Cells of the table from a cosine to its bin of the histogram: finer than the bins. Memory of a block of cosines.
_CELLS = 8192
_BLOCK_BYTES = 1 << 25
#: Pairs, and rows of candidates, that are looked at at once: memory only.
_PAIRS = 512
_MERGED = 4096
#: A norm is 1 if it differs from it by no more.
UNIT_ROUNDING = 2.0**-50


@dataclass(frozen=True, eq=False)
class Nearest(Shown):
    """Nearest neighbours among directions (rows scaled to norm 1).

    Attributes
    ----------
    index : ndarray of int, shape (n,), or (n, top) for top > 1
        The nearest other rows of each row, nearest first.
    cosine : ndarray, of the same shape
        Their cosines; smaller is better separated.
    max_cosine : float
        The largest cosine of two different rows; smaller is better.
    min_angle : float
        The smallest angle between two rows, in radians; larger is better.
    closest_pair : tuple of int
        A pair i < j at the largest cosine.
    histogram : ndarray of int, shape (bins,), or None
        Number of pairs by angle, bins of equal width from 0 to pi.
    duplicates : ndarray of int, shape (m, 2)
        Pairs i < j of equal directions (chord at most 1e-14).
    near_duplicates : ndarray of int, shape (m, 2)
        Other pairs i < j with cosine at least `near_duplicate_cosine`.
    n_close : int
        Number of duplicate and near-duplicate pairs, those beyond the million that is listed included.
    """

    index: NDArray[np.int64]
    cosine: NDArray[np.float64]
    max_cosine: float
    min_angle: float
    closest_pair: tuple[int, int]
    histogram: NDArray[np.int64] | None
    duplicates: NDArray[np.int64]
    near_duplicates: NDArray[np.int64]
    n_close: int

    @property
    def min_angle_deg(self) -> float:
        """Smallest angle between two rows, in degrees; larger is better."""
        return math.degrees(self.min_angle)

    def __repr__(self) -> str:
        return (
            f"Nearest(n_rows={len(self.index)}, max_cosine={self.max_cosine:.12g}, "
            f"min_angle_deg={self.min_angle_deg:.12g}, duplicates={len(self.duplicates)}, "
            f"near_duplicates={len(self.near_duplicates)})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-able values."""
        return {
            "index": self.index.tolist(),
            "cosine": self.cosine.tolist(),
            "max_cosine": self.max_cosine,
            "min_angle_deg": self.min_angle_deg,
            "closest_pair": list(self.closest_pair),
            "histogram": None if self.histogram is None else self.histogram.tolist(),
            "duplicates": self.duplicates.tolist(),
            "near_duplicates": self.near_duplicates.tolist(),
            "n_close": self.n_close,
        }


@told_in_notebooks
def nearest(
    weights: ArrayLike,
    *,
    top: int = 1,
    bins: int | None = None,
    near_duplicate_cosine: float = 1.0 - 1e-6,
    block: int | None = None,
    workers: Workers = 1,
    progress: ProgressCallback | None = None,
) -> Nearest:
    """Find the nearest neighbours of every row among the directions of the rows.

    Parameters
    ----------
    weights : array_like or tensor, shape (n, dim)
        Rows of any non-zero norms; they are scaled to norm 1.
    top : int
        How many neighbours per row.
    bins : int, optional
        Number of bins of the angle histogram; none is made by default.
    near_duplicate_cosine : float
        Pairs of at least this cosine are listed as near-duplicates.
    block : int, optional
        Rows scored at once; the memory is block * block float32 beside the rows.
    workers : int, map-like callable or Executor
        Threads over blocks, or what maps a function over them, as in `one_vs_rest`; the result is the same for all.
    progress : callable, optional
        Receives Progress events.

    Returns
    -------
    Nearest
        Neighbours and cosines (error below 1e-14 for dim <= 4096), closest pair, histogram, duplicates.

    Raises
    ------
    InvalidInputError
        If an argument is not what is required above, in particular if a row is zero.

    Examples
    --------
    >>> from sphcode import nearest
    >>> nearest([[1, 0], [0, 2], [-3, 0]])
    Nearest(n_rows=3, max_cosine=0, min_angle_deg=90, duplicates=0, near_duplicates=0)
    """
    rows = as_stored(weights, "weights")
    check_callable("progress", progress)
    return nearest_rows(
        rows,
        top=check_int("top", top, minimum=1, maximum=len(rows) - 1),
        bins=None if bins is None else check_int("bins", bins, minimum=1),
        near_duplicate_cosine=check_real("near_duplicate_cosine", near_duplicate_cosine, low=-1.0, high=1.0),
        block=None if block is None else check_int("block", block, minimum=1),
        workers=check_workers(workers),
        progress=progress,
    )


def nearest_rows(
    matrix: NDArray[Any] | Rows,
    *,
    top: int = 1,
    bins: int | None = None,
    near_duplicate_cosine: float = 1.0 - 1e-6,
    block: int | None = None,
    workers: Workers = 1,
    progress: ProgressCallback | None = None,
) -> Nearest:
    """Find the nearest neighbours in a matrix that is known to be one: `nearest` without its checks."""
    rows = _directions(matrix)
    n, dim = rows.shape
    block = max(1, min(MOST_STEP, STEP_BYTES // (4 * dim))) if block is None else block
    problem = _Problem(rows, min(n - 1, top + _SPARE), bins, near_duplicate_cosine)
    best = _Best.empty(n, problem.width)
    pairs: list[NDArray[np.int64]] = []
    n_pairs = 0
    counts = None if bins is None else np.zeros(bins, dtype=np.int64)
    parts = [range(start, min(start + block, n)) for start in range(0, n, block)]
    # Before the workers begin, the first block sets the least score that matters to the others, which would else each
    # begin with any: a fifth of the time of (10000, 128).
    first = _scan(problem, parts[0])
    problem = replace(problem, least=first.best.scores.min(axis=1))
    with thread_mapper(workers) as run:
        for part, found in zip(parts, chain([first], run(partial(_scan, problem), parts[1:])), strict=True):
            best.take(part.start, found.best)
            pairs.append(found.pairs)
            n_pairs += found.n_pairs
            if counts is not None:
                counts += found.counts
            if progress is not None:
                done = part.stop
                progress(Progress("nearest neighbours", done * (2.0 * n - done), float(n) * n))
    index, cosine = _settle(rows, best.ids, best.scores.min(axis=1) + problem.margin, top)
    duplicates, near = _split(rows, np.concatenate(pairs)[:MAX_PAIRS], near_duplicate_cosine)

    rows.release()
    place = int(np.argmax(cosine[:, 0]))
    pair = sorted((place, int(index[place, 0])))
    first, second = rows[np.array(pair)]
    return Nearest(
        index=index[:, 0] if top == 1 else index,
        cosine=cosine[:, 0] if top == 1 else cosine,
        max_cosine=float(cosine[place, 0]),
        min_angle=2.0 * math.atan2(float(np.linalg.norm(first - second)), float(np.linalg.norm(first + second))),
        closest_pair=(pair[0], pair[1]),
        histogram=None if counts is None else counts[::-1].copy(),
        duplicates=duplicates,
        near_duplicates=near,
        n_close=n_pairs,
    )


@dataclass
class _Best:
    """The largest scores of some rows, in no order: whose they are, and which; no other is above the smallest."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]

    @classmethod
    def empty(cls, n: int, width: int) -> _Best:
        return cls(np.full((n, width), -1, dtype=np.int64), np.full((n, width), -np.inf, dtype=np.float32))

    def take(self, start: int, other: _Best) -> None:
        """Keep the largest of both; `other` is about the rows from `start` on."""
        width = self.ids.shape[1]
        for first in range(0, len(other.ids), _MERGED):
            new = slice(first, first + _MERGED)
            own = slice(start + first, start + min(first + _MERGED, len(other.ids)))
            scores = np.hstack([self.scores[own], other.scores[new]])
            kept = np.argpartition(scores, width, axis=1)[:, width:]
            self.scores[own] = np.take_along_axis(scores, kept, axis=1)
            self.ids[own] = np.take_along_axis(np.hstack([self.ids[own], other.ids[new]]), kept, axis=1)


@dataclass(frozen=True)
class _Found:
    """What the pairs of one block of rows with all later rows gave."""

    best: _Best
    pairs: NDArray[np.int64]
    n_pairs: int
    counts: NDArray[np.int64]


@dataclass(frozen=True)
class _Problem:
    """Everything that a worker needs to know; no smaller score of a row than its `least` is wanted."""

    rows: Rows
    width: int
    bins: int | None
    limit: float
    least: NDArray[np.float32] | None = None

    @property
    def margin(self) -> float:
        """Bound of the error of a float32 cosine."""
        return 1.01 * float(self.rows.shape[1] + 8) * EPS32


def _scan(problem: _Problem, part: range) -> _Found:
    """Score the pairs of the rows of one block with one another and with all later rows."""
    from sphcode.kernels.gram import count_angles, scan_pairs

    rows = problem.rows.part(part.start, len(problem.rows))
    n, block = len(rows), len(part)
    best = _Best.empty(n, problem.width)
    if problem.least is not None:
        best.scores[:] = problem.least[part.start :, None]
    roots = best.scores[:, 0].copy()
    pairs = np.empty((min(MAX_PAIRS, n * min(n, block)), 2), dtype=np.int64)
    n_pairs = 0
    counts = np.zeros(problem.bins or 0, dtype=np.int64)
    if len(counts):
        edges = np.cos(np.linspace(np.pi, 0.0, len(counts) + 1))
        cells = np.searchsorted(edges[1:-1], np.linspace(-1.0, 1.0, _CELLS, endpoint=False), side="right")
    own = _single(rows, 0, block)
    lowest = min(problem.limit, 1.0 - 1e-12)
    for column in range(0, n, block):
        scores = own @ _single(rows, column, column + block).T
        n_pairs = scan_pairs(
            scores, rows.arrays, 0, column, best.ids, best.scores, roots, lowest, problem.margin, pairs, n_pairs
        )
        if len(counts):
            count_angles(scores, rows.arrays, 0, column, edges, cells, problem.margin, counts)
    best.scores[best.ids < 0] = -np.inf
    best.ids[best.ids >= 0] += part.start
    return _Found(best, pairs[:n_pairs] + part.start, n_pairs, counts)


def _single(rows: Rows, first: int, last: int) -> NDArray[np.float32]:
    """Return rows in float32, widened a few at a time."""
    rows = rows.part(first, min(last, len(rows)))
    single = np.empty(rows.shape, dtype=np.float32)
    for part in rows.slices():
        single[part] = rows[part]
    return single


def _directions(matrix: NDArray[Any] | Rows) -> Rows:
    """Return unit rows: those of a float64 matrix as a copy, those of a stored one by factors."""
    rows = as_rows(matrix)
    if isinstance(matrix, Rows) or rows.is_narrow:
        norms = rows.norms()
        _refuse_zeros(norms)
        # Rows of norm 1 to rounding stay the same rows.
        factors = np.where(np.abs(norms - 1.0) <= UNIT_ROUNDING, 1.0, 1.0 / norms)
        return rows.times(factors)
    largest = np.abs(matrix).max(axis=1, keepdims=True)
    _refuse_zeros(largest[:, 0])
    scaled = matrix / largest
    return Rows(np.ascontiguousarray(scaled / np.linalg.norm(scaled, axis=1, keepdims=True)))


def _refuse_zeros(sizes: NDArray[np.float64]) -> None:
    if not sizes.all():
        zero = np.flatnonzero(sizes == 0.0)
        raise fail("weights", "free of zero rows", f"{len(zero)} of them, the first is row {zero[0]}")


def _settle(
    rows: Rows, ids: NDArray[np.int64], reach: NDArray[np.float32], top: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Order the candidates `ids` in float64; no other row has a cosine above `reach`, else the row is done again."""
    from sphcode.kernels.gram import exact_order

    n, width = ids.shape
    cosines = np.empty((n, width))
    exact_order(rows.arrays, np.arange(n), ids, cosines)
    doubtful = np.flatnonzero(cosines[:, top - 1] <= reach) if width < n - 1 else np.empty(0, dtype=np.int64)
    step = max(1, _BLOCK_BYTES // (8 * n))
    for start in range(0, len(doubtful), step):
        chosen = doubtful[start : start + step]
        own = rows[chosen]
        scores = np.hstack([own @ rows[part].T for part in rows.slices()])
        scores[np.arange(len(chosen)), chosen] = -np.inf
        best = np.argpartition(scores, n - width, axis=1)[:, n - width :]
        refined = np.empty(best.shape)
        exact_order(rows.arrays, chosen, best, refined)
        ids[chosen], cosines[chosen] = best, refined
    return ids[:, :top].copy(), np.clip(cosines[:, :top], -1.0, 1.0)


def _split(rows: Rows, pairs: NDArray[np.int64], limit: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sort the close pairs and tell equal directions from nearly equal ones."""
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    equal = np.empty(len(pairs), dtype=np.bool_)
    near = np.empty(len(pairs), dtype=np.bool_)
    for start in range(0, len(pairs), _PAIRS):
        left, right = (rows[pairs[start : start + _PAIRS, side]] for side in (0, 1))
        equal[start : start + _PAIRS] = np.linalg.norm(left - right, axis=1) <= DUPLICATE_CHORD
        near[start : start + _PAIRS] = np.einsum("ij,ij->i", left, right) >= limit
    return pairs[equal], pairs[near & ~equal]
