"""Scores in whole numbers of 8 bits: they propose classes, and prove nothing.

Vector units multiply such numbers twice as fast as bfloat16. A row becomes whole numbers times a grain, a 127th of its
largest entry; what that takes from it, four times what bfloat16 takes, would leave too many classes open in a check.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sphcode.margins.device import bfloat16_unit, processor_flags

#: Vector units for whole numbers of 8 bits, as Linux names them. Matrix units are left to bfloat16: in 512 dimensions
#: torch is slower in 8 bits with them.
_UNIT = r"\bavx512_vnni\b"


@cache
def has_unit() -> bool:
    """Whether torch multiplies in 8 bits with vector units here; its function is not a public one, and is tried."""
    import torch

    if bfloat16_unit() != "vector" or not re.search(_UNIT, processor_flags()) or not hasattr(torch, "_int_mm"):
        return False
    trial = np.arange(-120, 120, dtype=np.int8).reshape(5, 48)
    try:
        found = product(trial, trial[:3])
    except Exception:  # Whatever it does instead, it does not multiply.
        return False
    return np.array_equal(found, trial.astype(np.int32) @ trial[:3].T.astype(np.int32))


def product(vectors: NDArray[np.int8], rows: NDArray[np.int8]) -> NDArray[np.int32]:
    """Return the products of all vectors with all rows."""
    import torch

    scores: NDArray[np.int32] = torch._int_mm(torch.from_numpy(vectors), torch.from_numpy(rows).T).numpy()
    return scores


def rounded(rows: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return rows in whole numbers, and their grains."""
    made = EightBits.empty(len(rows), rows.shape[1], kept=False)
    made.fill(slice(None), rows)
    return made.part(slice(None), rows), made.grains


@dataclass(frozen=True)
class EightBits:
    """Rows in 8 bits.

    Attributes
    ----------
    grains : ndarray of float32, shape (n,)
        What the whole numbers of each row are multiplied by.
    kept : ndarray of int8, shape (n, dim), or None
        These numbers; without them they are made where they are used.
    """

    grains: NDArray[np.float32]
    kept: NDArray[np.int8] | None

    @classmethod
    def empty(cls, n: int, dim: int, kept: bool) -> EightBits:
        """Return room for n rows."""
        return cls(np.empty(n, dtype=np.float32), np.empty((n, dim), dtype=np.int8) if kept else None)

    def fill(self, part: slice, rows: NDArray[np.float32]) -> None:
        """Measure the rows of a part, and keep them if there is room."""
        from sphcode.kernels.narrow import measure_grains, round_to_grains

        measure_grains(rows, self.grains[part])
        if self.kept is not None:
            round_to_grains(rows, self.grains[part], self.kept[part])

    def part(self, part: slice, rows: NDArray[np.float32]) -> NDArray[np.int8]:
        """Return a part in whole numbers, made of its rows."""
        from sphcode.kernels.narrow import round_to_grains

        whole = np.empty(rows.shape, dtype=np.int8)
        round_to_grains(rows, self.grains[part], whole)
        return whole
