"""Orbits of permutation groups: of points, of pairs, of colourings. Row g sends x to generators[g, x]."""

from __future__ import annotations

import numpy as np

from sphcode.kernels._jit import kernel


@kernel
def orbit_labels(generators, labels):
    """Write the number of each point's orbit into `labels`, orbits in the order of their first points."""
    n_generators, degree = generators.shape
    stack = np.empty(degree, np.int64)
    for x in range(degree):
        labels[x] = -1
    count = 0
    for start in range(degree):
        if labels[start] >= 0:
            continue
        labels[start] = count
        stack[0] = start
        height = 1
        while height > 0:
            height -= 1
            x = stack[height]
            for g in range(n_generators):
                y = generators[g, x]
                if labels[y] < 0:
                    labels[y] = count
                    stack[height] = y
                    height += 1
        count += 1
    return count


@kernel
def pair_labels(left, right, labels):
    """The same for pairs (x, y): x moved by the rows of `left`, y by those of `right`; labels (degree, degree)."""
    n_generators, n_left = left.shape
    n_right = right.shape[1]
    stack = np.empty((n_left * n_right, 2), np.int64)
    for x in range(n_left):
        for y in range(n_right):
            labels[x, y] = -1
    count = 0
    for x_start in range(n_left):
        for y_start in range(n_right):
            if labels[x_start, y_start] >= 0:
                continue
            labels[x_start, y_start] = count
            stack[0, 0], stack[0, 1] = x_start, y_start
            height = 1
            while height > 0:
                height -= 1
                x, y = stack[height, 0], stack[height, 1]
                for g in range(n_generators):
                    u, v = left[g, x], right[g, y]
                    if labels[u, v] < 0:
                        labels[u, v] = count
                        stack[height, 0], stack[height, 1] = u, v
                        height += 1
            count += 1
    return count


@kernel
def fixed_points(generators, words, counts):
    """Write how many points each word fixes into `counts`; a word is a row of numbers of generators, first to last."""
    degree = generators.shape[1]
    for w in range(len(words)):
        counts[w] = 0
        for start in range(degree):
            x = start
            for g in words[w]:
                x = generators[g, x]
            if x == start:
                counts[w] += 1


@kernel
def colouring_orbit(generators, colouring, words, rows):
    """Orbit of a colouring c under c -> c[g]: write the action of the generators into `rows`, return the size.

    0 if it is more than rows has columns. words (degree,) uint64: random, odd; images are told apart by 64-bit sums.
    """
    n_generators, degree = generators.shape
    most = rows.shape[1]
    images = np.empty((most, degree), np.int64)
    table_size = 1
    while table_size < 4 * most:
        table_size *= 2
    keys = np.zeros(table_size, np.uint64)
    numbers = np.full(table_size, -1, np.int64)
    moved = np.empty(degree, np.int64)
    total = np.uint64(0)
    for x in range(degree):
        images[0, x] = colouring[x]
        total += np.uint64(colouring[x]) * words[x]
    slot = np.int64(total >> np.uint64(40)) % table_size
    keys[slot], numbers[slot] = total, 0
    count = 1
    done = 0
    while done < count:
        for g in range(n_generators):
            total = np.uint64(0)
            for x in range(degree):
                moved[x] = images[done, generators[g, x]]
                total += np.uint64(moved[x]) * words[x]
            slot = np.int64(total >> np.uint64(40)) % table_size
            while numbers[slot] >= 0 and keys[slot] != total:
                slot = (slot + 1) % table_size
            if numbers[slot] < 0:
                if count == most:
                    return 0
                for x in range(degree):
                    images[count, x] = moved[x]
                keys[slot], numbers[slot] = total, count
                count += 1
            rows[g, done] = numbers[slot]
        done += 1
    return count
