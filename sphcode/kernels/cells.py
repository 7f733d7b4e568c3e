"""Near pairs of points on the sphere: each point is compared with those in the cells of a grid around its own."""

from __future__ import annotations

import numpy as np

from sphcode.kernels._jit import kernel

#: Coordinates that the cells divide: with more, most of the cells around a point are empty.
_AXES = 3
#: Cells at most along an axis: their table has the third power of it.
_MOST_CELLS = 128


@kernel
def near_pairs(points, chord, first, second):
    """List the pairs first > second at most `chord` apart, in order; return how many there are.

    points (n_points, dim): within the unit ball. Only as many as the arrays hold are written.
    """
    n_points, dim = points.shape
    side = min(_MOST_CELLS, max(1, int(2.0 / chord)))
    # Where each point is: its cell along each axis, and all points in the order of their cells.
    cells, numbers = np.zeros((n_points, _AXES), np.int64), np.empty(n_points, np.int64)
    begins = np.zeros(side**_AXES + 1, np.int64)
    for i in range(n_points):
        for axis in range(min(dim, _AXES)):
            cells[i, axis] = min(side - 1, max(0, int(0.5 * (points[i, axis] + 1.0) * side)))
        numbers[i] = (cells[i, 0] * side + cells[i, 1]) * side + cells[i, 2]
        begins[numbers[i] + 1] += 1
    begins = np.cumsum(begins)
    filled = begins[:-1].copy()
    members = np.empty(n_points, np.int64)
    sorted_points = np.empty_like(points)
    for i in range(n_points):
        place = filled[numbers[i]]
        members[place] = i
        sorted_points[place] = points[i]
        filled[numbers[i]] += 1
    square = chord * chord
    count = 0
    for i in range(n_points):
        row = count
        last = min(side - 1, cells[i, 2] + 1)
        for x in range(max(0, cells[i, 0] - 1), min(side, cells[i, 0] + 2)):
            for y in range(max(0, cells[i, 1] - 1), min(side, cells[i, 1] + 2)):
                # The cells along the last axis lie side by side.
                line = (x * side + y) * side
                for place in range(begins[line + max(0, cells[i, 2] - 1)], begins[line + last + 1]):
                    j = members[place]
                    if j >= i:
                        continue
                    distance = 0.0
                    for k in range(dim):
                        distance += (points[i, k] - sorted_points[place, k]) ** 2
                    if distance <= square:
                        if count < len(first):
                            # In order: a row has a dozen of them.
                            at = count
                            while at > row and second[at - 1] > j:
                                second[at] = second[at - 1]
                                at -= 1
                            first[count] = i
                            second[at] = j
                        count += 1
    return count
