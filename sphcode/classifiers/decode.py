"""Matrices that are stored in parts: weight and spectral normalisation, pruning, narrow floats with their scales."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import NARROW
from sphcode.errors import FileFormatError

#: Block length that scales of 8-bit floats are made for where they do not divide an axis (DeepSeek, vLLM).
_USUAL_BLOCK = 128


def weight_normalised(values: NDArray[Any], gain: NDArray[Any], name: str) -> NDArray[Any]:
    """Return g v / |v|; the norms are taken over the axes that the gain has not, as torch's `weight_norm` does."""
    gain = gain.astype(np.float64)
    values = values.astype(np.float64)
    if gain.ndim == 1 and gain.size == len(values):
        gain = gain.reshape(-1, *(1,) * (values.ndim - 1))
    kept = [axis for axis in range(gain.ndim) if gain.ndim == values.ndim and gain.shape[axis] > 1]
    if gain.size != 1 and (len(kept) != 1 or gain.size != values.shape[kept[0]]):
        raise FileFormatError(f"{name}: a gain of shape {gain.shape} does not fit directions of shape {values.shape}")
    axes = tuple(axis for axis in range(values.ndim) if axis not in kept)
    with np.errstate(invalid="ignore", divide="ignore"):
        directions = values / np.sqrt(np.sum(values * values, axis=axes, keepdims=True))
        return np.asarray(directions * (gain.reshape(()) if gain.size == 1 else gain))


def spectrally_normalised(values: NDArray[Any], left: NDArray[Any], right: NDArray[Any], name: str) -> NDArray[Any]:
    """Return the matrix over u^T W v, its largest singular value as torch's `spectral_norm` has estimated it."""
    flat = values.astype(np.float64).reshape(len(values), -1)
    if left.size != flat.shape[0] or right.size != flat.shape[1]:
        raise FileFormatError(f"{name}: vectors of {left.size} and {right.size} entries do not fit it")
    return np.asarray(values / float(left.astype(np.float64).ravel() @ flat @ right.astype(np.float64).ravel()))


def exponents(values: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return 2^(x - 127), the meaning of the bytes of an MX scale (E8M0); 255 is not a number."""
    powers = np.ldexp(1.0, values.astype(np.int64) - 127)
    return np.where(values == 255, np.nan, powers)


def scaled(values: NDArray[Any], scale: NDArray[Any], blocks: Sequence[int] | None, name: str) -> NDArray[np.float64]:
    """Multiply a matrix by the scales stored beside it, which by their shape are of all, rows, columns or blocks.

    `blocks` are the lengths of a block that the configuration states.
    """
    factors = scale.astype(np.float64)
    rows, columns = values.shape
    if factors.size == 1:
        return np.asarray(values * factors.reshape(()), dtype=np.float64)
    if factors.ndim == 1:
        factors = factors[:, None] if len(factors) == rows else factors[None, :]
    if factors.ndim > 2:
        factors = factors.reshape([length for length in factors.shape if length > 1])
    if factors.ndim == 2:
        counts = factors.shape
        lengths = [
            _block(length, count, None if blocks is None else blocks[axis])
            for axis, (length, count) in enumerate(zip((rows, columns), counts, strict=True))
        ]
        if all(lengths):
            places = [np.arange(n) // length for n, length in zip((rows, columns), lengths, strict=True) if length]
            return np.asarray(values * factors[np.ix_(*places)], dtype=np.float64)
    raise FileFormatError(
        f"{name}: scales of shape {scale.shape} do not tell which entries of a matrix of {rows} x {columns} they are "
        "of; dequantise the head first"
    )


def _block(length: int, count: int, stated: int | None) -> int | None:
    """Return the length of the blocks of which `count` cover an axis; None when that is not clear."""
    for block in (stated, _USUAL_BLOCK if length > _USUAL_BLOCK and count > 1 else None):
        if block and math.ceil(length / block) == count:
            return block
    return length // count if 0 < count <= length and length % count == 0 else None


def combine(key: str, parts: dict[str, str], read: Callable[[str], NDArray[Any]]) -> NDArray[Any]:
    """Return the values of a matrix that is stored in parts, before any scale."""
    values = read(key)
    if parts and values.dtype.name in NARROW:
        values = np.asarray(values, dtype=np.float32)  # products in 16 bits would be rounded to that
    if "gain" in parts:
        return weight_normalised(values, read(parts["gain"]), key)
    if "left" in parts:
        return spectrally_normalised(values, read(parts["left"]), read(parts["right"]), key)
    if "mask" in parts:
        return np.asarray(values * read(parts["mask"]))
    return values
