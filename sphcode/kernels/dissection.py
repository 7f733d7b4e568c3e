"""Nested dissection of the contacts: in which order unknowns are eliminated, and what matrix each step has.

Points are parted in two halves again and again; those of the first half that have a neighbour in the second are
eliminated after both. On a surface the factor of N points has some N log N entries, that of a band N^(3/2) (George
1973). The unknowns are those of `kernels.contact_system`; the level comes last, and is in every matrix.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sphcode.kernels._jit import kernel
from sphcode.kernels.cholesky import padded

#: Parts of at most so many points are not parted further; 4 to 24 of them change the operations by 7 % ((3, 10000)).
_LEAF = 12


class Dissection(NamedTuple):
    """The parts of a code, each after its two halves, and of each the front: the matrix that it takes part in.

    rows: the unknowns of front v from begins[v] to begins[v + 1]: the own[v] that are eliminated there, then those
    around, both padded by -1. halves: whether part v was parted. pairs: the contacts that are added to front v, from
    pair_begins[v] to pair_begins[v + 1]. columns: where the columns of the factor begin, and where the last ones end.
    largest: rows of the largest front. most_left: entries that wait to be added to another front, at most.
    """

    rows: np.ndarray
    begins: np.ndarray
    own: np.ndarray
    halves: np.ndarray
    pairs: np.ndarray
    pair_begins: np.ndarray
    columns: np.ndarray
    largest: int
    most_left: int


@kernel
def _neighbours(n_points, first, second):
    """Return the neighbours of each point, one after another, and where those of each begin."""
    begins = np.zeros(n_points + 1, np.int64)
    for q in range(len(first)):
        begins[first[q] + 1] += 1
        begins[second[q] + 1] += 1
    begins = np.cumsum(begins)
    filled = begins[:-1].copy()
    members = np.empty(2 * len(first), np.int64)
    for q in range(len(first)):
        i, j = first[q], second[q]
        members[filled[i]] = j
        members[filled[j]] = i
        filled[i] += 1
        filled[j] += 1
    return members, begins


@kernel
def _part(points, chosen, side):
    """Write 1 for each chosen point below the middle of the axis along which they differ most, 2 for the others."""
    axis, lowest, middle = 0, 0.0, 0.0
    widest = 0.0
    for k in range(points.shape[1]):
        low, high = np.inf, -np.inf
        for i in chosen:
            low, high = min(low, points[i, k]), max(high, points[i, k])
        if high - low > widest:
            axis, lowest, middle, widest = k, low, 0.5 * (low + high), high - low
    for place in range(len(chosen)):
        # Points that cannot be told apart are parted nevertheless.
        first = points[chosen[place], axis] < middle if lowest < middle else 2 * place < len(chosen)
        side[chosen[place]] = 1 if first else 2


@kernel
def _parts(points, members, near):
    """Return (order, parts): the order of elimination, and for each part where it, its own points and it end.

    A part that is larger than a leaf comes after its halves.
    """
    n_points = len(points)
    order, side = np.arange(n_points), np.zeros(n_points, np.int8)
    parts, n_parts = np.empty((2 * n_points + 1, 3), np.int64), 0
    stack, height = np.empty((n_points + 2, 2), np.int64), 1
    stack[0] = 0, n_points
    while height > 0:
        height -= 1
        begin, end = stack[height]
        parts[n_parts] = begin, begin, end
        if end - begin > _LEAF:
            chosen = order[begin:end].copy()
            _part(points, chosen, side)
            low, own = begin, end
            for i in chosen:
                between = False
                for at in range(near[i], near[i + 1]):
                    between |= side[i] == 1 and side[members[at]] == 2
                if between:
                    own -= 1
                    order[own] = i
                elif side[i] == 1:
                    order[low] = i
                    low += 1
            at = low
            for i in chosen:
                if side[i] == 2:
                    order[at] = i
                    at += 1
                side[i] = 0
            parts[n_parts, 1] = own
            stack[height] = begin, low
            stack[height + 1] = low, own
            height += 2
        n_parts += 1
    return order, parts[:n_parts][::-1].copy()


@kernel
def _around(order, parts, members, near):
    """Return (places, begins): for each part the places in the order of the points around it, which are left of it."""
    n_points = len(order)
    places = np.empty(n_points, np.int64)
    for place in range(n_points):
        places[order[place]] = place
    found, count = np.empty(16 * n_points, np.int64), 0
    begins, seen = np.zeros(len(parts) + 1, np.int64), np.full(n_points, -1, np.int64)
    waiting, height = np.empty(len(parts), np.int64), 0
    for v in range(len(parts)):
        begin, own, end = parts[v]
        if count + n_points > len(found):
            found = np.concatenate((found, np.empty_like(found)))
        for place in range(own, end):
            for at in range(near[order[place]], near[order[place] + 1]):
                other = places[members[at]]
                if other >= end and seen[other] != v:
                    seen[other] = v
                    found[count] = other
                    count += 1
        if end - begin > _LEAF:
            height -= 2
            for half in waiting[height : height + 2]:
                for at in range(begins[half], begins[half + 1]):
                    other = found[at]
                    if other >= end and seen[other] != v:
                        seen[other] = v
                        found[count] = other
                        count += 1
        begins[v + 1] = count
        waiting[height] = v
        height += 1
    return found[:count].copy(), begins


@kernel
def _rows(order, parts, places, around, begins, own, tangents):
    """Return the unknowns of all fronts; -1 pads."""
    level, last = len(order) * tangents, len(parts) - 1
    rows = np.full(begins[-1], -1, np.int64)
    for v in range(len(parts)):
        at = begins[v]
        for place in range(parts[v, 1], parts[v, 2]):
            for a in range(tangents):
                rows[at] = order[place] * tangents + a
                at += 1
        if v == last:
            rows[at] = level
        at = begins[v] + own[v]
        for place in places[around[v] : around[v + 1]]:
            for a in range(tangents):
                rows[at] = order[place] * tangents + a
                at += 1
        if v < last:
            rows[at] = level
    return rows


@kernel
def _pairs(order, parts, first, second):
    """Return the pairs, each in the part that eliminates the first of its points, and where those of a part begin."""
    owner = np.empty(len(order), np.int64)
    for v in range(len(parts)):
        for place in range(parts[v, 1], parts[v, 2]):
            owner[order[place]] = v
    begins = np.zeros(len(parts) + 1, np.int64)
    for q in range(len(first)):
        begins[min(owner[first[q]], owner[second[q]]) + 1] += 1
    begins = np.cumsum(begins)
    filled, pairs = begins[:-1].copy(), np.empty(len(first), np.int64)
    for q in range(len(first)):
        v = min(owner[first[q]], owner[second[q]])
        pairs[filled[v]] = q
        filled[v] += 1
    return pairs, begins


@kernel
def dissection(points, first, second):
    """Return the dissection of the points (n_points, dim) for a normal matrix of the pairs first, second."""
    n_points, dim = points.shape
    tangents = dim - 1
    members, near = _neighbours(n_points, first, second)
    order, parts = _parts(points, members, near)
    places, around = _around(order, parts, members, near)
    n_parts = len(parts)
    begins, columns = np.zeros(n_parts + 1, np.int64), np.zeros(n_parts + 1, np.int64)
    own, halves = np.empty(n_parts, np.int64), np.empty(n_parts, np.bool_)
    # What the parts leave, the last on top.
    waiting, height, left, most_left, largest = np.empty(n_parts, np.int64), 0, 0, 0, 0
    for v in range(n_parts):
        begin, middle, end = parts[v]
        last = v == n_parts - 1
        own[v] = padded((end - middle) * tangents + last)
        rest = padded((around[v + 1] - around[v]) * tangents + (not last))
        size = own[v] + rest
        begins[v + 1], columns[v + 1] = begins[v] + size, columns[v] + size * own[v]
        largest = max(largest, size)
        halves[v] = end - begin > _LEAF
        if halves[v]:
            height -= 2
            left -= waiting[height] + waiting[height + 1]
        waiting[height] = rest * rest
        left += rest * rest
        height += 1
        most_left = max(most_left, left)
    rows = _rows(order, parts, places, around, begins, own, tangents)
    pairs, pair_begins = _pairs(order, parts, first, second)
    return Dissection(rows, begins, own, halves, pairs, pair_begins, columns, largest, most_left)
