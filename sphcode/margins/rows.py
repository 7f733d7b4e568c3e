"""The rows of a matrix as they are stored, widened to float64 where they are used: a large matrix is never copied."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import NARROW

if TYPE_CHECKING:
    from sphcode.kernels.rows import RowArrays

#: Float64 bytes of the rows that are worked on at once: memory only.
SLICE_BYTES = 1 << 23

Index = int | slice | NDArray[Any]


class Rows:
    """Rows factor * (stored row - shift), with one entry more where there is a column; read like an array, by rows.

    Stored are float64 numbers, or float32, float16 or bfloat16 ones of usual size. `rows[index]` is a float64 array. To
    other processes a memory-mapped matrix goes as the path of its file, any other by value.
    """

    def __init__(
        self,
        stored: NDArray[Any],
        *,
        shift: NDArray[np.float64] | None = None,
        factors: NDArray[np.float64] | None = None,
        column: NDArray[np.float64] | None = None,
    ) -> None:
        self.stored = stored
        self.shift = shift
        self.factors = factors
        self.column = column

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows, and of entries of each."""
        n, dim = self.stored.shape
        return n, dim + (self.column is not None)

    @property
    def size(self) -> int:
        """Number of entries."""
        return self.shape[0] * self.shape[1]

    def __len__(self) -> int:
        return len(self.stored)

    def __getitem__(self, index: Index) -> NDArray[np.float64]:
        stored = self.single(index) if self.is_narrow else self.stored[index]
        part: NDArray[np.float64] = np.asarray(stored, dtype=np.float64)
        if self.shift is not None:
            part = part - self.shift
        if self.factors is not None:
            part = part * self.factors[index, None] if part.ndim == 2 else part * self.factors[index]
        if self.column is not None:
            last = np.asarray(self.column[index])
            part = np.concatenate([part, last[..., None]], axis=-1)
        return part

    @property
    def is_narrow(self) -> bool:
        """Whether float32 holds every stored number."""
        return self.stored.dtype.name in NARROW

    def single(self, index: Index) -> NDArray[np.float32]:
        """Return narrow rows as they are stored, in float32; not copied where they are that."""
        part = self.memory[index]
        if part.dtype != np.float16:
            return np.asarray(part, dtype=np.float32)
        from sphcode.kernels.narrow import widen_float16

        bits = np.ascontiguousarray(np.atleast_2d(part)).view(np.uint16)
        wide = np.empty(bits.shape, dtype=np.float32)
        widen_float16(bits, wide)
        return wide.reshape(part.shape)

    @cached_property
    def memory(self) -> NDArray[Any]:
        """The stored rows, not protected where they need not be: for kernels and torch, who write nothing to them."""
        view = self.stored.view(np.ndarray)
        with suppress(ValueError):
            view.flags.writeable = True
        return view

    @property
    def is_changed(self) -> bool:
        """Whether the rows are others than the stored ones."""
        return not (self.shift is None and self.factors is None and self.column is None)

    def slices(self) -> Iterator[slice]:
        """Slices of rows that together are all, of about `SLICE_BYTES` each."""
        step = max(16, SLICE_BYTES // (8 * self.shape[1]))
        return (slice(start, min(start + step, len(self))) for start in range(0, len(self), step))

    def part(self, first: int, last: int) -> Rows:
        """The rows from `first` to before `last`, not copied."""
        rows = slice(first, last)
        factors, column = (None if values is None else values[rows] for values in (self.factors, self.column))
        return Rows(self.stored[rows], shift=self.shift, factors=factors, column=column)

    def taken(self, chosen: NDArray[Any]) -> Rows:
        """Some of the rows, as a copy."""
        factors, column = (None if values is None else values[chosen] for values in (self.factors, self.column))
        return Rows(np.asarray(self.stored[chosen]), shift=self.shift, factors=factors, column=column)

    def times(self, factors: NDArray[np.float64]) -> Rows:
        """The rows, each multiplied by its factor."""
        before = self.factors
        return Rows(self.stored, shift=self.shift, factors=factors if before is None else before * factors)

    def with_column(self, column: NDArray[np.float64]) -> Rows:
        """The rows with one entry more, at the end."""
        return Rows(self.stored, shift=self.shift, factors=self.factors, column=column)

    def without_last(self) -> Rows:
        """The rows without their last entry."""
        if self.column is None:
            return Rows(np.ascontiguousarray(self.stored[:, :-1]))
        return Rows(self.stored, shift=self.shift, factors=self.factors)

    @cached_property
    def arrays(self) -> RowArrays:
        """What kernels take."""
        from sphcode.kernels.rows import RowArrays

        n, dim = self.stored.shape
        values, none = self.memory, np.empty(0)
        bits = np.empty((0, dim), dtype=np.uint16)
        half = values.dtype == np.float16
        if values.dtype.itemsize == 2:
            values, bits = np.empty((0, dim), dtype=np.float32), values.view(np.uint16)
        shift, factors = none, none
        if self.shift is not None or self.factors is not None:
            shift = np.zeros(dim) if self.shift is None else self.shift
            factors = np.ones(n) if self.factors is None else self.factors
        return RowArrays(values, shift, factors, none if self.column is None else self.column, bits, half)

    def release(self) -> None:
        """Give pages of a memory-mapped file back, which are read again where they are needed."""
        mapped = _mapping(self.stored)
        if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
            mapped._mmap.madvise(mmap.MADV_DONTNEED)  # type: ignore[attr-defined]

    def mean(self) -> NDArray[np.float64]:
        """Mean of all rows."""
        total = np.zeros(self.shape[1])
        for rows in self.slices():
            total += self[rows].sum(axis=0)
        return total / len(self)

    def gram(self) -> NDArray[np.float64]:
        """Sum over the rows of w w^T, in one array of its size."""
        from scipy.linalg.blas import dsyrk

        total = np.zeros((self.shape[1],) * 2, order="F")
        for rows in self.slices():
            total = dsyrk(1.0, self[rows].T, beta=1.0, c=total, lower=1, overwrite_c=1)
            self.release()
        for i in range(len(total)):
            total[i, i + 1 :] = total[i + 1 :, i]
        return total

    def norms(self) -> NDArray[np.float64]:
        """Euclidean norms of the rows, whose squares are of usual size."""
        norms = np.empty(len(self))
        for part in self.slices():
            rows = self[part]
            norms[part] = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        return norms

    def all_equal(self) -> bool:
        """Whether all rows are the same."""
        first = self[0]
        return all(bool((self[rows] == first).all()) for rows in self.slices())

    def __reduce__(self) -> tuple[Callable[..., Rows], tuple[Any, ...]]:
        mapped, array = _mapping(self.stored), self.stored
        rest = (self.shift, self.factors, self.column)
        if mapped is None or not array.flags.c_contiguous:
            return _rows, (array.view(np.ndarray), *rest)
        start = array.__array_interface__["data"][0] - mapped.__array_interface__["data"][0]
        place = (str(mapped.filename), array.dtype, int(mapped.offset) + start, array.shape)
        return _opened, (place, *rest)


def as_rows(matrix: NDArray[Any] | Rows) -> Rows:
    """Return a matrix as rows."""
    return matrix if isinstance(matrix, Rows) else Rows(matrix)


def _mapping(array: Any) -> np.memmap[Any, Any] | None:
    """Return the memory map that holds the array, and in whose file its numbers are.

    Those of a private map that may be written to may be elsewhere: the caller's changes would be lost.
    """
    found, protected = None, not array.flags.writeable
    while array is not None:
        found = array if isinstance(array, np.memmap) else found
        array = getattr(array, "base", None)
    if found is None or found.filename is None or (found.mode == "c" and not protected):
        return None
    return found


def _rows(stored: NDArray[Any], shift: Any, factors: Any, column: Any) -> Rows:
    return Rows(stored, shift=shift, factors=factors, column=column)


def _opened(place: tuple[str, np.dtype[Any], int, tuple[int, ...]], *rest: Any) -> Rows:
    path, dtype, offset, shape = place
    mapped = np.memmap(path, dtype=dtype, mode="c", offset=offset, shape=shape)
    mapped.flags.writeable = False
    return _rows(np.asarray(mapped), *rest)
