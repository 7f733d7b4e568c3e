"""Contacts proven equal by symmetry: Newton among the Gram matrices that a permutation group leaves unchanged.

A symmetric code has more contacts than its coordinates have freedom, so its contact equations have no regular square
form. Among the codes with the same symmetry they mostly have: one equation for each orbit of contacts. Three steps
make this exact, given permutations that the approximate code X0 nearly respects.

1. Let M be the mean of X0 X0' over each orbit of ordered pairs, an exactly invariant matrix. If |M - X0 X0'| <= e and
   the smallest nonzero eigenvalue of X0 X0' is above 2 e, the part M_d of M belonging to its d largest eigenvalues is
   exactly invariant, positive semidefinite and of rank d (Weyl), and |M_d - X0 X0'| <= 2 e.
2. So M_d = B B' with |B - X0| <= 2 e sqrt(2 d) / (0.91 s), s the smallest singular value of X0 (see
   `gram.gram_distance`).
3. For 0-1 matrices A_k, one for each orbit of ordered pairs, the codes X(u) = (I + sum u_k A_k) B have invariant Gram
   matrices, and the contact equations, one per orbit, are quadratic in u: Newton-Kantorovich at u = 0.
"""

from __future__ import annotations

import math

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from sphcode.proofs.code.contact_system import ContactSystem, Points, dot, midpoints, norm
from sphcode.proofs.code.gram import gram_distance, smallest_eigenvalue
from sphcode.proofs.code.kantorovich import factorise, zero_radius
from sphcode.proofs.rounding import float_up


def pair_orbits(n_points: int, generators: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return labels (n_points, n_points) of the orbits of ordered pairs under the generated permutation group."""
    labels = np.arange(n_points * n_points).reshape(n_points, n_points)
    steps = [np.ix_(move, move) for generator in generators for move in (generator, np.argsort(generator))]
    while True:
        merged = labels
        for step in steps:
            merged = np.minimum(merged, merged[step])
        if np.array_equal(merged, labels):
            return np.unique(labels, return_inverse=True)[1].reshape(n_points, n_points)
        labels = merged


def symmetric_zero(
    system: ContactSystem,
    points: Points,
    cosine: arb,
    labels: NDArray[np.int64],
    bits: int,
    *,
    fixed: list[tuple[int, int, arb]] | None = None,
) -> arb | None:
    """Return how far from (points, cosine) all contact equations have an exact solution, or None if not proven.

    `labels` are the pair orbits of a permutation group under which the set of contacts is invariant. With `fixed`,
    t is no unknown: there is then a solution for every t in the ball `cosine`, and for all inner products of the pairs
    (i, j, ball) in their balls.
    """
    floats = midpoints(points)
    count = system.n_points
    contacts, loops = representatives(system, labels)
    if contacts is None:
        return None
    with ctx.workprec(2 * bits + 64):
        smallest = smallest_eigenvalue(floats)
        spread = _largest_spread(points, labels)
        # Each entry is within `spread` of one member of its orbit, hence within twice that of the orbit's mean.
        averaging = 2 * count * spread
        if not (smallest > 0 and 4 * averaging < smallest):
            return None
        move = gram_distance(2 * averaging * math.sqrt(2 * system.dim), smallest)
        shift = 2 * move * arb(1.01) + move**2
        wanted = [(i, j, cosine) for i, j in contacts] + (fixed or [])
        residual = [abs(dot(points[i], points[j]) - value) + shift for i, j, value in wanted]
        residual += [(abs(dot(points[i], points[i]) - 1) + shift) / 2 for i in loops]
        jacobian = orbit_jacobian(floats, labels, [(i, j) for i, j, _ in wanted], loops)
        if fixed is not None:
            jacobian = jacobian[:, :-1]
        # An entry is a sum of at most 2 count inner products, each off by the rounding and the step from X0 to B.
        entry = 2 * count * ((count + system.dim + 10) * 2.0**-52 + float_up(shift))
        factors = factorise(jacobian, entry * math.sqrt(jacobian.size))
        if factors is None or not factors.full_row_rank:
            return None
        # |(sum v_k A_k) B|_i <= 1.01 n |v|, and an equation is bilinear in two such rows.
        lipschitz = 2.2 * count**2 * math.sqrt(len(jacobian))
        radius = zero_radius(factors, norm(residual), lipschitz)
        if radius is None:
            return None
        return (move + arb(1.01) * count * math.sqrt(count) * radius + radius).upper()


def representatives(system: ContactSystem, labels: NDArray[np.int64]) -> tuple[list[tuple[int, int]] | None, list[int]]:
    """Return one contact for each orbit of contacts and one point for each orbit of points.

    None for the contacts unless every pair in the orbit of a contact is a contact.
    """
    first, second = system.pairs.T
    forward, backward = labels[first, second], labels[second, first]
    orbits = np.union1d(forward, backward)
    if np.isin(labels, orbits).sum() != 2 * len(system.pairs):
        return None, []
    chosen = np.unique(np.minimum(forward, backward), return_index=True)[1]
    loops = np.unique(np.diag(labels), return_index=True)[1]
    return [(int(i), int(j)) for i, j in system.pairs[chosen]], [int(i) for i in loops]


def orbit_jacobian(
    floats: NDArray[np.float64], labels: NDArray[np.int64], contacts: list[tuple[int, int]], loops: list[int]
) -> NDArray[np.float64]:
    """Return the derivatives of the equations by u_k at u = 0, and by t."""
    gram = floats @ floats.T
    size = int(labels.max()) + 1
    rows = [
        np.append(np.bincount(labels[i], gram[:, j], size) + np.bincount(labels[j], gram[:, i], size), -1.0)
        for i, j in contacts
    ]
    rows += [np.append(np.bincount(labels[i], gram[:, i], size), 0.0) for i in loops]
    return np.array(rows)


def _largest_spread(points: Points, labels: NDArray[np.int64]) -> arb:
    """Return a bound on how much the inner products of one orbit differ."""
    low: dict[int, arb] = {}
    high: dict[int, arb] = {}
    for i, row in enumerate(points):
        for j, other in enumerate(points):
            label, value = int(labels[i, j]), dot(row, other)
            low[label] = value.min(low.get(label, value))
            high[label] = value.max(high.get(label, value))
    return max((abs(high[label] - low[label]).upper() for label in low), default=arb(0))
