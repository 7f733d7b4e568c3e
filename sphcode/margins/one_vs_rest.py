"""One-vs-rest distances of any set of class vectors: exact to rounding, with two-sided bounds, any number of classes.

The distance of class k from the hull of the other classes needs few of them: candidates come from one float32 block
of scores, Wolfe's algorithm solves over them, and a second block with the new direction shows which other classes
would lower the margin. They join, and the class is done when none does (column generation). Scores in float32 only
ever exclude: their rounding margin is proven, and whatever it leaves open is recomputed in float64.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sphcode._notebook import Drawn
from sphcode._notebook_progress import told_in_notebooks
from sphcode._progress import ProgressCallback
from sphcode._validate import as_array, as_stored, as_vector, check_callable, check_int, check_real, fail
from sphcode._workers import Workers, check_workers
from sphcode.errors import OpenBoundsWarning
from sphcode.margins.blocks import Solved, solve_blocks
from sphcode.margins.checkpoint import Checkpoint, digest_of
from sphcode.margins.device import check_device
from sphcode.margins.rows import Rows, as_rows
from sphcode.margins.screen import TINY

#: A matrix whose largest entry is outside 2^-USUAL .. 2^USUAL is scaled by a power of two: no square overflows.
USUAL = 200

#: Classes solved at once: so many bytes of directions, within these numbers. Scores of 1024 classes by 4096 do not stay
#: in cache: (10000, 512) took 7 % more. For each block a large matrix is rounded anew for the screen, which takes some
#: hundredths of the time; twice as many classes would take 0.04 times the memory of (128256, 4096) more.
_BLOCK_BYTES = 1 << 23
_LEAST_BLOCK, _MOST_BLOCK = 64, 512


@dataclass(frozen=True, eq=False)
class OneVsRest(Drawn):
    """Distances of class vectors from the hull of the others; larger is better.

    Attributes
    ----------
    classes : ndarray of int, shape (n,)
        The classes measured.
    distances : ndarray, shape (n,)
        Norm of the nearest point found, which is `upper` without its rounding term.
    lower, upper : ndarray, shape (n,)
        The true distance lies between them; rounding errors are included.
    certified : ndarray of bool, shape (n,)
        Whether `upper - lower <= tol * max |w|`.
    directions : ndarray, shape (n, dim)
        Unit direction of widest separation (zero where the distance is zero); one column more with a bias.
    supports : tuple of ndarray of int
        The classes whose convex combination is the nearest point of the hull.
    support_weights : tuple of ndarray
        The weights of that combination, dimensionless, positive, of sum 1.
    inside_hull : ndarray of bool, shape (n,)
        Whether the distance is zero within `tol * max |w|`: the class can never be the argmax.
    """

    classes: NDArray[np.int64]
    distances: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    certified: NDArray[np.bool_]
    directions: NDArray[np.float64]
    supports: tuple[NDArray[np.int64], ...]
    support_weights: tuple[NDArray[np.float64], ...]
    inside_hull: NDArray[np.bool_]

    @property
    def minimum(self) -> float:
        """The smallest distance found; an OpenBoundsWarning says when an uncertified class may be below."""
        if self.minimum_is_open:
            warnings.warn(self.open_sentence, OpenBoundsWarning, stacklevel=2)
        return float(self.distances.min())

    @property
    def minimum_lower(self) -> float:
        """No class has a smaller distance than this, rounding errors included."""
        return float(self.lower.min())

    @property
    def minimum_upper(self) -> float:
        """Some class has a distance of at most this, rounding errors included."""
        return float(self.upper.min())

    @property
    def minimum_is_open(self) -> bool:
        """Whether a class that is not certified may have a smaller distance than the smallest found."""
        return bool((self.lower[~self.certified] < self.distances.min()).any())

    @property
    def open_sentence(self) -> str:
        """One sentence that says how many classes are not certified and where the minimum lies."""
        return (
            f"{int((~self.certified).sum())} of {len(self.classes)} distances are not certified: the minimum is from "
            f"{self.minimum_lower:.6g} to {self.minimum_upper:.6g}"
        )

    def __repr__(self) -> str:
        return (
            f"OneVsRest(n_classes={len(self.classes)}, minimum={float(self.distances.min()):.12g}, "
            f"inside_hull={int(self.inside_hull.sum())}, certified={int(self.certified.sum())})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the measurements as JSON-able lists, without the directions."""
        return {
            "classes": self.classes.tolist(),
            "distances": self.distances.tolist(),
            "lower": self.lower.tolist(),
            "upper": self.upper.tolist(),
            "certified": self.certified.tolist(),
            "supports": [ids.tolist() for ids in self.supports],
            "support_weights": [weights.tolist() for weights in self.support_weights],
            "inside_hull": self.inside_hull.tolist(),
            "minimum_lower": self.minimum_lower,
            "minimum_upper": self.minimum_upper,
        }


@told_in_notebooks
def one_vs_rest(
    weights: ArrayLike,
    *,
    bias: ArrayLike | None = None,
    classes: ArrayLike | None = None,
    tol: float = 1e-13,
    block: int | None = None,
    workers: Workers = 1,
    device: str = "auto",
    resume: str | os.PathLike[str] | None = None,
    progress: ProgressCallback | None = None,
) -> OneVsRest:
    """Measure how far each class vector is from the convex hull of the others.

    The distance of class k is max over unit u of min over j of <u, w_k - w_j>, the widest margin by which any unit
    feature can prefer the class; it is 0 when w_k lies in the hull of the rest.

    Parameters
    ----------
    weights : array_like or tensor, shape (n_classes, dim)
        Class vectors of any norms and scale, n_classes >= 2, any real dtype including bfloat16; torch tensors are
        recognised.
    bias : array_like, shape (n_classes,), optional
        Logit biases. The class vectors are then (w_k, b_k), and u = (h, s) is restricted to s >= 0, as features end
        in a constant 1: the distance is zero exactly when no feature makes class k the argmax.
    classes : array_like of int, optional
        The classes to measure, all by default; the hull is always that of all the others.
    tol : float
        A class is done when its two bounds differ by at most `tol` times the largest norm of a row.
    block : int, optional
        Classes treated at once; the memory is block * n_classes float32 beside the weights.
    workers : int, map-like callable or Executor
        Threads over blocks, or what maps a function over them: `pool.map`, an executor, the `get_executor()` of a Dask
        client. The result does not depend on it. To other processes a memory-mapped matrix goes as its path, any other
        by value with every block.
    device : {"auto", "cpu", "cuda"}
        Where scores are computed: by torch in bfloat16 on a GPU ("cuda", and "auto" for a large head where there is
        one) or on a processor with units for it, else by numpy in float32. Bounds and `certified` mean the same.
    resume : path, optional
        A folder for the blocks that are finished: a run that was stopped, also by a kill, goes on there with the same
        call, and gives the same bytes. It must be new, or of a run with the same arguments.
    progress : callable, optional
        Receives Progress events.

    Returns
    -------
    OneVsRest
        Distances, two-sided bounds, directions and supports.

    Raises
    ------
    InvalidInputError
        If an argument is not what is required above, or `resume` is a folder of another matrix or other settings.

    Notes
    -----
    Method and bounds are described in docs/margins.md; the distance is that of Jiang et al., Generalized Neural
    Collapse for a Large Number of Classes (2024), the solver is due to Wolfe (1976).

    Examples
    --------
    >>> import numpy as np
    >>> from sphcode import one_vs_rest
    >>> one_vs_rest(np.vstack([np.eye(3), -np.eye(3)])).distances
    array([1., 1., 1., 1., 1., 1.])
    """
    check_callable("progress", progress)
    matrix = as_stored(weights, "weights")
    column = None if bias is None else as_vector(bias, "bias", len(matrix))
    chosen = _as_classes(classes, len(matrix))
    tol = check_real("tol", tol, low=0.0)
    block = None if block is None else check_int("block", block, minimum=1)
    settings = {"classes": digest_of(chosen), "tol": tol, "block": block}
    return measured_rows(
        matrix,
        bias=column,
        classes=chosen,
        tol=tol,
        block=block,
        workers=check_workers(workers),
        device=check_device(device),
        resume=None if resume is None else Checkpoint(resume, matrix, column, settings),
        progress=progress,
    )


def measured_rows(
    matrix: NDArray[Any] | Rows,
    *,
    bias: NDArray[np.float64] | None = None,
    classes: NDArray[np.int64] | None = None,
    without: NDArray[np.int64] | None = None,
    tol: float = 1e-13,
    block: int | None = None,
    workers: Workers = 1,
    device: str = "auto",
    progress: ProgressCallback | None = None,
    each: Callable[[Solved, NDArray[np.int64]], None] | None = None,
    resume: Checkpoint | None = None,
) -> OneVsRest:
    """Measure rows that are known to be finite: `one_vs_rest` without its checks, and the hulls `without` some rows.

    If `each` is given, it gets the answers of every block with their classes, and directions are not kept (no bias).
    """
    rows, exponent, hidden = _usual(as_rows(matrix), bias)
    chosen = np.arange(len(rows)) if classes is None else classes
    block = _default_block(rows.shape[1]) if block is None else block
    left_out = np.empty(0, dtype=np.int64) if without is None else without
    parts = solve_blocks(rows, chosen, tol, block, workers, device, progress, left_out, resume)
    result = _joined(parts, chosen, rows.shape[1], tol, each)
    rows.release()
    if bias is not None:
        result = _with_feature_side(result, rows, chosen, tol, block, workers, device, progress, resume)
    return _scaled(result, exponent, hidden) if exponent else result


def _usual(rows: Rows, bias: NDArray[np.float64] | None) -> tuple[Rows, int, float]:
    """Return rows, with their bias, of usual size; the power of two they were divided by, and what that hides."""
    if rows.is_narrow or rows.is_changed:  # their entries are of usual size
        if bias is None:
            return rows, 0, 0.0
        if np.abs(bias).max() <= 2.0**USUAL:
            return rows.with_column(bias), 0, 0.0
        rows = Rows(rows[:])
    matrix = rows.stored if bias is None else np.hstack([rows.stored, bias[:, None]])
    exponent = _exponent(matrix)
    if not exponent:
        return (rows if bias is None else rows.with_column(bias)), 0, 0.0
    scaled = np.ldexp(matrix, -exponent)
    return Rows(scaled), exponent, 0.0 if np.array_equal(np.ldexp(scaled, exponent), matrix) else TINY


def _default_block(dim: int) -> int:
    return max(_LEAST_BLOCK, min(_MOST_BLOCK, _BLOCK_BYTES // (8 * dim)))


def _joined(
    parts: Iterable[Solved],
    classes: NDArray[np.int64],
    dim: int,
    tol: float,
    each: Callable[[Solved, NDArray[np.int64]], None] | None,
) -> OneVsRest:
    """Put the answers of all blocks together; nothing is certified if a score was not what it had to be."""
    distances, lower, upper = (np.empty(len(classes)) for _ in range(3))
    directions = np.empty((len(classes) if each is None else 0, dim))
    supports: list[NDArray[np.int64]] = []
    shares: list[NDArray[np.float64]] = []
    believed, scale, start = True, 0.0, 0
    for part in parts:
        place = slice(start, start + len(part.norm))
        distances[place], lower[place], upper[place] = part.norm, part.lower, part.upper
        if each is None:
            directions[place] = part.directions
        else:
            each(part, classes[place])
        supports += part.supports
        shares += part.shares
        believed, scale, start = believed and part.believed, part.scale, place.stop
        del part  # not kept while the next is solved
    certified = upper - lower <= tol * scale
    if not believed:
        warnings.warn(
            "scores were recomputed and found outside their error: this processor or library does not compute as "
            "assumed, and no distance is certified",
            OpenBoundsWarning,
            stacklevel=4,
        )
        certified[:] = False
    return OneVsRest(
        classes=classes,
        distances=distances,
        lower=lower,
        upper=upper,
        certified=certified,
        directions=directions,
        supports=tuple(supports),
        support_weights=tuple(shares),
        inside_hull=upper <= tol * scale,
    )


def _with_feature_side(
    result: OneVsRest,
    rows: Rows,
    chosen: NDArray[np.int64],
    tol: float,
    block: int,
    workers: Workers,
    device: str,
    progress: ProgressCallback | None,
    resume: Checkpoint | None,
) -> OneVsRest:
    """Restrict the directions (h, s) of the rows with bias to s >= 0.

    The best direction over the half-space of a concave margin: where the free one has s < 0, it is s = 0. Where the
    distance is zero, it is zero for both, and the free support has the bias of the class.
    """
    behind = result.directions[:, -1] < 0.0
    zero = behind & result.inside_hull
    result = replace(
        result,
        lower=np.where(zero, 0.0, result.lower),
        directions=np.where(zero[:, None], 0.0, result.directions),
    )
    below = np.flatnonzero(behind & ~zero)
    if not len(below):
        return result
    flat = measured_rows(
        rows.without_last(),
        classes=chosen[below],
        tol=tol,
        block=block,
        workers=workers,
        device=device,
        progress=progress,
        resume=resume,
    )
    return _with_flat(result, below, flat)


def _exponent(matrix: NDArray[np.float64]) -> int:
    """Return the power of two to divide by: 0 for entries of usual size."""
    largest = max(float(np.abs(matrix[part]).max()) for part in Rows(matrix).slices())
    exponent = math.frexp(largest)[1]
    return exponent if abs(exponent) > USUAL else 0


def _scaled(result: OneVsRest, exponent: int, hidden: float) -> OneVsRest:
    """Multiply all distances by 2^exponent; `hidden` is what small entries may have lost when they were divided by it.

    The bounds go to the safe side where this overflows or loses bits.
    """
    result = replace(result, lower=np.maximum(result.lower - hidden, 0.0), upper=result.upper + hidden)
    with np.errstate(over="ignore", under="ignore"):
        lower, upper, distances = (
            np.ldexp(values, exponent) for values in (result.lower, result.upper, result.distances)
        )
        lower = np.where(np.ldexp(lower, -exponent) > result.lower, np.nextafter(lower, 0.0), lower)
        upper = np.where(np.ldexp(upper, -exponent) < result.upper, np.nextafter(upper, np.inf), upper)
    return replace(result, lower=np.minimum(lower, np.finfo(float).max), upper=upper, distances=distances)


def _as_classes(classes: ArrayLike | None, n_classes: int) -> NDArray[np.int64]:
    if classes is None:
        return np.arange(n_classes)
    chosen = as_array(classes, "classes", "a non-empty list of integers")
    if chosen.ndim != 1 or not len(chosen) or chosen.dtype.kind not in "iu":
        raise fail("classes", "a non-empty list of integers", f"shape {chosen.shape} of {chosen.dtype}")
    if chosen.min() < 0 or chosen.max() >= n_classes:
        raise fail("classes", f"integers from 0 to {n_classes - 1}", f"{chosen.min()} to {chosen.max()}")
    return chosen.astype(np.int64)


def _with_flat(free: OneVsRest, below: NDArray[np.int64], flat: OneVsRest) -> OneVsRest:
    """Put the bias-free answers `flat` in the places `below`, as directions with last coordinate 0."""
    merged = {}
    for name in ("distances", "lower", "upper", "certified", "inside_hull", "directions"):
        values = getattr(free, name).copy()
        part = getattr(flat, name)
        values[below] = np.hstack([part, np.zeros((len(part), 1))]) if name == "directions" else part
        merged[name] = values
    for name in ("supports", "support_weights"):
        parts = list(getattr(free, name))
        for place, part in zip(below, getattr(flat, name), strict=True):
            parts[place] = part
        merged[name] = tuple(parts)
    return replace(free, **merged)
