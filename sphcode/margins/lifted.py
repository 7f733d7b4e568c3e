"""Softmax codes as a smooth program, solved by an interior-point method with the exact Riemannian Hessian.

    maximise t  subject to  <u_k, w_k - w_j> >= t for all k != j,  |u_k| = |w_k| = 1.

Eliminating the features u_k gives the minimum one-vs-rest distance exactly, so local maxima of this program are those
of the distance. The method knows nothing of the equality theorem and is the independent check of `softmax_code`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray

from sphcode._notebook import Shown
from sphcode._rng import DEFAULT_SEED, seed_sequence, start_rng
from sphcode._validate import as_points, check_int, check_real, fail

#: Largest n_classes * dim; the matrices are dense.
MOST_ENTRIES = 600
_LAST_BARRIER = 1e-15
_LONGEST_MOVE = 0.3  # radians, of any one vector in a step
_SHIFT = 1e-11  # keeps the Newton matrix definite along rotations and free rattlers


@dataclass(frozen=True, eq=False)
class Lifted(Shown):
    """A local maximum of the lifted program.

    Attributes
    ----------
    weights, features : ndarray, shape (n_classes, dim)
        Unit class vectors and unit features.
    margin : float
        The smallest margin t, a difference of cosines; larger is better.
    multipliers : ndarray, shape (n_classes, n_classes)
        KKT multipliers of the margins (k, j), dimensionless, of sum 1, zero on the diagonal.
    kkt_residual : float
        Largest entry of the Lagrangian's gradient and of the products multiplier * slack, dimensionless;
        smaller is better, a critical point has 0.
    iterations : int
        Newton steps taken.
    """

    weights: NDArray[np.float64]
    features: NDArray[np.float64]
    margin: float
    multipliers: NDArray[np.float64]
    kkt_residual: float
    iterations: int

    def __repr__(self) -> str:
        n_classes, dim = self.weights.shape
        return (
            f"Lifted(dim={dim}, n_classes={n_classes}, margin={self.margin:.12g}, "
            f"kkt_residual={self.kkt_residual:.1e}, iterations={self.iterations})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-able values."""
        return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in vars(self).items()}


def lifted(
    weights: ArrayLike,
    features: ArrayLike | None = None,
    *,
    perturbation: float = 0.0,
    barrier: float = 1e-5,
    max_iterations: int = 200,
    rng: Any = DEFAULT_SEED,
    seed: Any = None,
) -> Lifted:
    """Move class vectors and features to a local maximum of the smallest margin.

    Parameters
    ----------
    weights : array_like or tensor, shape (n_classes, dim)
        Unit class vectors (norm 1 within 1e-6), n_classes * dim <= 600: learned weights or any start.
    features : array_like or tensor, shape (n_classes, dim), optional
        Unit features; the class vectors themselves by default.
    perturbation : float
        Size of a random change of both, made first; a symmetric start may otherwise be a saddle point.
    barrier : float
        First barrier parameter, from 1e-12 to 0.1: the larger, the farther the method may wander from the start.
    max_iterations : int
        Most Newton steps.
    rng, seed : None, int, SeedSequence or Generator
        For the perturbation: one argument with two names, 0 by default; None is a new seed each time.

    Returns
    -------
    Lifted
        The best point met, with its multipliers and KKT residual.

    Raises
    ------
    InvalidInputError
        If the rows are not unit vectors, or too many.

    Notes
    -----
    Primal-dual interior point (Nocedal and Wright 2006, ch. 19) on the product of spheres; the steps keep all slacks
    positive.

    Examples
    --------
    >>> from sphcode.margins.lifted import lifted
    >>> result = lifted([[1, 0, 0], [0, 1, 0], [0, 0, 1], [-0.6, -0.8, 0]], perturbation=0.01, rng=0)
    >>> round(result.margin, 10)
    1.3333333333
    """
    points = as_points(weights, "weights")
    if points.size > MOST_ENTRIES:
        raise fail("weights", f"at most {MOST_ENTRIES} numbers", f"{points.shape[0]} x {points.shape[1]}")
    start = points if features is None else as_points(features, "features")
    if start.shape != points.shape:
        raise fail("features", f"of the weights' shape {points.shape}", f"shape {start.shape}")
    perturbation = check_real("perturbation", perturbation, low=0.0)
    max_iterations = check_int("max_iterations", max_iterations, minimum=1)
    vectors = np.stack([start, points])
    if perturbation:
        vectors = vectors + perturbation * start_rng(seed_sequence(rng, seed), 0).standard_normal(vectors.shape)
    barrier = check_real("barrier", barrier, low=1e-12, high=0.1)
    program = _Program(vectors / np.linalg.norm(vectors, axis=2, keepdims=True), barrier)
    return program.solve(max_iterations)


class _Program:
    """State of the interior-point method: features and weights, level t, slacks and multipliers of all pairs."""

    def __init__(self, vectors: NDArray[np.float64], barrier: float) -> None:
        _, n_classes, dim = vectors.shape
        self.vectors = vectors  # (2, n_classes, dim): features, weights
        self.first, self.second = np.nonzero(~np.eye(n_classes, dtype=bool))
        self.tangents = dim - 1
        self.block = n_classes * self.tangents  # unknowns of the features, then as many of the weights, then t
        self.centre(barrier)

    def centre(self, barrier: float) -> None:
        """Take the level just below all margins, and the multipliers that belong to the barrier."""
        self.barrier = barrier
        margins = self.margins(self.vectors)
        self.level = float(margins.min()) - barrier
        self.slack = margins - self.level
        self.multipliers = barrier / self.slack
        self.multipliers /= self.multipliers.sum()

    def margins(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        scores = vectors[0] @ vectors[1].T
        margins: NDArray[np.float64] = scores[self.first, self.first] - scores[self.first, self.second]
        return margins

    def bases(self) -> NDArray[np.float64]:
        """Orthonormal tangent bases (2, n_classes, dim, dim - 1), by Householder reflections."""
        axis = self.vectors.copy()
        axis[..., 0] += np.where(axis[..., 0] >= 0.0, 1.0, -1.0)
        outer = axis[..., :, None] * axis[..., None, :]
        reflections = np.eye(axis.shape[2]) - 2.0 * outer / np.sum(axis * axis, axis=2)[..., None, None]
        bases: NDArray[np.float64] = reflections[..., 1:]
        return bases

    def jacobian(self, bases: NDArray[np.float64]) -> NDArray[np.float64]:
        """Derivatives of the slacks in tangent coordinates and t."""
        features, weights = self.vectors
        k, j = self.first, self.second
        jacobian = np.zeros((len(k), 2 * self.block + 1))
        rows, inner = np.arange(len(k))[:, None], np.arange(self.tangents)
        at_k, at_j = self.tangents * k[:, None] + inner, self.tangents * j[:, None] + inner
        jacobian[rows, at_k] = np.einsum("pd,pde->pe", weights[k] - weights[j], bases[0, k])
        jacobian[rows, self.block + at_k] = np.einsum("pd,pde->pe", features[k], bases[1, k])
        jacobian[rows, self.block + at_j] = -np.einsum("pd,pde->pe", features[k], bases[1, j])
        jacobian[:, -1] = -1.0
        return jacobian

    def curvature(self, bases: NDArray[np.float64]) -> NDArray[np.float64]:
        """Riemannian Hessian of the Lagrangian: bilinear blocks, and minus the radial gradients on the diagonal."""
        features, weights = self.vectors
        n_classes, block = len(weights), self.block
        coefficients = np.zeros((n_classes, n_classes))
        coefficients[self.first, self.second] = self.multipliers
        coefficients[np.diag_indices(n_classes)] = -coefficients.sum(axis=1)
        hessian = np.zeros((2 * block + 1, 2 * block + 1))
        mixed = np.einsum("kda,jdb->kajb", bases[0], bases[1], optimize=True) * coefficients[:, None, :, None]
        hessian[:block, block:-1] = mixed.reshape(block, block)
        hessian[block:-1, :block] = hessian[:block, block:-1].T
        radial = [coefficients @ weights * features, coefficients.T @ features * weights]
        diagonal = np.repeat(np.concatenate([np.sum(part, axis=1) for part in radial]), self.tangents)
        places = np.arange(2 * block)
        hessian[places, places] -= diagonal
        return hessian

    def residual(self, jacobian: NDArray[np.float64]) -> tuple[float, float]:
        """Largest entry of the Lagrangian's gradient, and of |multiplier * slack - barrier|."""
        gradient = -jacobian.T @ self.multipliers
        gradient[-1] -= 1.0
        return float(np.abs(gradient).max()), float(np.abs(self.multipliers * self.slack - self.barrier).max())

    def solve(self, max_iterations: int) -> Lifted:
        """Take Newton steps, the barrier falling as soon as a step is central; returns the best point that was met."""
        waiting = recentred = taken = 0
        for _ in range(max_iterations):
            bases = self.bases()
            jacobian = self.jacobian(bases)
            gradient, gap = self.residual(jacobian)
            if self.barrier <= _LAST_BARRIER and gradient < 1e-14 and gap < 10 * _LAST_BARRIER:
                break
            if gradient < max(10.0 * self.barrier, 1e-13) and gap < 10.0 * self.barrier:
                smaller = 0.15 * self.barrier if self.barrier > 1e-6 else self.barrier**1.5
                self.barrier = max(_LAST_BARRIER, smaller)
                waiting = 0
            elif waiting > 10 and recentred < 3:  # crawling along a saddle point: start again from a larger barrier
                self.centre(min(2e-3, 3e3 * max(self.barrier, 1e-9)))
                waiting, recentred = 0, recentred + 1
                continue
            waiting, taken = waiting + 1, taken + 1
            if not self.step(bases, jacobian):
                break
        jacobian = self.jacobian(self.bases())
        gradient, _ = self.residual(jacobian)
        features, weights = self.vectors
        multipliers = np.zeros((len(weights), len(weights)))
        multipliers[self.first, self.second] = self.multipliers
        margin = float(self.margins(self.vectors).min())
        slack = self.margins(self.vectors) - margin
        residual = max(gradient, float((self.multipliers * slack).max()))
        return Lifted(weights, features, margin, multipliers, residual, taken)

    def step(self, bases: NDArray[np.float64], jacobian: NDArray[np.float64]) -> bool:
        """One damped Newton step on the optimality conditions of the current barrier; False if no step helps."""
        forces = self.multipliers / self.slack
        matrix = self.curvature(bases) + (jacobian.T * forces) @ jacobian
        right = jacobian.T @ (self.barrier / self.slack)
        right[-1] += 1.0
        change = _solve_definite(matrix, right)
        slopes = jacobian @ change
        duals = self.barrier / self.slack - self.multipliers - forces * slopes
        falling = duals < 0.0
        dual_length = min(1.0, 0.995 * float(np.min(-self.multipliers[falling] / duals[falling], initial=np.inf)))
        length = min(1.0, _LONGEST_MOVE / max(float(np.abs(change[:-1]).max()), 1e-300))
        before = -self.level - self.barrier * float(np.log(self.slack).sum())
        for _ in range(30):
            tangent = change[:-1].reshape(2, -1, self.tangents) * length
            moved = self.vectors + np.einsum("skda,ska->skd", bases, tangent)
            moved /= np.linalg.norm(moved, axis=2, keepdims=True)
            level = self.level + length * float(change[-1])
            slack = self.margins(moved) - level
            if (slack > 0.003 * self.slack).all():
                after = -level - self.barrier * float(np.log(slack).sum())
                if after <= before + (1e-9 if self.barrier < 1e-9 else 1e-13 * max(1.0, abs(before))):
                    break
            length *= 0.5
        else:
            return False
        self.vectors, self.level, self.slack = moved, level, slack
        central = self.barrier / slack
        self.multipliers = np.clip(self.multipliers + dual_length * duals, 1e-6 * central, 1e6 * central)
        return True


def _solve_definite(matrix: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve with a multiple of the identity added, the first that makes the matrix positive definite."""
    shift = _SHIFT
    while True:
        shifted = matrix + shift * np.eye(len(matrix))
        try:
            factor = scipy.linalg.cho_factor(shifted, check_finite=False)
        except scipy.linalg.LinAlgError:
            shift = max(10.0 * shift, 1e-6)
            continue
        solution: NDArray[np.float64] = scipy.linalg.cho_solve(factor, right, check_finite=False)
        refined: NDArray[np.float64] = solution + scipy.linalg.cho_solve(
            factor, right - shifted @ solution, check_finite=False
        )
        return refined
