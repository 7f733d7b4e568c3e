"""Newton-Kantorovich: an exact zero of a quadratic system near an approximate one, by float64 linear algebra.

Only norms matter for the proof, so the linear algebra runs in float64 with a priori rounding error bounds; the residual
at the approximate zero, which decides how many digits are proven, is a ball of any precision.

Sources: J. M. Ortega, W. C. Rheinboldt, Iterative Solution of Nonlinear Equations (1970), section 12.6; for matrix
products, N. J. Higham, Accuracy and Stability of Numerical Algorithms (2002), section 3.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from flint import arb
from numpy.typing import NDArray

from sphcode.proofs.rounding import float_up

#: Singular values below this share of the largest count as zero; the proof that follows does not rely on it.
RANK_TOLERANCE = 1e-8


@dataclass(frozen=True, eq=False)
class Factors:
    """A proven approximate factorisation of a matrix J that is only known up to an error.

    `left` (m, k) and `right` (n, k) have nearly orthonormal columns and `values` (k,) are positive, such that with
    C = diag(values)^-1 left' the defect |I - C J right| (2-norm) is below 1; hence every such J has rank at least k.
    `inverse_norm` bounds |C| and `right_norm` bounds |right|.
    """

    left: NDArray[np.float64]
    values: NDArray[np.float64]
    right: NDArray[np.float64]
    defect: float
    inverse_norm: float
    right_norm: float

    @property
    def rank(self) -> int:
        """The proven lower bound k of the rank."""
        return len(self.values)

    @property
    def smallest(self) -> float:
        """Lower bound of the k-th singular value of every such J: |J right w| >= (1 - defect) |w| / |C|."""
        return (1.0 - self.defect) / (self.inverse_norm * self.right_norm) * (1 - 1e-8)

    @property
    def full_row_rank(self) -> bool:
        """Whether C is square, hence nonsingular as a factor of C J right: then C F = 0 means F = 0."""
        return bool(self.left.shape[0] == self.rank)

    def step(self, residual: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the Newton step for a residual, in float64."""
        step: NDArray[np.float64] = -self.right @ ((self.left.T @ residual) / self.values)
        return step


def factorise(jacobian: NDArray[np.float64], error: float) -> Factors | None:
    """Return proven factors of any matrix within `error` (Frobenius norm) of `jacobian`, or None."""
    found = _singular_values(jacobian)
    if found is None:
        return None
    left, values, right = found
    rank = int((values > RANK_TOLERANCE * values[0]).sum())
    left, values, right = left[:, :rank], values[:rank], right[:rank].T
    scaled = left / values
    defect = np.linalg.norm(np.eye(rank) - scaled.T @ jacobian @ right)
    norms = np.linalg.norm(scaled) * np.linalg.norm(right)
    rounding = (sum(jacobian.shape) + 10) * 2.0**-52 * norms * np.linalg.norm(jacobian)
    # The factor covers the rounding of the norms themselves, each relatively below 1e-9 for sizes below 10^6.
    total = float((defect + rounding + error * norms) * (1 + 1e-8))
    if not total < 1.0:
        return None
    right_norm = float(np.sqrt(1.0 + _distance_to_orthonormal(right)) * (1 + 1e-8))
    inverse_norm = float(np.linalg.norm(scaled) * (1 + 1e-8))
    return Factors(left, values, right, total, inverse_norm, right_norm)


def _singular_values(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...] | None:
    """Return left vectors, values and right vectors; None where LAPACK's iteration ends for neither orientation.

    It gives up on rare matrices, as on one of a campaign, and on what is not finite.
    """
    for is_turned in (False, True):
        try:
            left, values, right = np.linalg.svd(matrix.T if is_turned else matrix, full_matrices=False)
        except np.linalg.LinAlgError:
            continue
        return (right.T, values, left.T) if is_turned else (left, values, right)
    return None


def zero_radius(factors: Factors, residual: arb, lipschitz: float) -> arb | None:
    """Return how far (2-norm) from the approximate zero there is an exact zero of C F, or None if not proven.

    `residual` bounds the 2-norm of F at the approximate zero, `lipschitz` the Lipschitz constant of its Jacobian.
    With eta = |C F|, Z = |C| lipschitz |right|^2 and defect z, the condition 2 eta Z < (1 - z)^2 gives a zero within
    2 eta / (1 - z) in the coordinates of `right`.
    """
    eta = arb(factors.inverse_norm) * residual
    curvature = arb(factors.inverse_norm) * arb(lipschitz) * arb(factors.right_norm) ** 2
    room = 1 - arb(factors.defect)
    if not 2 * eta * curvature < room**2:
        return None
    return (2 * eta / room * arb(factors.right_norm)).upper()


def product_bound(matrix: NDArray[np.float64], vector: NDArray[np.float64]) -> float:
    """Bound the rounding error (2-norm) of the float64 product of a matrix and a vector."""
    return float((len(vector) + 10) * 2.0**-52 * np.linalg.norm(matrix) * np.linalg.norm(vector) * (1 + 1e-8))


def radius_float(radius: arb) -> float:
    """Return a float64 upper bound of a radius, at least the smallest normal number."""
    return max(float_up(radius), 2.0**-1022)


def _distance_to_orthonormal(columns: NDArray[np.float64]) -> float:
    """Bound |columns' columns - I| in the 2-norm."""
    gram = columns.T @ columns
    rounding = (len(columns) + 10) * 2.0**-52 * np.linalg.norm(columns) ** 2
    return float((np.linalg.norm(gram - np.eye(len(gram))) + rounding) * (1 + 1e-8))
