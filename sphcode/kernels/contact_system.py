"""The linear system of contacts: how the cosines of listed pairs change when points move in their tangent spaces.

Unknowns are stacked as (tangent coordinates of point 0, of point 1, ..., t), n_points * (dim - 1) + 1 in all; `last`
is the index of t. Row q of the Jacobian is the change of cosine(first[q], second[q]) - t; it is kept as two tangent
vectors per pair. Matrices are those of `kernels.cholesky`.
"""

from __future__ import annotations

import numpy as np

from sphcode.kernels._jit import kernel


@kernel(fast=True)
def tangent_bases(points, bases):
    """Write an orthonormal basis of each tangent space: columns of bases[i], (dim, dim - 1), by one Householder map."""
    n_points, dim = points.shape
    for i in range(n_points):
        pivot = points[i, 0] + (1.0 if points[i, 0] >= 0.0 else -1.0)
        square = pivot * pivot
        for k in range(1, dim):
            square += points[i, k] * points[i, k]
        scale = 2.0 / square
        for b in range(1, dim):
            bases[i, 0, b - 1] = -scale * pivot * points[i, b]
            for k in range(1, dim):
                bases[i, k, b - 1] = -scale * points[i, k] * points[i, b]
            bases[i, b, b - 1] += 1.0


@kernel(fast=True)
def contact_rows(points, bases, first, second, row_first, row_second):
    """Write each pair's Jacobian row: the tangent vectors at its two points."""
    _, dim = points.shape
    for q in range(len(first)):
        i, j = first[q], second[q]
        for a in range(dim - 1):
            at_first = 0.0
            at_second = 0.0
            for k in range(dim):
                at_first += bases[i, k, a] * points[j, k]
                at_second += bases[j, k, a] * points[i, k]
            row_first[q, a] = at_first
            row_second[q, a] = at_second


@kernel
def leftmost_columns(first, second, tangents, last, order):
    """Column of the first nonzero in each row of the normal matrix's lower triangle; needs first > second."""
    leftmost = np.arange(order)
    for i in range(last):
        leftmost[i] = i - i % tangents
    for q in range(len(first)):
        for a in range(tangents):
            row = first[q] * tangents + a
            leftmost[row] = min(leftmost[row], second[q] * tangents)
    leftmost[last] = 0
    return leftmost


@kernel(fast=True)
def normal_matrix(first, second, row_first, row_second, weights, last, base, matrix):
    """Write the lower triangle of A' diag(weights) A in profile storage, and ones on the diagonal beyond it.

    base: see `kernels.cholesky`; needs first > second.
    """
    tangents = row_first.shape[1]
    for index in range(len(matrix)):
        matrix[index] = 0.0
    for i in range(last + 1, len(base)):
        matrix[base[i] + i] = 1.0
    corner = base[last]
    for q in range(len(first)):
        i, j, weight = first[q] * tangents, second[q] * tangents, weights[q]
        for a in range(tangents):
            at_first = weight * row_first[q, a]
            at_second = weight * row_second[q, a]
            row_i, row_j = base[i + a], base[j + a]
            for b in range(a + 1):
                matrix[row_i + i + b] += at_first * row_first[q, b]
                matrix[row_j + j + b] += at_second * row_second[q, b]
            for b in range(tangents):
                matrix[row_i + j + b] += at_first * row_second[q, b]
            matrix[corner + i + a] -= at_first
            matrix[corner + j + a] -= at_second
        matrix[corner + last] += weight


@kernel(fast=True)
def apply(first, second, row_first, row_second, vector, out):
    """Out = A vector, one entry a pair."""
    tangents = row_first.shape[1]
    for q in range(len(first)):
        value = -vector[-1]
        for a in range(tangents):
            value += row_first[q, a] * vector[first[q] * tangents + a]
            value += row_second[q, a] * vector[second[q] * tangents + a]
        out[q] = value


@kernel(fast=True)
def apply_transposed(first, second, row_first, row_second, weights, out):
    """Out = A' weights, one entry an unknown."""
    tangents = row_first.shape[1]
    for a in range(len(out)):
        out[a] = 0.0
    for q in range(len(first)):
        for a in range(tangents):
            out[first[q] * tangents + a] += weights[q] * row_first[q, a]
            out[second[q] * tangents + a] += weights[q] * row_second[q, a]
        out[-1] -= weights[q]


@kernel(fast=True)
def moved(points, bases, step, length, antipode, out):
    """Write the points moved by `length` times the tangent part of `step` and normalised.

    `antipode` is empty, or holds for each point the index of its antipode, which then stays exactly that.
    """
    n_points, dim = points.shape
    tangents = dim - 1
    for i in range(n_points):
        norm = 0.0
        for k in range(dim):
            value = points[i, k]
            for a in range(tangents):
                value += length * bases[i, k, a] * step[i * tangents + a]
            out[i, k] = value
            norm += value * value
        scale = 1.0 / np.sqrt(norm)
        for k in range(dim):
            out[i, k] *= scale
    for i in range(len(antipode)):
        if i < antipode[i]:
            for k in range(dim):
                out[antipode[i], k] = -out[i, k]


@kernel(fast=True)
def longest_move(step, n_points):
    """Return the length of the longest tangent part of `step`."""
    tangents = (len(step) - 1) // n_points
    longest = 0.0
    for i in range(n_points):
        square = 0.0
        for a in range(tangents):
            square += step[i * tangents + a] ** 2
        longest = max(longest, square)
    return np.sqrt(longest)


@kernel
def assign(points, out):
    """Write `points` into `out`."""
    for i in range(points.shape[0]):
        for k in range(points.shape[1]):
            out[i, k] = points[i, k]


@kernel(fast=True)
def pair_cosines(points, first, second, out):
    """Inner products of the listed pairs."""
    dim = points.shape[1]
    for q in range(len(first)):
        value = 0.0
        for k in range(dim):
            value += points[first[q], k] * points[second[q], k]
        out[q] = value


@kernel(fast=True)
def near_pairs(points, cosine, first, second):
    """List the pairs i > j with inner product >= cosine, as many as the arrays hold; return how many there are."""
    n_points, dim = points.shape
    count = 0
    for i in range(1, n_points):
        for j in range(i):
            value = 0.0
            for k in range(dim):
                value += points[i, k] * points[j, k]
            if value >= cosine:
                if count < len(first):
                    first[count] = i
                    second[count] = j
                count += 1
    return count


@kernel(fast=True)
def max_cosine(points):
    """Largest inner product of two different rows."""
    n_points, dim = points.shape
    best = -2.0
    for i in range(1, n_points):
        for j in range(i):
            value = 0.0
            for k in range(dim):
                value += points[i, k] * points[j, k]
            best = max(best, value)
    return best
