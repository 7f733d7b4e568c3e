"""Cholesky factorisation of the normal matrix of contacts, one front after another (Duff and Reid 1983).

The matrix is A' diag(weights) A + diag(shifts) for the A of `kernels.contact_system`. A front holds what contacts its
part adds to it and what its halves left; its own unknowns are eliminated, and what is left waits for the front of the
part that holds it. The work for N points on a surface grows as N^(3/2), that of a band as N^2.
"""

from __future__ import annotations

import numpy as np

from sphcode.kernels._jit import kernel
from sphcode.kernels.cholesky import BLOCK, block_product, factor_block


@kernel(fast=True)
def _assemble(front, size, v, fronts, first, second, row_first, row_second, weights, shifts, position):
    """Write what contacts and shifts add to the lower triangle of front v, and where its unknowns are."""
    tangents = row_first.shape[1]
    begin, own = fronts.begins[v], fronts.own[v]
    for i in range(size):
        for j in range(i + 1):
            front[i * size + j] = 0.0
        unknown = fronts.rows[begin + i]
        if unknown >= 0:
            position[unknown] = i
        if i < own and unknown < 0:
            front[i * size + i] = 1.0
        elif i < own and unknown < len(shifts):
            front[i * size + i] = shifts[unknown]
    at, row = np.empty(2 * tangents + 1, np.int64), np.empty(2 * tangents + 1)
    at[-1], row[-1] = position[len(shifts)], -1.0
    for place in range(fronts.pair_begins[v], fronts.pair_begins[v + 1]):
        q = fronts.pairs[place]
        for a in range(tangents):
            at[a], row[a] = position[first[q] * tangents] + a, row_first[q, a]
            at[tangents + a], row[tangents + a] = position[second[q] * tangents] + a, row_second[q, a]
        for a in range(len(row)):
            for b in range(len(row)):
                if at[b] <= at[a]:
                    front[at[a] * size + at[b]] += weights[q] * row[a] * row[b]


@kernel
def _add(front, size, rows, position, left, begin):
    """Add what a half left on the unknowns `rows`, a lower triangle from `begin` on, to a front."""
    for i in range(len(rows)):
        for j in range(i + 1):
            if rows[i] >= 0 and rows[j] >= 0:
                a, b = position[rows[i]], position[rows[j]]
                front[max(a, b) * size + min(a, b)] += left[begin + i * len(rows) + j]


@kernel
def _eliminate(front, size, own):
    """Factor the first `own` columns of a front, and subtract their products; False if it is not positive definite."""
    product = np.empty((BLOCK, BLOCK))
    rows, columns = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    for j in range(0, size, BLOCK):
        # A column that stays has the products of all that are eliminated subtracted, and is not divided.
        count = min(j, own)
        for i in range(j, size, BLOCK):
            block_product(front, i * size, size, j * size, size, count, product)
            for a in range(BLOCK):
                rows[a], columns[a] = (i + a) * size + j, (j + a) * size + j
            if j < own:
                if not factor_block(front, rows, columns, product, i == j):
                    return False
            else:
                for a in range(BLOCK):
                    for b in range(BLOCK):
                        front[rows[a] + b] -= product[a, b]
    return True


@kernel
def factor(fronts, first, second, row_first, row_second, weights, shifts, columns):
    """Write the columns of the Cholesky factor; return False if the matrix is not positive definite.

    fronts: see `kernels.dissection`. columns: as many as fronts.columns[-1]; those of a front are in its rows.
    """
    front, left = np.empty(fronts.largest**2), np.empty(fronts.most_left)
    position = np.empty(len(shifts) + 1, np.int64)
    # The fronts whose rest waits, the last on top, and where it begins.
    waiting, begins, height, end = np.empty(len(fronts.own), np.int64), np.empty(len(fronts.own), np.int64), 0, 0
    for v in range(len(fronts.own)):
        own, size = fronts.own[v], fronts.begins[v + 1] - fronts.begins[v]
        _assemble(front, size, v, fronts, first, second, row_first, row_second, weights, shifts, position)
        for _ in range(2 if fronts.halves[v] else 0):
            height -= 1
            half, end = waiting[height], begins[height]
            rows = fronts.rows[fronts.begins[half] + fronts.own[half] : fronts.begins[half + 1]]
            _add(front, size, rows, position, left, end)
        if not _eliminate(front, size, own):
            return False
        at = fronts.columns[v]
        for i in range(size):
            for j in range(min(i + 1, own)):
                columns[at + i * own + j] = front[i * size + j]
        waiting[height], begins[height] = v, end
        height += 1
        for i in range(own, size):
            for j in range(own, i + 1):
                left[end + (i - own) * (size - own) + j - own] = front[i * size + j]
        end += (size - own) ** 2
    return True


@kernel(fast=True)
def solve(fronts, columns, vector):
    """Overwrite `vector` by the solution for the factored matrix."""
    local = np.empty(fronts.largest)
    for v in range(len(fronts.own)):
        begin, own = fronts.begins[v], fronts.own[v]
        for i in range(fronts.begins[v + 1] - begin):
            unknown, row = fronts.rows[begin + i], fronts.columns[v] + i * own
            value = vector[unknown] if unknown >= 0 else 0.0
            for j in range(min(i, own)):
                value -= columns[row + j] * local[j]
            if i < own:
                value /= columns[row + i]
                local[i] = value
            if unknown >= 0:
                vector[unknown] = value
    for v in range(len(fronts.own) - 1, -1, -1):
        begin, own = fronts.begins[v], fronts.own[v]
        for i in range(own):
            unknown = fronts.rows[begin + i]
            local[i] = vector[unknown] if unknown >= 0 else 0.0
        for i in range(fronts.begins[v + 1] - begin - 1, -1, -1):
            unknown, row = fronts.rows[begin + i], fronts.columns[v] + i * own
            if i < own:
                local[i] /= columns[row + i]
                value = local[i]
            else:
                value = vector[unknown] if unknown >= 0 else 0.0
            if unknown >= 0:
                vector[unknown] = value
            for j in range(min(i, own)):
                local[j] -= columns[row + j] * value
