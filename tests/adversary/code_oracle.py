"""Is what is said of a code true? Brute force in fractions for the given points, an own Newton iteration for the rest.

The statements are examined one by one: the largest cosine, the level that the checker printed, contacts, stress,
rattlers, symmetries, radius, minimal polynomial, citation. Nothing of the checker is used.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
from adversary.exact import Unreadable, fraction, is_at_least, largest_cosine, mpf
from adversary.known import CITED, ROUNDING, attained, optimum
from adversary.opinion import Opinion, false, true, undecided
from scipy.optimize import nnls

#: Digits of the Newton iteration, and what is left of the residual when it has converged.
_DIGITS = 70
_CONVERGED = mp.mpf(10) ** -60
_STEPS = 12

#: Above this residual the linear system is made anew in each step.
_FAR = 1e-6

#: Rational inner products are looked for with denominators up to this, this close to the given ones.
_DENOMINATOR = 100
_SNAPPED = 1e-6

#: Pairs this close to the largest cosine are tried as contacts, from the strictest on.
_TOLERANCES = (1e-12, 1e-10, 1e-8, 1e-6, 1e-4)

#: Contacts of a solution are equal to the working precision; other pairs differ by more than this in all codes used.
_APART = 1e-10

#: Singular values and residuals of solved codes of this size: true zeros are below 1e-13, others above 1e-4.
_FLAT = 1e-8

#: How much a claimed cosine may exceed the one of the code whose level is stated: a claim is a rounded number.
LOOSE = mp.mpf(10) ** -2

_KEYS = {
    "max_cosine", "level", "radius", "contacts", "stress", "stress_error", "rattlers", "symmetries",
    "minimal_polynomial", "citation",
}  # fmt: skip


LEVELS = ("none", "exists", "kkt", "strict-local", "optimal-cited", "optimal")

#: From the best opinion to the worst; of several codes next to the points, a statement may mean any.
_WORDS = ("true", "undecided", "false")


@dataclass(frozen=True)
class _Solution:
    """A code all of whose contacts are equal: held points, the cosine, contacts (of all points), the distance moved."""

    rows: list[list[mp.mpf]]
    cosine: mp.mpf
    contacts: np.ndarray
    held: np.ndarray
    distance: mp.mpf

    @property
    def floats(self) -> np.ndarray:
        return np.array([[float(x) for x in row] for row in self.rows])


def judge(certificate: Mapping[str, Any], level: str, statement: str) -> Opinion:
    """Return what is thought of an accepted code: of its claim, or of the statement if it made none."""
    try:
        rows = [[fraction(x) for x in row] for row in certificate["points"]]
        claim = dict(certificate.get("claim") or {"max_cosine": _stated(statement), "level": level})
        claimed = fraction(claim["max_cosine"])
    except (Unreadable, TypeError, KeyError, ValueError) as error:
        return false(f"unreadable: {error!r}")
    if certificate["schema"] != "sphcode.code/1" or claim.get("level", "exists") not in LEVELS:
        return false("another schema, or an unknown level")
    if max(abs(sum(x * x for x in row) - 1) for row in rows) > Fraction(21, 10**7):
        return false("a row is not of norm 1")
    if set(claim) - _KEYS:
        return false(f"unknown statements: {sorted(set(claim) - _KEYS)}")
    n_points, dim = len(rows), len(rows[0])
    if type(certificate.get("n_points", 0)) is not int or type(certificate.get("dim", 0)) is not int:
        return false("a size is no integer")
    if certificate.get("n_points", n_points) != n_points or certificate.get("dim", dim) != dim:
        return false("the sizes are not those of the points")
    given = largest_cosine(rows)
    if given == (1, 1):
        return false("two points are the same direction")
    with mp.workdps(_DIGITS):
        best = false("")
        for solution in [*_solutions(rows)] or [None]:
            opinions = [_exists(n_points, dim, claimed, given, solution)]
            if level not in ("none", "exists"):
                opinions.append(_level(level, n_points, dim, claimed, solution))
            opinions += [_part(key, claim, solution, rows) for key in sorted(claim) if key in _PARTS]
            words = [opinion.word for opinion in opinions]
            word = max(words, key=_WORDS.index)
            opinion = Opinion(word, "; ".join(opinion.why for opinion in opinions if opinion.word == word))
            if not best.why or _WORDS.index(word) < _WORDS.index(best.word):
                best = opinion
            if word == "true":
                break
        return best


def _part(key: str, claim: Mapping[str, Any], solution: _Solution | None, rows: Any) -> Opinion:
    try:
        return _PARTS[key](claim, solution, rows)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
        return false(f"unreadable: {error!r}")


def _stated(statement: str) -> str:
    match = re.search(r"max cosine <= (-?[0-9.]+)", statement)
    if match is None:
        raise Unreadable(statement)
    return match[1]


def _exists(
    n_points: int, dim: int, claimed: Fraction, given: tuple[int, Fraction], solution: _Solution | None
) -> Opinion:
    if is_at_least(claimed, given):
        return true("the given points")
    cosine = mpf(claimed)
    if solution is not None and cosine >= solution.cosine - mp.mpf(10) ** -55:
        return true("a code next to the given points")
    best = optimum(dim, n_points)
    if best is not None and cosine < best - mp.mpf(10) ** -55:
        return false("less than the optimum")
    if cosine < attained(dim, n_points) - ROUNDING:
        return false("less than the best code on record")
    return undecided("neither the given points nor a code next to them")


def _level(level: str, n_points: int, dim: int, claimed: Fraction, solution: _Solution | None) -> Opinion:
    best = optimum(dim, n_points)
    if level in ("optimal", "optimal-cited") and best is not None and mpf(claimed) > best + LOOSE:
        return false("the stated cosine is far above the optimum")
    if solution is None:
        return undecided("no code with equal contacts was found")
    if mpf(claimed) < solution.cosine - mp.mpf(10) ** -55 and level not in ("optimal", "optimal-cited"):
        return false("the code has a larger cosine")
    if mpf(claimed) > solution.cosine + LOOSE:
        return false("the stated cosine is far above the one of the code")
    if level in ("optimal", "optimal-cited"):
        if best is None:
            return undecided("the optimum is not known")
        return true("optimal") if abs(solution.cosine - best) < mp.mpf(10) ** -50 else false("not the optimum")
    if not _has_stress(solution):
        return false("no positive stress")
    if level == "strict-local" and not _is_rigid(solution):
        return false("the contacts do not hold the points")
    return true(level)


def _contacts(claim: Mapping[str, Any], solution: _Solution | None, rows: Any) -> Opinion:
    if solution is None:
        return false("no code has these contacts equal")
    pairs = {tuple(sorted(pair)) for pair in claim["contacts"]}
    held = set(solution.held.tolist())
    inner = {pair for pair in map(tuple, solution.contacts.tolist()) if set(pair) <= held}
    return (
        true("contacts") if pairs in (inner, set(map(tuple, solution.contacts.tolist()))) else false("other contacts")
    )


def _stress(claim: Mapping[str, Any], solution: _Solution | None, rows: Any) -> Opinion:
    if solution is None:
        return false("no code for the stress")
    weights, pairs = np.array(claim["stress"], dtype=float), np.array(claim["contacts"])
    if len(weights) != len(pairs):
        return false("not one weight for each contact")
    forces = _forces(solution.floats, pairs)
    _, values, right = np.linalg.svd(forces)
    kernel = right[(values > _FLAT).sum() :]
    nearest = kernel.T @ (kernel @ weights)
    off = np.abs(nearest - weights).max()
    if not off <= float(claim.get("stress_error", 0)) + 1e-12 * np.abs(weights).max():
        return false("the weights do not balance")
    # Within the error of a positive stress: the nearest one, or one of sum 1 between the two.
    slack = float(claim.get("stress_error", 0)) + 1e-12
    if nearest.min() > 0:
        return true("stress")
    found = _positive(forces)
    return true("stress") if found is not None and np.abs(found - weights).max() <= slack else undecided("stress")


def _rattlers(claim: Mapping[str, Any], solution: _Solution | None, rows: Any) -> Opinion:
    if solution is None:
        return false("no code, no rattlers")
    loose = set(range(len(rows))) - set(solution.held.tolist())
    named = {entry["point"]: float(entry["clearance"]) for entry in claim["rattlers"]}
    if set(named) != loose:
        return false("other points are loose")
    floats = solution.floats
    for point, clearance in named.items():
        gap = float(solution.cosine) - np.delete(floats @ floats[point], point).max()
        if clearance > gap + 1e-14:
            return false(f"rattler {point} has less room")
    return true("rattlers")


def _symmetries(claim: Mapping[str, Any], solution: _Solution | None, rows: Any) -> Opinion:
    if not claim["symmetries"]:
        return true("no symmetries named")
    if solution is None:
        return false("no code, no symmetries")
    floats, held = solution.floats, solution.held
    for images in claim["symmetries"]:
        if sorted(images) != list(range(len(rows))):
            return false("no permutation")
        moved = np.array(images)[held]
        if not np.isin(moved, held).all():
            return false("a point that is held goes to one that is not")
        change = np.abs(floats[moved] @ floats[moved].T - floats[held] @ floats[held].T).max()
        if change > 1e-12:
            return false(f"a permutation changes inner products by {change:.1e}")
    return true("symmetries")


def _radius(claim: Mapping[str, Any], solution: _Solution | None, rows: Any) -> Opinion:
    if solution is None:
        return undecided("no code within the radius was found")
    within = solution.distance <= mp.mpf(float(claim["radius"])) + mp.mpf(10) ** -20
    return true("radius") if within else false(f"the code is {mp.nstr(solution.distance, 3)} away")


def _stress_error(claim: Mapping[str, Any], solution: _Solution | None, rows: Any) -> Opinion:
    return true("stress_error") if "stress" in claim else false("an error of no stress")


def _polynomial(claim: Mapping[str, Any], solution: _Solution | None, rows: Any) -> Opinion:
    entries = claim["minimal_polynomial"]
    if solution is None:
        return undecided("no code for the polynomial")
    if any(type(entry) is not int for entry in entries) or not any(entries[1:]):
        return false("no polynomial of degree 1 or more")
    while not entries[-1]:
        entries = entries[:-1]
    size = sum(abs(entry) for entry in entries)
    if abs(mp.polyval(entries[::-1], solution.cosine)) > size * mp.mpf(10) ** -55:
        return false("the cosine is no root")
    if math.gcd(*entries) != 1 or _splits(entries):
        return false("the polynomial is not irreducible")
    return true("minimal polynomial")


def _splits(entries: list[int]) -> bool:
    """Return whether some of the roots alone are those of an integer polynomial."""
    if len(entries) > 12:
        return False
    roots = mp.polyroots(entries[::-1], maxsteps=500, extraprec=500)
    for count in range(1, len(roots) // 2 + 1):
        for some in itertools.combinations(roots, count):
            product = [mp.mpc(entries[-1])]
            for root in some:
                product = [a - root * b for a, b in zip([*product, 0], [0, *product], strict=True)]
            if all(abs(entry - mp.nint(mp.re(entry))) < mp.mpf(10) ** -25 for entry in product):
                return True
    return False


def _citation(claim: Mapping[str, Any], solution: _Solution | None, rows: Any) -> Opinion:
    name = CITED.get((len(rows[0]), len(rows)))
    best = optimum(len(rows[0]), len(rows))
    if name is None or best is None or solution is None or abs(solution.cosine - best) > mp.mpf(10) ** -50:
        return false("there is no theorem to cite")
    if claim["citation"] != name:
        return false("the citation is another")
    return true("citation")


_PARTS = {
    "contacts": _contacts,
    "stress": _stress,
    "stress_error": _stress_error,
    "rattlers": _rattlers,
    "symmetries": _symmetries,
    "radius": _radius,
    "minimal_polynomial": _polynomial,
    "citation": _citation,
}


def _solutions(rows: list[list[Fraction]]) -> Iterator[_Solution]:
    """Yield codes with equal contacts next to the points: by Newton's method, and with rational inner products."""
    points = []
    for row in rows:
        norm = mp.sqrt(sum((mpf(x) ** 2 for x in row), mp.mpf(0)))
        points.append([mpf(x) / norm for x in row])
    floats = np.array([[float(x) for x in row] for row in points])
    cosines = floats @ floats.T
    first, second = np.triu_indices(len(rows), 1)
    largest = cosines[first, second].max()
    counts: list[int] = []
    for tolerance in _TOLERANCES:
        near = cosines[first, second] >= largest - tolerance
        if near.sum() in counts:
            continue
        counts.append(near.sum())
        contacts = np.stack([first[near], second[near]], axis=1)
        held = _held(len(rows), floats.shape[1], contacts)
        everyone = np.arange(len(rows))
        for some in (held, everyone) if 1 < len(held) < len(rows) else (everyone,):
            solution = _newton(points, contacts, some)
            if solution is not None:
                yield solution
    guesses = {
        pair: Fraction(float(cosines[pair])).limit_denominator(_DENOMINATOR) for pair in zip(first, second, strict=True)
    }
    if max(abs(float(guess) - cosines[pair]) for pair, guess in guesses.items()) < _SNAPPED:
        solution = _newton(points, np.stack([first, second], axis=1), np.arange(len(rows)), guesses)
        if solution is not None:
            yield solution


def _held(n_points: int, dim: int, contacts: np.ndarray) -> np.ndarray:
    """Return the points with at least `dim` contacts to such points: what surrounds a point takes that many."""
    held = np.ones(n_points, dtype=bool)
    while True:
        inner = contacts[held[contacts].all(axis=1)]
        enough = np.bincount(inner.ravel(), minlength=n_points) >= dim
        if (enough | ~held).all():
            return np.flatnonzero(held)
        held &= enough


def _newton(
    points: list[list[mp.mpf]],
    contacts: np.ndarray,
    held: np.ndarray,
    targets: Mapping[tuple[int, int], Fraction] | None = None,
) -> _Solution | None:
    """Return a code in which these pairs have one cosine, or their targets, by steps of least norm."""
    rows, dim = [list(row) for row in points], len(points[0])
    inner = contacts[np.isin(contacts, held).all(axis=1)].tolist()
    place = {point: k for k, point in enumerate(held.tolist())}
    if not inner:
        return None
    cosine = sum((_dot(rows[i], rows[j]) for i, j in inner), mp.mpf(0)) / len(inner)
    if targets is not None:
        cosine = mpf(max(targets.values()))
    inverse = None
    for _ in range(_STEPS):
        residual = [_dot(rows[i], rows[j]) - (cosine if targets is None else mpf(targets[i, j])) for i, j in inner]
        residual += [(_dot(rows[i], rows[i]) - 1) / 2 for i in held.tolist()]
        size = max(map(abs, residual))
        if size < _CONVERGED:
            break
        if size > 1e-2:
            return None
        if inverse is None:
            jacobian = np.zeros((len(residual), len(held) * dim + 1))
            floats = np.array([[float(x) for x in row] for row in rows])
            for k, (i, j) in enumerate(inner):
                a, b = place[i] * dim, place[j] * dim
                jacobian[k, a : a + dim], jacobian[k, b : b + dim] = floats[j], floats[i]
                jacobian[k, -1] = -1 if targets is None else 0
            for k, i in enumerate(held.tolist(), start=len(inner)):
                jacobian[k, place[i] * dim : place[i] * dim + dim] = floats[i]
            inverse = np.linalg.pinv(jacobian, rcond=1e-9)
        step = -inverse @ np.array([float(value / size) for value in residual])
        for i in held.tolist():
            for axis in range(dim):
                rows[i][axis] += mp.mpf(float(step[place[i] * dim + axis])) * size
        cosine += mp.mpf(float(step[-1])) * size
        if size > _FAR:
            inverse = None
    else:
        return None
    floats = np.array([[float(x) for x in row] for row in rows])
    cosines = floats @ floats.T
    np.fill_diagonal(cosines, -1)
    if cosines.max() > float(cosine) + _APART:
        return None
    near = np.argwhere(np.triu(np.abs(cosines - float(cosine)) < _APART, 1))
    distance = mp.sqrt(
        sum(((x - y) ** 2 for i in held.tolist() for x, y in zip(rows[i], points[i], strict=True)), mp.mpf(0))
    )
    return _Solution(rows, cosine, near, held, distance)


def _dot(first: list[mp.mpf], second: list[mp.mpf]) -> mp.mpf:
    return mp.fdot(first, second)


def _forces(floats: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Return the matrix that takes weights to the sum of their pulls at each point, in its tangent space."""
    n_points, dim = floats.shape
    matrix = np.zeros((n_points, dim, len(pairs)))
    for k, (i, j) in enumerate(pairs):
        cosine = floats[i] @ floats[j]
        matrix[i, :, k] += floats[j] - cosine * floats[i]
        matrix[j, :, k] += floats[i] - cosine * floats[j]
    return matrix.reshape(n_points * dim, len(pairs))


def _positive(forces: np.ndarray) -> np.ndarray | None:
    """Return nonnegative weights of sum 1 that balance, or None."""
    system = np.vstack([forces, np.ones(forces.shape[1])])
    weights, residual = nnls(system, np.r_[np.zeros(len(forces)), 1.0])
    return weights if residual < _FLAT else None


def _inner(solution: _Solution) -> np.ndarray:
    return solution.contacts[np.isin(solution.contacts, solution.held).all(axis=1)]


def _has_stress(solution: _Solution) -> bool:
    return _positive(_forces(solution.floats, _inner(solution))) is not None


def _is_rigid(solution: _Solution) -> bool:
    """Return whether only rotations keep norms and contacts equal to first order."""
    floats, dim = solution.floats[solution.held], solution.floats.shape[1]
    pairs = np.searchsorted(solution.held, _inner(solution))
    rows = np.zeros((len(pairs) + len(floats), floats.size + 1))
    for k, (i, j) in enumerate(pairs):
        rows[k, i * dim : i * dim + dim], rows[k, j * dim : j * dim + dim], rows[k, -1] = floats[j], floats[i], -1
    for i, row in enumerate(floats):
        rows[len(pairs) + i, i * dim : i * dim + dim] = row
    rank = (np.linalg.svd(rows, compute_uv=False) > _FLAT).sum()
    return bool(rank == rows.shape[1] - dim * (dim - 1) // 2)
