"""The binary Golay code, its octads and the Steiner systems S(5, 8, 24), S(4, 7, 23) and S(3, 6, 22)."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


@cache
def golay_words() -> IntArray:
    """Return the 4096 words of the extended binary Golay code, shape (4096, 24), entries 0 and 1.

    The first 23 coordinates are the quadratic-residue code modulo 23, the last one is the parity.
    """
    residues = np.unique(np.arange(1, 23) ** 2 % 23)
    idempotent = np.zeros(23, dtype=np.int64)
    idempotent[residues] = 1
    basis: list[IntArray] = []
    words = np.zeros((1, 23), dtype=np.int64)
    for shift in range(23):
        candidate = np.roll(idempotent, shift)
        if len(basis) < 12 and not (words == candidate).all(axis=1).any():
            basis.append(candidate)
            words = np.concatenate([words, words ^ candidate])
    return np.column_stack([words, words.sum(axis=1) % 2])


@cache
def octads() -> IntArray:
    """Return the 759 words of weight 8: the blocks of S(5, 8, 24)."""
    words = golay_words()
    return np.asarray(words[words.sum(axis=1) == 8])


def blocks_of_s4_7_23() -> IntArray:
    """Return the 253 blocks of S(4, 7, 23), shape (253, 23): octads through the last point."""
    return np.asarray(octads()[octads()[:, 23] == 1][:, :23])


def blocks_of_s3_6_22() -> IntArray:
    """Return the 77 blocks of S(3, 6, 22), shape (77, 22): octads through the last two points."""
    blocks = blocks_of_s4_7_23()
    return np.asarray(blocks[blocks[:, 22] == 1][:, :22])
