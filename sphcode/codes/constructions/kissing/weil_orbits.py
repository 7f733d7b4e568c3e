"""The kissing configuration of 510 points in 10 dimensions: two orbits of lines in the Weil representation of Sp(4, 3).

The group acts on the even complex functions on F_3^2, a space of 5 complex or 10 real dimensions. With w a cube root of
unity, theta = w - w^2 and q a quadratic form, the points are +-w^k times, in norm 36,

- 40 functions, one for each Lagrangian plane of F_3^4: 6 at the origin; 2 theta w^(c t^2) on a line {t v};
  2 w^q everywhere;
- 45 roots of the complex reflection group G33: 3 at +-u and -3 w^k at +-v for different lines; and theta times 2 at
  the origin and -w^q elsewhere.

Between lines that are not orthogonal the inner products are 12 or, turned by 30 degrees, 12 sqrt(3) in absolute value
within the first 40 and between the two kinds, 18 within the roots: at most 18 after the turns +-w^k. (Ganzhinov 2022.)
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from sphcode.codes.constructions.construction import Construction, from_integers, single
from sphcode.codes.constructions.exact import rational
from sphcode.codes.constructions.kissing.shapes import spectrum

IntArray = NDArray[np.int64]

#: The affine plane over three elements, and the directions of its lines.
_PLANE = list(itertools.product(range(3), repeat=2))
_LINES = [(1, 0), (0, 1), (1, 1), (1, 2)]

#: w^k as coefficients of 1, w, w^2, and theta = w - w^2.
_POWERS = np.eye(3, dtype=np.int64)
_THETA = np.array([0, 1, -1])


def _product(a: IntArray, b: IntArray) -> IntArray:
    """Multiply numbers given by their coefficients of 1, w, w^2."""
    return np.asarray(sum(np.roll(np.multiply.outer(b[..., k], a), k, axis=-1) for k in range(3)))


def _functions() -> IntArray:
    """Return the 85 functions, shape (85, 9, 3): coefficients of 1, w, w^2 at each place of F_3^2."""
    index = {place: i for i, place in enumerate(_PLANE)}
    both = [[index[u], index[-u[0] % 3, -u[1] % 3]] for u in _LINES]
    origin = index[0, 0]
    found = []

    def function() -> IntArray:
        found.append(np.zeros((9, 3), dtype=np.int64))
        return found[-1]

    function()[origin] = 6 * _POWERS[0]
    for line, c in itertools.product(both, range(3)):
        f = function()
        f[origin], f[line] = 2 * _THETA, 2 * _product(_THETA, _POWERS[c])
    forms = [
        np.array([(a * x * x + b * x * y + c * y * y) % 3 for x, y in _PLANE])
        for a, b, c in itertools.product(range(3), repeat=3)
    ]
    for q in forms:
        function()[:] = 2 * _POWERS[q]
    for (first, second), k in itertools.product(itertools.combinations(both, 2), range(3)):
        f = function()
        f[first], f[second] = 3 * _POWERS[0], -3 * _POWERS[k]
    for q in forms:
        f = function()
        f[:] = -_POWERS[q]
        f[origin] = 2 * _POWERS[0]
        f[:] = _product(_THETA, f)
    return np.array(found)


def _rows() -> IntArray:
    """Return integer rows in 27 dimensions: w^k at a place is 3 e_k - (1, 1, 1) in its three coordinates."""
    turned = [sign * _product(_POWERS[k], _functions()) for sign in (1, -1) for k in range(3)]
    coefficients = np.concatenate(turned)
    rows = 3 * coefficients - coefficients.sum(axis=2, keepdims=True)
    return np.asarray(rows.reshape(len(rows), 27))


def weil_orbits() -> Construction:
    """Return the kissing configuration of 510 points in 10 dimensions."""
    unit_rows, integer_rows = from_integers(_rows, 10)
    return Construction(
        name="weil_orbits",
        params={},
        dim=10,
        n_points=510,
        cosine=rational(1, 2),
        reference="Ganzhinov 2022 (arXiv 2207.08266)",
        unit_rows=unit_rows,
        integer_rows=integer_rows,
        spectrum_formula=lambda: spectrum("weil_orbits", 10),
    )


FAMILIES = (
    single("weil_orbits", "510 points at 1/2, two orbits of the Weil representation of Sp(4, 3)", 10, weil_orbits),
)
