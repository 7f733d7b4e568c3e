"""Regular polygon, simplex, orthoplex and the simplex blocks between them: the optimal codes of Rankin's theorem."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_int
from sphcode.codes.constructions import decoders
from sphcode.codes.constructions.construction import Construction, Family
from sphcode.codes.constructions.decoders import OneOrBlocked
from sphcode.codes.constructions.exact import Exact, cosine_of_turn, rational

_RANKIN = "Rankin, The closest packing of spherical caps in n dimensions, 1955"

#: The spectrum of a polygon has n_points / 2 lines; it is listed up to this number of points.
_MAX_LISTED_POLYGON = 10_000


def polygon(n_points: int) -> Construction:
    """Return the regular polygon in the plane."""
    n_points = check_int("n_points", n_points, minimum=2)

    def spectrum() -> Iterable[tuple[Exact, int]]:
        for step in range(1, n_points // 2 + 1):
            yield cosine_of_turn(step, n_points), n_points // 2 if 2 * step == n_points else n_points

    def unit_rows(start: int, stop: int) -> NDArray[np.float64]:
        angle = 2.0 * math.pi * (np.arange(start, stop) / n_points)
        return np.column_stack([np.cos(angle), np.sin(angle)])

    return Construction(
        name="polygon",
        params={"n_points": n_points},
        dim=2,
        n_points=n_points,
        cosine=cosine_of_turn(1, n_points),
        reference="elementary",
        unit_rows=unit_rows,
        attained_by=2,
        proven_optimal=True,
        design_strength=n_points - 1,
        spectrum_formula=spectrum if n_points <= _MAX_LISTED_POLYGON else None,
    )


def simplex(dim: int) -> Construction:
    """Return the regular simplex, dim + 1 points."""
    dim = check_int("dim", dim, minimum=1)
    return Construction(
        name="simplex",
        params={"dim": dim},
        dim=dim,
        n_points=dim + 1,
        cosine=rational(-1, dim),
        reference=_RANKIN,
        unit_rows=lambda start, stop: _simplex_rows(dim, start, stop),
        integer_rows=lambda start, stop: (
            (dim + 1) * np.eye(stop - start, dim + 1, start, dtype=np.int64) - 1  # vertices less their centre
        ),
        attained_by=2,
        proven_optimal=True,
        design_strength=2 if dim > 1 else 1,
        spectrum_formula=lambda: [(rational(-1, dim), dim * (dim + 1) // 2)],
        decoder_formula=lambda code: OneOrBlocked("sorting", decoders.simplex, code.blocked()),
    )


def _simplex_rows(dim: int, start: int, stop: int) -> NDArray[np.float64]:
    """Return rows sqrt((d+1)/d) e_i - shift (1, ..., 1) for i < d, and last the row -(1, ..., 1)/sqrt(d)."""
    rows = math.sqrt((dim + 1) / dim) * np.eye(stop - start, dim, start)
    rows -= (math.sqrt(dim + 1) - 1) / dim**1.5
    if stop == dim + 1:
        rows[-1] = -1 / math.sqrt(dim)
    return rows


def orthoplex(dim: int) -> Construction:
    """Return the orthoplex (cross-polytope): the 2 dim vectors +-e_i."""
    dim = check_int("dim", dim, minimum=2)

    def integer_rows(start: int, stop: int) -> NDArray[np.int64]:
        index = np.arange(start, stop)
        rows = np.zeros((stop - start, dim), dtype=np.int64)
        rows[np.arange(stop - start), index // 2] = 1 - 2 * (index % 2)
        return rows

    return Construction(
        name="orthoplex",
        params={"dim": dim},
        dim=dim,
        n_points=2 * dim,
        cosine=rational(0),
        reference=_RANKIN,
        unit_rows=lambda start, stop: integer_rows(start, stop).astype(np.float64),
        integer_rows=integer_rows,
        attained_by=3,
        proven_optimal=True,
        design_strength=3,
        spectrum_formula=lambda: [(rational(0), 2 * dim * (dim - 1)), (rational(-1), dim)],
        decoder_formula=lambda code: OneOrBlocked("sorting", decoders.orthoplex, code.blocked()),
    )


def simplex_blocks(dim: int, n_points: int) -> Construction:
    """Return n_points - dim simplices, as equal as possible, in mutually orthogonal spaces; dim+2 <= n_points <= 2 dim.

    Every code of that size without positive inner products is such a union of orthogonal blocks; for 2 dim points it is
    the orthoplex.
    """
    dim = check_int("dim", dim, minimum=2)
    n_points = check_int("n_points", n_points, minimum=dim + 2, maximum=2 * dim)
    n_blocks = n_points - dim
    dims = [(dim + i) // n_blocks for i in range(n_blocks)]
    starts = np.cumsum([0, *dims])
    block_of = np.repeat(np.arange(n_blocks), np.array(dims) + 1)

    def rows(start: int, stop: int, *, integers: bool) -> NDArray[np.float64]:
        extra = n_blocks if integers else 0  # each block of integers takes one coordinate more
        values = np.zeros((stop - start, dim + extra))
        for row, index in enumerate(range(start, stop)):
            block = int(block_of[index])
            vertex = index - int(starts[block]) - block
            size = dims[block]
            left = int(starts[block]) + (block if integers else 0)
            if integers:
                values[row, left : left + size + 1] = -1
                values[row, left + vertex] = size
            else:
                values[row, left : left + size] = _simplex_rows(size, vertex, vertex + 1)[0]
        return values

    def spectrum() -> Iterable[tuple[Exact, int]]:
        within = {size: dims.count(size) * size * (size + 1) // 2 for size in set(dims)}
        yield from ((rational(-1, size), pairs) for size, pairs in within.items())
        yield rational(0), n_points * (n_points - 1) // 2 - sum(within.values())

    return Construction(
        name="simplex_blocks",
        params={"dim": dim, "n_points": n_points},
        dim=dim,
        n_points=n_points,
        cosine=rational(0),
        reference=_RANKIN + "; all optimal codes: Alcala et al., arXiv 2603.20587",
        unit_rows=lambda start, stop: rows(start, stop, integers=False),
        integer_rows=lambda start, stop: rows(start, stop, integers=True).astype(np.int64),
        attained_by=dims[0] + 2,
        proven_optimal=True,
        design_strength=3 if n_points == 2 * dim else (2 if len(set(dims)) == 1 else 1),
        spectrum_formula=spectrum,
    )


def _members_in_plane(dim: int) -> Iterable[Construction]:
    return (polygon(5) for _ in range(dim >= 2))


FAMILIES = (
    Family("polygon", "regular polygon", {"n_points": "an integer >= 2"}, polygon, _members_in_plane),
    Family(
        "simplex", "regular simplex, dim + 1 points", {"dim": "an integer >= 1"}, simplex, lambda dim: [simplex(dim)]
    ),
    Family("orthoplex", "+-e_i, 2 dim points", {"dim": "an integer >= 2"}, orthoplex, lambda dim: [orthoplex(dim)]),
    Family(
        "simplex_blocks",
        "orthogonal simplices, optimal between simplex and orthoplex",
        {"dim": "an integer >= 2", "n_points": "an integer from dim + 2 to 2 dim"},
        simplex_blocks,
        lambda _: [],
    ),
)
