"""One-vs-rest distances of any set of class vectors: exact to rounding, with two-sided bounds, any number of classes.

The distance of class k from the hull of the other classes needs few of them: candidates come from one float32 block
of scores, Wolfe's algorithm solves over them, and a second block with the new direction shows which other classes
would lower the margin. They join, and the class is done when none does (column generation). Scores in float32 only
ever exclude: their rounding margin is proven, and whatever it leaves open is recomputed in float64.
"""

from __future__ import annotations

import math
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sphcode._progress import Progress, ProgressCallback
from sphcode._validate import as_array, as_matrix, as_vector, check_callable, check_int, check_real, fail
from sphcode.errors import OpenBoundsWarning

CHUNK, STRIDE = 64, 16  # of sphcode.kernels.hull, whose rounding errors depend on them
EPS = 2.0**-53
EPS32 = 2.0**-24
MAX_ROUNDS = 60
#: A gap below this share of the largest distance from the mean is rounding and not worth a second solver.
ROUNDING = 32.0 * EPS
#: A matrix whose largest entry is outside 2^-USUAL .. 2^USUAL is scaled by a power of two: no square overflows.
USUAL = 200
#: Squares of differences below this length may underflow, which the bounds then allow for.
TINY = 2.0**-500

#: First candidates are those along C^(-1/2)(w_k - mean), C the covariance of the rows, if there are at least so many
#: rows and the root costs at most this share of one block of scores per class. Rows of language models then need 2.5
#: checks a class instead of 3.5 at (10000, 512), Gaussian rows 2.2 as before (tests/benchmarks/margins_pairs.py).
WHITENED_CLASSES = 4096
WHITENING_SHARE = 0.25
#: Rows per dimension in the sample for C, and the share of its mean diagonal that is added to it.
COVARIANCE_ROWS = 16
COVARIANCE_RIDGE = 1e-3

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
        The weights of that combination, positive, of sum 1.
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
    workers: int = 1,
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
    workers : int
        Threads over blocks; the result does not depend on it.
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
    matrix = as_matrix(weights, "weights")
    if bias is not None:
        matrix = np.hstack([matrix, as_vector(bias, "bias", len(matrix))[:, None]])
    chosen = _as_classes(classes, len(matrix))
    check_callable("progress", progress)
    tol = check_real("tol", tol, low=0.0)
    block = check_int("block", _default_block(len(matrix)) if block is None else block, minimum=1)
    workers = check_int("workers", workers, minimum=1)
    exponent, hidden = _exponent(matrix), 0.0
    if exponent:
        loaded, matrix = matrix, np.ldexp(matrix, -exponent)
        hidden = 0.0 if np.array_equal(np.ldexp(matrix, exponent), loaded) else TINY
    result = _measure(matrix, chosen, tol, block, workers, progress)
    # The best direction over the half-space s >= 0 of a concave margin: where the free one has s < 0, it is s = 0.
    # Where the distance is zero, it is zero for both, and the free support has the bias of the class.
    behind = result.directions[:, -1] < 0.0
    if bias is not None and behind.any():
        zero = behind & result.inside_hull
        result = replace(
            result,
            lower=np.where(zero, 0.0, result.lower),
            directions=np.where(zero[:, None], 0.0, result.directions),
        )
        below = np.flatnonzero(behind & ~zero)
        if len(below):
            flat = one_vs_rest(
                matrix[:, :-1], classes=chosen[below], tol=tol, block=block, workers=workers, progress=progress
            )
            result = _with_flat(result, below, flat)
    return _scaled(result, exponent, hidden) if exponent else result


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


def _default_block(n_classes: int) -> int:
    return max(1, min(1024, _BLOCK_BYTES // (4 * n_classes)))


@dataclass(frozen=True)
class _Screen:
    """The class vectors, and a float32 copy measured from their mean and scaled to unit size, for screening.

    `margin` bounds the error of a float32 product of a unit vector with a row of the copy, for any order of its sum;
    no row is farther than `radius` from `origin`. `floor` is what underflow may hide; 0 if all rows are equal.
    `root` is C^(-1/2) for the first candidates; without it they are the nearest rows.
    """

    weights: NDArray[np.float64]
    origin: NDArray[np.float64]
    radius: float
    scale: float
    copy: NDArray[np.float32]
    half_squares: NDArray[np.float32]
    margin: float
    floor: float
    root: NDArray[np.float32] | None = None

    @classmethod
    def of(cls, weights: NDArray[np.float64]) -> _Screen:
        n_classes, dim = weights.shape
        origin = weights.mean(axis=0)
        slices = [slice(start, start + _SLICE) for start in range(0, n_classes, _SLICE)]
        radius = max(_largest_norm(weights[rows] - origin) for rows in slices) * (1.0 + 1e-10)
        floor = 0.0 if radius <= TINY and (weights == weights[0]).all() else TINY
        radius = max(radius, floor)
        scale = max(_largest_norm(weights[rows]) for rows in slices)
        copy = np.empty((n_classes, dim), dtype=np.float32)
        half_squares = np.empty(n_classes, dtype=np.float32)
        for rows in slices:
            part = (weights[rows] - origin) / (radius or 1.0)
            copy[rows] = part
            half_squares[rows] = 0.5 * np.einsum("ij,ij->i", part, part)
        return cls(weights, origin, radius, scale, copy, half_squares, 1.01 * (dim + 16) * EPS32, floor)

    def with_root(self, n_measured: int) -> _Screen:
        """Return the screen with the root of the covariance, if that is worth while for so many classes."""
        n_classes, dim = self.copy.shape
        n_sample = min(n_classes, COVARIANCE_ROWS * dim)
        cost = 10.0 * dim**3 + float(n_sample) * dim**2  # eigenvectors, then the covariance
        if n_classes < WHITENED_CLASSES or cost > WHITENING_SHARE * n_measured * n_classes * dim:
            return self
        chosen = np.random.default_rng(0).choice(n_classes, n_sample, replace=False, shuffle=False)
        sample = self.copy[np.sort(chosen)]
        covariance = (sample.T @ sample).astype(np.float64) / n_sample
        ridge = COVARIANCE_RIDGE * float(np.trace(covariance)) / dim
        values, vectors = np.linalg.eigh(covariance)
        if not ridge > 0.0:
            return self
        root = (vectors / np.sqrt(np.maximum(values, 0.0) + ridge)) @ vectors.T
        return replace(self, root=root.astype(np.float32))


def _largest_norm(rows: NDArray[np.float64]) -> float:
    return math.sqrt(float(np.einsum("ij,ij->i", rows, rows).max()))


class _Columns:
    """Column generation for some classes: the state of their min-norm problems."""

    def __init__(self, screen: _Screen, classes: NDArray[np.int64], tol: float) -> None:
        n_classes, dim = screen.weights.shape
        capacity = min(dim + 1, n_classes - 1)
        self.screen = screen
        self.classes = classes
        self.tol = tol * screen.scale
        self.width = min(n_classes - 1, max(16, min(2 * dim, 96)))
        self.norm = np.zeros(len(classes))
        self.lower = np.zeros(len(classes))
        self.directions = np.zeros((len(classes), dim))
        self.supports = np.zeros((len(classes), capacity), dtype=np.int64)
        self.weights = np.zeros((len(classes), capacity))
        self.sizes = np.zeros(len(classes), dtype=np.int64)

    def run(self) -> None:
        """Start from the likeliest classes, then add those that cut the margin until none does."""
        screen = self.screen
        active = np.arange(len(self.classes))
        everything = np.full(len(active), -np.inf, dtype=np.float32)
        looking, offset = screen.copy[self.classes], screen.half_squares
        if screen.root is not None:
            looking, offset = looking @ screen.root, np.zeros_like(offset)
        _, ids = self._best(active, looking, offset, everything)
        self._solve(active, ids)
        for _ in range(MAX_ROUNDS):
            zero = self.norm[active] <= self.tol / 2
            self.lower[active[zero]] = 0.0
            active = active[~zero]
            if not len(active):
                return
            active, ids = self._check(active)
            self._solve(active, ids)
        self.lower[active] = 0.0

    def _best(
        self,
        active: NDArray[np.int64],
        looking: NDArray[np.float32],
        offset: NDArray[np.float32],
        limit: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Score all classes along one vector per active class; returns the scores and the best above the limit."""
        from sphcode.kernels.gram import largest_scores

        scores = looking @ self.screen.copy.T
        ids = np.empty((len(active), self.width), dtype=np.int64)
        values = np.empty((len(active), self.width), dtype=np.float32)
        largest_scores(scores, self.classes[active], offset, limit, ids, values)
        return scores, ids

    def _check(self, active: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Bound the margins over all classes; returns the active classes that met a new one, and the candidates."""
        from sphcode.kernels.columns import check_rows

        screen, classes, directions, lower = (
            self.screen,
            self.classes[active],
            self.directions[active],
            self.lower[active],
        )
        own = np.einsum("ij,ij->i", directions, screen.weights[classes] - screen.origin)
        limit = ((own - lower) / screen.radius - screen.margin).astype(np.float32)
        no_offset = np.zeros_like(screen.half_squares)
        scores, ids = self._best(active, directions.astype(np.float32), no_offset, limit)
        fresh = np.zeros(len(active), dtype=np.bool_)
        check_rows(
            screen.weights, classes, directions, scores, limit, ids, self.norm[active], self.tol / 4, lower, fresh
        )
        self.lower[active] = lower
        again = fresh & (self.norm[active] - lower > self.tol / 4)
        return active[again], ids[again]

    def _solve(self, active: NDArray[np.int64], ids: NDArray[np.int64]) -> None:
        """Solve the min-norm problems of the active classes over their supports and the candidates `ids`."""
        from sphcode.kernels.columns import solve_rows

        fields = (self.supports, self.weights, self.sizes, self.directions, self.norm, self.lower)
        supports, weights, sizes, directions, norm, lower = (values[active] for values in fields)
        solve_rows(
            self.screen.weights, self.classes[active], ids, supports, weights, sizes, self.tol / 8,
            directions, norm, lower,
        )  # fmt: skip
        for values, solved in zip(fields, (supports, weights, sizes, directions, norm, lower), strict=True):
            values[active] = solved
        gap = max(self.tol / 4, ROUNDING * self.screen.radius)
        for place in np.flatnonzero((norm > self.tol / 2) & (norm - lower > gap)):
            self._solve_degenerate(int(active[place]), ids[place])

    def _solve_degenerate(self, i: int, ids: NDArray[np.int64]) -> None:
        """Solve the min-norm problem of the i-th class again, by orthogonal factors, where rounding left a gap."""
        from sphcode.margins.degenerate import min_norm_point

        known = self.supports[i, : self.sizes[i]]
        rows = np.concatenate([known, np.setdiff1d(ids[ids >= 0], known)])
        differences = self.screen.weights[self.classes[i]] - self.screen.weights[rows]
        chosen, shares, direction, norm, lower = min_norm_point(differences, np.arange(len(known)), self.tol / 8)
        if norm - max(lower, 0.0) >= self.norm[i] - max(self.lower[i], 0.0):
            return
        self.sizes[i], self.norm[i], self.lower[i], self.directions[i] = len(chosen), norm, lower, direction
        self.supports[i, : len(chosen)] = rows[chosen]
        self.weights[i] = 0.0
        self.weights[i, : len(chosen)] = shares

    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper bounds of the distances, with every rounding of `norm` and `lower` added."""
        dim = self.screen.weights.shape[1]
        rows = self.screen.weights[self.classes] - self.screen.origin
        longest = np.sqrt(np.einsum("ij,ij->i", rows, rows)) + self.screen.radius  # of the differences w_k - w_j
        product = min(dim, CHUNK) + dim / CHUNK + 2
        combination = STRIDE + self.sizes / STRIDE + 3
        lower = self.lower - 1.01 * EPS * (1.5 * product + 6) * longest
        upper = self.norm + 1.01 * EPS * ((0.5 * product + combination + 2) * self.norm + combination * longest)
        return np.maximum(lower - self.screen.floor, 0.0), upper + self.screen.floor

    def combinations(self) -> tuple[list[NDArray[np.int64]], list[NDArray[np.float64]]]:
        """Support and weights, of sum 1, of each class."""
        taken = self.weights > 0.0
        ids, shares = self.supports[taken], (self.weights / self.weights.sum(axis=1, keepdims=True))[taken]
        ends = np.cumsum(taken.sum(axis=1)).tolist()
        slices = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
        return [ids[part] for part in slices], [shares[part] for part in slices]


def _measure(
    weights: NDArray[np.float64],
    classes: NDArray[np.int64],
    tol: float,
    block: int,
    workers: int,
    progress: ProgressCallback | None,
) -> OneVsRest:
    screen = _Screen.of(weights).with_root(len(classes))
    pieces = [classes[start : start + block] for start in range(0, len(classes), block)]

    def solve(piece: NDArray[np.int64]) -> _Columns:
        columns = _Columns(screen, piece, tol)
        columns.run()
        return columns

    done: list[_Columns] = []
    counted, best = 0, math.inf
    with ThreadPoolExecutor(workers) as pool:
        for columns in pool.map(solve, pieces) if workers > 1 else map(solve, pieces):
            done.append(columns)
            counted, best = counted + len(columns.classes), min(best, float(columns.norm.min()))
            if progress is not None:
                progress(Progress("one-vs-rest", counted, len(classes), best, "distance"))
    lower, upper = (np.concatenate(parts) for parts in zip(*(columns.bounds() for columns in done), strict=True))
    supports: list[NDArray[np.int64]] = []
    support_weights: list[NDArray[np.float64]] = []
    for columns in done:
        ids, shares = columns.combinations()
        supports += ids
        support_weights += shares
    return OneVsRest(
        classes=classes,
        distances=np.concatenate([columns.norm for columns in done]),
        lower=lower,
        upper=upper,
        certified=upper - lower <= tol * screen.scale,
        directions=np.concatenate([columns.directions for columns in done]),
        supports=tuple(supports),
        support_weights=tuple(support_weights),
        inside_hull=upper <= tol * screen.scale,
    )


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
