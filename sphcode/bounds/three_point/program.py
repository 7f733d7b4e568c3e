"""The three-point bound of Bachoc and Vallentin (2008) as a semidefinite program, sampled at points.

For a code in R^n with max cosine <= s, find a_k >= 0, a positive semidefinite 2 by 2 matrix b and positive
semidefinite F_0, ..., F_D that minimise 1 + sum a_k + b_11 + <F_0, J> subject to

    (i)  sum_k a_k P_k(u) + 2 b_12 + b_22 + 3 sum_k <F_k, S_k(u, u, 1)>  <=  -1     for u in [-1, s]
    (ii) b_22 + sum_k <F_k, S_k(u, v, t)>  <=  0     for u, v, t in [-1, s] with 1 + 2uvt - u^2 - v^2 - t^2 >= 0.

S_k is the symmetrised zonal matrix. Both inequalities become identities of polynomials of degree 2D by adding sums of
squares with weights: in (i) 1 and p(u) = (u + 1)(s - u), in (ii) 1, p(u), p(v), p(t) and the determinant (Mittelmann
and Vallentin 2010). (ii) is symmetric in u, v, t. So its sums of squares with the weights 1 and determinant split into
the trivial, the sign and the standard representation of S_3 (Gatermann and Parrilo 2004); those with p(v) and p(t)
come from that with p(u) by permutation, and it splits into functions that are symmetric or alternating in v and t.

An identity of degree 2D holds when it holds at a unisolvent set of points (Loefberg and Parrilo 2004): at 2D + 1
Chebyshev points for (i), and for (ii) at points chosen by a pivoted QR factorisation. Sums of squares then have
constraint matrices of rank one to three. The bases are whitened at those points; `Block.basis` leads back to the plain
bases:

- F_k: the Chebyshev polynomials T_0..T_{D-k} of u;
- q0, q1: T_0.. of x(u), which maps [-1, s] to [-1, 1];
- weight 1 or determinant, part t, a or e ("1t", ..., "de"): the tensor products T_i(x)T_j(y)T_k(z), i >= j >= k, made
  invariant, made alternating, and the pairs (f_1, f_2) = (2g - g' - g'', g' - g'') of g = T_a(x) (T_b(y) T_c(z) +
  T_c(y) T_b(z)), where g', g'' come from g by moving y, z to the first place; such a pair spans a copy of the standard
  representation, and counts f_1^2/2 + 3 f_2^2/2;
- weight p, part s or a ("ps", "pa"): T_i(x) (T_j(y) T_k(z) + T_k(y) T_j(z)), j >= k, and T_i(x) (T_j(y) T_k(z) -
  T_k(y) T_j(z)), j > k, the three permutations that bring y or z to the place of x together.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from sphcode.bounds.gegenbauer import gegenbauer
from sphcode.bounds.sdp.sampled_program import Block, SampledProgram

__all__ = [
    "chebyshev",
    "chebyshev_points",
    "invariant_squares",
    "scaled",
    "three_point_program",
    "unisolvent_points",
    "zonal_matrices",
    "zonal_radial",
]

Floats = NDArray[np.float64]
#: Floats, or exact numbers as objects: the functions of arrays only add, multiply and divide by integers.
Array = NDArray[Any]


def three_point_program(dim: int, cosine: float, degree: int) -> SampledProgram:
    """Return the program whose optimum, plus 1, bounds the number of points with max cosine <= `cosine`.

    Parameters
    ----------
    dim : int
        Dimension of the space, at least 3.
    cosine : float
        Max cosine, > -1 and < 1.
    degree : int
        D; the polynomials have total degree 2D.
    """
    u = chebyshev_points(2 * degree + 1, cosine)
    points = unisolvent_points(degree, cosine)
    n_first, n_rows = len(u), len(u) + points.shape[1]
    first, second = slice(0, n_first), slice(n_first, n_rows)

    powers = np.zeros((n_rows, 2 * degree + 1))
    powers[first] = gegenbauer(dim, 2 * degree, u).T
    entries = np.zeros((n_rows, 2, 2))
    entries[first, 0, 1] = entries[first, 1, 0] = 1.0
    entries[:, 1, 1] = 1.0
    blocks = [Block("b", np.eye(2), cost=np.diag([1.0, 0.0]), dense=entries)]
    one = np.ones_like(u)
    at_one, on_diagonal, at_points = (
        zonal_matrices(dim, at, chebyshev(degree, at)) for at in (np.ones((3, 1)), np.stack([u, u, one]), points)
    )
    for k, inside in enumerate(at_points):
        entries = np.concatenate([3 * on_diagonal[k], inside])
        basis = _white_zonal(cosine, degree, k)
        entries = basis.T @ entries @ basis
        scale = np.sqrt(len(basis) / np.mean(np.sum(entries**2, axis=(1, 2))))
        basis = basis * np.sqrt(scale)
        blocks.append(Block(f"F{k}", basis, cost=basis.T @ at_one[k][0] @ basis, dense=entries * scale))
    x = scaled(u, cosine)
    for name, size, weight in (("q0", degree + 1, one), ("q1", degree, (u + 1) * (cosine - u))):
        blocks.append(_squares(name, first, [(weight, chebyshev(degree, x)[:size].T)]))
    for name, parts in invariant_squares(cosine, points, chebyshev(degree, scaled(points, cosine))):
        blocks.append(_squares(name, second, parts))
    right = np.zeros(n_rows)
    right[first] = -1.0
    return SampledProgram(linear=powers, linear_cost=np.ones(2 * degree + 1), blocks=tuple(blocks), right=right)


def zonal_matrices(dim: int, points: Array, values: Array) -> list[Array]:
    """Return the symmetrised S_0..S_D at points (u, v, t), each of shape (n_points, D-k+1, D-k+1).

    `values`, of shape (D + 1, 3, n_points), are a basis of polynomials at u, v, t.
    """
    degree = len(values) - 1
    totals: list[Any] = [0] * (degree + 1)
    for i, j, k in ((0, 1, 2), (2, 0, 1), (2, 1, 0)):
        for order, radial in enumerate(zonal_radial(dim, degree, points[i], points[j], points[k])):
            size = degree - order + 1
            left, right = values[:size, i].T, values[:size, j].T
            product = radial[:, None, None] * left[:, :, None] * right[:, None, :]
            totals[order] = totals[order] + (product + product.transpose(0, 2, 1)) / 6
    return totals


def zonal_radial(dim: int, degree: int, u: Array, v: Array, t: Array) -> Iterator[Array]:
    """Yield ((1-u^2)(1-v^2))^(k/2) P_k^{n-1}((t - uv) / sqrt((1-u^2)(1-v^2))) for k = 0..D, a polynomial in u, v, t."""
    cosine, weight = t - u * v, (1 - u**2) * (1 - v**2)
    before, now = np.zeros_like(u), np.ones_like(u)
    for k in range(degree + 1):
        yield now
        # In three dimensions the last factor is a circle: P_k = T_k, with P_1 = t.
        after = cosine if k == 0 else ((2 * k + dim - 3) * cosine * now - k * weight * before) / (k + dim - 3)
        before, now = now, after


def unisolvent_points(degree: int, cosine: float) -> Floats:
    """Return (u, v, t), shape (3, m), where a symmetric polynomial of degree <= 2D vanishes only if it is zero."""
    grid = chebyshev_points(2 * degree + 2, cosine)
    index = np.array([(i, j, k) for i in range(len(grid)) for j in range(i + 1) for k in range(j + 1)]).T
    points = grid[index]
    basis = np.linalg.qr(_invariants(2 * degree, chebyshev(2 * degree, scaled(points, cosine))))[0]
    pivots = scipy.linalg.qr(basis.T, mode="r", pivoting=True)[1]
    return np.asarray(points[:, np.sort(pivots[: basis.shape[1]])])


def multi_indices(degree: int) -> list[tuple[int, int, int]]:
    """Return all i >= j >= k >= 0 with i + j + k <= degree, in lexicographic order."""
    return [
        (i, j, k)
        for i in range(degree + 1)
        for j in range(min(i, degree - i) + 1)
        for k in range(min(j, degree - i - j) + 1)
    ]


def invariant_squares(cosine: Any, points: Array, values: Array) -> Iterator[tuple[str, list[tuple[Array, Array]]]]:
    """Yield the name and the parts (weight at the points, basis at the points) of the sums of squares of (ii).

    Arguments as for `zonal_matrices`.
    """
    degree = len(values) - 1
    u, v, t = points
    for name, own, weight in (("1", 0, 0 * u + 1), ("d", 3, 1 + 2 * u * v * t - u**2 - v**2 - t**2)):
        half = (2 * degree - own) // 2
        if half < 0:
            continue
        yield f"{name}t", [(weight, _invariants(half, values))]
        alternating = _alternating(half, values)
        if alternating.shape[1]:
            yield f"{name}a", [(weight, alternating)]
        first, second = _standard(half, values)
        if first.shape[1]:
            yield f"{name}e", [(weight / 2, first), (3 * weight / 2, second)]
    orders = ((0, 1, 2), (1, 2, 0), (2, 0, 1))
    for name, sign in (("ps", 1), ("pa", -1)):
        parts = [
            ((points[order[0]] + 1) * (cosine - points[order[0]]), _one_and_two(degree - 1, values[:, order], sign))
            for order in orders
        ]
        if parts[0][1].shape[1]:
            yield name, parts


def _invariants(degree: int, values: Array) -> Array:
    """Return the sums over the distinct permutations of T_i(x) T_j(y) T_k(z); `values` are T_.(x), T_.(y), T_.(z)."""
    x, y, z = values[:, 0], values[:, 1], values[:, 2]
    columns = []
    for i, j, k in multi_indices(degree):
        orders = sorted({(i, j, k), (i, k, j), (j, i, k), (j, k, i), (k, i, j), (k, j, i)})
        columns.append(sum(x[a] * y[b] * z[c] for a, b, c in orders))
    return np.stack(columns, axis=1)


def _alternating(degree: int, values: Array) -> Array:
    """Return the determinants of T_i, T_j, T_k at x, y, z for i > j > k."""
    x, y, z = values[:, 0], values[:, 1], values[:, 2]
    columns = [
        x[i] * (y[j] * z[k] - y[k] * z[j]) - y[i] * (x[j] * z[k] - x[k] * z[j]) + z[i] * (x[j] * y[k] - x[k] * y[j])
        for i, j, k in multi_indices(degree)
        if i > j > k
    ]
    return np.stack(columns, axis=1) if columns else np.empty((values.shape[2], 0))


def _standard(degree: int, values: Array) -> tuple[Array, Array]:
    """Return the first and the second members of the pairs that span the copies of the standard representation."""
    x, y, z = values[:, 0], values[:, 1], values[:, 2]
    first, second = [], []
    for i, j, k in multi_indices(degree):
        for a, b, c in _standard_orders(i, j, k):
            g = x[a] * (y[b] * z[c] + y[c] * z[b])
            g1 = y[a] * (x[b] * z[c] + x[c] * z[b])
            g2 = z[a] * (x[b] * y[c] + x[c] * y[b])
            first.append(2 * g - g1 - g2)
            second.append(g1 - g2)
    empty = np.empty((values.shape[2], 0))
    return (np.stack(first, axis=1), np.stack(second, axis=1)) if first else (empty, empty)


def _standard_orders(i: int, j: int, k: int) -> list[tuple[int, int, int]]:
    """Return the choices (a, b, c) of one multi-index: two for distinct entries, one for a pair, none for i = j = k."""
    if i == j:
        return [] if j == k else [(k, i, j)]
    return [(i, j, k)] if j == k else [(i, j, k), (j, i, k)]


def _one_and_two(degree: int, values: Array, sign: int) -> Array:
    """Return the products T_i(x) (T_j(y) T_k(z) + sign T_k(y) T_j(z)) for j >= k, without those that vanish."""
    x, y, z = values[:, 0], values[:, 1], values[:, 2]
    columns = [
        x[i] * (y[j] * z[k] + sign * y[k] * z[j])
        for i in range(degree + 1)
        for j in range(degree - i + 1)
        for k in range(min(j, degree - i - j) + 1)
        if j > k or sign > 0
    ]
    return np.stack(columns, axis=1) if columns else np.empty((values.shape[2], 0))


def _squares(name: str, rows: slice, parts: list[tuple[Floats, Floats]]) -> Block:
    """Return a block of sums of squares in a basis that is orthonormal at the points, for the absolute weights."""
    stacked = np.concatenate([np.sqrt(np.abs(weight))[:, None] * basis for weight, basis in parts])
    white = _inverse_root(stacked) * np.sqrt(len(parts[0][0]))
    return Block(name, white, rows=rows, parts=tuple((weight, basis @ white) for weight, basis in parts))


def _white_zonal(cosine: float, degree: int, order: int) -> Floats:
    """Return an orthonormal basis for (1 - u^2)^k at Chebyshev points of [-1, s] and, for k = 0, at 1."""
    u = chebyshev_points(2 * degree + 1, cosine)
    rows = ((1 - u**2) ** (order / 2) / np.sqrt(len(u))) * chebyshev(degree - order, u)
    if order == 0:
        rows = np.concatenate([rows, np.ones((degree + 1, 1))], axis=1)
    return _inverse_root(rows.T)


def _inverse_root(rows: Floats) -> Floats:
    upper = np.linalg.qr(rows, mode="r")
    return scipy.linalg.solve_triangular(upper, np.eye(len(upper)))


def chebyshev(degree: int, x: Floats) -> Floats:
    """Return T_0..T_degree at x, shape (degree + 1, *x.shape); x may lie outside [-1, 1]."""
    values = np.empty((degree + 1, *x.shape))
    values[0] = 1.0
    if degree:
        values[1] = x
    for k in range(2, degree + 1):
        values[k] = 2 * x * values[k - 1] - values[k - 2]
    return values


def chebyshev_points(count: int, cosine: float) -> Floats:
    """Return the Chebyshev points of [-1, cosine], ascending."""
    return (cosine - 1) / 2 - (cosine + 1) / 2 * np.cos(np.pi * (np.arange(count) + 0.5) / count)


def scaled(u: Floats, cosine: float) -> Floats:
    """Return x(u), which maps [-1, cosine] to [-1, 1]."""
    return np.asarray((2 * u - (cosine - 1)) / (cosine + 1))
