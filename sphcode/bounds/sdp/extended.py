"""Extended: numpy-like arrays of double-double numbers (about 32 digits), for solvers that float64 does not carry."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.kernels import double_double as kernels

__all__ = ["Extended", "Workers", "add_product_of_products", "cholesky", "cholesky_solve", "inverse_lower"]

Floats = NDArray[np.float64]

#: Below so many multiply-adds a product is not worth sharing between threads.
_SHARED_WORK = 1_000_000
#: Multiply-adds of one call of a kernel: 0.1 to 0.3 seconds on one core (2.7e9 a second in products, a quarter of that
#: in a factorisation, AMD Zen 4). Ctrl-C is seen between two calls only.
_CALL_WORK = 200_000_000


class Workers:
    """Threads that share the rows of a product; the result does not depend on their number."""

    def __init__(self, count: int = 1) -> None:
        self.count = count
        self._pool = ThreadPoolExecutor(count) if count > 1 else None

    def rows(self, n_rows: int, work: int, function: Callable[[int, int], None]) -> None:
        """Call function(begin, end) on ranges that cover the rows; `work` is the cost of all, in multiply-adds."""
        if self._pool is None or work < _SHARED_WORK:
            for begin, end in _ranges(0, n_rows, work):
                function(begin, end)
            return
        ranges = _ranges(0, n_rows, work, 4 * self.count)
        for done in [self._pool.submit(function, *ends) for ends in reversed(ranges)]:
            done.result()

    def close(self) -> None:
        """End the threads, those that wait for their turn at once."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _ranges(begin: int, end: int, work: int, least: int = 1) -> list[tuple[int, int]]:
    """Return ranges of equal length, at least so many, that cover begin to end; none costs much more than a call."""
    pieces = max(least, -(-work // _CALL_WORK))
    if pieces == 1:  # Nearly always, and then a division of the range would cost as much as a small product.
        return [(begin, end)] if begin < end else []
    ends = np.linspace(begin, end, pieces + 1).astype(int)
    return [(first, last) for first, last in pairwise(ends.tolist()) if first < last]


_ALONE = Workers()


class Extended:
    """An array whose entries are unevaluated sums high + low of two float64.

    Supports + - * / with broadcasting, @ for matrices and vectors, transposition, indexing and `total`.
    """

    __array_ufunc__ = None
    __slots__ = ("high", "low")

    def __init__(self, high: Any, low: Any = None) -> None:
        self.high: Floats = np.asarray(high, dtype=np.float64)
        self.low: Floats = np.zeros_like(self.high) if low is None else np.asarray(low, dtype=np.float64)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return self.high.shape

    @property
    def T(self) -> Extended:  # noqa: N802
        """The transposed matrix."""
        return Extended(self.high.T, self.low.T)

    def __len__(self) -> int:
        return len(self.high)

    def __float__(self) -> float:
        return float(self.high)

    def __getitem__(self, index: Any) -> Extended:
        return Extended(self.high[index], self.low[index])

    def __neg__(self) -> Extended:
        return Extended(-self.high, -self.low)

    def __add__(self, other: Any) -> Extended:
        return _entrywise(kernels.add, self, _extended(other))

    def __sub__(self, other: Any) -> Extended:
        return _entrywise(kernels.add, self, -_extended(other))

    def __mul__(self, other: Any) -> Extended:
        return _entrywise(kernels.multiply, self, _extended(other))

    def __truediv__(self, other: Any) -> Extended:
        return _entrywise(kernels.divide, self, _extended(other))

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Any) -> Extended:
        return _extended(other) - self

    def __rtruediv__(self, other: Any) -> Extended:
        return _extended(other) / self

    def __matmul__(self, other: Extended) -> Extended:
        return self.times(other)

    def times(self, other: Extended, workers: Workers = _ALONE) -> Extended:
        """Return the matrix product, its rows shared between the workers; `other` may be a vector."""
        if other.high.ndim == 1:
            return self.times(other.reshape(-1, 1), workers).reshape(-1)
        a, b = _contiguous(self), _contiguous(other)
        out = Extended(np.empty((len(a), b.shape[1])))

        def rows(begin: int, end: int) -> None:
            kernels.matmul(a.high, a.low, b.high, b.low, out.high, out.low, begin, end)

        workers.rows(len(a), a.high.size * b.shape[1], rows)
        return out

    def reshape(self, *shape: Any) -> Extended:
        """Return the array in another shape."""
        return Extended(self.high.reshape(*shape), self.low.reshape(*shape))

    def symmetrised(self) -> Extended:
        """Return (A + A^T) / 2."""
        both = self + self.T
        return Extended(both.high / 2, both.low / 2)

    def row_sums(self) -> Extended:
        """Return the sums of the rows of a matrix."""
        a = _contiguous(self)
        out = Extended(np.empty(len(a)))
        kernels.row_sums(a.high, a.low, out.high, out.low)
        return out

    def total(self) -> Extended:
        """Return the sum of all entries."""
        return self.reshape(1, -1).row_sums()[0]

    def largest(self) -> float:
        """Return the largest absolute value, as a float."""
        return float(np.abs(self.high).max(initial=0.0))


def _extended(value: Any) -> Extended:
    return value if isinstance(value, Extended) else Extended(value)


def _contiguous(a: Extended) -> Extended:
    return Extended(np.ascontiguousarray(a.high), np.ascontiguousarray(a.low))


def _entrywise(kernel: Callable[..., None], a: Extended, b: Extended) -> Extended:
    shape = np.broadcast_shapes(a.shape, b.shape)
    out = Extended(np.empty(shape))
    # Not `broadcast_arrays`: NumPy 2.0 warns of the flag that Numba reads of its views.
    parts = (x if x.shape == shape else np.array(np.broadcast_to(x, shape)) for x in (a.high, a.low, b.high, b.low))
    kernel(*(np.ascontiguousarray(part).reshape(-1) for part in parts), out.high.reshape(-1), out.low.reshape(-1))
    return out


def cholesky(matrix: Extended) -> Extended | None:
    """Return the lower Cholesky factor, or None if the matrix is not positive definite to working precision."""
    high, low = matrix.high.copy(order="C"), matrix.low.copy(order="C")
    order = len(high)
    for start in range(0, order, kernels.WIDTH):
        for begin, end in _ranges(start, order, (order - start) * (start + kernels.WIDTH) * kernels.WIDTH):
            if not kernels.cholesky(high, low, start, begin, end):
                return None
    return Extended(np.tril(high), np.tril(low))


def inverse_lower(lower: Extended) -> Extended:
    """Return the inverse of a lower triangular matrix."""
    out = Extended(np.zeros(lower.shape))
    kernels.inverse_lower(lower.high, lower.low, out.high, out.low)
    return out


def cholesky_solve(lower: Extended, vector: Extended) -> Extended:
    """Return the solution x of L L^T x = vector."""
    high, low = vector.high.copy(), vector.low.copy()
    kernels.cholesky_solve(lower.high, lower.low, high, low)
    return Extended(high, low)


def add_product_of_products(
    a: Extended, b: Extended, c: Extended, d: Extended, out: Extended, workers: Workers = _ALONE
) -> None:
    """Add (a b) * (c d), entry by entry, to the lower triangle of `out`; the other triangle is left as it is."""
    parts = [part for x in (a, b, c, d) for part in (_contiguous(x).high, _contiguous(x).low)]

    def rows(begin: int, end: int) -> None:
        kernels.add_product_of_products(*parts, out.high, out.low, begin, end)

    workers.rows(len(out), a.high.size * len(out), rows)
