"""The contact graph of a floating-point code: a guess that the proof then confirms or refutes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sphcode.proofs.code.largest_cosine import close_pairs

#: Pairs within this of the largest cosine are contacts, where a file does not say; a polished code has contacts equal
#: to 1e-14, and closer near misses would be found out by the proof.
CONTACT_TOLERANCE = 1e-9

#: More pairs than any system could hold are not listed.
_MAX_CONTACTS = 1_000_000


def find_contacts(floats: NDArray[np.float64], tolerance: float = CONTACT_TOLERANCE) -> NDArray[np.int64] | None:
    """Return the pairs i < j whose float64 cosine is within `tolerance` of the largest; None if over a million."""
    return close_pairs(floats, tolerance, _MAX_CONTACTS)[1]


def find_rattlers(n_points: int, dim: int, contacts: NDArray[np.int64]) -> list[int]:
    """Return the points that cannot be held in place: fewer than `dim` contacts, such points removed repeatedly.

    A point that is held needs its contacts to surround it in its tangent space, which takes at least `dim` of them.
    """
    held = np.ones(n_points, dtype=bool)
    while True:
        inner = contacts[held[contacts].all(axis=1)]
        enough = np.bincount(inner.ravel(), minlength=n_points) >= dim
        if (enough | ~held).all():
            return np.flatnonzero(~held).tolist()
        held &= enough
