"""Gram matrices of codes: what their distance says of the points, and matrices with exact algebraic entries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from flint import arb, ctx, fmpq, fmpz_mat
from numpy.typing import NDArray

from sphcode.proofs.sharp import Surd

_DENOMINATOR = 1000
_SNAP = 1e-10
_MAX_POINTS = 600
_MAX_VALUES = 200


def gram_distance(difference: arb, smallest: float) -> arb:
    """Bound |B - X| (Frobenius), after the best rotation of B, by |B B' - X X'| <= `difference`.

    `smallest` is a positive lower bound of the smallest eigenvalue of X'X.

    Source: S. Tu et al., Low-rank solutions of linear matrix equations via Procrustes flow, ICML 2016, Lemma 5.4:
    |B B' - X X'|^2 >= 2 (sqrt 2 - 1) smallest |B - X|^2.
    """
    return (difference / (arb(0.91) * arb(smallest).sqrt())).upper()


def smallest_eigenvalue(floats: NDArray[np.float64]) -> float:
    """Return a lower bound of the smallest eigenvalue of X'X for any X within 1e-12 of `floats`; 0 if not proven."""
    matrix = floats.T @ floats
    inverse = np.linalg.pinv(matrix)
    size = np.linalg.norm(matrix) * np.linalg.norm(inverse)
    defect = np.linalg.norm(np.eye(len(matrix)) - inverse @ matrix) + size * (2 * len(floats) * 2.0**-52 + 1e-11)
    return max(0.0, float((1.0 - defect) / np.linalg.norm(inverse) * (1 - 1e-8)))


def spanning_points(floats: NDArray[np.float64]) -> list[int]:
    """Return points that span the space of the code, greedily the farthest from the span so far."""
    rest = floats.copy()
    basis: list[int] = []
    while len(basis) < floats.shape[1]:
        sizes = np.linalg.norm(rest, axis=1)
        if sizes.max() < 1e-3:
            break
        basis.append(int(np.argmax(sizes > sizes.max() - 1e-6)))
        direction = rest[basis[-1]] / sizes[basis[-1]]
        rest = rest - np.outer(rest @ direction, direction)
    return basis


@dataclass(frozen=True, eq=False)
class ExactGram:
    """The exact Gram matrix of a code, with entries in the rationals or in a real quadratic field.

    `labels` (n_points, n_points) points into `values`, the different inner products in ascending order, 1 included;
    `difference` bounds |G - X X'| (Frobenius) for the float64 points X that suggested it.
    """

    values: tuple[Surd, ...]
    labels: NDArray[np.int64]
    difference: float

    @property
    def largest(self) -> int:
        """Label of the largest cosine between different points."""
        return int(self.labels[~np.eye(len(self.labels), dtype=bool)].max())

    @property
    def contacts(self) -> NDArray[np.int64]:
        """Pairs i < j at the largest cosine."""
        return np.argwhere(np.triu(self.labels == self.largest, 1))


def rational_gram(floats: NDArray[np.float64]) -> ExactGram | None:
    """Find an exact code whose inner products are rationals of small denominator, near the given points."""
    classes = _classes(floats)
    if classes is None:
        return None
    labels, values = classes
    guesses = [Fraction(value).limit_denominator(_DENOMINATOR) for value in values]
    if any(abs(float(guess) - value) > _SNAP for guess, value in zip(guesses, values, strict=True)):
        return None
    return _checked(floats, labels, [Surd(fmpq(g.numerator, g.denominator), fmpq(0), 1) for g in guesses])


def quadratic_gram(points: Sequence[Sequence[arb]], radicand: int, bits: int) -> ExactGram | None:
    """Find an exact code with inner products in Q(sqrt(radicand)), near points that are good to `bits` bits."""
    floats = np.array([[float(value.mid()) for value in row] for row in points])
    classes = _classes(floats)
    if classes is None:
        return None
    labels = classes[0]
    first = np.unique(labels, return_index=True)[1]
    surds = []
    for i, j in (divmod(int(index), len(floats)) for index in first):
        value = sum((a * b for a, b in zip(points[i], points[j], strict=True)), arb(0)) if i != j else arb(1)
        surd = _recognised(value, radicand, bits)
        if surd is None:
            return None
        surds.append(surd)
    return _checked(floats, labels, surds)


def _classes(floats: NDArray[np.float64]) -> tuple[NDArray[np.int64], list[float]] | None:
    """Return labels of inner products that agree in 9 places, and a value for each; None when there are too many."""
    if len(floats) > _MAX_POINTS:
        return None
    gram = floats @ floats.T
    np.fill_diagonal(gram, 1.0)
    values, index = np.unique(np.round(gram, 9), return_inverse=True)
    if len(values) > _MAX_VALUES:
        return None
    labels = index.reshape(gram.shape)
    return labels, [float(gram.flat[k]) for k in np.unique(labels, return_index=True)[1]]


def _recognised(value: arb, radicand: int, bits: int) -> Surd | None:
    """Return a + b sqrt(radicand) with small a and b that agrees with the value in nearly all bits."""
    with ctx.workprec(bits + 64):
        scale = arb(2) ** bits
        column = [(number * scale).mid().floor().unique_fmpz() for number in (value, arb(1), arb(radicand).sqrt())]
    reduced = fmpz_mat([[int(i == k) for k in range(3)] + [entry] for i, entry in enumerate(column)]).lll()
    bottom, plain, root, rest = (int(reduced[0, k]) for k in range(4))
    # By chance the reduced vector would have entries of about bits/3 bits.
    if bottom == 0 or 8 * max(abs(entry).bit_length() for entry in (bottom, plain, root, rest)) > bits:
        return None
    return Surd(fmpq(-plain, bottom), fmpq(-root, bottom), radicand)


def _checked(floats: NDArray[np.float64], labels: NDArray[np.int64], surds: list[Surd]) -> ExactGram | None:
    """Check exactly that the suggested matrix is the Gram matrix of unit vectors in this dimension.

    For points B that span, G_BB is positive definite, being close to a matrix whose eigenvalues are large, and
    G = G_:B G_BB^-1 G_B: holds exactly. A number a + b sqrt(r) acts as the rational matrix ((a, r b), (b, a)).
    """
    ordered = sorted(surds, key=lambda surd: float(surd.ball()))
    merged = [ordered[0], *(new for old, new in pairwise(ordered) if not new.same(old))]
    position = {(str(surd.rational), str(surd.factor)): index for index, surd in enumerate(merged)}
    labels = np.array([position[str(surd.rational), str(surd.factor)] for surd in surds])[labels]
    nearest = np.array([float(surd.ball()) for surd in merged])[labels]
    difference = float(np.abs(nearest - floats @ floats.T).max() + (floats.shape[1] + 10) * 2.0**-52) * len(floats)
    basis = spanning_points(floats)
    one = merged[-1]
    if (
        difference > _SNAP * len(floats)
        or one.rational != 1
        or one.factor != 0
        or (np.diff(np.diag(labels)) != 0).any()
    ):
        return None
    if not smallest_eigenvalue(floats[basis].T) > difference:
        return None
    scale = math.lcm(*(int(part.q) for surd in merged for part in (surd.rational, surd.factor)))
    core = _integer_matrix(labels[np.ix_(basis, basis)], merged, scale)
    inverse, denominator = core.inv().numer_denom()
    outer, inner = (_integer_matrix(part, merged, scale) for part in (labels[:, basis], labels[basis]))
    if outer * (inverse * inner) != _integer_matrix(labels, merged, scale) * denominator:
        return None
    return ExactGram(tuple(merged), labels, difference)


def _integer_matrix(labels: NDArray[np.int64], surds: list[Surd], scale: int) -> fmpz_mat:
    """Return `scale` times a matrix over the field as an integer matrix, twice as large unless all is rational."""
    plain = [int((surd.rational * scale).p) for surd in surds]
    top = [[plain[label] for label in row] for row in labels.tolist()]
    if all(surd.factor == 0 for surd in surds):
        return fmpz_mat(top)
    radicand = max(surd.radicand for surd in surds)
    root = [int((surd.factor * scale).p) for surd in surds]
    bottom = [[root[label] for label in row] for row in labels.tolist()]
    upper = [row + [radicand * entry for entry in below] for row, below in zip(top, bottom, strict=True)]
    return fmpz_mat(upper + [below + row for row, below in zip(top, bottom, strict=True)])
