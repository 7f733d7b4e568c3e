"""How the rows of a head fill their space: evenness, dimensions in use, place between chance and the best code."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sphcode._notebook import Shown
from sphcode._rng import DEFAULT_SEED, seed_sequence, start_rng
from sphcode.classifiers.energies import Energy, measure_energies

if TYPE_CHECKING:
    from sphcode.classifiers.measurement import UnitMeasurement
    from sphcode.codes.code import SphericalCode

#: Random heads are made for comparison up to this many entries.
CHANCE_SIZE = 20_000
#: ... and so many of them: their mean is an orientation, not a bound.
CHANCE_HEADS = 5
#: The uniformity is measured up to this many classes.
EVEN_CLASSES = 5000
#: A code is laid on the head up to this many classes.
ALIGNED_CLASSES = 200
#: A code is recognised in the head when the rows are on average nearer than this share of its smallest chord.
RECOGNISED = 0.3


@dataclass(frozen=True)
class Geometry(Shown):
    """Evenness of the unit rows.

    Attributes
    ----------
    uniformity : float or None
        Log of the mean over pairs of `exp(-2 |w_i - w_j|^2)`, of distances between unit rows; smaller is better
        (more even). None above 5,000 classes, where it would cost as much as all the rest.
    uniformity_lower_bound : float
        A proven value that the uniformity of no unit rows can be below, rounded down.
    energies : dict of str to Energy, or None
        Mean energies by potential with their proven floors; None above 5,000 classes.
    frame_potential : float
        Sum of squared cosines over its smallest possible value; smaller is better, 1 when all directions of
        space are used evenly.
    self_duality : float
        Mean of 1 - cos(row, its best separating direction); smaller is better, 0 for a best code without
        rattlers.
    effective_rank : float
        Exponential of the entropy of the singular values: how many dimensions, counted as a real number
        (dimensionless), are in use.
    effective_dim : int
        The effective rank rounded up.
    effective_upper_bound : float
        Proven ceiling (closed form, rounded up) of the minimum one-vs-rest distance of rows in only
        `effective_dim` dimensions. A head above it makes use of the dimensions that look empty; the ceiling of
        the head itself is another number.
    random_one_vs_rest : float or None
        Mean minimum one-vs-rest distance of random heads of this size, to compare with: larger is better. None
        for large heads.
    """

    uniformity: float | None
    uniformity_lower_bound: float
    energies: dict[str, Energy] | None
    frame_potential: float
    self_duality: float
    effective_rank: float
    effective_dim: int
    effective_upper_bound: float
    random_one_vs_rest: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object `geometry`."""
        return asdict(self)


def measure_geometry(unit: UnitMeasurement) -> Geometry:
    """Measure how the unit rows fill their space."""
    from sphcode.bounds.bound import bound

    n_points, dim = unit.rows.shape
    rank = unit.effective_rank
    effective_dim = int(min(dim, max(2, np.ceil(rank - 1e-9))))
    ceiling = bound(effective_dim, n_points, method="closed-form")
    energies = measure_energies(unit.rows[:]) if n_points <= EVEN_CLASSES else None
    gaussian = Energy(None, None, None) if energies is None else energies["gaussian"]
    return Geometry(
        uniformity=None if gaussian.mean is None else math.log(gaussian.mean),
        uniformity_lower_bound=_uniformity_floor(gaussian.lower_bound, n_points),
        energies=energies,
        frame_potential=unit.frame_potential,
        self_duality=unit.self_duality,
        effective_rank=rank,
        effective_dim=effective_dim,
        effective_upper_bound=float(ceiling.one_vs_rest_upper_bound or 2.0),
        random_one_vs_rest=random_one_vs_rest(dim, n_points) if n_points * dim <= CHANCE_SIZE else None,
    )


def _uniformity_floor(gaussian_floor: float | None, n_points: int) -> float:
    """Log of the proven floor; without one that of the simplex, as the mean of r^2 is at most 2 n / (n - 1)."""
    if gaussian_floor is not None and gaussian_floor > 0.0:
        return math.nextafter(math.log(gaussian_floor), -math.inf)
    return -4.0 * n_points / (n_points - 1)


@cache
def random_one_vs_rest(dim: int, n_points: int) -> float:
    """Mean, over five seeded heads of independent uniform rows, of the minimum one-vs-rest distance."""
    from sphcode.margins.one_vs_rest import measured_rows

    minima = []
    for index in range(CHANCE_HEADS):
        rows = start_rng(np.random.SeedSequence(0), index).standard_normal((n_points, dim))
        minima.append(measured_rows(rows / np.linalg.norm(rows, axis=1, keepdims=True)).minimum)
    return float(np.mean(minima))


def alignment_residual(unit: UnitMeasurement, code: SphericalCode | None) -> tuple[float | None, str]:
    """Return how far the rows are from a rotated copy of `code`, and what that means.

    The distance is the root mean square over the rows as a share of the code's smallest chord; None with the reason
    when it is not measured.
    """
    if code is None:
        return None, "the points of the reference code are not at hand"
    if len(unit.rows) > ALIGNED_CLASSES:
        return None, f"more than {ALIGNED_CLASSES} classes"
    rows = unit.rows[:]
    if np.linalg.matrix_rank(rows) < rows.shape[1]:
        return None, "the rows do not span the space"
    from sphcode.classifiers.align import alignment_of

    # Divided by their norms once more, as `align` does.
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    residual = alignment_of(rows, code, seed_sequence(DEFAULT_SEED)).relative_residual
    return residual, "recognised" if residual <= RECOGNISED else "not recognised"
