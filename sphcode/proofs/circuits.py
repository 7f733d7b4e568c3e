"""Contacts proven equal because a part of the code is symmetric, where the whole is not.

One contact too many means a dependency among the contact equations; its support is a circuit: some points T, some
contacts among them. Leave one contact e of it out. Let X be an exact code that solves all other equations, with cosine
t. Suppose that

1. the circuit without e is rigid at fixed t: its Jacobian J at the approximate points X0 has only rotations in the
   kernel, and its smallest other singular value s exceeds 2 r;
2. by symmetry all equations of the circuit, with e, have a solution at this very t.

Turn both solutions as close to X0 as possible; then their differences from X0 are orthogonal to the rotations of X0,
and so is the difference D of both. The equations are quadratic, so J' D = 0 for the Jacobian J' at their midpoint,
which differs from J by at most 2 r when both are within r of X0. So D = 0: the part T of X is that symmetric solution,
and e has the cosine t too.
"""

from __future__ import annotations

import numpy as np
from flint import arb
from numpy.typing import NDArray

from sphcode.proofs.contact_system import LIPSCHITZ, ContactSystem, Points, exact_zero, midpoints
from sphcode.proofs.gram import smallest_eigenvalue
from sphcode.proofs.isometry import find_symmetries
from sphcode.proofs.kantorovich import RANK_TOLERANCE, factorise, radius_float
from sphcode.proofs.symmetry import pair_orbits, symmetric_zero

_SUPPORT = 1e-6
_MAX_CIRCUITS = 40


def partly_symmetric_zero(system: ContactSystem, points: Points, cosine: arb, bits: int) -> arb | None:
    """Return how far from (points, cosine) all contact equations have an exact solution, or None if not proven."""
    circuits = _circuits(system, midpoints(points))
    if not 0 < len(circuits) <= _MAX_CIRCUITS:
        return None
    left_out = [contact for contact, _ in circuits]
    rest = ContactSystem(system.n_points, system.dim, np.delete(system.pairs, left_out, axis=0))
    radius = exact_zero(rest, points, cosine, bits)
    if radius is None:
        return None
    near = arb(cosine, radius)
    implied = (
        _is_implied(system, contact, support, points, cosine=near, radius=radius, bits=bits)
        for contact, support in circuits
    )
    return radius if all(implied) else None


def _circuits(system: ContactSystem, floats: NDArray[np.float64]) -> list[tuple[int, NDArray[np.int64]]]:
    """Return for each contact too many its index and the contacts of its circuit, judged in float64."""
    left, values, _ = np.linalg.svd(system.jacobian(floats))
    rank = int((values > RANK_TOLERANCE * values[0]).sum())
    dependencies = left[: len(system.pairs), rank:].copy()
    chosen = []
    for column in range(dependencies.shape[1]):
        row = int(np.argmax(np.abs(dependencies[:, column])))
        if abs(dependencies[row, column]) < _SUPPORT:
            return []
        dependencies[:, column] /= dependencies[row, column]
        for other in range(dependencies.shape[1]):
            if other != column:
                dependencies[:, other] -= dependencies[row, other] * dependencies[:, column]
        chosen.append(row)
    return [(row, np.flatnonzero(np.abs(dependencies[:, column]) > _SUPPORT)) for column, row in enumerate(chosen)]


def _is_implied(
    system: ContactSystem,
    contact: int,
    support: NDArray[np.int64],
    points: Points,
    *,
    cosine: arb,
    radius: arb,
    bits: int,
) -> bool:
    """Tell whether the contact equals the others of its circuit, for every code within `radius` that solves those."""
    members = np.unique(system.pairs[support])
    part = [points[index] for index in members]
    floats = midpoints(part)
    circuit = ContactSystem(len(members), system.dim, np.searchsorted(members, system.pairs[support]))
    without = ContactSystem(
        len(members), system.dim, np.searchsorted(members, system.pairs[support[support != contact]])
    )
    if not smallest_eigenvalue(floats) > 0:
        return False
    factors = factorise(without.jacobian(floats)[:, :-1], without.jacobian_error(0.0))
    if factors is None or factors.rank < without.rigid_rank - 1:
        return False
    labels = pair_orbits(len(members), find_symmetries(floats))
    symmetric = symmetric_zero(circuit, part, cosine, labels, bits, fixed=True)
    return symmetric is not None and LIPSCHITZ * radius_float(symmetric.max(radius)) < factors.smallest
