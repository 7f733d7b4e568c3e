"""Which class gets which point of a code: a quadratic assignment problem, searched locally, with a proven bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._notebook import Shown
from sphcode._rng import DEFAULT_SEED, seed_sequence, start_rng
from sphcode._validate import as_matrix, check_int, fail, shown
from sphcode.codes.code import as_code

Matrix = NDArray[np.float64]

#: A swap must lower the cost by more than this share of the cost's scale, so that rounding cannot make a cycle.
_GAIN = 1e-12


@dataclass(frozen=True, eq=False)
class Assignment(Shown):
    """Points of a code given to classes.

    Attributes
    ----------
    indices : ndarray of int, shape (n_classes,)
        Class k gets `code.points[indices[k]]`.
    cost : float
        Sum over pairs k < l of similarity[k, l] (1 - cosine of their points); smaller is better.
    lower_bound : float
        No assignment has a smaller cost (in units of the similarities); larger is stronger.
    random_cost : float
        The mean cost of all assignments, in units of the similarities; `cost` is to be compared with it,
        smaller is better.
    n_starts, hits : int
        How many starts the local search had, and how many reached `cost`.
    """

    indices: NDArray[np.intp]
    cost: float
    lower_bound: float
    random_cost: float
    n_starts: int
    hits: int

    def __repr__(self) -> str:
        return (
            f"Assignment(cost={self.cost:.6g}, lower_bound={self.lower_bound:.6g}, random_cost={self.random_cost:.6g}, "
            f"hits={self.hits}/{self.n_starts})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain numbers and lists."""
        return {
            "indices": self.indices.tolist(),
            "cost": self.cost,
            "lower_bound": self.lower_bound,
            "random_cost": self.random_cost,
            "n_starts": self.n_starts,
            "hits": self.hits,
        }


def assign(code: Any, similarity: Any, *, n_starts: int = 16, rng: Any = DEFAULT_SEED, seed: Any = None) -> Assignment:
    """Give the points of a code to classes such that similar classes get near points.

    The assignment question of J. Jiang et al. (ICML 2024): all assignments of a softmax code have the same margin, but
    not the same confusions. Minimises sum over k < l of similarity[k, l] (1 - cosine); give the negative to put similar
    classes far apart. Every start is carried to a point where no swap of two classes, and no exchange of a class's
    point for an unused one, helps.

    Parameters
    ----------
    code : SphericalCode, or a result, construction, file or array that has one
        At least n_classes points; points beyond that may stay unused.
    similarity : array_like, shape (n_classes, n_classes)
        Symmetric, any sign; the diagonal plays no role.
    n_starts : int
        Number of starts: one from the relaxation behind the bound, the others random.
    rng, seed : None, int, SeedSequence or Generator
        One argument with two names: seed of the random starts.

    Raises
    ------
    InvalidInputError
        If `similarity` is not symmetric, or the code has fewer points than there are classes.

    Notes
    -----
    The bound is the better of Gilmore-Lawler (1962) and the eigenvalue bound of Finke, Burkard and Rendl (1987). Memory
    and time per step grow like n_points squared and cubed: meant for up to about a thousand points.

    Examples
    --------
    >>> import numpy as np
    >>> from sphcode import SphericalCode
    >>> square = SphericalCode([[1, 0], [0, 1], [-1, 0], [0, -1]])
    >>> pairs = np.kron(np.eye(2), np.ones((2, 2)))   # classes 0, 1 are alike, and 2, 3
    >>> result = assign(square, pairs)
    >>> float(np.round(result.cost, 12)), float(np.round(result.lower_bound, 12))
    (2.0, 2.0)
    """
    code, matrix = as_code(code), as_matrix(similarity, "similarity")
    n_classes, n_points = len(matrix), code.n_points
    if matrix.shape != (n_classes, n_classes) or not np.allclose(matrix, matrix.T, rtol=1e-9, atol=0.0):
        raise fail("similarity", "a symmetric matrix", f"shape {matrix.shape}")
    if n_points < n_classes:
        raise fail("code", f"at least {n_classes} points, one a class", shown(code))
    n_starts = check_int("n_starts", n_starts, minimum=1)
    # Unused points are given to classes that are similar to none; then every assignment is a permutation.
    likeness = np.zeros((n_points, n_points))
    likeness[:n_classes, :n_classes] = (matrix + matrix.T) / 2.0
    np.fill_diagonal(likeness, 0.0)
    gram = code.points @ code.points.T
    np.fill_diagonal(gram, 0.0)
    total = likeness.sum() / 2.0
    gain_bound, first = _gilmore_lawler(likeness, gram)
    gain_bound = min(gain_bound, float(np.linalg.eigvalsh(likeness) @ np.linalg.eigvalsh(gram)))
    stream = seed_sequence(rng, seed)
    starts = [first, *(start_rng(stream, index).permutation(n_points) for index in range(1, n_starts))]
    found = [_improve(likeness, gram, start) for start in starts]
    gains = np.array([_gain(likeness, gram, permutation) for permutation in found])
    best = int(np.argmax(gains))
    tolerance = _GAIN * np.abs(likeness).sum()
    mean_cosine = gram.sum() / (n_points * (n_points - 1))
    return Assignment(
        indices=found[best][:n_classes],
        cost=float(total - gains[best] / 2.0),
        lower_bound=float(total - gain_bound / 2.0),
        random_cost=float(total * (1.0 - mean_cosine)),
        n_starts=n_starts,
        hits=int(np.count_nonzero(gains >= gains[best] - tolerance)),
    )


def _gain(likeness: Matrix, gram: Matrix, permutation: NDArray[np.intp]) -> float:
    return float(np.sum(likeness * gram[np.ix_(permutation, permutation)]))


def _gilmore_lawler(likeness: Matrix, gram: Matrix) -> tuple[float, NDArray[np.intp]]:
    """Return an upper bound on the gain of all permutations, and the permutation behind it.

    If class i gets point a, its part of the gain is at most the product of the sorted rows.
    """
    from scipy.optimize import linear_sum_assignment

    off_diagonal = ~np.eye(len(gram), dtype=bool)
    rows = [np.sort(matrix[off_diagonal].reshape(len(gram), -1), axis=1) for matrix in (likeness, gram)]
    shares = rows[0] @ rows[1].T
    classes, permutation = linear_sum_assignment(shares, maximize=True)
    return float(shares[classes, permutation].sum()), permutation


def _improve(likeness: Matrix, gram: Matrix, permutation: NDArray[np.intp]) -> NDArray[np.intp]:
    """Swap the best pair until no swap raises the gain."""
    permutation = permutation.copy()
    threshold = _GAIN * np.abs(likeness).sum()
    while True:
        placed = gram[np.ix_(permutation, permutation)]
        products = likeness @ placed
        own = np.diag(products)
        changes = 2.0 * (products + products.T - own[:, None] - own + 2.0 * likeness * placed)
        first, second = np.unravel_index(int(np.argmax(changes)), changes.shape)
        if changes[first, second] <= threshold:
            return permutation
        permutation[[first, second]] = permutation[[second, first]]
