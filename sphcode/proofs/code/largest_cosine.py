"""The largest cosine of any given points, enclosed by exact arithmetic: no property of the points is assumed."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable

import numpy as np
from flint import arb, ctx, fmpq
from numpy.typing import NDArray

from sphcode.errors import FileFormatError
from sphcode.proofs.certificate import ExactPoints
from sphcode.proofs.coordinates import ExactCosine, RootSum, dot

#: Rows in a block of inner products: memory only.
_BLOCK = 1024
#: Pairs that are computed exactly at most; a code with more at its largest cosine is judged by blocks.
_MAX_CANDIDATES = 50_000
#: Products of exact coordinates that are formed (a second or two); integer rows of more norms than this go one by one.
_MAX_PRODUCTS = 300_000
_MAX_NORMS = 12
#: Sums p + q sqrt(r), with neither part above twice the norm, are rounded to within this share of the norm.
_ROUNDED = 2.0**-48


def largest_cosine(points: ExactPoints, bits: int) -> arb:
    """Return a ball around the largest cosine between two of the points, exactly normalised.

    float64 only selects: a pair can be left out when its float64 cosine is so far below the largest that rounding
    cannot explain it. The cosines of the others are computed as balls of `bits` bits. When more than 50 000 pairs
    remain, the float64 value with its error bound is returned instead, which is good to about 14 digits.

    Raises FileFormatError if two points are the same, or so many may be that this is not examined: no code has them.

    Sources: the error bound of inner products in any order of summation, N. J. Higham, Accuracy and Stability of
    Numerical Algorithms, 2nd ed. (2002), section 3.1.
    """
    exact = exact_cosine(points)
    if exact is not None:
        with ctx.workprec(bits):
            return exact.ball()
    error = rounding_error(points.floats.shape[1])
    largest, pairs = close_pairs(points.floats, 2 * error, _MAX_CANDIDATES)
    if largest > 1 - 2 * error:
        _refuse_equal(points, pairs)
    with ctx.workprec(bits):
        if pairs is None:
            return arb(largest, error)
        rows = {index: points.unit(index) for index in np.unique(pairs).tolist()}
        cosines = (sum((a * b for a, b in zip(rows[i], rows[j], strict=True)), arb(0)) for i, j in pairs.tolist())
        return maximum(cosines)


def exact_cosine(points: ExactPoints) -> ExactCosine | None:
    """Return the largest cosine of exact coordinates as an exact number; None for float64 rows, and for too many.

    Raises FileFormatError if two points are the same.
    """
    if points.exact is None:
        return None
    if isinstance(points.exact, np.ndarray):
        found = _of_whole_numbers(points.exact)
    else:
        found = _of_one_root(points.exact)
    if found is not None:
        return found
    dim = points.floats.shape[1]
    largest, pairs = close_pairs(points.floats, 2 * rounding_error(dim), _MAX_CANDIDATES)
    if pairs is None or len(pairs) * dim > _MAX_PRODUCTS:
        return None
    if largest > 1 - 2 * rounding_error(dim):
        _refuse_equal(points, pairs)
    rows = {index: points.row(index) for index in np.unique(pairs).tolist()}
    squares = {index: dot(row, row) for index, row in rows.items()}
    best: ExactCosine | None = None
    for i, j in pairs.tolist():
        cosine = ExactCosine(dot(rows[i], rows[j]), squares[i] * squares[j])
        if best is None or best < cosine:
            best = cosine
    return best


def _of_whole_numbers(rows: NDArray[np.int64]) -> ExactCosine | None:
    """Return the largest cosine of integer rows, whose products are exact in float64; None for many different norms."""
    squares = np.einsum("ij,ij->i", rows, rows)
    norms = np.unique(squares)
    if len(norms) > _MAX_NORMS or int(squares.max()) >= 2**53:
        return None
    best: ExactCosine | None = None
    for place, first in enumerate(norms.tolist()):
        for second in norms[place:].tolist():
            product = _largest_product(rows[squares == first], rows[squares == second], first == second)
            if product is None:
                continue
            cosine = ExactCosine(RootSum.rational(product), RootSum.rational(first * second))
            if product > 0 and product * product == first * second:
                raise FileFormatError(
                    "`points` must be pairwise different when normalised, two rows are the same point"
                )
            if best is None or best < cosine:
                best = cosine
    return best


def _of_one_root(rows: list[list[RootSum]]) -> ExactCosine | None:
    """Return the largest cosine of rows with coordinates a + b sqrt(r) of one rational norm; None for other rows.

    With whole a and b, products are p + q sqrt(r), p and q exact in float64. Only their sums are rounded, to within a
    few units of the norm, since neither |p| nor |q| sqrt(r) is above it; those near the largest are compared exactly.
    """
    distinct = {value for row in rows for value in row}
    roots = {root for value in distinct for root, _ in value.terms} - {1}
    if len(roots) > 1:
        return None
    root = roots.pop() if roots else 1
    scale = 1
    for denominator in {int(factor.q) for value in distinct for _, factor in value.terms}:
        scale = math.lcm(scale, denominator)
        if scale >= 2**53:  # too fine for products in float64
            return None
    parts = {value: [int(dict(value.terms).get(m, fmpq(0)) * scale) for m in (1, root)] for value in distinct}
    if root == 1:
        parts = {value: [a, 0] for value, (a, _) in parts.items()}
    largest = max(abs(part) for both in parts.values() for part in both)
    if len(rows[0]) * (1 + root) * largest**2 >= 2**53:
        return None
    whole, multiple = np.moveaxis(np.array([[parts[value] for value in row] for row in rows], dtype=np.float64), 2, 0)
    squares = np.einsum("ij,ij->i", whole, whole) + root * np.einsum("ij,ij->i", multiple, multiple)
    if (squares != squares[0]).any() or np.einsum("ij,ij->i", whole, multiple).any():
        return None
    norm = int(squares[0])
    both = np.stack([whole, multiple], axis=2)
    best: RootSum | None = None
    for row in range(0, len(both), _BLOCK):
        for column in range(row, len(both), _BLOCK):
            if row == column == len(both) - 1:
                continue
            products = largest_products(
                both[row : row + _BLOCK], both[column : column + _BLOCK], root, norm, row == column
            )
            best = largest_of(products if best is None else [best, *products])
    assert best is not None  # of two rows at least
    if best == RootSum.rational(norm):
        raise FileFormatError("`points` must be pairwise different when normalised, two rows are the same point")
    return ExactCosine(best, RootSum.rational(norm * norm))


def largest_products(
    left: NDArray[np.float64], right: NDArray[np.float64], root: int, norm: int, same: bool
) -> list[RootSum]:
    """Return the inner products of rows a + b sqrt(root), (n, dim, 2), that may be the largest: those near it.

    `same` says that both are the same block, of at least two rows, of which a row is not multiplied with itself.
    """
    a, b, c, d = left[..., 0], left[..., 1], right[..., 0].T, right[..., 1].T
    p, q = a @ c + root * (b @ d), a @ d + b @ c
    sums = p + math.sqrt(root) * q
    if same:
        np.fill_diagonal(sums, -np.inf)
    near = sums >= sums.max() - 2 * _ROUNDED * norm
    pairs = {(int(pair.real), int(pair.imag)) for pair in np.unique(p[near] + 1j * q[near]).tolist()}
    return [RootSum.of({1: fmpq(x)} | ({root: fmpq(y)} if root > 1 else {})) for x, y in sorted(pairs)]


def largest_of(numbers: Iterable[RootSum]) -> RootSum:
    """Return the largest of some numbers, compared exactly."""
    return functools.reduce(lambda first, second: second if (second - first).sign() > 0 else first, numbers)


def _largest_product(left: NDArray[np.int64], right: NDArray[np.int64], same: bool) -> int | None:
    """Return the largest inner product of two different rows; None when there are no two."""
    if same and len(left) < 2:
        return None
    first, second = left.astype(np.float64), right.astype(np.float64)
    largest = -np.inf
    for row in range(0, len(first), _BLOCK):
        for column in range(row if same else 0, len(second), _BLOCK):
            products = first[row : row + _BLOCK] @ second[column : column + _BLOCK].T
            if same and row == column:
                np.fill_diagonal(products, -np.inf)
            largest = max(largest, float(products.max()))
    return int(largest)


def _refuse_equal(points: ExactPoints, pairs: NDArray[np.int64] | None) -> None:
    """Raise FileFormatError if one of the pairs is one point twice; None stands for too many to look at."""
    if pairs is None:
        raise FileFormatError(f"`points` must be pairwise different, over {_MAX_CANDIDATES} pairs are nearly equal")
    for first, second in pairs.tolist():
        if points.same_direction(first, second):
            raise FileFormatError(
                f"`points` must be pairwise different when normalised, rows {first} and {second} are the same point"
            )


def rounding_error(dim: int) -> float:
    """Bound the error of a float64 cosine of float64 rows of norm 1 within 1e-6, normalised in float64.

    With u = 2^-53: reading a decimal costs u in each coordinate, the norm (dim/2 + 2) u, the division u, the same for
    the other row, and the inner product dim u; together (2 dim + 8) u to first order. Twice that covers the rest.
    """
    return (4 * dim + 16) * 2.0**-53


def unit_floats(floats: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rows normalised in float64."""
    unit: NDArray[np.float64] = floats / np.sqrt(np.einsum("ij,ij->i", floats, floats))[:, None]
    return unit


def maximum(values: Iterable[arb]) -> arb:
    """Return a ball around the largest of some balls."""
    return functools.reduce(lambda first, second: first.max(second), values)


def close_pairs(floats: NDArray[np.float64], tolerance: float, limit: int) -> tuple[float, NDArray[np.int64] | None]:
    """Return the largest float64 cosine, and the pairs i < j within `tolerance` of it; None if more than `limit`."""
    unit = unit_floats(floats)
    largest = dropped = -np.inf
    values, pairs = np.empty(0), np.empty((0, 2), dtype=np.int64)
    for row in range(0, len(unit), _BLOCK):
        for column in range(row, len(unit), _BLOCK):
            cosines = unit[row : row + _BLOCK] @ unit[column : column + _BLOCK].T
            if row == column:
                cosines[np.tril_indices(len(cosines))] = -np.inf
            largest = max(largest, float(cosines.max()))
            i, j = np.nonzero(cosines >= largest - tolerance)
            if len(i):
                values = np.concatenate([values, cosines[i, j]])
                pairs = np.concatenate([pairs, np.stack([row + i, column + j], axis=1)])
                still = values >= largest - tolerance
                values, pairs = values[still], pairs[still]
            if len(values) > limit:
                dropped = max(dropped, float(values.max()))
                values, pairs = values[:0], pairs[:0]
    return largest, pairs[np.lexsort(pairs.T[::-1])] if dropped < largest - tolerance else None
