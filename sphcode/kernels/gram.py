"""Scans of blocks of inner products: the largest of each row, without ever holding all pairs.

Rows are widened one at a time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sphcode.kernels._jit import kernel
from sphcode.kernels.rows import RowArrays, length, product, widen
from sphcode.kernels.vectors import FloatArray, IntArray, SingleArray, dot

BitArray = NDArray[np.uint32] | NDArray[np.uint16]

#: Scores that are compared at once: one cache line of float32.
GROUP = 16
#: In place of the places by which bits are shifted: they are those of a whole number.
WHOLE = -1


@kernel
def score(bits: int, places: int) -> float:
    """Return the float32 number of these bits, shifted to the left: by 16 places for those of bfloat16, else 0."""
    return np.uint32(np.uint32(bits) << np.uint32(places)).view(np.float32)  # type: ignore[return-value]


@kernel
def _replace(values: SingleArray, ids: IntArray, place: int, value: float, index: int) -> None:
    """Put (value, index) in the place of a smaller entry of a min-heap that none before it exceeds; 0 is the root."""
    size = values.size
    parent = place
    while True:
        child = 2 * parent + 1
        if child >= size:
            break
        if child + 1 < size and values[child + 1] < values[child]:
            child += 1
        if values[child] >= value:
            break
        values[parent], ids[parent] = values[child], ids[child]
        parent = child
    values[parent], ids[parent] = value, index


@kernel
def largest_scores(
    bits: BitArray,
    places: int,
    first: int,
    classes: IntArray,
    factors: SingleArray,
    offset: SingleArray,
    ids: IntArray,
    values: SingleArray,
) -> None:
    """Per row the m largest of scores * factors - offset, beside the row's own class, into min-heaps that are given.

    Column q of the scores, of which the bits are given (as for `score`, or of whole numbers of 32 bits if `places` is
    WHOLE), is class `first` + q. A new heap holds index -1 and a limit everywhere, and fills from its end; the smallest
    comes first. Groups of GROUP scores are passed over by one vector comparison.
    """
    n, n_columns = bits.shape
    scale, base = factors[first:], offset[first:]
    whole = n_columns - n_columns % GROUP
    row = np.empty(n_columns, np.float32)
    for i in range(n):
        stored = bits[i]
        if places == WHOLE:
            for j in range(n_columns):
                row[j] = np.float32(np.int32(stored[j])) * scale[j] - base[j]
        else:
            for j in range(n_columns):
                row[j] = score(stored[j], places) * scale[j] - base[j]
        heap, names = values[i], ids[i]
        empty = 0
        while empty < names.size and names[empty] < 0:
            empty += 1
        for start in range(0, n_columns, GROUP):
            stop = min(start + GROUP, n_columns)
            if start < whole:
                above = 0
                for j in range(start, start + GROUP):
                    above += row[j] > heap[0]
                if above == 0:
                    continue
            for j in range(start, stop):
                if row[j] > heap[0] and first + j != classes[i]:
                    empty = max(empty - 1, 0)
                    _replace(heap, names, empty, row[j], first + j)


@kernel
def scan_pairs(
    scores: SingleArray,
    rows: RowArrays,
    first_row: int,
    first_column: int,
    ids: IntArray,
    values: SingleArray,
    roots: SingleArray,
    limit: float,
    margin: float,
    pairs: IntArray,
    n_pairs: int,
) -> int:
    """Take one block of float32 cosines, each pair i < j once, into the heaps of row i and of row j.

    `roots` repeats values[:, 0]. Pairs whose float64 cosine is at least `limit` are written to `pairs` while there is
    room; returns how many there are.
    """
    n_rows, n_columns = scores.shape
    left, right = np.empty(length(rows)), np.empty(length(rows))
    doubtful = limit - margin
    for i in range(n_rows):
        a = first_row + i
        row = scores[i]
        start = a + 1 - first_column if first_row == first_column else 0
        while start < n_columns:
            stop = min(start + GROUP, n_columns)
            if stop == start + GROUP:
                above = 0
                for j in range(start, start + GROUP):
                    above += (row[j] > roots[a]) | (row[j] > roots[first_column + j]) | (row[j] >= doubtful)
                if above == 0:
                    start = stop
                    continue
            for j in range(start, stop):
                b = first_column + j
                if row[j] > roots[a]:
                    _replace(values[a], ids[a], 0, row[j], b)
                    roots[a] = values[a, 0]
                if row[j] > roots[b]:
                    _replace(values[b], ids[b], 0, row[j], a)
                    roots[b] = values[b, 0]
                if row[j] >= doubtful and product(rows, a, b, left, right) >= limit:
                    if n_pairs < pairs.shape[0]:
                        pairs[n_pairs, 0], pairs[n_pairs, 1] = a, b
                    n_pairs += 1
            start = stop
    return n_pairs


@kernel
def count_angles(
    scores: SingleArray,
    rows: RowArrays,
    first_row: int,
    first_column: int,
    edges: FloatArray,
    cells: IntArray,
    margin: float,
    counts: IntArray,
) -> None:
    """Add one block of float32 cosines, each pair i < j once, to a histogram with ascending `edges` in cosine.

    cells[q] is the bin of the left end of the q-th of equal cells of [-1, 1]. A cosine within `margin` of an edge is
    computed again in float64.
    """
    n_bins = counts.size
    per_unit = 0.5 * cells.size
    left, right = np.empty(length(rows)), np.empty(length(rows))
    for i in range(scores.shape[0]):
        a = first_row + i
        for j in range(i + 1 if first_row == first_column else 0, scores.shape[1]):
            value = np.float64(scores[i, j])
            for attempt in range(2):
                cell = min(max(int((value + 1.0) * per_unit), 0), cells.size - 1)
                b = cells[cell]
                while b > 0 and value < edges[b]:
                    b -= 1
                while b < n_bins - 1 and value >= edges[b + 1]:
                    b += 1
                near = (b > 0 and value - edges[b] <= margin) or (b < n_bins - 1 and edges[b + 1] - value <= margin)
                if attempt == 1 or not near:
                    counts[b] += 1
                    break
                value = product(rows, a, first_column + j, left, right)


@kernel
def exact_order(rows: RowArrays, chosen: IntArray, ids: IntArray, cosines: FloatArray) -> None:
    """Compute the float64 cosines of the pairs (chosen[i], ids[i]) and sort each line: largest first, then by index."""
    n, width = ids.shape
    left, right = np.empty(length(rows)), np.empty(length(rows))
    for i in range(n):
        widen(rows, chosen[i], left)
        for a in range(width):
            widen(rows, ids[i, a], right)
            cosines[i, a] = dot(left, right)
        for a in range(1, width):
            value, name = cosines[i, a], ids[i, a]
            b = a
            while b > 0 and (cosines[i, b - 1] < value or (cosines[i, b - 1] == value and ids[i, b - 1] > name)):
                cosines[i, b], ids[i, b] = cosines[i, b - 1], ids[i, b - 1]
                b -= 1
            cosines[i, b], ids[i, b] = value, name
