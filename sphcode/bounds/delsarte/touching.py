"""The optimum of a Delsarte program to many digits, from the places where its polynomial touches the bound.

At the optimum g = sum c_k P_k, over the orders k with c_k > 0, touches -1 at points z_i: with slope 0 inside the
interval, with any slope at its ends. The dual solution is a measure with weights w_i > 0 at these points:

    1 + g(z_i) = 0,    g'(z_i) = 0 (inside),    1 + sum_i w_i P_k(z_i) = 0 (orders with c_k > 0),

as many equations as unknowns c, z, w. Newton's method solves them; when the number of points is given, sum w_i = N - 1
joins and the right end becomes an unknown. The float solver is only asked which orders occur and roughly where the
points are: double precision is not enough for large N. Nothing here is trusted: the checker sees the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from flint import arb, arb_mat, ctx

from sphcode.proofs.gegenbauer import values

__all__ = ["PRECISION", "Touching", "refine"]

#: Bits of the balls in which the touching equations are solved, Newton steps at most (digits double with each, so
#: that 8 are enough from any good start), and the relative change that ends them: far below the 40 digits that are
#: kept.
PRECISION = 320
_STEPS = 25
_ENOUGH = 2.0**-200


@dataclass(frozen=True)
class Touching:
    """A polynomial, 1 + sum of coefficients[j] P_k for k = orders[j], its touching points and their weights.

    The last point is the right end of the interval; `fixed` says whether the first is the left end.
    """

    orders: Sequence[int]
    coefficients: list[arb]
    points: list[arb]
    weights: list[arb]
    fixed: bool


def refine(dim: int, guess: Touching, total: arb | None) -> Touching | None:
    """Solve the equations from a guess; None if Newton's method does not converge to admissible numbers.

    The right end stays where it is when `total` is None; otherwise it moves so that the weights sum to `total`.
    """
    n, inner = len(guess.points), range(int(guess.fixed), len(guess.points) - 1)
    with ctx.workprec(PRECISION):
        c, z, w = list(guess.coefficients), list(guess.points), list(guess.weights)
        moving = [*inner, *([n - 1] if total is not None else [])]
        before = 1.0
        for _ in range(_STEPS):
            matrix, right = _equations(dim, guess.orders, (c, z, w), inner, moving)
            if total is not None:
                matrix.append([arb(0)] * (len(c) + len(moving)) + [arb(1)] * n)
                right.append([total - sum(w, arb(0))])
            try:
                step = arb_mat(matrix).solve(arb_mat(right), algorithm="approx")
            except ZeroDivisionError:
                return None
            moved = [step[j, 0].mid() for j in range(len(right))]
            c = [(x + d).mid() for x, d in zip(c, moved, strict=False)]
            w = [(x + d).mid() for x, d in zip(w, moved[len(c) + len(moving) :], strict=True)]
            for i, d in zip(moving, moved[len(c) :], strict=False):
                z[i] = (z[i] + d).mid()
            size = max((abs(float(d)) for d in moved[len(c) : len(c) + len(moving)]), default=0.0)
            change = max(abs(float(d / x)) if x != 0 else 1.0 for d, x in zip(moved, c, strict=False))
            if max(size, change) < _ENOUGH:
                break
            if not size < max(before, 1e-2):
                return None
            before = size
        else:
            return None
        ordered = all(left < right for left, right in pairwise(z)) and z[0] >= -1 and z[-1] < 1
        if not (ordered and all(x >= 0 for x in [*c, *w])):
            return None
        return Touching(guess.orders, c, z, w, guess.fixed)


def _equations(
    dim: int,
    orders: Sequence[int],
    at: tuple[list[arb], list[arb], list[arb]],
    inner: Sequence[int],
    moving: Sequence[int],
) -> tuple[list[list[arb]], list[list[arb]]]:
    """Return the Jacobian, columns c, moving z, w, and the negative residuals as a column."""
    c, z, w = at
    p, q, r = _tables(dim, orders, z)
    g, slope, curvature = ([sum(map(arb.__mul__, c, row), arb(0)) for row in table] for table in (p, q, r))
    nothing = [arb(0)] * len(z)
    matrix, right = [], []
    for i in range(len(z)):
        matrix.append([*p[i], *(slope[i] if j == i else arb(0) for j in moving), *nothing])
        right.append([-1 - g[i]])
    for i in inner:
        matrix.append([*q[i], *(curvature[i] if j == i else arb(0) for j in moving), *nothing])
        right.append([-slope[i]])
    for j in range(len(orders)):
        column = [row[j] for row in p]
        matrix.append([*[arb(0)] * len(c), *(w[i] * q[i][j] for i in moving), *column])
        right.append([-1 - sum(map(arb.__mul__, w, column), arb(0))])
    return matrix, right


def _tables(dim: int, orders: Sequence[int], z: Sequence[arb]) -> tuple[list[list[arb]], ...]:
    """Return P_k, P_k' and P_k'' at each point (rows), for the orders k."""
    tables: tuple[list[list[arb]], ...] = ([], [], [])
    for point in z:
        p = list(islice(values(dim, point), max(orders) + 1))
        q, r = [arb(0), arb(1)], [arb(0), arb(0)]
        for k in range(1, max(orders)):
            a, b = 2 * k + dim - 2, k + dim - 2
            q.append((a * (p[k] + point * q[k]) - k * q[k - 1]) / b)
            r.append((a * (2 * q[k] + point * r[k]) - k * r[k - 1]) / b)
        for table, row in zip(tables, (p, q, r), strict=True):
            table.append([row[k] for k in orders])
    return tables
