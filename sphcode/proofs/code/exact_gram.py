"""Codes in exact coordinates: Gram matrices with rational entries, or entries in a number field.

Numbers only suggest the entries. Then it is checked exactly that the matrix G is the Gram matrix of unit vectors in
that dimension: for points B that span, G_BB is positive definite, being close to a matrix whose eigenvalues are large,
and G = G_:B G_BB^-1 G_B: holds in the field.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from flint import arb, ctx, fmpq, fmpz_mat, fmpz_poly
from numpy.typing import NDArray

from sphcode.proofs.code.gram import smallest_eigenvalue, spanning_points
from sphcode.proofs.sharp import Surd

#: Guesses of exact inner products: fractions with denominators up to this, and how far a float may be from its guess.
#: A wrong guess is found out by the proof.
_DENOMINATOR = 1000
_SNAP = 1e-10
#: Larger matrices, and more different values, are left to other proofs: exact ranks take time that grows with the
#: cube.
_MAX_POINTS = 600
_MAX_VALUES = 200

#: Coefficients of one entry in the powers 1, x, x^2, ... of the number that generates the field.
Element = tuple[fmpq, ...]


@dataclass(frozen=True, eq=False)
class ExactGram:
    """The exact Gram matrix of a code.

    `labels` (n_points, n_points) points into `values`, the different inner products in ascending order; that of a point
    with itself, 1, is the last, and no two different points have it. The values are polynomials in the root, enclosed
    by `root`, of the monic `polynomial`; for rational entries that is x.
    `difference` bounds |G - X X'| (Frobenius) for the float64 points X that suggested it.
    """

    values: tuple[Element, ...]
    labels: NDArray[np.int64]
    polynomial: fmpz_poly
    root: arb
    difference: float

    @property
    def largest(self) -> int:
        """Label of the largest cosine between different points."""
        return int(self.labels[~np.eye(len(self.labels), dtype=bool)].max())

    @property
    def contacts(self) -> NDArray[np.int64]:
        """Pairs i < j at the largest cosine."""
        return np.argwhere(np.triu(self.labels == self.largest, 1))

    def ball(self, label: int) -> arb:
        """Return a ball around an inner product."""
        return _evaluate(self.values[label], self.root)

    def surds(self) -> tuple[Surd, ...] | None:
        """Return the inner products of different points, ascending, as a + b sqrt(r); None beyond degree 2."""
        between = self.values[: self.largest + 1]
        if self.polynomial.degree() == 1:
            return tuple(Surd(value[0], fmpq(0), 1) for value in between)
        if self.polynomial.degree() > 2:
            return None
        middle = fmpq(-self.polynomial[1], 2)
        radicand = int(self.polynomial.discriminant())
        half = fmpq(1, 2) if self.root > middle.p / arb(middle.q) else fmpq(-1, 2)
        return tuple(Surd(value[0] + value[1] * middle, value[1] * half, radicand) for value in between)


def rational_gram(floats: NDArray[np.float64]) -> ExactGram | None:
    """Find an exact code whose inner products are rationals of small denominator, near the given points."""
    classes = _classes(floats)
    if classes is None:
        return None
    labels, first = classes
    gram = floats @ floats.T
    np.fill_diagonal(gram, 1.0)
    values = [float(gram[i, j]) for i, j in first]
    guesses = [Fraction(value).limit_denominator(_DENOMINATOR) for value in values]
    if any(abs(float(guess) - value) > _SNAP for guess, value in zip(guesses, values, strict=True)):
        return None
    elements = [(fmpq(guess.numerator, guess.denominator),) for guess in guesses]
    return _checked(floats, labels, elements, fmpz_poly([0, 1]), arb(0))


def field_gram(points: Sequence[Sequence[arb]], polynomial: fmpz_poly, number: arb, bits: int) -> ExactGram | None:
    """Find an exact code with inner products in the field of an algebraic number, near points good to `bits` bits.

    `polynomial` is the minimal polynomial of `number`.
    """
    floats = np.array([[float(value.mid()) for value in row] for row in points])
    degree = polynomial.degree()
    classes = _classes(floats)
    if classes is None or len(floats) * degree > _MAX_POINTS:
        return None
    lead = int(polynomial.leading_coefficient())
    monic = fmpz_poly([int(polynomial[k]) * lead ** (degree - 1 - k) for k in range(degree)] + [1])
    with ctx.workprec(bits + 64):
        roots = [root.real for root, _ in monic.complex_roots() if root.imag == 0]
        root = min(roots, key=lambda candidate: abs(float(candidate - number * lead)))
        elements = []
        for i, j in classes[1]:
            value = sum((a * b for a, b in zip(points[i], points[j], strict=True)), arb(0)) if i != j else arb(1)
            element = _recognised(value, root / lead, degree, bits)
            if element is None:
                return None
            elements.append(tuple(coefficient / lead**k for k, coefficient in enumerate(element)))
        return _checked(floats, classes[0], elements, monic, root)


def _classes(floats: NDArray[np.float64]) -> tuple[NDArray[np.int64], list[tuple[int, int]]] | None:
    """Return labels of inner products that agree in 9 places, and a pair for each; None when there are too many."""
    if len(floats) > _MAX_POINTS:
        return None
    gram = floats @ floats.T
    np.fill_diagonal(gram, 1.0)
    values, first, index = np.unique(np.round(gram, 9), return_index=True, return_inverse=True)
    if len(values) > _MAX_VALUES:
        return None
    pairs = [divmod(int(flat), len(floats)) for flat in first]
    return index.reshape(gram.shape), pairs


def _evaluate(element: Element, root: arb) -> arb:
    return sum((coefficient.p / arb(coefficient.q) * root**k for k, coefficient in enumerate(element)), arb(0))


def _recognised(value: arb, root: arb, degree: int, bits: int) -> Element | None:
    """Return the small polynomial in the root that agrees with the value in nearly all bits, by lattice reduction."""
    scale = arb(2) ** bits
    column = [(number * scale).mid().floor().unique_fmpz() for number in (value, *(root**k for k in range(degree)))]
    rows = [[int(i == k) for k in range(degree + 1)] + [entry] for i, entry in enumerate(column)]
    reduced = fmpz_mat(rows).lll()
    entries = [int(reduced[0, k]) for k in range(degree + 2)]
    # By chance the entries would have about bits / (degree + 1) bits; at most half of that is believed.
    if entries[0] == 0 or 2 * (degree + 1) * max(abs(entry).bit_length() for entry in entries) > bits:
        return None
    return tuple(fmpq(-entry, entries[0]) for entry in entries[1:-1])


def _checked(
    floats: NDArray[np.float64], labels: NDArray[np.int64], elements: list[Element], polynomial: fmpz_poly, root: arb
) -> ExactGram | None:
    """Check exactly that the suggested matrix is the Gram matrix of unit vectors in this dimension."""
    values = sorted(set(elements), key=lambda element: float(_evaluate(element, root)))
    balls = [_evaluate(element, root) for element in values]
    if not all(below < above for below, above in pairwise(balls)):
        return None
    position = {element: index for index, element in enumerate(values)}
    labels = np.array([position[element] for element in elements])[labels]
    nearest = np.array([float(ball) for ball in balls])[labels]
    difference = float(np.abs(nearest - floats @ floats.T).max() + (floats.shape[1] + 10) * 2.0**-52) * len(floats)
    one = position.get((fmpq(1),) + (fmpq(0),) * (polynomial.degree() - 1))
    # Every point has inner product 1 with itself and with no other: points of one direction are no code.
    if difference > _SNAP * len(floats) or not np.array_equal(labels == one, np.eye(len(floats), dtype=bool)):
        return None
    basis = spanning_points(floats)
    if not smallest_eigenvalue(floats[basis].T) > difference:
        return None
    scale = math.lcm(*(int(coefficient.q) for element in values for coefficient in element))
    blocks = [_acting(element, polynomial, scale) for element in values]
    inverse, denominator = _assembled(labels[np.ix_(basis, basis)], blocks).inv().numer_denom()
    left, right = _assembled(labels[:, basis], blocks), _assembled(labels[basis], blocks)
    if left * (inverse * right) != _assembled(labels, blocks) * denominator:
        return None
    return ExactGram(tuple(values), labels, polynomial, root, difference)


def _acting(element: Element, polynomial: fmpz_poly, scale: int) -> list[list[int]]:
    """Return `scale` times the matrix by which an element multiplies the powers 1, x, ... of the root."""
    degree = polynomial.degree()
    start = fmpz_poly([int((coefficient * scale).p) for coefficient in element])
    rows = [(start * fmpz_poly([0] * k + [1])) % polynomial for k in range(degree)]
    return [[int(row[k]) for k in range(degree)] for row in rows]


def _assembled(labels: NDArray[np.int64], blocks: list[list[list[int]]]) -> fmpz_mat:
    """Return the integer matrix whose blocks are those of the labels."""
    size = len(blocks[0])
    return fmpz_mat(
        [[entry for label in row for entry in blocks[label][k]] for row in labels.tolist() for k in range(size)]
    )
