"""Bring a code onto a head: the rotation and the permutation that lay its points on the rows.

Good codes are tight frames, so all eigenvalues of their Gram matrices coincide and spectral matching says nothing. Used
instead: each row's sorted cosines (unchanged by rotation and permutation) propose partners; where they are too noisy, a
beam search matches a frame of neighbours by its Gram matrix; every proposal is refined by alternating an optimal
rotation (Procrustes) with an optimal assignment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._notebook import Shown
from sphcode._rng import DEFAULT_SEED, seed_sequence
from sphcode._rows import row_norms
from sphcode._validate import fail, shown
from sphcode.classifiers.objects import matrix_of
from sphcode.codes.code import SphericalCode, as_code

Matrix = NDArray[np.float64]

#: Residuals below this share of the code's smallest chord leave no doubt; the search for better ones stops.
_CERTAIN = 0.01
#: Random rotations that are tried first; then frames of rows and points with like distances to all others: so many
#: rows to begin with, points to put each on, and partial frames that are kept. Not measured alone;
#: tests/classifiers/test_align.py has the symmetric codes that they find.
_RANDOM_STARTS = 200
_ANCHORS, _PARTNERS, _BEAM = 12, 24, 24
#: How many rotations are left after each round of moving them to fit the nearest points.
_ROUNDS = (128, 64, 32, 16, 8, 4, 2)
#: Weight of the sorted cosines of a point beside the error of a frame; it breaks ties only.
_SIGNATURE_WEIGHT = 0.02


@dataclass(frozen=True, eq=False)
class Alignment(Shown):
    """A code laid on a head: row k is matched with `code.points[assignment[k]] @ rotation`.

    Attributes
    ----------
    rotation : ndarray, shape (dim, dim)
        Orthogonal, dimensionless; reflections are allowed.
    assignment : ndarray of int, shape (n_classes,)
        Which point of the code each class is matched with; symmetric codes have many equally good ones.
    residual : float
        Root mean square distance of the unit rows from their partners; smaller is better.
    relative_residual : float
        The same as a share of the code's smallest chord; smaller is better: 0 for a copy; a match means
        something well below 0.5 only.
    """

    rotation: Matrix
    assignment: NDArray[np.intp]
    residual: float
    relative_residual: float

    def __repr__(self) -> str:
        return f"Alignment(residual={self.residual:.6g}, relative_residual={self.relative_residual:.6g})"

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain numbers and lists."""
        return {
            "rotation": self.rotation.tolist(),
            "assignment": self.assignment.tolist(),
            "residual": self.residual,
            "relative_residual": self.relative_residual,
        }


def align(weights: Any, code: Any, *, rng: Any = DEFAULT_SEED, seed: Any = None) -> Alignment:
    """Find the rotation and the assignment that bring the points of a code closest to the rows of a head.

    A heuristic: the residual is attained, a smaller one may exist. Trained heads of more than about 40 classes are
    often good codes without being near any given one; then only invariants (distances, angles) tell how good they are.

    Parameters
    ----------
    weights : array_like, shape (n_classes, dim), or anything else that `compare` takes
        Rows are divided by their norms; zero rows are refused.
    code : SphericalCode, or a result, construction, file or array that has one
        In the same dimension, with at least n_classes points.
    rng, seed : None, int, SeedSequence or Generator
        One argument with two names: seed of the random rotations and anchors.

    Raises
    ------
    InvalidInputError
        If shapes disagree or a row is zero.

    Examples
    --------
    >>> import numpy as np
    >>> from sphcode import SphericalCode
    >>> corners = np.array([[0.6, 0.8], [-0.8, 0.6], [-0.6, -0.8], [0.8, -0.6]])
    >>> bool(align(corners[[2, 0, 1, 3]], SphericalCode(corners)).relative_residual < 1e-12)
    True
    """
    matrix, code = matrix_of(weights), as_code(code)
    norms = row_norms(matrix)
    if not norms.all():
        raise fail("weights", "free of zero rows", f"a zero row, {int(np.argmin(norms))}")
    if code.dim != matrix.shape[1] or code.n_points < len(matrix):
        raise fail("code", f"at least {len(matrix)} points in {matrix.shape[1]} dimensions", shown(code))
    return alignment_of(matrix / norms[:, None], code, seed_sequence(rng, seed))


def alignment_of(rows: Matrix, code: SphericalCode, seed: np.random.SeedSequence) -> Alignment:
    """Do what `align` does, for unit rows, of which the code has at least as many points."""
    points, generator = code.points, np.random.default_rng(seed)
    chord = 2.0 * np.sin(code.min_angle / 2.0)
    best = _Match(np.eye(code.dim), np.arange(len(rows)), np.inf)
    for rotation in _proposals(rows, points, generator):
        best = min(best, _alternate(rows, points, rotation), key=lambda match: match.residual)
        if best.residual <= _CERTAIN * chord:
            break
    return Alignment(best.rotation, best.assignment, best.residual, best.residual / chord)


@dataclass(frozen=True)
class _Match:
    rotation: Matrix
    assignment: NDArray[np.intp]
    residual: float


def _alternate(rows: Matrix, points: Matrix, rotation: Matrix) -> _Match:
    """Alternate optimal assignment and optimal rotation until the assignment repeats."""
    from scipy.optimize import linear_sum_assignment

    assignment = np.full(len(rows), -1)
    for _ in range(50):
        _, chosen = linear_sum_assignment(rows @ (points @ rotation).T, maximize=True)
        if np.array_equal(chosen, assignment):
            break
        assignment = chosen
        rotation = _procrustes(points[assignment], rows)
    residual = np.linalg.norm(rows - points[assignment] @ rotation) / np.sqrt(len(rows))
    return _Match(rotation, assignment, float(residual))


def _procrustes(source: Matrix, target: Matrix) -> Matrix:
    """Orthogonal matrices Q that minimise |source Q - target|, for one pair of matrices or a stack of them."""
    left, _, right = np.linalg.svd(np.swapaxes(source, -1, -2) @ target)
    return np.asarray(left @ right)


def _proposals(rows: Matrix, points: Matrix, rng: np.random.Generator) -> Iterator[Matrix]:
    """Yield rotations to start from, the cheap ones first."""
    from scipy.optimize import linear_sum_assignment

    signatures = _signature_distances(rows, points)
    _, partners = linear_sum_assignment(signatures)
    yield _procrustes(points[partners], rows)
    dim = rows.shape[1]
    if dim <= 4:
        for _ in range(_RANDOM_STARTS):
            yield np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    for anchor in np.argsort(signatures.min(axis=1), kind="stable")[:_ANCHORS]:
        yield from _frame_rotations(rows, points, signatures, int(anchor))


def _signature_distances(rows: Matrix, points: Matrix) -> Matrix:
    """Root mean square difference of the sorted cosines of each row and each point, (n_classes, n_points).

    A code of more points than rows is compared by quantiles.
    """
    shares = np.linspace(0.0, 1.0, len(rows) - 1)
    sorted_cosines = []
    for vectors in (rows, points):
        cosines = np.sort(vectors @ vectors.T, axis=1)[:, :-1]
        sorted_cosines.append(np.quantile(cosines, shares, axis=1).T if len(vectors) > len(rows) else cosines)
    first, second = sorted_cosines
    squares = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1) - 2.0 * first @ second.T
    return np.asarray(np.sqrt(np.maximum(squares, 0.0) / len(shares)))


def _frame(rows: Matrix, anchor: int) -> NDArray[np.intp]:
    """Choose `dim` rows near the anchor that span the space well, greedily."""
    near = np.argsort(-(rows @ rows[anchor]), kind="stable")[: 3 * rows.shape[1] + 1]
    rest = rows[near].copy()
    chosen = [anchor]
    for _ in range(min(rows.shape[1], len(near)) - 1):
        direction = rows[chosen[-1]] if len(chosen) == 1 else rest[near == chosen[-1]][0]
        direction = direction / np.linalg.norm(direction)
        rest = rest - np.outer(rest @ direction, direction)
        lengths = np.where(np.isin(near, chosen), -1.0, np.linalg.norm(rest, axis=1))
        chosen.append(int(near[np.argmax(lengths)]))
    return np.array(chosen)


def _frame_rotations(rows: Matrix, points: Matrix, signatures: Matrix, anchor: int) -> Iterator[Matrix]:
    """Yield the best rotations that carry some frame of the code to the frame of rows at `anchor`."""
    frame = _frame(rows, anchor)
    wanted, gram = rows[frame] @ rows[frame].T, points @ points.T
    partners = np.argsort(signatures[anchor], kind="stable")[:_PARTNERS]
    tuples, errors = partners[:, None, None], np.zeros((len(partners), 1))
    for size in range(1, len(frame)):
        costs = errors[:, :, None] + _SIGNATURE_WEIGHT * signatures[frame[size]] ** 2
        for position in range(size):
            costs = costs + (gram[tuples[:, :, position]] - wanted[position, size]) ** 2
        np.put_along_axis(costs, tuples, np.inf, axis=2)
        flat = costs.reshape(len(partners), -1)
        width = min(_BEAM, flat.shape[1])
        kept = np.argpartition(flat, width - 1, axis=1)[:, :width]
        parents, extensions = np.divmod(kept, len(points))
        tuples = np.concatenate([np.take_along_axis(tuples, parents[:, :, None], 1), extensions[:, :, None]], axis=2)
        errors = np.take_along_axis(flat, kept, axis=1)
    tuples = tuples[np.isfinite(errors)]
    rotations = _procrustes(points[tuples], rows[frame])
    for n_left in _ROUNDS:
        scores, nearest = _nearest(rows, points, rotations)
        order = np.argsort(-scores, kind="stable")[:n_left]
        rotations = _procrustes(points[nearest[order]], rows)
    yield from rotations


def _nearest(rows: Matrix, points: Matrix, rotations: Matrix) -> tuple[Matrix, NDArray[np.intp]]:
    """For each rotation, the mean cosine of the rows with their nearest rotated point, and which point that is."""
    scores, nearest = np.empty(len(rotations)), np.empty((len(rotations), len(rows)), dtype=np.intp)
    for index, rotation in enumerate(rotations):
        cosines = rows @ (points @ rotation).T
        nearest[index] = cosines.argmax(axis=1)
        scores[index] = cosines.max(axis=1).mean()
    return scores, nearest
