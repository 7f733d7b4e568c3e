"""How large is a code: every question about size that the search asks, in one place."""

from __future__ import annotations

from sphcode.search import costs
from sphcode.search.settings import SETTINGS, Settings

#: The order of Ih, the largest point group that is drawn.
MOST_POINT_GROUP = 120


def is_large(dim: int, n_points: int, settings: Settings = SETTINGS) -> bool:
    """Whether the energy of such codes is evaluated on lists or tiles, outside of the batch loop."""
    if dim <= settings.tree_dimensions:
        return n_points > settings.listed_points
    return n_points**2 * dim > settings.tiled_size


def is_listed(dim: int, squarings: int, settings: Settings = SETTINGS) -> bool:
    """Whether the energy of a large code at exponent 2^squarings is evaluated on a list of near pairs."""
    if dim <= settings.tree_dimensions:
        return True
    return dim <= settings.listed_dimensions and squarings >= settings.listed_squarings


def is_sharpened(dim: int, n_points: int, settings: Settings = SETTINGS) -> bool:
    """Whether starts are taken on to sharper exponents before they are judged; larger codes have that in any case."""
    return settings.sharpened_above < costs.unknowns(dim, n_points) <= settings.tailed_above


def is_tailed(dim: int, n_points: int, settings: Settings = SETTINGS) -> bool:
    """Whether every start is taken on to sharper exponents."""
    return costs.unknowns(dim, n_points) > settings.tailed_above


def has_many_optima(dim: int, n_points: int, settings: Settings = SETTINGS) -> bool:
    """Whether such codes are searched by hopping, more than by independent starts."""
    return costs.unknowns(dim, n_points) > settings.many_optima_above


def is_annealed(dim: int, n_points: int, settings: Settings = SETTINGS) -> bool:
    """Whether random starts are annealed."""
    return dim > settings.annealed_above and has_many_optima(dim, n_points, settings)


def has_small_groups(dim: int, n_points: int, settings: Settings = SETTINGS) -> bool:
    """Whether small groups are drawn in nearly regular representations."""
    return dim > settings.small_groups_above and has_many_optima(dim, n_points, settings)


def is_hard(dim: int, n_points: int, settings: Settings = SETTINGS) -> bool:
    """Whether the best is met so rarely that a default search gets several times the effort."""
    return costs.unknowns(dim, n_points) > settings.hard_above


def is_polishable(dim: int, n_points: int, settings: Settings = SETTINGS) -> bool:
    """Whether such codes are polished: up to 16,000 points for d = 3, else 24,000 unknowns where a matrix is dense."""
    if costs.is_dissected(dim, n_points, settings):
        return n_points <= settings.most_dissected
    return not costs.is_dense(dim, n_points, settings) or costs.unknowns(dim, n_points) <= settings.most_dense


def is_patient(dim: int, n_points: int, settings: Settings = SETTINGS) -> bool:
    """Whether the interior point lowers its barrier slowly, and goes on while contacts are in doubt."""
    return is_large(dim, n_points, settings) or costs.unknowns(dim, n_points) > settings.patient_above


def has_point_groups(dim: int, n_points: int, settings: Settings = SETTINGS) -> bool:
    """Whether point groups of three dimensions are imposed: on many points, but not so many that orbits are dear."""
    most = MOST_POINT_GROUP * settings.point_group_size
    return dim == 3 and n_points > settings.point_groups_above and n_points**2 <= most
