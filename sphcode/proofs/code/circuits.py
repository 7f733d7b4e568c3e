"""Contacts proven equal because parts of the code are symmetric, where the whole is not, or less so.

Leave out contacts F until the equations are regular (among the codes with the symmetry of the whole, if it has any),
and let X be the exact code that solves them, with cosine t. For some points T let C be the contacts among them, K those
of C that are known to be equal in X, and H a group of permutations of T that keeps C. Some more pairs of T, the braces,
have the inner products that they have in X. Suppose that

1. K, the norms and the braces make T rigid: their Jacobian J at the approximate points X0, at fixed t, has only
   rotations in the kernel, and its smallest other singular value exceeds LIPSCHITZ r;
2. by the symmetry H all contacts C have a solution at this very t, and with these braces, within r of X0.

Turn both solutions as close to X0 as possible; then their differences from X0 are orthogonal to the rotations of X0,
and so is the difference D of both. The equations are quadratic, so J' D = 0 for the Jacobian J' at their midpoint,
which differs from J by at most LIPSCHITZ r. So D = 0: the part T of X is that symmetric solution, and all of C are
equal. Part after part reaches F; which parts, is the matter of `parts`.
"""

from __future__ import annotations

import numpy as np
from flint import arb
from numpy.typing import NDArray

from sphcode.proofs.code.contact_system import LIPSCHITZ, ContactSystem, Points, dot, exact_zero, midpoints
from sphcode.proofs.code.gram import smallest_eigenvalue
from sphcode.proofs.code.kantorovich import factorise, radius_float
from sphcode.proofs.code.parts import Part, find_plan
from sphcode.proofs.code.symmetry import pair_orbits, symmetric_zero


def partly_symmetric_zero(
    system: ContactSystem, points: Points, cosine: arb, generators: list[NDArray[np.int64]], bits: int
) -> arb | None:
    """Return how far from (points, cosine) all contact equations have an exact solution, or None if not proven.

    `generators` are symmetries of the whole code.
    """
    plan = find_plan(system, midpoints(points), generators)
    if plan is None:
        return None
    known = ~np.isin(plan.orbits, plan.left_out)
    rest = ContactSystem(system.n_points, system.dim, system.pairs[known])
    if plan.labels is None:
        radius = exact_zero(rest, points, cosine, bits)
    else:
        radius = symmetric_zero(rest, points, cosine, plan.labels, bits)
    if radius is None:
        return None
    for part in plan.parts:
        if not _is_symmetric(system, part, known[part.contacts], points, arb(cosine, radius), radius, bits):
            return None
        known |= np.isin(plan.orbits, plan.orbits[part.contacts])
    return radius if known.all() else None


def _is_symmetric(
    system: ContactSystem,
    part: Part,
    known: NDArray[np.bool_],
    points: Points,
    cosine: arb,
    radius: arb,
    bits: int,
) -> bool:
    """Tell whether all contacts of the part are equal in every code within `radius` where the known ones are."""
    rows = [points[index] for index in part.points]
    floats = midpoints(rows)
    contacts = np.searchsorted(part.points, system.pairs[part.contacts])
    rigid = ContactSystem(len(rows), system.dim, np.unique(np.concatenate([contacts[known], part.braces]), axis=0))
    if not (radius < 1 and smallest_eigenvalue(floats) > 0):
        return False
    factors = factorise(rigid.jacobian(floats)[:, :-1], rigid.jacobian_error(0.0))
    if factors is None or factors.rank < rigid.rigid_rank - 1:
        return False
    # Inner products of rows of norm at most 1 + radius, each within `radius` of one of norm 1.
    braces = [(i, j, arb(dot(rows[i], rows[j]), 3 * radius)) for i, j in part.braces.tolist()]
    inner, labels = ContactSystem(len(rows), system.dim, contacts), pair_orbits(len(rows), part.symmetries)
    symmetric = symmetric_zero(inner, rows, cosine, labels, bits, fixed=braces)
    return symmetric is not None and LIPSCHITZ * radius_float(symmetric.max(radius)) < factors.smallest
