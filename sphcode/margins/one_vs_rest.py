"""One-vs-rest distances of any set of class vectors: exact to rounding, with two-sided bounds, any number of classes.

The distance of class k from the hull of the other classes needs few of them: candidates come from one float32 block
of scores, Wolfe's algorithm solves over them, and a second block with the new direction shows which other classes
would lower the margin. They join, and the class is done when none does (column generation). Scores in float32 only
ever exclude: their rounding margin is proven, and whatever it leaves open is recomputed in float64.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sphcode._progress import ProgressCallback
from sphcode._validate import as_array, as_matrix, as_vector, check_callable, check_int, check_real, fail
from sphcode._workers import Workers, check_workers
from sphcode.errors import OpenBoundsWarning
from sphcode.margins.column_generation import Solved, solve_blocks
from sphcode.margins.device import check_device
from sphcode.margins.screen import TINY

#: A matrix whose largest entry is outside 2^-USUAL .. 2^USUAL is scaled by a power of two: no square overflows.
USUAL = 200
#: The largest entry of a float32 matrix that is measured as it is stored is from 2^-USUAL_FLOAT32 to 2^USUAL_FLOAT32.
USUAL_FLOAT32 = 40
#: A matrix of floats that would take so many bytes in float64 is not widened as a whole.
LARGE_BYTES = 1 << 27

#: Memory of a block of scores, and rows in a slice that is looked at once: no result depends on them.
_BLOCK_BYTES = 1 << 27
_SLICE = 4096


@dataclass(frozen=True, eq=False)
class OneVsRest:
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


def one_vs_rest(
    weights: ArrayLike,
    *,
    bias: ArrayLike | None = None,
    classes: ArrayLike | None = None,
    tol: float = 1e-13,
    block: int | None = None,
    workers: Workers = 1,
    device: str = "auto",
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
    progress : callable, optional
        Receives Progress events.

    Returns
    -------
    OneVsRest
        Distances, two-sided bounds, directions and supports.

    Raises
    ------
    InvalidInputError
        If an argument is not what is required above.

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
    column = None
    if bias is None:
        matrix = _as_stored(weights)
    else:
        matrix = as_matrix(weights, "weights")
        column = as_vector(bias, "bias", len(matrix))
    return measured_rows(
        matrix,
        bias=column,
        classes=_as_classes(classes, len(matrix)),
        tol=check_real("tol", tol, low=0.0),
        block=None if block is None else check_int("block", block, minimum=1),
        workers=check_workers(workers),
        device=check_device(device),
        progress=progress,
    )


def measured_rows(
    matrix: NDArray[Any],
    *,
    bias: NDArray[np.float64] | None = None,
    classes: NDArray[np.int64] | None = None,
    tol: float = 1e-13,
    block: int | None = None,
    workers: Workers = 1,
    device: str = "auto",
    progress: ProgressCallback | None = None,
) -> OneVsRest:
    """Measure a matrix that is known to be one: `one_vs_rest` without its checks."""
    if bias is not None:
        matrix = np.hstack([matrix, bias[:, None]])
    chosen = np.arange(len(matrix)) if classes is None else classes
    block = _default_block(len(matrix)) if block is None else block
    exponent, hidden = _exponent(matrix), 0.0
    if exponent:
        loaded = matrix.astype(np.float64, copy=False)
        matrix = np.ldexp(loaded, -exponent)
        hidden = 0.0 if np.array_equal(np.ldexp(matrix, exponent), loaded) else TINY
    result = _joined(solve_blocks(matrix, chosen, tol, block, workers, device, progress), chosen, tol)
    if bias is not None:
        result = _with_feature_side(result, matrix, chosen, tol, block, workers, device, progress)
    return _scaled(result, exponent, hidden) if exponent else result


def _as_stored(weights: ArrayLike) -> NDArray[Any]:
    """Return large matrices of floats in float32, as stored or widened, and all others in float64."""
    array: Any = weights
    if hasattr(array, "detach") and hasattr(array, "cpu"):
        array = array.detach().cpu()
        array = (array.float() if "bfloat16" in str(array.dtype) else array).numpy()
    small = isinstance(array, np.ndarray) and array.ndim == 2 and min(array.shape) > 1
    if small and str(array.dtype) in ("float32", "float16", "bfloat16") and 8 * array.size >= LARGE_BYTES:
        rows = np.ascontiguousarray(array, dtype=np.float32)
        largest = max(float(np.abs(rows[start : start + _SLICE]).max()) for start in range(0, len(rows), _SLICE))
        if 2.0**-USUAL_FLOAT32 <= largest <= 2.0**USUAL_FLOAT32:  # NaN and infinity are not
            return rows
    return as_matrix(weights, "weights")


def _default_block(n_classes: int) -> int:
    return max(1, min(1024, _BLOCK_BYTES // (4 * n_classes)))


def _joined(parts: list[Solved], classes: NDArray[np.int64], tol: float) -> OneVsRest:
    """Put the answers of all blocks together; nothing is certified if a score was not what it had to be."""
    lower, upper = (np.concatenate([getattr(part, name) for part in parts]) for name in ("lower", "upper"))
    scale = parts[0].scale
    certified = upper - lower <= tol * scale
    if not all(part.believed for part in parts):
        warnings.warn(
            "scores were recomputed and found outside their error: this processor or library does not compute as "
            "assumed, and no distance is certified",
            OpenBoundsWarning,
            stacklevel=4,
        )
        certified[:] = False
    return OneVsRest(
        classes=classes,
        distances=np.concatenate([part.norm for part in parts]),
        lower=lower,
        upper=upper,
        certified=certified,
        directions=np.concatenate([part.directions for part in parts]),
        supports=tuple(ids for part in parts for ids in part.supports),
        support_weights=tuple(shares for part in parts for shares in part.shares),
        inside_hull=upper <= tol * scale,
    )


def _with_feature_side(
    result: OneVsRest,
    matrix: NDArray[np.float64],
    chosen: NDArray[np.int64],
    tol: float,
    block: int,
    workers: Workers,
    device: str,
    progress: ProgressCallback | None,
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
        np.ascontiguousarray(matrix[:, :-1]),
        classes=chosen[below],
        tol=tol,
        block=block,
        workers=workers,
        device=device,
        progress=progress,
    )
    return _with_flat(result, below, flat)


def _exponent(matrix: NDArray[np.float64]) -> int:
    """Return the power of two to divide by: 0 for entries of usual size."""
    largest = max(float(np.abs(matrix[start : start + _SLICE]).max()) for start in range(0, len(matrix), _SLICE))
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
