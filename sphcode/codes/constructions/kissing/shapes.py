"""What the kissing configurations of this folder share: shapes of integer vectors, and their spectra."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.codes.constructions.exact import Exact, surd

IntArray = NDArray[np.int64]


def pairs_of_twos(dim: int) -> IntArray:
    """Return the 2 dim (dim - 1) vectors with two entries +-2 and zeros."""
    twos = 2 * np.eye(dim, dtype=np.int64)
    return np.array(
        [a * twos[i] + b * twos[j] for i, j in itertools.combinations(range(dim), 2) for a in (1, -1) for b in (1, -1)]
    )


def odd_signs(supports: IntArray) -> IntArray:
    """Return the vectors with entries +-1 on a support (a row of zeros and ones), an odd number of them -1."""
    weight = int(supports[0].sum())
    signs = np.array([s for s in itertools.product((1, -1), repeat=weight) if s.count(-1) % 2], dtype=np.int64)
    vectors = np.zeros((len(supports), len(signs), supports.shape[1]), dtype=np.int64)
    for block, support in zip(vectors, supports, strict=True):
        block[:, np.flatnonzero(support)] = signs
    return vectors.reshape(-1, supports.shape[1])


@cache
def _spectra() -> Any:
    return json.loads((files("sphcode.codes.constructions.kissing") / "spectra.json").read_text(encoding="utf-8"))


def spectrum(name: str, dim: int) -> Iterator[tuple[Exact, int]]:
    """Yield the inner products of a configuration of this folder and the numbers of pairs, from `spectra.json`.

    The file was counted from the exact rows, and the tests count it again.
    """
    for constant, coefficient, radicand, pairs in _spectra()[f"{name}-{dim}"]:
        yield surd(Fraction(constant), Fraction(coefficient), radicand), pairs
