"""The contact equations <x_i, x_j> = t, |x_i| = 1 of a code: residuals as balls, Newton steps in float64."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from sphcode.proofs.code.kantorovich import Factors, factorise, zero_radius
from sphcode.proofs.code.largest_cosine import maximum

Points = list[list[arb]]

#: Lipschitz constant of the Jacobian in the 2-norm: with D the change of X, a contact row changes by
#: (D_i, D_j) at most, a norm row by D_i, and the squares of |D_i| |v_j| + |D_j| |v_i| and |D_i| |v_i| over all rows
#: sum to at most 3 |D|^2 |v|^2.
LIPSCHITZ = 2.0

#: Bits beyond those asked for: what sums over MAX_EQUATIONS terms lose (13 bits), and the conditioning of usual
#: systems.
_GUARD_BITS = 48


@dataclass(frozen=True, eq=False)
class ContactSystem:
    """Unknowns: the coordinates of `n_points` points, row by row, and t; equations: the contacts, then the norms."""

    n_points: int
    dim: int
    pairs: NDArray[np.int64]

    @property
    def rigid_rank(self) -> int:
        """Rank of the Jacobian when only rotations leave all equations unchanged (points that span the space)."""
        return self.n_points * self.dim + 1 - self.dim * (self.dim - 1) // 2

    def jacobian(self, floats: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the Jacobian at float64 points; the norm equations are halved, (|x_i|^2 - 1) / 2 = 0."""
        count = len(self.pairs)
        jacobian = np.zeros((count + self.n_points, self.n_points * self.dim + 1))
        blocks = jacobian[:, :-1].reshape(-1, self.n_points, self.dim)
        rows, (first, second) = np.arange(count), self.pairs.T
        blocks[rows, first] = floats[second]
        blocks[rows, second] = floats[first]
        jacobian[:count, -1] = -1.0
        points = np.arange(self.n_points)
        blocks[count + points, points] = floats
        return jacobian

    def jacobian_error(self, distance: float) -> float:
        """Bound (Frobenius norm) the change of the Jacobian when the points move by `distance` and are rounded."""
        entries = (2 * len(self.pairs) + self.n_points) * self.dim
        return LIPSCHITZ * distance * math.sqrt(self.n_points * self.dim) + 2.0**-52 * math.sqrt(entries)

    def residual(self, points: Points, cosine: arb) -> list[arb]:
        """Return all equations' left sides as balls."""
        contacts = [dot(points[i], points[j]) - cosine for i, j in self.pairs.tolist()]
        return contacts + [(dot(row, row) - 1) / 2 for row in points]


def dot(first: list[arb], second: list[arb]) -> arb:
    """Return the inner product of two rows of balls."""
    return sum((a * b for a, b in zip(first, second, strict=True)), arb(0))


def norm(values: list[arb]) -> arb:
    """Return the 2-norm of some balls."""
    return sum((value * value for value in values), arb(0)).nonnegative_part().sqrt()


def midpoints(points: Points) -> NDArray[np.float64]:
    """Return the midpoints, rounded to float64."""
    return np.array([[float(value.mid()) for value in row] for row in points])


def largest_contact(system: ContactSystem, points: Points) -> arb:
    """Return a ball around the largest cosine of the contacts, the points normalised."""
    unit = [[value / norm(row) for value in row] for row in points]
    return maximum(dot(unit[i], unit[j]) for i, j in system.pairs.tolist())


def polish(system: ContactSystem, floats: NDArray[np.float64], bits: int) -> tuple[Points, arb] | None:
    """Solve the contact equations to about `bits` bits by Newton steps from float64 points.

    Each step gains about 14 digits: the residual is a ball of high precision, the factors stay those of float64.
    Returns exact numbers (balls of radius zero), or None when the residual does not go down.
    """
    with ctx.workprec(bits + _GUARD_BITS):
        points: Points = [[arb(float(value)) for value in row] for row in floats]
        cosine = arb(float(np.mean(np.sum(floats[system.pairs[:, 0]] * floats[system.pairs[:, 1]], axis=1))))
        factors: Factors | None = None
        previous = arb(1)
        while True:
            residual = system.residual(points, cosine)
            size = norm(residual).mid()
            if size < arb(2) ** -bits:
                return points, cosine
            if previous > 1e-12:
                factors = factorise(system.jacobian(midpoints(points)), 0.0)
            if factors is None or not (size < previous / 2):
                return None
            previous = size
            shift = size.man_exp()
            scale = arb(2) ** (int(shift[1]) + int(shift[0]).bit_length())
            step = factors.step(np.array([float((value / scale).mid()) for value in residual]))
            moves = [arb(value) * scale for value in step.tolist()]
            cosine = (cosine + moves[-1]).mid()
            points = [
                [(value + moves[index * system.dim + axis]).mid() for axis, value in enumerate(row)]
                for index, row in enumerate(points)
            ]


def exact_zero(system: ContactSystem, points: Points, cosine: arb, bits: int) -> arb | None:
    """Return how far from (points, cosine) the contact equations have an exact solution, or None if not proven.

    This needs independent equations; codes with more contacts than that are the matter of `symmetry`.
    """
    factors = factorise(system.jacobian(midpoints(points)), system.jacobian_error(0.0))
    if factors is None or not factors.full_row_rank:
        return None
    with ctx.workprec(2 * bits + 2 * _GUARD_BITS):
        return zero_radius(factors, norm(system.residual(points, cosine)), LIPSCHITZ)
