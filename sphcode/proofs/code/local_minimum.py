r"""A local optimum near approximate points, by a second-order test that needs no contact to be exactly equal.

Let X0 have |<x_i, x_j> - t0| <= e for the contacts E and | |x_i|^2 - 1 | <= e, and let w > 0 be weights on E of sum 1
with sum_j w_ij x_j + l_i x_i = r_i small. Take a code X, turned as close to X0 as possible; then D = X - X0 has X0'D
symmetric. Write d = |D|, f for the largest cosine, and J for the Jacobian of contacts and norms.

1. f(X) >= sum w_ij <X_i, X_j> >= t0 - e (1 + sum |l_i| / 2) - |r| d + Q(D) / 2, where
   Q(D) = 2 sum w_ij <D_i, D_j> + sum l_i |D_i|^2: expand, and use |X_i| = 1.
2. If f(X) <= t0 + g, every contact row of J D is at most u = g + e + d^2 / 2, while their w-mean is at least
   -|r| d - e sum |l_i| / 2 - max |l_i| d^2 / 2. So no row can be far below: |J D| <= H(d) of order g + e + d^2.
3. If Q + m J'J + R'R >= k (R: inner products with the rotations of X0, which vanish at D), then
   Q(D) >= k d^2 - m H(d)^2.

With f(X0 normalised) <= t0 + g, every X at a distance d where
    k d^2 / 2 - m H(d)^2 / 2 - |r| d - e (1 + sum |l_i| / 2) > g                                              (*)
is worse than X0. The left side has nonnegative coefficients at d^2 only, so (*) at d1 < d2 gives it in between. So the
best code within d2 of X0 lies within d1, is a local optimum, and its f is at least the left side at d1 less k d1^2 / 2.
Its value is one number, whichever X0 next to it was used.

For a code rigid to first order, (3) holds with a large m; otherwise k > 0 is the second-order condition on its flexes.

Source: the second-order sufficient conditions, with the augmented Lagrangian in (3), as in D. P. Bertsekas, Nonlinear
Programming, 2nd ed. (1999), section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from sphcode.proofs.code.contact_system import ContactSystem, Points, dot, largest_contact, midpoints, norm
from sphcode.proofs.code.kantorovich import Factors, factorise
from sphcode.proofs.code.stress import MAX_EQUATIONS, positive_multipliers

#: Up to this distance all other codes are proven worse.
REACH = 1e-9

#: Penalties on violated contacts that are tried, the first that gives curvature is taken; any that does is a proof.
_PENALTIES = (1e1, 1e2, 1e3, 1e4, 1e5)


@dataclass(frozen=True, eq=False)
class LocalMinimum:
    """A local optimum within `radius` (Frobenius, after a rotation) of the points, and a ball around its cosine."""

    radius: arb
    cosine: arb


@dataclass(frozen=True, eq=False)
class _Estimate:
    """The numbers of the estimate (*), as balls: e, |r|, g, sum |l|, max |l|, the least weight, and two counts."""

    error: arb
    imbalance: arb
    gap: arb
    total: arb
    largest: arb
    least: arb
    n_contacts: int
    n_points: int

    def growth(self, distance: arb, penalty: float, curvature: float) -> arb:
        """Return the left side of (*)."""
        square = distance**2
        upper = self.gap + self.error + square / 2
        below = self.imbalance * distance + self.error * self.total / 2 + self.largest * square / 2
        contacts = (upper + below) / self.least + arb(self.n_contacts).sqrt() * upper
        norms = arb(self.n_points).sqrt() * self.error / 2 + square / 2
        loss = self.imbalance * distance + self.error * (1 + self.total / 2)
        return (curvature * square - penalty * (contacts**2 + norms**2)) / 2 - loss


def local_minimum(system: ContactSystem, points: Points, cosine: arb, bits: int) -> LocalMinimum | None:
    """Prove that a local optimum lies near (points, cosine), polished to about `bits` bits, or return None."""
    floats = midpoints(points)
    if len(system.pairs) + system.n_points > MAX_EQUATIONS:
        return None
    factors = factorise(system.jacobian(floats), system.jacobian_error(0.0))
    if factors is None:
        return None
    start = positive_multipliers(system.jacobian(floats), factors, len(system.pairs))
    if not start[: len(system.pairs)].min() > 0:
        return None
    with ctx.workprec(2 * bits + 64):
        multipliers, imbalance = _balanced(system, points, start, factors, bits)
        total = sum(multipliers[: len(system.pairs)], arb(0))
        multipliers, imbalance = [value / total for value in multipliers], imbalance / total
        weights, norms = multipliers[: len(system.pairs)], [abs(value) for value in multipliers[len(system.pairs) :]]
        error = max(abs(dot(points[i], points[j]) - cosine).upper() for i, j in system.pairs.tolist())
        error = max(error, *(abs(dot(row, row) - 1).upper() for row in points))
        gap = largest_contact(system, points) - cosine
        estimate = _Estimate(
            error,
            imbalance,
            gap.max(arb(0)).upper(),
            sum(norms, arb(0)),
            max(value.upper() for value in norms),
            min(value.lower() for value in weights),
            len(weights),
            len(points),
        )
        return _isolated(system, floats, multipliers, estimate, cosine)


def _isolated(
    system: ContactSystem, floats: NDArray[np.float64], multipliers: list[arb], estimate: _Estimate, cosine: arb
) -> LocalMinimum | None:
    """Find a penalty with which (*) holds from a tiny distance up to REACH."""
    if not estimate.least > 0:
        return None
    for penalty in _PENALTIES:
        curvature = _curvature(system, floats, np.array([float(value) for value in multipliers]), penalty)
        if not curvature > 0:
            continue
        offset = estimate.gap + estimate.error * (1 + estimate.total / 2)
        radius = (8 * estimate.imbalance / curvature + 4 * (offset / curvature).sqrt()).upper()
        ends = (radius, arb(REACH))
        if radius < REACH and all(estimate.growth(end, penalty, curvature) > estimate.gap for end in ends):
            lower = estimate.growth(radius, penalty, curvature) - curvature * radius**2 / 2
            return LocalMinimum(radius, (cosine + estimate.gap).union(cosine + lower))
    return None


def _balanced(
    system: ContactSystem, points: Points, start: NDArray[np.float64], factors: Factors, bits: int
) -> tuple[list[arb], arb]:
    """Return multipliers near `start` and |r|, improved by steps of iterative refinement as far as they help."""
    best = [arb(float(value)) for value in start]
    residual = _residual(system, points, best)
    size = norm(residual)
    while size.mid() > arb(2) ** -bits:
        shift = size.mid().man_exp()
        scale = arb(2) ** (int(shift[1]) + int(shift[0]).bit_length())
        floats = np.array([float((value / scale).mid()) for value in residual])
        step = factors.left @ ((factors.right.T @ floats) / factors.values)
        trial = [(value - arb(change) * scale).mid() for value, change in zip(best, step.tolist(), strict=True)]
        residual = _residual(system, points, trial)
        if not norm(residual) < size / 2:
            break
        best, size = trial, norm(residual)
    return best, norm(_residual(system, points, best)[:-1]).upper()


def _residual(system: ContactSystem, points: Points, multipliers: list[arb]) -> list[arb]:
    """Return J'y + grad t: the r_i, and 1 less the sum of the weights."""
    weights, norms = multipliers[: len(system.pairs)], multipliers[len(system.pairs) :]
    pull = [[factor * value for value in row] for factor, row in zip(norms, points, strict=True)]
    for (i, j), weight in zip(system.pairs.tolist(), weights, strict=True):
        for axis in range(system.dim):
            pull[i][axis] += weight * points[j][axis]
            pull[j][axis] += weight * points[i][axis]
    return [value for row in pull for value in row] + [1 - sum(weights, arb(0))]


def _curvature(
    system: ContactSystem, floats: NDArray[np.float64], multipliers: NDArray[np.float64], penalty: float
) -> float:
    """Return a lower bound of the smallest eigenvalue of Q + penalty J'J + R'R."""
    count, dim = len(system.pairs), system.dim
    form = np.diag(multipliers[count:])
    form[system.pairs[:, 0], system.pairs[:, 1]] = form[system.pairs[:, 1], system.pairs[:, 0]] = multipliers[:count]
    jacobian = system.jacobian(floats)[:, :-1]
    rotations = np.zeros((dim * (dim - 1) // 2, *floats.shape))
    for row, (a, b) in enumerate(zip(*np.triu_indices(dim, 1), strict=True)):
        rotations[row, :, a], rotations[row, :, b] = floats[:, b], -floats[:, a]
    flat = rotations.reshape(len(rotations), -1)
    matrix = np.kron(form, np.eye(dim)) + penalty * (jacobian.T @ jacobian) + flat.T @ flat
    values, vectors = np.linalg.eigh(matrix)
    size = len(matrix) + count + 10
    sums = np.linalg.norm(form) * dim + penalty * np.linalg.norm(jacobian) ** 2 + np.linalg.norm(flat) ** 2
    # Forming the matrix from rounded points, and the products below, whose factors have norms at most 2 sqrt(size).
    rounding = size * 2.0**-50 * (sums + size * np.abs(values).max())
    product = np.linalg.norm(matrix - (vectors * values) @ vectors.T)
    defect = np.linalg.norm(vectors @ vectors.T - np.eye(len(matrix))) + size**2 * 2.0**-50
    return float(values[0] * (1 - defect) - product - rounding) * (1 - 1e-8)
