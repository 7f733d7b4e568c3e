"""Smoothed largest cosine: log of a sum over pairs of ((1 - c0) / (1 - cosine))^(2^k), with its gradient.

The power is a chain of k squarings, so the inner loops hold no exp and no pow and vectorise. Points are columns, shape
(dim, n_points): the loop over neighbours is contiguous. A symmetric code is given by one representative per orbit; its
other points are images under the group, and the gradient is needed at the representatives only.
"""

from __future__ import annotations

import numpy as np

from sphcode.kernels._jit import kernel

#: Chordal gaps 1 - cosine below this are treated as this, so that coinciding points repel instead of overflowing.
SMALLEST_GAP = 1e-14
#: Terms below this share of that of two nearest neighbours are left out of lists.
NEGLIGIBLE = 1e-12
#: Weights below this share of the sum are left out of a gradient: most listed pairs are far at high exponents.
_UNSEEN = 1e-25
#: In more dimensions a list is faster pair by pair than coordinate by coordinate (measured at (4, 600), (5, 600)).
_FEW_DIMENSIONS = 4
#: Lists reach this multiple of the distance of nearest neighbours further than they must.
_SKIN = 0.25


@kernel(fast=True)
def cosines(points, query, count, row):
    """Write the inner products of the column `query` with the first `count` columns of `points` into `row`."""
    dim = points.shape[0]
    for j in range(count):
        row[j] = query[0] * points[0, j]
    for k in range(1, dim):
        coordinate = query[k]
        for j in range(count):
            row[j] += coordinate * points[k, j]


@kernel(fast=True)
def _weights(row, inverse, count, gap, squarings):
    """Replace cosines by the weights u^p / (1 - cosine), u = gap / (1 - cosine), p = 2^squarings; return sum u^p."""
    for j in range(count):
        inverse[j] = 1.0 / max(1.0 - row[j], SMALLEST_GAP)
        row[j] = gap * inverse[j]
    # Three squarings a pass: a loop over the squarings of one number would not vectorise, one a pass waits for memory.
    for _ in range(squarings // 3):
        for j in range(count):
            square = row[j] * row[j]
            fourth = square * square
            row[j] = fourth * fourth
    for _ in range(squarings % 3):
        for j in range(count):
            row[j] *= row[j]
    total = 0.0
    for j in range(count):
        total += row[j]
        row[j] *= inverse[j]
    return total


@kernel(fast=True)
def largest_cosine(points, row):
    """Largest inner product of two different columns of `points` (dim, n_points); `row` is scratch of length n."""
    best = -2.0
    for i in range(1, points.shape[1]):
        cosines(points, points[:, i], i, row)
        for j in range(i):
            best = max(best, row[j])
    return best


@kernel(fast=True)
def _scale(vectors, factor):
    for k in range(vectors.shape[0]):
        for j in range(vectors.shape[1]):
            vectors[k, j] *= factor


@kernel(fast=True)
def pair_energy(points, squarings, gap, gradient, rows):
    """Return log of the sum over pairs, and write its gradient (dim, n_points), not yet projected.

    `rows` is scratch, shape (2, n_points).
    """
    dim, n_points = points.shape
    for k in range(dim):
        for j in range(n_points):
            gradient[k, j] = 0.0
    row = rows[0]
    total = 0.0
    for i in range(1, n_points):
        cosines(points, points[:, i], i, row)
        total += _weights(rows[0], rows[1], i, gap, squarings)
        for k in range(dim):
            coordinate = points[k, i]
            pull = 0.0
            for j in range(i):
                pull += row[j] * points[k, j]
                gradient[k, j] += row[j] * coordinate
            gradient[k, i] += pull
    _scale(gradient, (1 << squarings) / total)
    return np.log(total)


@kernel(fast=True)
def list_near(points, squarings, first, second, row):
    """List the pairs that matter at this exponent; return how many they are, and how far points may move meanwhile.

    A pair matters when its term is not negligible beside that of two nearest neighbours; the list reaches further by a
    skin, and holds until a point has moved half of that. If the arrays are too short: -1, and any distance.
    """
    n_points = points.shape[1]
    nearest = 0.0
    for i in range(n_points):
        cosines(points, points[:, i], n_points, row)
        row[i] = -1.0
        closest = -1.0
        for j in range(n_points):
            closest = max(closest, row[j])
        nearest += np.sqrt(max(0.0, 2.0 - 2.0 * closest))
    nearest /= n_points
    chord = nearest * (NEGLIGIBLE ** (-0.5 / (1 << squarings)) + _SKIN)
    least = 1.0 - 0.5 * chord * chord
    count = 0
    for i in range(1, n_points):
        cosines(points, points[:, i], i, row)
        for j in range(i):
            if row[j] >= least:
                if count == len(first):
                    return -1, np.inf
                first[count] = i
                second[count] = j
                count += 1
    return count, 0.5 * _SKIN * nearest


@kernel(fast=True)
def _pairs_by_coordinates(points, first, second, squarings, gap, gradient, rows):
    """The sum over listed pairs and its gradient, not yet scaled, one coordinate of all pairs after another."""
    dim, n_points = points.shape
    count = len(first)
    row = rows[0]
    for q in range(count):
        row[q] = points[0, first[q]] * points[0, second[q]]
    for k in range(1, dim):
        for q in range(count):
            row[q] += points[k, first[q]] * points[k, second[q]]
    total = _weights(rows[0], rows[1], count, gap, squarings)
    for k in range(dim):
        for j in range(n_points):
            gradient[k, j] = 0.0
    least = _UNSEEN * total
    for q in range(count):
        if row[q] > least:
            i, j = first[q], second[q]
            for k in range(dim):
                gradient[k, i] += row[q] * points[k, j]
                gradient[k, j] += row[q] * points[k, i]
    return total


@kernel(fast=True)
def _pairs_by_points(points, first, second, squarings, gap, gradient, rows):
    """The same, one pair after another, on points as rows: the coordinates of a point then share cache lines."""
    dim, n_points = points.shape
    count = len(first)
    row = rows[0]
    lines = points.T.copy()
    pulls = np.zeros((n_points, dim))
    for q in range(count):
        i, j = first[q], second[q]
        cosine = 0.0
        for k in range(dim):
            cosine += lines[i, k] * lines[j, k]
        row[q] = cosine
    total = _weights(rows[0], rows[1], count, gap, squarings)
    least = _UNSEEN * total
    for q in range(count):
        weight = row[q]
        if weight > least:
            i, j = first[q], second[q]
            for k in range(dim):
                pulls[i, k] += weight * lines[j, k]
                pulls[j, k] += weight * lines[i, k]
    for k in range(dim):
        for j in range(n_points):
            gradient[k, j] = pulls[j, k]
    return total


@kernel(fast=True)
def list_energy(points, first, second, squarings, gap, gradient, rows):
    """`pair_energy` over listed pairs; `rows` is scratch, shape (2, number of pairs) at least."""
    if points.shape[0] <= _FEW_DIMENSIONS:
        total = _pairs_by_coordinates(points, first, second, squarings, gap, gradient, rows)
    else:
        total = _pairs_by_points(points, first, second, squarings, gap, gradient, rows)
    _scale(gradient, (1 << squarings) / total)
    return np.log(total)


@kernel(fast=True)
def tile_weights(tile, diagonal, gap, squarings):
    """Replace a tile of cosines by weights as `pair_energy` does, and return the sum over its pairs.

    diagonal: rows and columns are the same points; then only the part below the diagonal counts, and the rest is set
    to 0.
    """
    n_rows, n_columns = tile.shape
    inverse = np.empty(n_columns)
    total = 0.0
    for i in range(n_rows):
        count = i if diagonal else n_columns
        total += _weights(tile[i], inverse, count, gap, squarings)
        for j in range(count, n_columns):
            tile[i, j] = 0.0
    return total


@kernel(fast=True)
def expand(representatives, elements, owner, element, points):
    """Write the whole code: column j of `points` is elements[element[j]] applied to representative owner[j]."""
    dim, n_points = points.shape
    for j in range(n_points):
        for a in range(dim):
            value = 0.0
            for b in range(dim):
                value += elements[element[j], a, b] * representatives[b, owner[j]]
            points[a, j] = value


@kernel(fast=True)
def orbit_energy(representatives, first, sizes, points, squarings, gap, gradient, rows):
    """`pair_energy` of the expanded code `points`, with the gradient with respect to the representatives.

    first[i] is the column of `points` that holds representative i, sizes[i] the number of points in its orbit.
    """
    dim, n_points = points.shape
    row = rows[0]
    total = 0.0
    for i in range(len(first)):
        cosines(points, representatives[:, i], n_points, row)
        row[first[i]] = -np.inf
        total += 0.5 * sizes[i] * _weights(rows[0], rows[1], n_points, gap, squarings)
        row[first[i]] = 0.0
        for k in range(dim):
            pull = 0.0
            for j in range(n_points):
                pull += row[j] * points[k, j]
            gradient[k, i] = sizes[i] * pull
    _scale(gradient, (1 << squarings) / total)
    return np.log(total)
