"""Root systems A, D, E, and the sharp codes derived from E8: 56 in 7, 27 in 6, 16 in 5 and 10 in 4 dimensions."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_int
from sphcode.codes.constructions import decoders
from sphcode.codes.constructions.construction import (
    Construction,
    Family,
    from_integers,
    pairs_of_design,
    single,
)
from sphcode.codes.constructions.decoders import OneOrBlocked, by_kernel
from sphcode.codes.constructions.exact import rational

IntArray = NDArray[np.int64]

#: Inner products of two different roots of equal length, over that length.
_ROOT_COSINES = [rational(1, 2), rational(0), rational(-1, 2), rational(-1)]
_CONWAY_SLOANE = "Conway and Sloane, Sphere Packings, Lattices and Groups, chapter 4"
_COHN_KUMAR = "Cohn and Kumar 2007, Table 1; optimal: Levenshtein"


def derived(vectors: IntArray, base: int, product: int) -> IntArray:
    """Return the derived code: the vectors at inner product `product` with vector `base`, without their part along it.

    The result has integer coordinates in the same space; its span is orthogonal to the base vector.
    """
    pole = vectors[base]
    chosen = vectors[vectors @ pole == product]
    return np.asarray(chosen * int(pole @ pole) - product * pole)


def _a_roots(dim: int) -> IntArray:
    identity = np.eye(dim + 1, dtype=np.int64)
    return np.array([identity[i] - identity[j] for i, j in itertools.permutations(range(dim + 1), 2)])


def _d_roots(dim: int) -> IntArray:
    identity = np.eye(dim, dtype=np.int64)
    return np.array(
        [
            a * identity[i] + b * identity[j]
            for i, j in itertools.combinations(range(dim), 2)
            for a in (1, -1)
            for b in (1, -1)
        ]
    )


@cache
def e8_roots() -> IntArray:
    """Return the 240 roots of E8, scaled to squared length 8."""
    halves = np.array(list(itertools.product((1, -1), repeat=8)))
    return np.asarray(np.concatenate([2 * _d_roots(8), halves[(halves < 0).sum(axis=1) % 2 == 0]]))


def _e7_roots() -> IntArray:
    roots = e8_roots()
    return np.asarray(roots[roots @ roots[0] == 0])


def _e6_roots() -> IntArray:
    roots = e8_roots()
    other = roots[roots @ roots[0] == -4][0]
    return np.asarray(roots[(roots @ roots[0] == 0) & (roots @ other == 0)])


@cache
def _derived_from_e8(dim: int) -> IntArray:
    """Return the derived code in dimension dim = 7, 6, 5, 4 of the one before; the first is derived from E8."""
    vectors = e8_roots() if dim == 7 else _derived_from_e8(dim + 1)
    squared = int(vectors[0] @ vectors[0])
    closest = max(int(p) for p in vectors @ vectors[0] if p != squared)
    chosen = derived(vectors, 0, closest)
    return np.asarray(chosen // np.gcd.reduce(chosen, axis=None))


_DECODERS = {
    "a": lambda code: OneOrBlocked("sorting", decoders.a_roots(code.unit_rows, code.dim), code.blocked()),
    "d": lambda code: OneOrBlocked("sorting", by_kernel("d_words", 2), code.blocked()),
    "e8": lambda code: OneOrBlocked("two cosets of D8", by_kernel("e8_words", 8), code.blocked()),
}


def _roots(name: str, dim: int, n_points: int, vectors: Callable[[], IntArray], params: dict[str, int]) -> Construction:
    """Return the roots of a system as a code at cosine 1/2."""
    unit_rows, integer_rows = from_integers(vectors, dim)
    return Construction(
        name=name,
        params=params,
        dim=dim,
        n_points=n_points,
        cosine=rational(1, 2),
        reference=_CONWAY_SLOANE,
        unit_rows=unit_rows,
        integer_rows=integer_rows,
        proven_optimal=name == "e8" or (name, dim) in (("d", 4), ("a", 2)),
        design_strength={"e8": 7, "e7": 5, "e6": 5}.get(name, 5 if (name, dim) in (("d", 4), ("a", 2)) else 3),
        spectrum_formula=lambda: pairs_of_design(dim, n_points, _ROOT_COSINES),
        decoder_formula=_DECODERS.get(name),
    )


def a_roots(dim: int) -> Construction:
    """Return the dim (dim + 1) roots of A_dim."""
    dim = check_int("dim", dim, minimum=2)
    return _roots("a", dim, dim * (dim + 1), lambda: _a_roots(dim), {"dim": dim})


def d_roots(dim: int) -> Construction:
    """Return the 2 dim (dim - 1) roots of D_dim; for dim = 4 the 24-cell."""
    dim = check_int("dim", dim, minimum=3)
    return _roots("d", dim, 2 * dim * (dim - 1), lambda: _d_roots(dim), {"dim": dim})


_E: dict[str, tuple[int, int, Callable[[], IntArray]]] = {
    "e6": (6, 72, _e6_roots),
    "e7": (7, 126, _e7_roots),
    "e8": (8, 240, e8_roots),
}

#: name: (dim, inner products, design strength, n_points)
_DERIVED = {
    "e8-kissing": (7, [(1, 3), (-1, 3), (-1, 1)], 5, 56),
    "schlaefli": (6, [(1, 4), (-1, 2)], 4, 27),
    "clebsch": (5, [(1, 5), (-3, 5)], 3, 16),
    "petersen": (4, [(1, 6), (-2, 3)], 2, 10),
}


def _derived_code(name: str) -> Construction:
    """Return a code derived from E8, one step after the other, with its spectrum from the table."""
    dim, products, strength, n_points = _DERIVED[name]
    cosines = [rational(*product) for product in products]
    unit_rows, integer_rows = from_integers(lambda: _derived_from_e8(dim), dim)
    return Construction(
        name=name,
        params={},
        dim=dim,
        n_points=n_points,
        cosine=cosines[0],
        reference=_COHN_KUMAR
        if dim > 4
        else "Bachoc and Vallentin, Optimality and uniqueness of the (4,10,1/6) code, 2009",
        unit_rows=unit_rows,
        integer_rows=integer_rows,
        proven_optimal=True,
        design_strength=strength,
        spectrum_formula=lambda: pairs_of_design(dim, n_points, cosines),
    )


FAMILIES = (
    Family("a", "roots of A_dim, dim(dim + 1) points at 1/2", {"dim": "an integer >= 2"}, a_roots, lambda _: []),
    Family(
        "d",
        "roots of D_dim, 2 dim(dim - 1) points at 1/2",
        {"dim": "an integer >= 3"},
        d_roots,
        lambda dim: [d_roots(n) for n in range(4, min(dim, 40) + 1)],
    ),
    *(
        single(
            name, f"{n_points} roots of {name.upper()} at 1/2", dim, partial(_roots, name, dim, n_points, vectors, {})
        )
        for name, (dim, n_points, vectors) in _E.items()
    ),
    *(
        single(name, f"{n_points} points derived from E8", dim, partial(_derived_code, name))
        for name, (dim, _, _, n_points) in _DERIVED.items()
    ),
)
