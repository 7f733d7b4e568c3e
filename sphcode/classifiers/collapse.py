"""Neural collapse in numbers: how features gather at class means, and class means at the head's rows.

Definitions as in J. Jiang et al., Generalized Neural Collapse for a Large Number of Classes (ICML 2024), unless said
otherwise. Nothing here forms an n_classes x n_classes matrix.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._rows import row_norms
from sphcode._validate import as_matrix, check_int, fail
from sphcode.margins.rows import Rows

#: Rows in a block of features, and of inner products: memory only, no result depends on it.
_BLOCK = 4096
_PAIR_BLOCK = 1024


@dataclass(frozen=True, eq=False)
class ClassStatistics:
    """Moments of features by class.

    Attributes
    ----------
    class_means : ndarray, shape (n_classes, dim)
    within_class_covariance : ndarray, shape (dim, dim)
        Mean over the samples of (h - mean of its class)(h - mean of its class)^T.
    class_variances : ndarray, shape (n_classes,)
        Mean squared distance of a class's features from their mean.
    class_counts : ndarray of int, shape (n_classes,)
    """

    class_means: NDArray[np.float64]
    within_class_covariance: NDArray[np.float64]
    class_variances: NDArray[np.float64]
    class_counts: NDArray[np.int64]

    def __repr__(self) -> str:
        n_classes, dim = self.class_means.shape
        return f"ClassStatistics(n_classes={n_classes}, dim={dim}, n_samples={int(self.class_counts.sum())})"

    def to_dict(self) -> dict[str, Any]:
        """Return the arrays as lists."""
        return {name: getattr(self, name).tolist() for name in self.__dataclass_fields__}


def class_statistics(features: Any, labels: Any, n_classes: int, *, normalize: bool = True) -> ClassStatistics:
    """Compute means, variances and the within-class covariance of features, in blocks of rows and two passes.

    Parameters
    ----------
    features : array_like, shape (n_samples, dim)
        A memory-mapped array is read block by block.
    labels : array_like of int, shape (n_samples,)
        Classes 0 .. n_classes - 1, each with at least one sample.
    n_classes : int
    normalize : bool
        Divide every feature by its norm first, as the paper does.

    Raises
    ------
    InvalidInputError
        If shapes disagree, a class has no sample, or a feature is not finite (or zero, when normalised).
    """
    n_classes = check_int("n_classes", n_classes, minimum=2)
    classes = _as_labels(labels, n_classes)
    if np.ndim(features) != 2 or len(features) != len(classes):
        raise fail("features", f"a matrix of {len(classes)} rows, one a label", f"shape {np.shape(features)}")
    counts = np.bincount(classes, minlength=n_classes)
    if (counts == 0).any():
        raise fail("labels", "at least one for every class", f"none for class {int(np.argmin(counts))}")
    dim = np.shape(features)[1]
    sums = np.zeros((n_classes, dim))
    for part in _blocks(len(classes), _BLOCK):
        np.add.at(sums, classes[part], _block(features, part, normalize))
    means = sums / counts[:, None]
    scatter, squares = np.zeros((dim, dim)), np.zeros(n_classes)
    for part in _blocks(len(classes), _BLOCK):
        deviations = _block(features, part, normalize) - means[classes[part]]
        scatter += deviations.T @ deviations
        squares += np.bincount(classes[part], np.einsum("ij,ij->i", deviations, deviations), n_classes)
    return ClassStatistics(means, scatter / len(classes), squares / counts, counts.astype(np.int64))


def gnc1(class_means: Any, within_class_covariance: Any) -> float:
    """Variability collapse, tr(S_W S_B^+) / n_classes; 0 when all features of a class coincide, smaller is better.

    S_W is the within-class covariance, S_B the covariance of the class means about their mean, all classes weighing the
    same.

    Examples
    --------
    >>> import numpy as np
    >>> gnc1(np.vstack([np.eye(2), -np.eye(2)]), 0.01 * np.eye(2))
    0.01
    """
    means = as_matrix(class_means, "class_means")
    within = as_matrix(within_class_covariance, "within_class_covariance")
    n_classes, dim = means.shape
    if within.shape != (dim, dim):
        raise fail("within_class_covariance", f"of shape {(dim, dim)}", f"shape {within.shape}")
    centred = means - means.mean(axis=0)
    # With few classes S_B is singular: directions below rounding level must not be inverted.
    cutoff = max(n_classes, dim) * np.finfo(float).eps
    inverse = np.linalg.pinv(centred.T @ centred / n_classes, rcond=cutoff, hermitian=True)
    return float(np.sum(within * inverse) / n_classes)


def gnc2(weights: Any) -> float:
    """Minimum one-vs-rest distance of the rows divided by their norms; larger is better.

    The distance of a row from the convex hull of the others. Collapse means that it reaches the value of the best
    code; see `sphcode.compare`. Zero rows are an error here.
    """
    from sphcode.margins.one_vs_rest import measured_rows

    return float(measured_rows(unit_rows(weights, "weights")).minimum)


def gnc3(weights: Any, class_means: Any, *, center: bool = True) -> float:
    """Lack of self-duality: mean over the classes of 1 - cos(weight, class mean); 0 is best, 2 worst.

    With `center` the mean of the class means is subtracted first, as the paper's code does; weights are not centred.

    Examples
    --------
    >>> import numpy as np
    >>> gnc3(np.eye(3), 5 * np.eye(3), center=False)
    0.0
    """
    matrix = as_matrix(weights, "weights")
    return duality_of(matrix, check_means(class_means, matrix.shape), center=center)


def check_means(class_means: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the class means, which must have the shape of the weights."""
    means = as_matrix(class_means, "class_means")
    if means.shape != shape:
        raise fail("class_means", f"of the weights' shape {shape}", f"shape {means.shape}")
    return means


def duality_of(matrix: NDArray[np.float64] | Rows, means: NDArray[np.float64], *, center: bool = True) -> float:
    """Do what `gnc3` does, for matrices that are checked; a row without a direction is still an error."""
    if isinstance(matrix, Rows):  # unit rows of a large head
        shift = means.mean(axis=0) if center else 0.0
        gaps = 0.0
        for part in matrix.slices():
            cosines = np.einsum("ij,ij->i", matrix[part], directions_of(means[part] - shift, "class_means"))
            gaps += float((1.0 - np.minimum(cosines, 1.0)).sum())
        return gaps / len(matrix)
    directions = means - means.mean(axis=0) if center else means
    cosines = np.einsum("ij,ij->i", directions_of(matrix, "weights"), directions_of(directions, "class_means"))
    return float(np.mean(1.0 - np.minimum(cosines, 1.0)))


def self_duality(weights: Any, directions: Any) -> float:
    """Mean over the classes of 1 - cos(weight, its best separating direction); 0 for a code without rattlers.

    `directions` are those of `sphcode.one_vs_rest`. Rows without a direction (inside the hull: zero) are left out.
    """
    matrix, optimal = as_matrix(weights, "weights"), as_matrix(directions, "directions")
    if optimal.shape != matrix.shape:
        raise fail("directions", f"of the weights' shape {matrix.shape}", f"shape {optimal.shape}")
    return duality_gap(matrix, optimal)


def duality_gap(matrix: NDArray[np.float64], optimal: NDArray[np.float64]) -> float:
    """Do what `self_duality` does, for matrices that are checked."""
    separated = np.linalg.norm(optimal, axis=1) > 0.0
    if not separated.any():
        return 1.0
    cosines = np.einsum("ij,ij->i", directions_of(matrix, "weights"), optimal)[separated]
    return float(np.mean(1.0 - np.minimum(cosines, 1.0)))


def ncc_accuracy(features: Any, labels: Any, class_means: Any, *, normalize: bool = True) -> float:
    """Share of the features whose nearest class mean (Euclidean) is that of their class; 1 is best.

    Give the means of the training set; the features may be of another set. Ties go to the first class.
    """
    means = as_matrix(class_means, "class_means")
    classes = _as_labels(labels, len(means))
    if np.shape(features) != (len(classes), means.shape[1]):
        raise fail("features", f"of shape {(len(classes), means.shape[1])}", f"shape {np.shape(features)}")
    offsets = 0.5 * np.einsum("ij,ij->i", means, means)
    hits = 0
    for part in _blocks(len(classes), _PAIR_BLOCK):
        scores = _block(features, part, normalize) @ means.T - offsets
        hits += int(np.count_nonzero(scores.argmax(axis=1) == classes[part]))
    return hits / len(classes)


def cdnv(class_means: Any, class_variances: Any) -> float:
    """Class-distance normalised variance: mean over pairs of (v_i + v_j) / (2 |m_i - m_j|^2); smaller is better.

    T. Galanti et al., On the role of neural collapse in transfer learning (2022). Infinite when two means coincide.
    """
    means = as_matrix(class_means, "class_means")
    variances = np.asarray(class_variances, dtype=float)
    n_classes = len(means)
    if variances.shape != (n_classes,) or not (np.isfinite(variances).all() and (variances >= 0).all()):
        raise fail("class_variances", f"{n_classes} finite numbers >= 0", f"shape {variances.shape}")
    total = 0.0
    for part in _blocks(n_classes, _PAIR_BLOCK):
        squares = _squared_distances(means, part)
        squares[np.arange(len(squares)), np.arange(n_classes)[part]] = np.inf
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = (variances[part, None] + variances) / (2.0 * squares)
        total += float(np.where(np.isnan(ratios), np.inf, ratios).sum())
    return total / (n_classes * (n_classes - 1))


def frame_potential(weights: Any) -> float:
    """Sum of squared inner products of the unit rows over its smallest possible value; 1 for a tight frame.

    The smallest value is n_classes^2 / dim when n_classes >= dim (Welch), else n_classes.
    """
    return potential_of(as_matrix(weights, "weights"))


def potential_of(matrix: NDArray[np.float64]) -> float:
    """Do what `frame_potential` does, for a matrix that is checked."""
    rows = directions_of(matrix, "weights")
    n_classes, dim = rows.shape
    return float(np.sum((rows.T @ rows) ** 2) / (n_classes * max(1.0, n_classes / dim)))


def effective_rank(weights: Any) -> float:
    """Exponential of the entropy of the singular values over their sum; from 1 to min(shape).

    O. Roy and M. Vetterli, The effective rank (2007). Equal singular values give the rank; a head that uses 300 of its
    512 dimensions is to be judged at 300.
    """
    return rank_of(as_matrix(weights, "weights"))


def rank_of(matrix: NDArray[np.float64]) -> float:
    """Do what `effective_rank` does, for a matrix that is checked."""
    values = np.linalg.svd(matrix, compute_uv=False)
    if values[0] == 0.0:
        raise fail("weights", "a matrix with a non-zero row", "zeros only")
    return _rank_by(values)


def shape_of(rows: NDArray[np.float64] | Rows) -> tuple[float, float]:
    """Return effective rank and frame potential of unit rows; of a large head from the matrix of its dimensions.

    Singular values below 1e-8 of the largest are lost there, which the entropy does not see.
    """
    if not isinstance(rows, Rows):
        return rank_of(rows), potential_of(rows)
    from scipy.linalg import eigvalsh

    gram = rows.gram()
    n_classes, dim = rows.shape
    square = float(np.vdot(gram.T, gram.T))  # the transpose lies in order, so that neither is copied
    potential = square / (n_classes * max(1.0, n_classes / dim))
    squares = eigvalsh(gram, overwrite_a=True, check_finite=False)
    return _rank_by(np.sqrt(np.maximum(squares, 0.0))), potential


def _rank_by(values: NDArray[Any]) -> float:
    shares = values[values > 0] / values.sum()
    return float(np.exp(-np.sum(shares * np.log(shares))))


def uniformity(weights: Any) -> float:
    """Log of the mean over pairs i != j of exp(-2 |w_i - w_j|^2) for unit rows; smaller is better.

    T. Wang and P. Isola, Understanding contrastive representation learning (2020), without the pairs i = j.
    It is at least `-4 n / (n - 1)` for n rows, because their mean squared distance is at most `2 n / (n - 1)`;
    the simplex attains it.
    """
    return uniformity_of(unit_rows(weights, "weights"))


def uniformity_of(rows: NDArray[np.float64]) -> float:
    """Do what `uniformity` does, for unit rows."""
    n_classes = len(rows)
    total = 0.0
    for part in _blocks(n_classes, _PAIR_BLOCK):
        terms = rows[part] @ rows[part.start :].T
        terms -= 1.0
        terms *= 4.0
        np.exp(terms, out=terms)
        own = terms[:, : len(terms)]
        total += float(2.0 * terms[:, len(terms) :].sum() + own.sum() - np.trace(own))
    return math.log(total / (n_classes * (n_classes - 1)))


def norm_spread(weights: Any) -> float:
    """Standard deviation of the row norms over their mean; 0 when all are equal.

    V. Papyan, X. Han and D. Donoho, Prevalence of neural collapse (2020).
    """
    return spread_of(row_norms(as_matrix(weights, "weights")))


def spread_of(norms: NDArray[np.float64]) -> float:
    """Do what `norm_spread` does, for the norms of the rows."""
    if not norms.any():
        raise fail("weights", "a matrix with a non-zero row", "zeros only")
    return float(norms.std() / norms.mean())


def _as_labels(labels: Any, n_classes: int) -> NDArray[np.int64]:
    if hasattr(labels, "detach") and hasattr(labels, "cpu"):
        labels = labels.detach().cpu().numpy()
    classes = np.asarray(labels)
    if classes.ndim != 1 or classes.dtype.kind not in "iu" or len(classes) == 0:
        raise fail("labels", "a list of integers", f"shape {classes.shape} of {classes.dtype}")
    if classes.min() < 0 or classes.max() >= n_classes:
        raise fail("labels", f"classes from 0 to {n_classes - 1}", f"{classes.min()} to {classes.max()}")
    return classes.astype(np.int64)


def unit_rows(values: Any, name: str) -> NDArray[np.float64]:
    """Return the rows divided by their norms; a zero row is an error that names the argument."""
    return directions_of(as_matrix(values, name), name)


def directions_of(matrix: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    """Do what `unit_rows` does, for a finite float64 matrix."""
    norms = row_norms(matrix)
    if not norms.all():
        raise fail(name, "free of zero rows", f"{int((norms == 0).sum())}, the first is row {int(np.argmin(norms))}")
    rows: NDArray[np.float64] = matrix / norms[:, None]
    return rows


def _blocks(n_rows: int, size: int) -> list[slice]:
    return [slice(begin, min(begin + size, n_rows)) for begin in range(0, n_rows, size)]


def _block(features: Any, part: slice, normalize: bool) -> NDArray[np.float64]:
    block = features[part]
    if hasattr(block, "detach") and hasattr(block, "cpu"):
        block = block.detach().cpu().double().numpy()
    rows = np.asarray(block, dtype=np.float64)
    norms = np.linalg.norm(rows, axis=1)
    bad = ~np.isfinite(norms) | (normalize & (norms == 0.0))
    if bad.any():
        raise fail("features", "finite rows, not zero", f"a bad one, row {part.start + int(np.argmax(bad))}")
    unit: NDArray[np.float64] = rows / norms[:, None] if normalize else rows
    return unit


def _squared_distances(points: NDArray[np.float64], part: slice) -> NDArray[np.float64]:
    """Squared distances of a block of points from all, by the Gram matrix; small ones from differences, free of
    cancellation.
    """
    squares = np.einsum("ij,ij->i", points, points)
    sums = squares[part, None] + squares
    distances: NDArray[np.float64] = sums - 2.0 * (points[part] @ points.T)
    small = distances < 1e-3 * sums
    for row in np.flatnonzero(small.any(axis=1)):
        differences = points[small[row]] - points[part.start + row]
        distances[row, small[row]] = np.einsum("ij,ij->i", differences, differences)
    return distances
