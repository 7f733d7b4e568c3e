"""Which parts of a code explain why it has more contacts than equations: a plan in float64, which proves nothing.

Contacts too many mean dependencies among the contact equations. One with few contacts lives on few points, and is
mostly there because those are symmetric by themselves: every motion that keeps their contacts keeps the symmetry too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sphcode.proofs.code.contact_system import ContactSystem
from sphcode.proofs.code.isometry import find_symmetries
from sphcode.proofs.code.kantorovich import RANK_TOLERANCE
from sphcode.proofs.code.symmetry import orbit_jacobian, pair_orbits, representatives

#: Floats guess which contacts depend on each other, and balls prove it; what these miss is not proven, never wrongly.
#: At most so many dependencies and elements of a group; entries above so much count as a support; norms and singular
#: values below so much are zero; steps of reweighting. Not measured alone; tests/proofs/code/test_circuits.py has the
#: codes that they serve.
_MAX_DEPENDENCIES = 60
_MAX_GROUP = 1000
_SUPPORT = 1e-5
_SMALL = 1e-6
_SPARSE_STEPS = 60
#: At most so many multiplications of the reweighting, some 5 s, and so many in all parts that are tried, as the cubes
#: of their unknowns, some 10 s: (6, 60) with 348 unknowns takes 1.4e10 and 4e9; (12, 95) with 1140 would take 9e10 and
#: 1.4e11, minutes. Of more contacts every second, third ... is looked at, and the parts that come last are not tried.
_SPARSE_WORK = 3e10
_PART_WORK = 2e10


@dataclass(frozen=True, eq=False)
class Part:
    """Some points, the contacts among them, symmetries, and further pairs that fix the motions left.

    `points` and `contacts` index those of the code, `symmetries` and `braces` the points of the part; `dependencies`
    are those of the contacts at fixed t.
    """

    points: NDArray[np.int64]
    contacts: NDArray[np.int64]
    dependencies: NDArray[np.float64]
    symmetries: list[NDArray[np.int64]]
    braces: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Plan:
    """The orbits of contacts to leave out, and the parts that prove them equal to the others, one after the other.

    `orbits` numbers the orbits of the contacts under the symmetry of the whole code, `labels` those of all pairs (None
    without symmetry).
    """

    orbits: NDArray[np.int64]
    labels: NDArray[np.int64] | None
    left_out: list[int]
    parts: list[Part]


def find_plan(system: ContactSystem, floats: NDArray[np.float64], generators: list[NDArray[np.int64]]) -> Plan | None:
    """Return parts that explain all dependencies, given symmetries of the whole code, or None."""
    orbits, labels = np.arange(len(system.pairs)), None
    single = whole = _dependencies(system.jacobian(floats), len(orbits))
    if single.shape[1] > _MAX_DEPENDENCIES:
        return None
    if generators:
        labels = pair_orbits(system.n_points, generators)
        contacts, loops = representatives(system, labels)
        if contacts is None:
            return None
        orbits = np.unique(np.minimum(labels[*system.pairs.T], labels[*system.pairs.T[::-1]]), return_inverse=True)[1]
        whole = _dependencies(orbit_jacobian(floats, labels, contacts, loops), len(contacts))
    if whole.shape[1] == 0:
        return None
    plan = Plan(orbits, labels, [], [])
    explained = np.zeros(len(whole), dtype=bool)
    for candidates in _candidates(system, single, whole, orbits):
        parts = [part for part in (_part(system, floats, points) for points in candidates) if part is not None]
        while parts:
            gains = [_left_out(plan, part, explained, whole) for part in parts]
            best = max(range(len(parts)), key=lambda index: len(gains[index]))
            if not gains[best]:
                break
            plan.left_out.extend(gains[best])
            plan.parts.append(parts[best])
            explained[orbits[parts[best].contacts]] = True
            if len(plan.left_out) == whole.shape[1]:
                return plan
    return None


def _left_out(plan: Plan, part: Part, explained: NDArray[np.bool_], whole: NDArray[np.float64]) -> list[int]:
    """Return which more orbits of contacts can be left out and are explained by the part."""
    inner = plan.orbits[part.contacts]
    chosen: list[int] = []
    for orbit in np.unique(inner[~explained[inner]]).tolist():
        trial = [*chosen, orbit]
        if _independent(part.dependencies[np.isin(inner, trial)]) and _independent(whole[plan.left_out + trial]):
            chosen = trial
    return chosen


def _dependencies(jacobian: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return the first `count` entries of a basis (columns) of the dependencies among the rows."""
    left, values, _ = np.linalg.svd(jacobian, full_matrices=len(jacobian) > jacobian.shape[1])
    return left[:count, _rank(values) :]


def _rank(values: NDArray[np.floating]) -> int:
    """Return how many singular values, largest first, are not zero."""
    return int((values > RANK_TOLERANCE * values[0]).sum())


def _independent(rows: NDArray[np.float64]) -> bool:
    """Tell whether contacts can be left out together without loss of rank, by their rows of the dependencies."""
    return bool(len(rows) <= rows.shape[1] and np.linalg.svd(rows, compute_uv=False)[-1] > _SMALL)


def _candidates(
    system: ContactSystem, single: NDArray[np.float64], whole: NDArray[np.float64], orbits: NDArray[np.int64]
) -> Iterator[list[NDArray[np.int64]]]:
    """Yield the points of dependencies that have few contacts, smallest first: of orbits, then of single contacts."""
    first = np.unique(orbits, return_index=True)[1]
    levels = [(whole, orbits, np.arange(len(whole))), (single, np.arange(len(orbits)), first)]
    for basis, members, rows in levels if len(whole) < len(single) else levels[:1]:
        dependent = rows[np.linalg.norm(basis[rows], axis=1) > _SMALL]
        work = _SPARSE_STEPS * len(dependent) * basis.shape[1] ** 2 * len(basis)
        dependent = dependent[:: 1 + int(work / _SPARSE_WORK)]
        supports = np.abs(_sparse(basis, dependent)) > _SUPPORT
        found = {tuple(np.unique(system.pairs[support[members]]).tolist()) for support in supports}
        ordered = sorted(found, key=lambda points: (len(points), points))
        work = np.cumsum([float(len(points) * system.dim) ** 3 for points in ordered])
        yield [np.array(points) for points in ordered[: 1 + int(np.count_nonzero(work < _PART_WORK))]]


def _sparse(basis: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return for each row the combination of columns with entry 1 there and the least sum of absolute values.

    Source: I. Daubechies et al., Iteratively reweighted least squares minimization for sparse recovery, Comm. Pure
    Appl. Math. 63 (2010).
    """
    targets = basis[rows][:, :, None]
    values = np.zeros((len(rows), len(basis)))
    for width in np.geomspace(1.0, 1e-7, _SPARSE_STEPS):
        weighted = basis.T / np.hypot(values, width)[:, None, :]
        combination = np.linalg.solve(weighted @ basis, targets)
        combination /= targets.transpose(0, 2, 1) @ combination
        values = (basis @ combination)[:, :, 0]
    return values


def _part(system: ContactSystem, floats: NDArray[np.float64], points: NDArray[np.int64]) -> Part | None:
    """Return the part with these points, if its symmetry can explain dependencies at fixed t."""
    rows, inside = floats[points], np.flatnonzero(np.isin(system.pairs, points).all(axis=1))
    # What is cheap comes first: most parts end before the singular vectors, which cost the most.
    if np.linalg.matrix_rank(rows, _SMALL) < system.dim:
        return None
    elements = _elements(find_symmetries(rows))
    if not elements:
        return None
    inner = ContactSystem(len(points), system.dim, np.searchsorted(points, system.pairs[inside]))
    jacobian = inner.jacobian(rows)[:, :-1]
    changes = _changes(rows, jacobian)
    symmetries = [move for move in elements if np.allclose(changes[np.ix_(move, move)], changes, rtol=0.0, atol=_SMALL)]
    if not symmetries:
        return None
    labels = pair_orbits(len(points), symmetries)
    contacts, loops = representatives(inner, labels)
    if contacts is None:
        return None
    rest = orbit_jacobian(rows, labels, contacts, loops)[:, :-1]
    if len(rest) > rest.shape[1] or _rank(np.linalg.svd(rest, compute_uv=False)) < len(rest):
        return None
    dependent = _dependencies(jacobian, len(inside))
    if dependent.shape[1] == 0:
        return None
    return Part(points, inside, dependent, symmetries, _braces(changes))


def _changes(rows: NDArray[np.float64], jacobian: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how all inner products change, (n, n, k), to first order in the k motions that the equations allow."""
    values, vectors = np.linalg.eigh(jacobian.T @ jacobian)
    motions = vectors[:, values < _SMALL**2 * values[-1]].T.reshape(-1, *rows.shape)
    half = np.einsum("ia,kja->ijk", rows, motions)
    changes = half + half.transpose(1, 0, 2)
    # Rotations change nothing; what is left is the same in a basis of orthogonal changes.
    _, sizes, basis = np.linalg.svd(changes.reshape(-1, len(motions)), full_matrices=False)
    independent: NDArray[np.float64] = changes @ basis[sizes > _SMALL].T
    return independent


def _braces(changes: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return as many pairs as there are motions, none of which leaves all of them unchanged."""
    rest, chosen = changes.copy(), []
    for _ in range(changes.shape[2]):
        sizes = np.linalg.norm(rest, axis=2)
        pair = divmod(int(np.argmax(sizes > sizes.max() - 1e-6)), len(rest))
        chosen.append(sorted(pair))
        direction = rest[pair] / sizes[pair]
        rest = rest - np.multiply.outer(rest @ direction, direction)
    return np.array(chosen, dtype=np.int64).reshape(-1, 2)


def _elements(generators: list[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
    """Return the elements other than the identity of a permutation group, or its generators if there are many."""
    found = {tuple(range(len(generators[0])))} if generators else set()
    queue = list(found)
    while queue and len(found) <= _MAX_GROUP:
        element = np.array(queue.pop())
        fresh = {tuple(element[move].tolist()) for move in generators} - found
        found |= fresh
        queue.extend(fresh)
    return generators if len(found) > _MAX_GROUP else [np.array(element) for element in sorted(found)[1:]]
