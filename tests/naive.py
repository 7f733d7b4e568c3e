"""One slow, obvious oracle per kernel, numpy only; imported by tests, never by the package."""

from __future__ import annotations

import numpy as np


def max_cosine(points):
    """Largest off-diagonal inner product of the normalised rows, by a double loop."""
    rows = [row / np.linalg.norm(row) for row in np.asarray(points, dtype=float)]
    return max(float(rows[i] @ rows[j]) for i in range(len(rows)) for j in range(i))
