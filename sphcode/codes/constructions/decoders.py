"""Nearest codewords by formula: sorting, cosets, Hadamard transforms, sums over symbols, and codes made of codes.

Kernels are imported where they run: to know a construction costs no Numba.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.codes.nearest import Blocked, Decoder, FloatArray, IntArray

#: Vectors that one instruction works on, as `kernels.decoding.LANES`: 16 of float32 are 64 bytes.
LANES = 16

#: Of a code that is a part of another, the best words of the whole are asked for, twice as many each time, up to this.
_MOST_OF_PARENT = 64


class OneOrBlocked:
    """A formula for the best codeword; more than one are found by blocked products."""

    most = 1

    def __init__(self, method: str, one: Callable[[FloatArray], tuple[IntArray, FloatArray]], rest: Blocked) -> None:
        self.method = f"{method} ({rest.method} for more than one)"
        self._one, self._rest = one, rest

    def best(self, x: FloatArray, m: int) -> tuple[IntArray, FloatArray]:
        """Return the numbers and inner products of the m best codewords of each row of x."""
        if m > 1:
            return self._rest.best(x, m)
        numbers, values = self._one(x)
        return numbers[:, None], values[:, None]


def orthoplex(x: FloatArray) -> tuple[IntArray, FloatArray]:
    """Find the nearest of e_0, -e_0, e_1, -e_1, ..."""
    place = np.abs(x).argmax(axis=1)
    value = x[np.arange(len(x)), place]
    return 2 * place + (value < 0), np.abs(value)


def simplex(x: FloatArray) -> tuple[IntArray, FloatArray]:
    """Find the nearest vertex of the simplex: that of the largest coordinate, or the last one."""
    dim = x.shape[1]
    place, total = x.argmax(axis=1), x.sum(axis=1)
    value = math.sqrt((dim + 1) / dim) * x[np.arange(len(x)), place] - (math.sqrt(dim + 1) - 1) / dim**1.5 * total
    last = -total / math.sqrt(dim)
    return np.where(last > value, dim, place), np.maximum(value, last)


def a_roots(rows: Callable[[int, int], NDArray[np.float64]], dim: int) -> Callable[..., tuple[IntArray, FloatArray]]:
    """Return a decoder of the roots e_i - e_j: largest and smallest of dim + 1 coordinates.

    The first `dim` roots e_0 - e_j give the coordinates up to a constant.
    """

    def one(x: FloatArray) -> tuple[IntArray, FloatArray]:
        below = np.sqrt(2.0) * (x @ rows(0, dim).T)
        coordinates = np.concatenate([np.zeros((len(x), 1)), -below], axis=1)
        # Ties come from rounding of equal coordinates too: the first of each is taken.
        high, low = coordinates.argmax(axis=1), coordinates.argmin(axis=1)
        value = (coordinates[np.arange(len(x)), high] - coordinates[np.arange(len(x)), low]) / math.sqrt(2.0)
        return high * dim + low - (low > high), value

    return one


def by_kernel(name: str, norm: float, *tables: NDArray[Any]) -> Callable[..., tuple[IntArray, FloatArray]]:
    """Return a decoder by a kernel that takes rows and tables, and fills arrays of inner products and numbers.

    The inner products are with codewords of the square norm `norm`.
    """

    def one(x: FloatArray) -> tuple[IntArray, FloatArray]:
        from sphcode.kernels import decoding

        best, where = np.empty(len(x)), np.empty(len(x), dtype=np.int64)
        getattr(decoding, name)(x.astype(np.float64), *tables, best, where)
        return where, best / math.sqrt(norm)

    return one


def _in_lanes(
    x: FloatArray,
    m: int,
    rank: Callable[[FloatArray, FloatArray, IntArray], None],
    first: Callable[[FloatArray], tuple[IntArray, FloatArray]] | None = None,
) -> tuple[IntArray, FloatArray]:
    """Rank the words for each lane of vectors; `rank` takes (dim, lanes) and the lists that it fills."""
    values = np.full((len(x), m), -np.inf, dtype=x.dtype)
    numbers = np.zeros((len(x), m), dtype=np.int64)
    if first is not None:
        numbers[:], values[:] = first(x)
    for start in range(0, len(x), LANES):
        here = slice(start, min(start + LANES, len(x)))
        lanes = np.zeros((x.shape[1], LANES), dtype=x.dtype)
        lanes[:, : here.stop - start] = x[here].T
        rank(lanes, values[here], numbers[here])
    return numbers, values


class SignWords:
    """Axes +-e_i, then words of signs: quadratic forms plus linear ones, a Hadamard transform for each form.

    `signs(first, last)` gives the signs of the forms `first`, ..., `last - 1`; they are kept if they fit.
    """

    method = "fast Hadamard transforms"
    most = 2**31
    _KEPT = 2**27  # signs, a byte each
    _CHUNK = 2**22

    def __init__(self, dim: int, n_forms: int, signs: Callable[[int, int], NDArray[np.int8]]) -> None:
        self._dim, self._n_forms, self._signs = dim, n_forms, signs
        self._chunk = max(1, self._CHUNK // dim)
        self._store: dict[int, NDArray[np.int8]] = {}

    def _forms(self, first: int) -> NDArray[np.int8]:
        if first in self._store:
            return self._store[first]
        forms = self._signs(first, min(first + self._chunk, self._n_forms))
        if self._n_forms * self._dim <= self._KEPT:
            self._store[first] = forms
        return forms

    def best(self, x: FloatArray, m: int) -> tuple[IntArray, FloatArray]:
        """Return the numbers and inner products of the m best codewords of each row of x."""
        from sphcode.kernels import decoding

        root = math.sqrt(self._dim)

        def axes(x: FloatArray) -> tuple[IntArray, FloatArray]:
            both = np.stack([x, -x], axis=2).reshape(len(x), -1) * x.dtype.type(root)
            if m == 1:
                numbers = both.argmax(axis=1)[:, None]
                return numbers, np.take_along_axis(both, numbers, 1)
            order = np.argsort(-both, axis=1, kind="stable")[:, :m]
            numbers = np.zeros((len(x), m), dtype=np.int64)
            values = np.full((len(x), m), -np.inf, dtype=x.dtype)
            numbers[:, : order.shape[1]], values[:, : order.shape[1]] = order, np.take_along_axis(both, order, 1)
            return numbers, values

        def rank(lanes: FloatArray, best: FloatArray, where: IntArray) -> None:
            for first in range(0, self._n_forms, self._chunk):
                start = 2 * self._dim * (1 + first)
                decoding.sign_words(lanes, self._forms(first), start, best, where)

        numbers, values = _in_lanes(x, m, rank, axes)
        return numbers, values / root


class SymbolWords:
    """Words over q symbols, each symbol a vertex of a simplex: sums of what each symbol contributes at its place.

    `symbols` are those of the words with constant term 0, of which `plus[symbol, c]` makes those with constant term c;
    `last` are symbols behind them, which no constant changes.
    """

    method = "sums over symbols"
    most = 2**31

    def __init__(
        self,
        vertices: NDArray[np.float64],
        plus: NDArray[np.uint16],
        symbols: NDArray[np.uint16],
        last: NDArray[np.uint16],
        antipodal: bool,
    ) -> None:
        self._vertices, self._plus, self._symbols, self._last = vertices, plus, symbols, last
        self._antipodal = antipodal

    def best(self, x: FloatArray, m: int) -> tuple[IntArray, FloatArray]:
        """Return the numbers and inner products of the m best codewords of each row of x."""
        from sphcode.kernels import decoding

        q, places = len(self._vertices), self._symbols.shape[1]
        length = places + self._last.shape[1]

        def rank(lanes: FloatArray, best: FloatArray, where: IntArray) -> None:
            scores = np.einsum("psl,qs->pql", lanes.reshape(length, q - 1, -1), self._vertices.astype(lanes.dtype))
            scores = np.ascontiguousarray(scores)
            decoding.symbol_words(
                scores[:places], scores[places:], self._plus, self._symbols, self._last, self._antipodal, best, where
            )

        numbers, values = _in_lanes(x, m, rank)
        return numbers, values / math.sqrt(length)


class Padded:
    """A code in the first coordinates of more."""

    def __init__(self, part: Decoder, dim: int) -> None:
        self.method, self.most = part.method, part.most
        self._part, self._dim = part, dim

    def best(self, x: FloatArray, m: int) -> tuple[IntArray, FloatArray]:
        """Return the numbers and inner products of the m best codewords of each row of x."""
        return self._part.best(np.ascontiguousarray(x[:, : self._dim]), m)


class Summed:
    """Codes in mutually orthogonal spaces: the best of the best of each."""

    def __init__(self, parts: Sequence[Decoder], dims: Sequence[int], sizes: Sequence[int]) -> None:
        self.method = f"each part: {', '.join(dict.fromkeys(part.method for part in parts))}"
        self.most = min(part.most for part in parts)
        self._parts, self._dims, self._sizes = parts, dims, sizes

    def best(self, x: FloatArray, m: int) -> tuple[IntArray, FloatArray]:
        """Return the numbers and inner products of the m best codewords of each row of x."""
        numbers, values, left, first = [], [], 0, 0
        for part, dim, size in zip(self._parts, self._dims, self._sizes, strict=True):
            found, value = part.best(np.ascontiguousarray(x[:, left : left + dim]), min(m, size))
            numbers.append(found + first)
            values.append(value.astype(np.float64))
            left, first = left + dim, first + size
        all_numbers, all_values = np.concatenate(numbers, axis=1), np.concatenate(values, axis=1)
        order = np.argsort(-all_values, axis=1, kind="stable")[:, :m]
        return np.take_along_axis(all_numbers, order, 1), np.take_along_axis(all_values, order, 1)


class Pairs:
    """All pairs (x, y) / sqrt(2) of two codes: the best of each."""

    def __init__(self, first: Decoder, second: Decoder, dims: tuple[int, int], sizes: tuple[int, int]) -> None:
        self.method = f"each part: {', '.join(dict.fromkeys((first.method, second.method)))}"
        self.most = min(first.most, second.most)
        self._first, self._second, self._dims, self._sizes = first, second, dims, sizes

    def best(self, x: FloatArray, m: int) -> tuple[IntArray, FloatArray]:
        """Return the numbers and inner products of the m best codewords of each row of x."""
        i, a = self._first.best(np.ascontiguousarray(x[:, : self._dims[0]]), min(m, self._sizes[0]))
        j, b = self._second.best(np.ascontiguousarray(x[:, self._dims[0] :]), min(m, self._sizes[1]))
        numbers = (i[:, :, None] * self._sizes[1] + j[:, None, :]).reshape(len(x), -1)
        values = (a[:, :, None].astype(np.float64) + b[:, None, :]).reshape(len(x), -1) / math.sqrt(2.0)
        order = np.lexsort((numbers, -values), axis=1)[:, :m]
        return np.take_along_axis(numbers, order, 1), np.take_along_axis(values, order, 1)


class WithAntipodes:
    """A code and its antipodes, -x behind each x."""

    def __init__(self, part: Decoder, size: int) -> None:
        self.method, self.most = part.method, part.most
        self._part, self._size = part, size

    def best(self, x: FloatArray, m: int) -> tuple[IntArray, FloatArray]:
        """Return the numbers and inner products of the m best codewords of each row of x."""
        count = min(m, self._size)
        (i, a), (j, b) = self._part.best(x, count), self._part.best(-x, count)
        numbers, values = np.concatenate([2 * i, 2 * j + 1], axis=1), np.concatenate([a, b], axis=1)
        order = np.lexsort((numbers, -values), axis=1)[:, :m]
        return np.take_along_axis(numbers, order, 1), np.take_along_axis(values, order, 1)


class FirstOf:
    """The first points of a code: the best ones of the code, more of them until enough are among the first."""

    def __init__(self, parent: Decoder, parent_size: int, n_points: int, rest: Blocked) -> None:
        self.most = min(parent.most, parent_size, _MOST_OF_PARENT)
        self.method = f"{parent.method} of the whole code, {rest.method} beyond its {self.most} best"
        self._parent, self._n_points, self._rest = parent, n_points, rest

    def best(self, x: FloatArray, m: int) -> tuple[IntArray, FloatArray]:
        """Return the numbers and inner products of the m best codewords of each row of x."""
        numbers = np.zeros((len(x), m), dtype=np.int64)
        values = np.zeros((len(x), m))
        left, asked = np.arange(len(x)), m
        while len(left) and asked <= self.most:
            found, value = self._parent.best(x[left], asked)
            inside = found < self._n_points
            enough = inside.sum(axis=1) >= m
            order = np.argsort(~inside[enough], axis=1, kind="stable")[:, :m]
            numbers[left[enough]] = np.take_along_axis(found[enough], order, 1)
            values[left[enough]] = np.take_along_axis(value[enough], order, 1)
            left, asked = left[~enough], 2 * asked
        if len(left):
            numbers[left], values[left] = self._rest.best(x[left], m)
        return numbers, values
