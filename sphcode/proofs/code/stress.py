"""Local optimality at an exact code: a positive stress (Karush-Kuhn-Tucker) and infinitesimal rigidity.

A stress gives each contact a weight w_ij >= 0, not all zero, with sum_j w_ij x_j parallel to x_i at every point. With
one, no motion lowers t to first order. If moreover only rotations leave the stressed contacts unchanged to first order,
every other motion raises some stressed contact to first order: the code is a strict local minimum of the largest cosine
up to rotations (R. Connelly, Juxtapositions rigides de cercles et de spheres, Structural Topology 14 (1988)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sphcode.proofs.code.contact_system import ContactSystem
from sphcode.proofs.code.gram import smallest_eigenvalue
from sphcode.proofs.code.kantorovich import Factors, factorise, product_bound

#: The largest number of equations for which the singular value decomposition is attempted.
MAX_EQUATIONS = 3000

#: Steps to the centre of the positive stresses at most. What they reach is proven afterwards.
_CENTRING_STEPS = 40


@dataclass(frozen=True, eq=False)
class LocalProof:
    """The level, "strict-local" or "exists" when nothing local was proven, with the stress and its error."""

    level: str
    reason: str
    stress: NDArray[np.float64] | None = None
    error: float = 0.0


def prove_local(
    system: ContactSystem, floats: NDArray[np.float64], near: float, weights: NDArray[np.float64] | None = None
) -> LocalProof:
    """Prove that an exact code within `near` (Frobenius) of `floats`, with equal contacts, is a strict local optimum.

    `weights` suggests a stress; by default it is the one of smallest norm, or a positive one if that is not positive.
    """
    if len(system.pairs) + system.n_points > MAX_EQUATIONS:
        return LocalProof("exists", "local optimality not examined: too many contacts")
    error = system.jacobian_error(near)
    factors = factorise(system.jacobian(floats), error)
    if factors is None or factors.rank < system.rigid_rank or not smallest_eigenvalue(floats, near) > 0:
        return LocalProof("exists", "the contacts do not fix the points to first order")
    stress, distance = _stress(system, floats, factors, error, weights)
    if not stress.min() > distance:
        return LocalProof("exists", "no positive stress was found on all contacts")
    return LocalProof("strict-local", "positive stress and infinitesimal rigidity proven", stress, distance)


@np.errstate(over="ignore", invalid="ignore")  # the weights of a certificate may be anything
def _stress(
    system: ContactSystem,
    floats: NDArray[np.float64],
    factors: Factors,
    error: float,
    weights: NDArray[np.float64] | None,
) -> tuple[NDArray[np.float64], float]:
    """Return approximate weights of sum 1 and a bound on their distance to an exact stress of the exact code.

    Only rotations are in the kernel of the exact Jacobian J, and they leave t alone, so the gradient of t lies in its
    row space and the equations J' y = -grad t have exact solutions, one of them within |J' y + grad t| / s of any
    approximate y, with s the smallest nonzero singular value.
    """
    jacobian = system.jacobian(floats)
    target = np.zeros(jacobian.shape[1])
    target[-1] = -1.0
    if weights is None:
        multipliers = positive_multipliers(jacobian, factors, len(system.pairs))
    else:
        first, second = system.pairs.T
        pull = np.zeros_like(floats)
        np.add.at(pull, first, weights[:, None] * floats[second])
        np.add.at(pull, second, weights[:, None] * floats[first])
        multipliers = np.concatenate([weights, -np.sum(pull * floats, axis=1)])
    residual = np.linalg.norm(jacobian.T @ multipliers - target)
    residual += product_bound(jacobian, multipliers) + error * np.linalg.norm(multipliers)
    return multipliers[: len(system.pairs)], float(residual / factors.smallest * (1 + 1e-8))


def positive_multipliers(jacobian: NDArray[np.float64], factors: Factors, count: int) -> NDArray[np.float64]:
    """Return approximate solutions y of J' y = -grad t whose first `count` entries are positive where possible.

    The solution of smallest norm is the start; self-stresses (J' y = 0) are added until it is positive, by Newton steps
    that raise the sum of log(weight + width), with a width just large enough for all weights so far.
    """
    multipliers: NDArray[np.float64] = -factors.left @ (factors.right[-1] / factors.values)
    if multipliers[:count].min() > 0:
        return multipliers
    free = np.linalg.svd(jacobian)[0][:, factors.rank :]
    for _ in range(_CENTRING_STEPS if free.shape[1] else 0):
        weights = multipliers[:count]
        slope = free[:count] / (weights + max(0.0, -1.5 * float(weights.min())) + 1e-3 / count)[:, None]
        step = np.linalg.lstsq(slope, np.ones(count), rcond=None)[0]
        multipliers = multipliers + free @ step / (1.0 + np.abs(slope @ step).max())
    return multipliers
