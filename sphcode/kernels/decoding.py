"""Nearest codewords: the largest inner products of vectors with the words of a code, without a product for each word.

Vectors come in lanes: arrays (dim, LANES), so that one instruction works on several vectors. `best` and `where`, of
shape (vectors, m) for the first of the lanes, hold the largest inner products so far, the largest first, and the
numbers of their words. Words come in order, and one that only equals another stays behind it: ties go to the smaller
number.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.kernels._jit import kernel

#: A number known when kernels are compiled, so that loops over lanes become single instructions.
LANES = 16

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.int64]


@kernel
def insert(best: FloatArray, where: IntArray, value: float, number: int) -> None:
    """Put a word into its place among the best of one vector, if it is better than the last of them."""
    place = best.size
    while place > 0 and value > best[place - 1]:
        place -= 1
    for later in range(best.size - 1, place, -1):
        best[later], where[later] = best[later - 1], where[later - 1]
    if place < best.size:
        best[place], where[place] = value, number


@kernel(fast=True)
def _transformed(x: FloatArray, signs: NDArray[np.int8], out: FloatArray) -> None:
    """Walsh-Hadamard transform of the columns of signs * x, (2^k, LANES), k >= 2, two steps at a time."""
    n = x.shape[0]
    for i in range(0, n, 4):
        s, t, u, v = signs[i], signs[i + 1], signs[i + 2], signs[i + 3]
        for lane in range(LANES):
            a, b, c, d = s * x[i, lane], t * x[i + 1, lane], u * x[i + 2, lane], v * x[i + 3, lane]
            ab, cd, a_b, c_d = a + b, c + d, a - b, c - d
            out[i, lane], out[i + 1, lane] = ab + cd, a_b + c_d
            out[i + 2, lane], out[i + 3, lane] = ab - cd, a_b - c_d
    half = 4
    while 2 * half < n:
        for start in range(0, n, 4 * half):
            for i in range(start, start + half):
                for lane in range(LANES):
                    a, b = out[i, lane], out[i + half, lane]
                    c, d = out[i + 2 * half, lane], out[i + 3 * half, lane]
                    ab, cd, a_b, c_d = a + b, c + d, a - b, c - d
                    out[i, lane], out[i + half, lane] = ab + cd, a_b + c_d
                    out[i + 2 * half, lane], out[i + 3 * half, lane] = ab - cd, a_b - c_d
        half *= 4
    if half < n:
        for i in range(half):
            for lane in range(LANES):
                a, b = out[i, lane], out[i + half, lane]
                out[i, lane], out[i + half, lane] = a + b, a - b


@kernel(fast=True)
def _largest(values: FloatArray, out: FloatArray) -> None:
    """Largest absolute value of each column."""
    for lane in range(LANES):
        out[lane] = 0
    for i in range(values.shape[0]):
        for lane in range(LANES):
            out[lane] = max(out[lane], abs(values[i, lane]))


@kernel
def sign_words(x: FloatArray, signs: NDArray[np.int8], first: int, best: FloatArray, where: IntArray) -> None:
    """Rank the words +-signs[f] * (-1)^(w . i) of all rows f of `signs` and all w; x is (2^k, LANES), k >= 2.

    The word of f, w and sign has the number first + 2 (2^k f + w), one more for the sign -.
    """
    n = x.shape[0]
    y = np.empty_like(x)
    largest = np.empty_like(x[0])
    for form in range(signs.shape[0]):
        _transformed(x, signs[form], y)
        _largest(y, largest)
        for lane in range(best.shape[0]):
            if largest[lane] > best[lane, -1]:
                for w in range(n):
                    value = y[w, lane]
                    if abs(value) > best[lane, -1]:
                        number = first + 2 * (n * form + w)
                        insert(best[lane], where[lane], value, number)
                        insert(best[lane], where[lane], -value, number + 1)


@kernel(fast=True)
def _sums(table: FloatArray, symbols: NDArray[np.uint16], fixed: FloatArray, last: NDArray[np.uint16],
          out: FloatArray) -> None:  # fmt: skip
    """Sum one row of `table[place]` for each place: of symbol symbols[place], and last[place] in `fixed`."""
    for lane in range(LANES):
        out[lane] = 0
    for place in range(symbols.size):
        row = table[place, symbols[place]]
        for lane in range(LANES):
            out[lane] += row[lane]
    for place in range(last.size):
        row = fixed[place, last[place]]
        for lane in range(LANES):
            out[lane] += row[lane]


@kernel
def symbol_words(
    scores: FloatArray,
    fixed: FloatArray,
    plus: NDArray[np.uint16],
    symbols: NDArray[np.uint16],
    last: NDArray[np.uint16],
    antipodal: bool,
    best: FloatArray,
    where: IntArray,
) -> None:
    """Rank the words with the symbols plus[symbols[r, i], c] at place i and last[r, i] behind, for all r and c.

    `scores` (places, q, LANES) and `fixed` (places behind, q, LANES) are what a symbol at a place contributes. The word
    has the number r + c len(symbols); with antipodes twice that, and one more for the sign -.
    """
    q = scores.shape[1]
    table = np.empty_like(scores)
    sums = np.empty_like(scores[0, 0])
    for c in range(q):
        for place in range(scores.shape[0]):
            for symbol in range(q):
                table[place, symbol] = scores[place, plus[symbol, c]]
        for r in range(symbols.shape[0]):
            _sums(table, symbols[r], fixed, last[r], sums)
            number = c * symbols.shape[0] + r
            for lane in range(best.shape[0]):
                value = sums[lane]
                if antipodal:
                    if abs(value) > best[lane, -1]:
                        insert(best[lane], where[lane], value, 2 * number)
                        insert(best[lane], where[lane], -value, 2 * number + 1)
                elif value > best[lane, -1]:
                    insert(best[lane], where[lane], value, number)


@kernel(inline=True)
def _pair_of_roots(x: FloatArray) -> tuple[float, int]:
    """Largest |x_i| + |x_j| and the number of the root +-e_i +- e_j among those of D_n: pairs in order, then signs."""
    i, j = (0, 1) if abs(x[0]) >= abs(x[1]) else (1, 0)
    for k in range(2, x.size):
        if abs(x[k]) > abs(x[i]):
            i, j = k, i
        elif abs(x[k]) > abs(x[j]):
            j = k
    low, high = min(i, j), max(i, j)
    pair = low * (2 * x.size - low - 1) // 2 + high - low - 1
    return abs(x[i]) + abs(x[j]), 4 * pair + 2 * (x[low] < 0) + (x[high] < 0)


@kernel(inline=True)
def _even_signs(x: FloatArray, places: IntArray) -> tuple[float, int]:
    """Largest sum of +-x over the places with an even number of minus signs, and the first such pattern of signs.

    The pattern is told by the signs of all places but the last, + before -, the first place counting most.
    """
    odd, zero, flip = False, -1, 0
    total, smallest = 0.0, np.inf
    for a in range(places.size):
        value = x[places[a]]
        total += abs(value)
        odd ^= value < 0
        if value == 0:
            zero = a
        # Of several smallest places the first negative one is turned to +, or else the last positive one to -.
        if abs(value) < smallest or (abs(value) == smallest and x[places[flip]] >= 0):
            smallest, flip = abs(value), a
    if odd and zero >= 0:
        flip = zero
    pattern = 0
    for a in range(places.size - 1):
        pattern = 2 * pattern + ((x[places[a]] < 0) ^ (odd and a == flip))
    return total - 2 * smallest if odd else total, pattern


@kernel
def d_words(x: FloatArray, best: FloatArray, where: IntArray) -> None:
    """Find the nearest root +-e_i +- e_j of each row of x."""
    for row in range(x.shape[0]):
        best[row], where[row] = _pair_of_roots(x[row])


@kernel
def e8_words(x: FloatArray, best: FloatArray, where: IntArray) -> None:
    """Find the nearest root of E8 in norm 8: 112 of D_8, then (+-1, ..., +-1) with an even number of minus signs."""
    everywhere = np.arange(8)
    for row in range(x.shape[0]):
        pair, root = _pair_of_roots(x[row])
        total, pattern = _even_signs(x[row], everywhere)
        if total > 2 * pair:
            best[row], where[row] = total, 112 + pattern
        else:
            best[row], where[row] = 2 * pair, root


@kernel
def leech_words(
    x: FloatArray, octads: IntArray, word_bytes: NDArray[np.uint8], best: FloatArray, where: IntArray
) -> None:
    """Find the nearest minimal vector of the Leech lattice in norm 32 to each row of x.

    They come as 1104 vectors (+-4, +-4, 0, ...); for each octad (its places, a row of `octads`) 128 vectors +-2; and
    for each place the 4096 words of the Golay code, as signs, with -3 times the sign at the place. `word_bytes` are
    the words as three bytes.
    """
    sums = np.empty((3, 256))
    for row in range(x.shape[0]):
        v = x[row]
        pair, number = _pair_of_roots(v)
        value = 4 * pair
        for octad in range(octads.shape[0]):
            total, pattern = _even_signs(v, octads[octad])
            if 2 * total > value:
                value, number = 2 * total, 1104 + 128 * octad + pattern
        largest = 0.0
        for i in range(24):
            largest = max(largest, abs(v[i]))
        for byte in range(3):
            total = 0.0
            for i in range(8):
                total += v[8 * byte + i]
            sums[byte, 0] = total
            for bits in range(1, 256):
                low = 0
                while not bits >> low & 1:
                    low += 1
                sums[byte, bits] = sums[byte, bits & (bits - 1)] - 2 * v[8 * byte + low]
        for word in range(word_bytes.shape[0]):
            total = sums[0, word_bytes[word, 0]] + sums[1, word_bytes[word, 1]] + sums[2, word_bytes[word, 2]]
            if total + 4 * largest < value:
                continue
            for i in range(24):
                own = -v[i] if word_bytes[word, i // 8] >> (i % 8) & 1 else v[i]
                candidate = total - 4 * own
                there = 1104 + 128 * octads.shape[0] + word_bytes.shape[0] * i + word
                if candidate > value or (candidate == value and there < number):
                    value, number = candidate, there
        best[row], where[row] = value, number
