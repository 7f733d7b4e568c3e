"""A code as a codebook: how well its points stand for all directions."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sphcode._notebook import Shown
from sphcode._rng import DEFAULT_SEED, seed_sequence
from sphcode._validate import check_int, fail, shown
from sphcode.codes.code import SphericalCode

if TYPE_CHECKING:
    from sphcode.codes.constructions import Construction
    from sphcode.codes.nearest import Decoder

#: The angle of a hole is computed to about 1e-8 (an inverse cosine of a float near 1 at worst), rounded down by this.
_ROUNDING = 1e-7

#: Holes are climbed from this many random directions, each by at most so many steps; more found nothing deeper at the
#: codes of tests/codes/test_codebook.py whose covering radius is known.
_CLIMBS = 24
_STEPS = 60


@dataclass(frozen=True)
class Codebook(Shown):
    """How well the points of a code stand for all directions.

    Attributes
    ----------
    dim, n_points : int
        Dimension and number of points.
    bits_per_dimension : float
        log2(n_points) / dim, in bits: what a number of a point costs for each coordinate.
    mean_squared_error, mean_squared_error_spread : float
        Mean squared distance from uniform directions to their nearest points, with its standard error; smaller is
        better.
    mean_angle, mean_angle_spread : float
        Mean angle to the nearest point in radians, and its standard error; smaller is better.
    n_samples : int
        The number of directions that the means are taken over.
    covering_radius : float
        The largest angle from any direction to its nearest point, in radians; smaller is better.
    covering_radius_is_exact : bool
        If not, `covering_radius` is the angle at a hole that was found, rounded down: the true one is at least that.
    covering_radius_source : str
        The theorem, or how the hole was found.

    Examples
    --------
    >>> import sphcode
    >>> book = sphcode.codebook(sphcode.construct(8, 240), n_samples=500)
    >>> round(book.bits_per_dimension, 3), book.covering_radius_is_exact
    (0.988, True)
    """

    dim: int
    n_points: int
    bits_per_dimension: float
    mean_squared_error: float
    mean_squared_error_spread: float
    mean_angle: float
    mean_angle_spread: float
    n_samples: int
    covering_radius: float
    covering_radius_is_exact: bool
    covering_radius_source: str

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON object."""
        return asdict(self)


def codebook(
    code: SphericalCode | Construction, n_samples: int = 2000, rng: Any = DEFAULT_SEED, seed: Any = None
) -> Codebook:
    """Measure a code as a codebook of directions.

    Parameters
    ----------
    code : SphericalCode or Construction
    n_samples : int
        Uniform directions for the means, at least 2.
    rng, seed : int, SeedSequence or Generator
        For the directions and the starts of the search for holes; synonyms.

    Returns
    -------
    Codebook

    Raises
    ------
    InvalidInputError
        For another object, or fewer than 2 samples.

    Examples
    --------
    >>> import sphcode
    >>> book = sphcode.codebook(sphcode.construct(3, 12), n_samples=1000)
    >>> round(book.covering_radius, 4)          # the centre of a face of the icosahedron
    0.6524
    """
    decoder = getattr(code, "decoder", None)
    if decoder is None or not hasattr(code, "row"):
        raise fail("code", "a SphericalCode or a Construction", shown(code))
    n_samples = check_int("n_samples", n_samples, minimum=2, maximum=10**7)
    streams = seed_sequence(rng, seed).spawn(2)
    x = np.random.default_rng(streams[0]).standard_normal((n_samples, code.dim))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    cosines = np.clip(decoder.best(x, 1)[1][:, 0].astype(np.float64), -1.0, 1.0)
    errors, angles = 2.0 - 2.0 * cosines, np.arccos(cosines)
    known = _known_radius(code)
    if known is None:
        radius = _deepest_hole(code, decoder, np.random.default_rng(streams[1]))
        known = radius, f"the deepest of {_CLIMBS} holes found; a lower bound"
        exact = False
    else:
        exact = True
    return Codebook(
        dim=code.dim,
        n_points=code.n_points,
        bits_per_dimension=math.log2(code.n_points) / code.dim,
        mean_squared_error=float(errors.mean()),
        mean_squared_error_spread=float(errors.std(ddof=1) / math.sqrt(n_samples)),
        mean_angle=float(angles.mean()),
        mean_angle_spread=float(angles.std(ddof=1) / math.sqrt(n_samples)),
        n_samples=n_samples,
        covering_radius=known[0],
        covering_radius_is_exact=exact,
        covering_radius_source=known[1],
    )


def _known_radius(code: Any) -> tuple[float, str] | None:
    """Return the covering radius and the theorem, for constructions where there is one."""
    dim, name = code.dim, getattr(code, "name", None)
    elementary = "elementary: the centre of a facet"
    if name == "polygon":
        return math.pi / code.n_points, "elementary: half the angle of two neighbours"
    if name == "simplex":
        return math.acos(1.0 / dim), elementary
    if name == "orthoplex":
        return math.acos(1.0 / math.sqrt(dim)), elementary
    if name == "d":
        # The largest of (|x_i| + |x_j|) / sqrt(2) is smallest at e_1 or at (1, ..., 1).
        return math.acos(min(math.sqrt(0.5), math.sqrt(2.0 / dim))), "elementary: e_1 or (1, ..., 1)"
    if name == "e8":
        # The facets of the root polytope 4_21 are simplexes and cross-polytopes; the centres of the latter are deeper.
        return math.pi / 4, "Coxeter 1973: the cross-polytopes among the facets of the polytope 4_21"
    return None


def _deepest_hole(code: Any, decoder: Decoder, generator: np.random.Generator) -> float:
    """Return the angle from the deepest hole found to the nearest point, rounded down.

    From a direction, step to the one at equal angles from its `dim` nearest points, while that goes deeper.
    """
    dim, m = code.dim, min(code.dim, code.n_points)
    deepest = -1.0
    for _ in range(_CLIMBS):
        x = generator.standard_normal(dim)
        x /= np.linalg.norm(x)
        numbers, values = decoder.best(x[None], m)
        for _ in range(_STEPS):
            near = code.row(numbers[0])
            step = np.linalg.lstsq(near, np.ones(m), rcond=None)[0]
            length = float(np.linalg.norm(step))
            if length == 0.0:
                break
            trial = step / length
            # Half ways too: the whole step may run past points that were not among the nearest.
            for share in (1.0, 0.5, 0.25):
                y = share * trial + (1.0 - share) * x
                y /= np.linalg.norm(y)
                there, value = decoder.best(y[None], m)
                if value[0, 0] < values[0, 0] - 1e-12:
                    break
            else:
                break
            x, numbers, values = y, there, value
        deepest = max(deepest, math.acos(max(-1.0, min(1.0, float(values[0, 0])))))
    return max(0.0, deepest - _ROUNDING)
