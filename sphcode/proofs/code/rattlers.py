"""Points without contacts: how much room they have, and moving them off contacts that hold nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sphcode.proofs.code.largest_cosine import rounding_error

#: A rattler this far inside needs no move; steps to move one away at most. What they reach is proven afterwards.
_ROOM = 1e-6
_STEPS = 400


def clearances(floats: NDArray[np.float64], rattlers: list[int], cosine: float, near: float) -> list[float]:
    """Return lower bounds on how far the cosines of each rattler stay below `cosine`.

    The rattlers are exactly the normalised rows of `floats`, the other points within `near` of theirs.
    """
    return [cosine - _largest(floats, point)[0] - rounding_error(floats.shape[1]) - 2 * near for point in rattlers]


def loosen(floats: NDArray[np.float64], rattlers: list[int], cosine: float) -> NDArray[np.float64]:
    """Return the points with each rattler that touches another point moved away from it, if it has room to.

    A rattler moves downhill on a smoothed maximum of its cosines; the step and the smoothing shrink together.
    """
    moved = floats.copy()
    for point in rattlers:
        best, cosines = _largest(moved, point)
        if best < cosine - _ROOM:
            continue
        place = moved[point].copy()
        width = 0.3 * (1.0 - cosine)
        for _ in range(_STEPS):
            weights = np.exp((cosines - cosines.max()) / width)
            trial = place - width * (weights @ moved) / weights.sum()
            trial /= np.linalg.norm(trial)
            cosines = moved @ trial
            cosines[point] = -1.0
            if cosines.max() < best:
                best, moved[point] = float(cosines.max()), trial
            place, width = trial, 0.98 * width
    return moved


def _largest(floats: NDArray[np.float64], point: int) -> tuple[float, NDArray[np.float64]]:
    """Return the largest cosine of a point to the others, and all of them."""
    cosines = floats @ floats[point]
    cosines[point] = -1.0
    return float(cosines.max()), cosines
