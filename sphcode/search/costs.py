"""What parts of a search cost, in one unit: an evaluation of the energy over all pairs of the whole code."""

from __future__ import annotations

import math

from sphcode.search.settings import SETTINGS, Settings
from sphcode.search.sphere import typical_angle

#: Pairs within this multiple of the smallest angle are constraints of the interior point; more only fill its matrix.
WINDOW = 1.6
#: A step of the interior point: its fixed part, and what its operations cost against those of an energy (measured at
#: commit 4ceb150).
_STEP, _STEP_RATIO = 3.0, 0.7
#: A step where one factorisation serves several: some 30 conjugate gradients over the matrix of unknowns^2 entries,
#: and a share of the factorisation, which is as much for so many unknowns (measured at (10, 400) and (16, 512)).
_DENSE_RATIO, _DENSE_UNKNOWNS = 20.0, 20_000
#: A step in the order of nested dissection, for each unknown to the power of 3/2 ((3, 10000)).
_DISSECTED_RATIO = 22.0
#: Steps of the interior point that the edges at a code take the time of: 2 to 4 in 10 to 17 dimensions, 6 at (6, 86),
#: 13 of very short ones at (3, 107).
_EDGES = 6.0
#: An evaluation of overlaps by dimension, and in more: lists are short in few dimensions (measured at N = 60 to 200).
_OVERLAP, _DENSE_OVERLAP = {3: 0.3, 4: 0.6, 5: 0.6}, 0.9


def unknowns(dim: int, n_points: int) -> int:
    """Return the degrees of freedom of a code."""
    return n_points * (dim - 1)


def listed_evaluation(dim: int, n_points: int, settings: Settings = SETTINGS) -> float:
    """Return the cost of an evaluation of a large code, on lists or tiles."""
    if dim > settings.listed_dimensions:
        return 1.0
    if dim > settings.tree_dimensions:
        return settings.mixed_cost
    return min(1.0, settings.list_cost / (n_points * dim))


def is_dense(dim: int, n_points: int, settings: Settings = SETTINGS) -> bool:
    """Whether a factorisation in each step of the interior point takes too long, so that one serves several."""
    return not is_dissected(dim, n_points, settings) and factorisation(dim, n_points) > settings.most_factored


def is_dissected(dim: int, n_points: int, settings: Settings = SETTINGS) -> bool:
    """Whether contacts are eliminated in the order of nested dissection: those of many points on a surface."""
    return dim == 3 and n_points > settings.dissected_above


def polish_step(dim: int, n_points: int, settings: Settings = SETTINGS) -> float:
    """Return the cost of one step of the interior point.

    The matrix is dense in high dimensions; with the points sorted along an axis it is a band, some 4 N^(-1 / (dim - 1))
    of its width.
    """
    if is_dissected(dim, n_points, settings):
        return _DISSECTED_RATIO * math.pow(unknowns(dim, n_points), 1.5) / (n_points**2 * dim)
    if is_dense(dim, n_points, settings):
        many = unknowns(dim, n_points)
        return _DENSE_RATIO * many**2 * (1.0 + many / _DENSE_UNKNOWNS) / (n_points**2 * dim)
    dense = (n_points * (dim - 1)) ** 3 / (12.0 * n_points**2 * dim)
    band = min(1.0, 4.0 * math.pow(n_points, -1.0 / (dim - 1)))
    return _STEP + _STEP_RATIO * dense * band**2


def overlap_evaluation(dim: int) -> float:
    """Return the cost of an evaluation of the overlap energy."""
    return _OVERLAP.get(dim, _DENSE_OVERLAP)


def edges(dim: int, n_points: int) -> float:
    """Return the cost of the edges at a code: the factorisation of a dense matrix."""
    return _EDGES * polish_step(dim, n_points)


def factorisation(dim: int, n_points: int) -> float:
    """Return the operations (not evaluations) of a factorisation, whose number bounds memory and time of a step.

    Points sorted along an axis are coupled within the widest zone of the window.
    """
    zone = WINDOW * typical_angle(dim, n_points) * math.exp(math.lgamma(dim / 2) - math.lgamma((dim - 1) / 2))
    width = min(1.0, zone / math.sqrt(math.pi)) * n_points * (dim - 1)
    return width**2 * (n_points * (dim - 1) - 2.0 * width / 3.0)
