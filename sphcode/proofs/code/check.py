"""Find out what can be proven of a code: an exact code near the points, its cosine to many digits, local optimality."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from flint import arb, ctx, fmpq, fmpz_poly
from numpy.typing import NDArray

from sphcode.proofs.code.algebraic import recognised
from sphcode.proofs.code.circuits import partly_symmetric_zero
from sphcode.proofs.code.contact_system import (
    ContactSystem,
    Points,
    exact_zero,
    largest_contact,
    midpoints,
    norm,
    polish,
)
from sphcode.proofs.code.contacts import find_contacts, find_rattlers
from sphcode.proofs.code.exact_gram import ExactGram, field_gram, rational_gram
from sphcode.proofs.code.exact_stress import prove_stationary
from sphcode.proofs.code.gram import gram_distance, smallest_eigenvalue
from sphcode.proofs.code.isometry import find_symmetries
from sphcode.proofs.code.kantorovich import radius_float
from sphcode.proofs.code.largest_cosine import close_pairs, rounding_error, unit_floats
from sphcode.proofs.code.local_minimum import local_minimum
from sphcode.proofs.code.rattlers import clearances, loosen
from sphcode.proofs.code.stress import LocalProof, prove_local
from sphcode.proofs.code.symmetry import pair_orbits, symmetric_zero
from sphcode.proofs.finding import Finding, Reason
from sphcode.proofs.rounding import float_down
from sphcode.proofs.sharp import Surd

#: Tried in this order when a file does not say which pairs are contacts.
CONTACT_TOLERANCES = (1e-11, 1e-9, 1e-7, 1e-5)

#: Largest contact system that is enclosed: matrices of balls are dense, and their time grows with the cube.
MAX_UNKNOWNS = 1500
MAX_EQUATIONS = 6000

#: How far (Frobenius) the code that is proven to exist may be from the given points, to be called theirs: points given
#: to six digits are within it, a code so near is no other one than was meant.
MAX_RADIUS = 1e-4

#: Precisions and largest degree of the exact coordinates looked for when nothing else proves the contacts equal.
_FIELD_BITS = (640, 1600)
_FIELD_DEGREE = 16


@dataclass(frozen=True, eq=False)
class ExactCode:
    """An exact code near polished points, or a bound where there is none.

    Attributes
    ----------
    cosine : arb
        A ball around the common cosine of all contacts if `exact`, otherwise around the largest cosine of `points`.
    radius : arb
        Bound on the distance (Frobenius) of `points` to the exact code, after a rotation.
    exact : bool
        Whether a code all of whose contacts are equal is proven to exist.
    """

    points: Points
    cosine: arb
    radius: arb
    exact: bool
    reason: str
    symmetries: list[NDArray[np.int64]] = field(default_factory=list)
    gram: ExactGram | None = None
    polynomial: fmpz_poly | None = None


@dataclass(frozen=True, eq=False)
class CodeProof:
    """What is proven of a code near given points.

    Attributes
    ----------
    level : str
        "exists", "kkt" or "strict-local".
    cosine : arb
        A ball around the max cosine of the exact code if `exact`, of a local optimum if not but the level is "kkt",
        otherwise of the polished points.
    exact : bool
        Whether a code all of whose contacts are equal is proven to exist.
    reason : str
        How it was proven, or what prevents more.
    points : ndarray, shape (n_points, dim)
        The code in float64; rattlers are exactly these rows, normalised.
    contacts : ndarray, shape (n_contacts, 2)
        The pairs at the largest cosine.
    radius : float
        Bound on the distance (Frobenius) of the given points that have contacts to the exact code, after a rotation.
    rattlers : list of (int, float)
        Points without contact, with a lower bound on the gap between the max cosine and their largest cosine.
    stress : ndarray or None
        Positive weights of the contacts, each within `stress_error` of an exact stress.
    symmetries : list of ndarray
        Permutations that the proof used: they keep all inner products of the points that are no rattlers, and leave
        the rattlers in their places in the list, which says nothing of them.
    gram : ExactGram or None
        The inner products as exact numbers where they are known: of all points, or of those that are no rattlers.
    polynomial : fmpz_poly or None
        The minimal polynomial of the cosine, where exact coordinates prove it.
    """

    level: str
    cosine: arb
    exact: bool
    reason: str
    points: NDArray[np.float64]
    contacts: NDArray[np.int64]
    radius: float
    rattlers: list[tuple[int, float]]
    stress: NDArray[np.float64] | None
    stress_error: float
    symmetries: list[NDArray[np.int64]] = field(default_factory=list)
    gram: ExactGram | None = None
    polynomial: fmpz_poly | None = None

    @property
    def inner_products(self) -> tuple[Surd, ...] | None:
        """The inner products of different points, ascending; None where not all are known in Q or a quadratic field."""
        return None if self.gram is None or len(self.gram.labels) < len(self.points) else self.gram.surds()

    @property
    def held(self) -> NDArray[np.int64]:
        """The points that are no rattlers."""
        return np.setdiff1d(np.arange(len(self.points)), [point for point, _ in self.rattlers])

    def keeps(self, permutation: NDArray[np.int64]) -> bool:
        """Whether a permutation is proven to keep all inner products of the points that are no rattlers.

        It has to leave the rattlers in their places.
        """
        moved = np.flatnonzero(permutation != np.arange(len(permutation)))
        if not np.isin(moved, self.held).all():
            return False
        if self.gram is not None:
            labels = self.gram.labels
            if len(labels) > len(self.held):
                labels = labels[np.ix_(self.held, self.held)]
            images = np.searchsorted(self.held, permutation[self.held])
            return np.array_equal(labels[np.ix_(images, images)], labels)
        return not len(moved) or any(np.array_equal(permutation, known) for known in self.symmetries)

    @property
    def enclosed(self) -> bool:
        """Whether `cosine` encloses one number to any number of digits: of an exact code or of a local optimum."""
        return self.exact or self.level != "exists"


def prove_code(
    floats: NDArray[np.float64],
    bits: int,
    *,
    contacts: NDArray[np.int64] | None = None,
    stress: NDArray[np.float64] | None = None,
    symmetries: list[NDArray[np.int64]] | None = None,
    free: bool = True,
) -> CodeProof | Finding:
    """Return the strongest proof found for a code near the points, or why there is none.

    `contacts`, `stress` and `symmetries` are suggestions of a certificate; they are looked for when not given, and
    nothing is taken from them without proof. Points without contacts that touch another are moved away from it if they
    are `free`; otherwise they are what stands in the rows.
    """
    floats = unit_floats(floats)
    rational = rational_gram(floats)
    if rational is not None:
        with ctx.workprec(bits):
            return _of_gram(floats, rational, contacts, stress)
    if contacts is not None:
        with ctx.workprec(bits):
            return _attempt(floats, contacts, bits, stress, symmetries, free)
    best: CodeProof | Finding = Finding(Reason.NO_CONTACTS, "no contacts were found")
    tried: list[NDArray[np.int64]] = []
    for tolerance in CONTACT_TOLERANCES:
        candidates = find_contacts(floats, tolerance)
        if candidates is None:
            return Finding(Reason.TOO_LARGE, "there are too many contacts")
        if any(np.array_equal(candidates, earlier) for earlier in tried):
            continue
        tried.append(candidates)
        with ctx.workprec(bits):
            result = _attempt(floats, candidates, bits, None, symmetries, free)
        if isinstance(result, CodeProof) and result.enclosed:
            return result
        if isinstance(result, CodeProof) or isinstance(best, Finding):
            best = result
    return best


def again(proof: CodeProof) -> Callable[[int], arb | None]:
    """Return a function that encloses the cosine of the same code to any number of bits."""

    def enclose_cosine(bits: int) -> arb | None:
        finer = prove_code(proof.points, bits, contacts=proof.contacts, symmetries=proof.symmetries or None, free=False)
        return finer.cosine if isinstance(finer, CodeProof) and finer.enclosed else None

    return enclose_cosine


def _of_gram(
    floats: NDArray[np.float64],
    gram: ExactGram,
    suggested: NDArray[np.int64] | None,
    stress: NDArray[np.float64] | None,
) -> CodeProof:
    """Prove what can be proven of a code with an exact Gram matrix near the points."""
    n_points, dim = floats.shape
    contacts = gram.contacts
    if suggested is None or not np.array_equal(contacts, suggested):
        stress = None
    cosine, (exact,) = gram.ball(gram.largest), gram.values[gram.largest]
    smallest = smallest_eigenvalue(floats)
    radius = radius_float(gram_distance(arb(gram.difference), smallest)) if smallest > 0 else math.inf
    loose = np.setdiff1d(np.arange(n_points), contacts).tolist()
    gaps = [float_down(cosine - gram.ball(max(np.delete(gram.labels[i], i)))) for i in loose]
    local = LocalProof("exists", "the points do not span the space")
    if smallest > 0 and not loose:
        local = prove_local(ContactSystem(n_points, dim, contacts), floats, radius, stress)
        if local.level == "exists":
            local = prove_stationary(gram, floats, stress) or local
    return CodeProof(
        level=local.level,
        cosine=cosine,
        exact=True,
        reason=f"all inner products are rational; {local.reason}",
        points=floats,
        contacts=contacts,
        radius=radius,
        rattlers=list(zip(loose, gaps, strict=True)),
        stress=local.stress,
        stress_error=local.error,
        gram=gram,
        polynomial=fmpz_poly([-exact.p, exact.q]),
    )


def _attempt(
    floats: NDArray[np.float64],
    contacts: NDArray[np.int64],
    bits: int,
    stress: NDArray[np.float64] | None,
    symmetries: list[NDArray[np.int64]] | None,
    free: bool,
) -> CodeProof | Finding:
    """Prove what can be proven with these pairs as contacts; balls have the precision of the context.

    Rattlers that touch are moved away if they are `free`.
    """
    n_points, dim = floats.shape
    rattlers = find_rattlers(n_points, dim, contacts)
    held = np.setdiff1d(np.arange(n_points), rattlers)
    inner = contacts[np.isin(contacts, held).all(axis=1)]
    if len(held) == 0:
        return Finding(Reason.NO_CONTACTS, "no point is held by its contacts")
    system = ContactSystem(len(held), dim, np.searchsorted(held, inner))
    if any(not np.isin(generator[held], held).all() for generator in symmetries or []):
        return Finding(Reason.NOT_A_SYMMETRY, "a symmetry does not permute the points that have contacts")
    inner_symmetries = None if symmetries is None else [np.searchsorted(held, g[held]) for g in symmetries]
    if system.n_points * dim > MAX_UNKNOWNS or system.n_points + len(inner) > MAX_EQUATIONS:
        return Finding(Reason.TOO_LARGE, "the contact equations are too many")
    solution = polish(system, floats[held], bits)
    if solution is None:
        return Finding(Reason.NO_SOLUTION, "the contact equations have no solution near the points")
    code, local = _local(
        system,
        enclose(system, *solution, bits, inner_symmetries),
        solution[1],
        bits,
        stress if len(inner) == len(contacts) else None,
    )
    if not code.cosine < 1:
        return Finding(Reason.NO_SOLUTION, "the points that have contacts are not proven to be different")
    near = radius_float(code.radius)
    moved = floats.copy()
    moved[held] = midpoints(code.points)
    radius = float(np.linalg.norm(moved[held] - floats[held]) * (1 + 1e-8)) + near + rounding_error(dim) * n_points
    if radius > MAX_RADIUS:
        return Finding(
            Reason.NO_SOLUTION, f"no solution of the contact equations is within {MAX_RADIUS:g} of the points"
        )
    if free:
        moved = loosen(moved, rattlers, float(code.cosine))
    gaps = clearances(moved, rattlers, float_down(code.cosine), near)
    close = close_pairs(moved, 4 * rounding_error(dim) + 8 * near, len(inner))[1]
    if close is None or not {*map(tuple, close.tolist())} <= {*map(tuple, inner.tolist())} or min(gaps, default=1) <= 0:
        return Finding(Reason.NO_SOLUTION, "other pairs are as close as the contacts")
    return CodeProof(
        level=local.level,
        cosine=code.cosine,
        exact=code.exact,
        reason=f"{code.reason}; {local.reason}",
        points=moved,
        contacts=inner,
        radius=radius,
        rattlers=list(zip(rattlers, gaps, strict=True)),
        stress=local.stress,
        stress_error=local.error,
        symmetries=[_extended(generator, held, n_points) for generator in code.symmetries],
        gram=code.gram,
        polynomial=code.polynomial,
    )


def _local(
    system: ContactSystem, code: ExactCode, cosine: arb, bits: int, stress: NDArray[np.float64] | None
) -> tuple[ExactCode, LocalProof]:
    """Prove local optimality: of the code itself where it is exact and rigid, otherwise of one that it is close to."""
    local = LocalProof("exists", "no local optimum was proven")
    if code.exact:
        local = prove_local(system, midpoints(code.points), radius_float(code.radius), stress)
    minimum = local_minimum(system, code.points, cosine, bits) if local.level == "exists" else None
    if minimum is None:
        return code, local
    if not code.exact:
        code = replace(code, cosine=minimum.cosine, radius=minimum.radius)
    reason = f"a local optimum, its cosine enclosed, lies within {radius_float(minimum.radius):.1e} of the points"
    return code, LocalProof("kkt", reason)


def enclose(
    system: ContactSystem, points: Points, cosine: arb, bits: int, symmetries: list[NDArray[np.int64]] | None
) -> ExactCode:
    """Enclose an exact solution of the contact equations, by what applies; where nothing does, bound the cosine.

    Exact coordinates in a quadratic field come first, as they decide optimality; those in larger fields last.
    """
    code = _in_field(system, points, cosine, bits, 2)
    if code is not None:
        return code
    radius = exact_zero(system, points, cosine, bits)
    if radius is not None:
        return ExactCode(points, arb(cosine, radius), radius, True, "the contact equations are regular")
    generators = find_symmetries(midpoints(points)) if symmetries is None else symmetries
    if generators:
        radius = symmetric_zero(system, points, cosine, pair_orbits(system.n_points, generators), bits)
    if radius is not None:
        return ExactCode(points, arb(cosine, radius), radius, True, "the contacts are equal by symmetry", generators)
    radius = partly_symmetric_zero(system, points, cosine, generators, bits)
    if radius is not None:
        reason = "the contacts are equal by symmetry of parts"
        return ExactCode(points, arb(cosine, radius), radius, True, reason, generators)
    for field_bits in _FIELD_BITS:
        finer = polish(system, midpoints(points), field_bits)
        code = None if finer is None else _in_field(system, *finer, field_bits, _FIELD_DEGREE)
        if code is not None:
            return code
    distance = norm([1 - norm(row) for row in points]).upper()
    reason = "more contacts than equations, not proven equal"
    return ExactCode(points, largest_contact(system, points), distance, False, reason)


def _in_field(system: ContactSystem, points: Points, cosine: arb, bits: int, degree: int) -> ExactCode | None:
    """Find exact inner products in the field of the cosine, if its degree is at least 2 and at most `degree`."""
    polynomial = recognised(cosine, degree, bits)
    if polynomial is None or polynomial.degree() < 2:
        return None
    gram = field_gram(points, polynomial, cosine, bits)
    smallest = smallest_eigenvalue(midpoints(points))
    if gram is None or not smallest > 0 or not np.array_equal(gram.contacts, system.pairs):
        return None
    radius = gram_distance(arb(gram.difference), smallest)
    reason = f"all inner products are exact numbers in a field of degree {polynomial.degree()}"
    # `field_gram` generates the field by the cosine times the leading coefficient.
    root = (fmpq(0), fmpq(1, int(polynomial.leading_coefficient()))) + (fmpq(0),) * (polynomial.degree() - 2)
    proven = polynomial if gram.values[gram.largest] == root else None
    return ExactCode(points, gram.ball(gram.largest), radius, True, reason, gram=gram, polynomial=proven)


def _extended(generator: NDArray[np.int64], held: NDArray[np.int64], n_points: int) -> NDArray[np.int64]:
    """Return a permutation of the held points as one of all points."""
    whole = np.arange(n_points)
    whole[held] = held[generator]
    return whole
