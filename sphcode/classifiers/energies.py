"""Potential energies of the unit rows of a head beside proven floors, which no rows of this size can be below."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Energy", "measure_energies"]

#: Rows in a block of inner products: memory only.
_BLOCK = 256
#: Squared distances below this are formed from differences, as 2 - 2 cosine has few digits there.
_NEAR = 1e-6


@dataclass(frozen=True)
class Energy:
    """One energy: the mean of a potential over all pairs of rows, smaller is more even.

    Attributes
    ----------
    mean : float or None
        Mean over pairs; None when two rows are equal and the potential is infinite there.
    lower_bound : float or None
        A value that the mean of no rows of this size can be below; None where none could be proven.
    bound : str or None
        The theorem and degree of the bound, as in `sphcode.bounds.floors.energy.energy_bound`.
    """

    mean: float | None
    lower_bound: float | None
    bound: str | None


def measure_energies(rows: NDArray[np.float64]) -> dict[str, Energy]:
    """Measure the Gaussian, Riesz and logarithmic energies of unit rows, by potential.

    `gaussian` is exp(-2 r^2) of the distance r, whose logarithm is the uniformity loss of Wang and Isola (2020);
    `riesz` is 1 / r and `logarithmic` is -log r. The floors hold in three dimensions and more.
    """
    n_rows, dim = rows.shape
    totals = np.zeros(3)
    for start in range(0, n_rows, _BLOCK):
        cosines = rows[start : start + _BLOCK] @ rows[start:].T
        first, second = np.nonzero(np.triu(np.ones(cosines.shape, dtype=bool), 1))
        pairs = 2.0 - 2.0 * cosines[first, second]
        # Products lose the digits of a small distance; those few pairs are measured again from their differences.
        near = pairs < _NEAR
        pairs[near] = np.sum((rows[start + first[near]] - rows[start + second[near]]) ** 2, axis=1)
        with np.errstate(divide="ignore"):
            totals += [np.exp(-2.0 * pairs).sum(), (1.0 / np.sqrt(pairs)).sum(), -0.5 * np.log(pairs).sum()]
    means = totals / (n_rows * (n_rows - 1) / 2)
    names = ("gaussian", "riesz", "logarithmic")
    return {name: _energy(dim, n_rows, name, float(mean)) for name, mean in zip(names, means, strict=True)}


def _energy(dim: int, n_rows: int, potential: str, mean: float) -> Energy:
    from sphcode.bounds.floors.energy import energy_bound
    from sphcode.errors import SphcodeError

    finite = mean if math.isfinite(mean) else None
    try:
        floor = energy_bound(dim, n_rows, potential, method="universal")
    except SphcodeError:
        return Energy(finite, None, None)
    return Energy(finite, floor.mean_energy_lower_bound, floor.name)
