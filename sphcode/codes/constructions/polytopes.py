"""Vertices of the Platonic solids, the Archimedean solids with mirrors, the 120-cell and the 600-cell."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sphcode.codes.constructions.construction import Construction, from_integers, pairs_from_counts, single
from sphcode.codes.constructions.exact import Exact, surd

IntArray = NDArray[np.int64]
Surd = tuple[int, int]  # (a, b) stands for a + b sqrt(radicand)
Permutation = Sequence[int]


def _any(_: Permutation) -> bool:
    return True


def _is_even(permutation: Permutation) -> bool:
    return sum(a > b for a, b in itertools.combinations(permutation, 2)) % 2 == 0


class Orbit(NamedTuple):
    """All points with these coordinates in any order that `accept`s, with all signs (or an even number of minus)."""

    coordinates: tuple[Surd, ...]
    accept: Callable[[Permutation], bool] = _any
    even_signs: bool = False

    def points(self) -> list[tuple[Surd, ...]]:
        """Return the different points, in a fixed order."""
        found: dict[tuple[Surd, ...], None] = {}
        for order in filter(self.accept, itertools.permutations(range(len(self.coordinates)))):
            for signs in itertools.product((1, -1), repeat=len(order)):
                if not (self.even_signs and signs.count(-1) % 2):
                    arranged = [self.coordinates[i] for i in order]
                    found[tuple((s * a, s * b) for s, (a, b) in zip(signs, arranged, strict=True))] = None
        return list(found)


class Solid(NamedTuple):
    """A vertex-transitive polytope: its largest cosine a + b sqrt(radicand) and the orbits of its vertices.

    `proof` names who proved it optimal, if anybody did.
    """

    n_points: int
    cosine: tuple[str, str]
    radicand: int
    orbits: tuple[Orbit, ...]
    design_strength: int
    proof: str = ""

    def vertices(self) -> IntArray:
        """Return integer coefficients of 1 and sqrt(radicand), shape (n_points, dim, 2)."""
        return np.array([point for orbit in self.orbits for point in orbit.points()], dtype=np.int64)

    def counts(self) -> Iterable[tuple[Exact, int]]:
        """Yield each inner product with one vertex and how often it occurs, in exact arithmetic."""
        vertices, r = self.vertices(), self.radicand
        first = vertices[0]
        constant = (vertices[..., 0] @ first[:, 0] + r * vertices[..., 1] @ first[:, 1]).tolist()
        coefficient = (vertices[..., 0] @ first[:, 1] + vertices[..., 1] @ first[:, 0]).tolist()
        norm = constant[0] ** 2 - r * coefficient[0] ** 2
        for (a, b), count in Counter(zip(constant[1:], coefficient[1:], strict=True)).items():
            # (a + b sqrt r) / (norm's a + b sqrt r), by the conjugate
            yield (
                surd(
                    Fraction(a * constant[0] - r * b * coefficient[0], norm),
                    Fraction(b * constant[0] - a * coefficient[0], norm),
                    r,
                ),
                count,
            )


# Coordinates over Q(sqrt 5), doubled: integers, powers of the golden ratio phi, and others in terms of phi.
_0, _1, _2, _3 = (0, 0), (2, 0), (4, 0), (6, 0)
_PHI, _PHI2, _PHI3, _PHI_1, _PHI_2 = (1, 1), (3, 1), (4, 2), (-1, 1), (3, -1)
_2PHI, _3PHI, _2_PHI, _ROOT5 = (2, 2), (3, 3), (-2, 2), (0, 2)
_2_PLUS_PHI, _3_PLUS_PHI, _3PHI_LESS_1 = (5, 1), (7, 1), (1, 3)

# Coordinates over Q(sqrt 2): 1, sqrt 2 - 1, sqrt 2 + 1, 2 sqrt 2 + 1.
_UNIT, _SILVER_1, _SILVER, _SILVER_2 = (1, 0), (-1, 1), (1, 1), (1, 2)

_SOLIDS: dict[str, Solid] = {
    "cube": Solid(8, ("1/3", "0"), 5, (Orbit((_1, _1, _1)),), 3),
    "icosahedron": Solid(12, ("0", "1/5"), 5, (Orbit((_0, _1, _PHI), _is_even),), 5, "Fejes Toth 1943"),
    "dodecahedron": Solid(20, ("0", "1/3"), 5, (Orbit((_1, _1, _1)), Orbit((_0, _PHI_1, _PHI), _is_even)), 5),
    "truncated-tetrahedron": Solid(12, ("7/11", "0"), 5, (Orbit((_3, _1, _1), even_signs=True),), 2),
    "cuboctahedron": Solid(12, ("1/2", "0"), 5, (Orbit((_1, _1, _0)),), 3),
    "truncated-octahedron": Solid(24, ("4/5", "0"), 5, (Orbit((_0, _1, _2)),), 3),
    "truncated-cube": Solid(24, ("3/17", "8/17"), 2, (Orbit((_SILVER_1, _UNIT, _UNIT)),), 3),
    "rhombicuboctahedron": Solid(24, ("7/17", "4/17"), 2, (Orbit((_UNIT, _UNIT, _SILVER)),), 3),
    "truncated-cuboctahedron": Solid(48, ("71/97", "12/97"), 2, (Orbit((_UNIT, _SILVER, _SILVER_2)),), 3),
    "icosidodecahedron": Solid(30, ("1/4", "1/4"), 5, (Orbit((_0, _0, _2PHI)), Orbit((_1, _PHI, _PHI2), _is_even)), 5),
    "truncated-dodecahedron": Solid(
        60,
        ("24/61", "15/61"),
        5,
        (
            Orbit((_0, _PHI_1, _2_PLUS_PHI), _is_even),
            Orbit((_PHI_1, _PHI, _2PHI), _is_even),
            Orbit((_PHI, _2, _PHI2), _is_even),
        ),
        5,
    ),
    "truncated-icosahedron": Solid(
        60,
        ("80/109", "9/109"),
        5,
        (
            Orbit((_0, _1, _3PHI), _is_even),
            Orbit((_1, _2_PLUS_PHI, _2PHI), _is_even),
            Orbit((_PHI, _2, _PHI3), _is_even),
        ),
        5,
    ),
    "rhombicosidodecahedron": Solid(
        60,
        ("19/41", "8/41"),
        5,
        (
            Orbit((_1, _1, _PHI3), _is_even),
            Orbit((_PHI2, _PHI, _2PHI), _is_even),
            Orbit((_2_PLUS_PHI, _0, _PHI2), _is_even),
        ),
        5,
    ),
    "truncated-icosidodecahedron": Solid(
        120,
        ("179/241", "24/241"),
        5,
        (
            Orbit((_PHI_1, _PHI_1, _3_PLUS_PHI), _is_even),
            Orbit((_2_PHI, _PHI, _PHI3), _is_even),
            Orbit((_PHI_1, _PHI2, _3PHI_LESS_1), _is_even),
            Orbit((_ROOT5, _2, _2_PLUS_PHI), _is_even),
            Orbit((_PHI, _3, _2PHI), _is_even),
        ),
        5,
    ),
    "600-cell": Solid(
        120,
        ("1/4", "1/4"),
        5,
        (Orbit((_2, _0, _0, _0)), Orbit((_1, _1, _1, _1)), Orbit((_PHI, _1, _PHI_1, _0), _is_even)),
        11,
        "Boeroeczky 1978; Cohn and Kumar 2007",
    ),
    "120-cell": Solid(
        600,
        ("1/8", "3/8"),
        5,
        (
            Orbit((_0, _0, _2, _2)),
            Orbit((_1, _1, _1, _ROOT5)),
            Orbit((_PHI_2, _PHI, _PHI, _PHI)),
            Orbit((_PHI_1, _PHI_1, _PHI_1, _PHI2)),
            Orbit((_0, _PHI_2, _1, _PHI2), _is_even),
            Orbit((_0, _PHI_1, _PHI, _ROOT5), _is_even),
            Orbit((_PHI_1, _1, _PHI, _2), _is_even),
        ),
        11,
    ),
}


def _solid(name: str) -> Construction:
    """Return a polytope whose vertices are orbits of exact coordinates."""
    solid = _SOLIDS[name]
    dim = len(solid.orbits[0].coordinates)
    unit_rows, integer_rows = from_integers(solid.vertices, dim, radicand=solid.radicand)
    constant, coefficient = solid.cosine
    return Construction(
        name=name,
        params={},
        dim=dim,
        n_points=solid.n_points,
        cosine=surd(Fraction(constant), Fraction(coefficient), solid.radicand),
        reference="Coxeter, Regular Polytopes, 1973" + (f"; optimal: {solid.proof}" if solid.proof else ""),
        unit_rows=unit_rows,
        integer_rows=integer_rows,
        radicand=solid.radicand,
        proven_optimal=bool(solid.proof),
        design_strength=solid.design_strength,
        spectrum_formula=lambda: pairs_from_counts(solid.n_points, solid.counts()),
    )


FAMILIES = tuple(
    single(
        name,
        f"{solid.n_points} vertices in dimension {len(solid.orbits[0].coordinates)}",
        len(solid.orbits[0].coordinates),
        partial(_solid, name),
    )
    for name, solid in _SOLIDS.items()
)
