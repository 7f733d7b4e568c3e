"""The polynomials R1 and R2 of a three-point certificate, bounded by the sum of their Chebyshev coefficients.

Both have degree at most 2D in each variable, so their values at 2D + 1 Chebyshev points of [-1, s] in each variable
determine them, and the discrete cosine transform of the values gives the coefficients in products of Chebyshev
polynomials T_i(x) T_j(y) T_k(z), x = (2u - s + 1) / (s + 1). A Chebyshev polynomial is at most 1, so the sum of the
coefficients' sizes bounds the polynomial. R2 is symmetric; it is evaluated at points with i >= j >= k only.

Bases of the matrices, all plain:

- `F0`, ..., `FD`: T_0 .. T_{D-k} of u itself; `q0`, `q1`: T_0 .. T_D and T_0 .. T_{D-1} of x;
- `1t`, `1a`, `1e` for the weight 1, `dt`, `da`, `de` for the determinant, over i >= j >= k with i + j + k <= D, or
  D - 2: the sum over the different permutations of T_i(x) T_j(y) T_k(z); for i > j > k their determinant; and pairs
  f = 2g - g' - g'', f' = g' - g'' of g = T_a(x) (T_b(y) T_c(z) + T_c(y) T_b(z)), g', g'' the same with y and z in the
  place of x. A pair counts f^2 / 2 + 3 f'^2 / 2, which is symmetric.
- `ps`, `pa` for the weight p(u), over i + j + k <= D - 1: T_i(x) (T_j(y) T_k(z) + T_k(y) T_j(z)) for j >= k, and
  T_i(x) (T_j(y) T_k(z) - T_k(y) T_j(z)) for j > k; the same with y, p(v) and z, p(t) in the place of x, p(u) is added.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb, arb_mat, fmpq
from numpy.typing import NDArray

from sphcode.proofs.rounding import to_arb

__all__ = ["Residuals", "block_sizes", "bound_residuals", "descending", "halves", "one_and_two", "pairs", "triples"]

#: Multiplications of balls in one matrix product, half a second of work (1e7 take 0.07 s at 160 bits, AMD Zen 4).
_PRODUCT_WORK = 40_000_000

Floats = NDArray[np.float64]
Index = tuple[int, int, int]


@dataclass(frozen=True)
class Residuals:
    """The objective v = sum a_k + b_11 + <F_0, J>, and bounds on |R1| and |R2|, as balls."""

    objective: arb
    first: arb
    second: arb


def block_sizes(degree: int) -> dict[str, int]:
    """Return the names of all matrices of a certificate and their sizes."""
    sizes = {"b": 2, **{f"F{k}": degree - k + 1 for k in range(degree + 1)}, "q0": degree + 1, "q1": degree}
    for weight, half in halves(degree):
        for part, basis in (("t", triples(half)), ("a", descending(half)), ("e", pairs(half))):
            sizes[f"{weight}{part}"] = len(basis)
    for part in "sa":
        sizes[f"p{part}"] = len(one_and_two(degree - 1, part))
    return {name: size for name, size in sizes.items() if size}


def bound_residuals(dim: int, cosine: fmpq, degree: int, linear: Floats, factors: dict[str, Floats]) -> Residuals:
    """Return objective and errors in balls of the precision of the context."""
    grid = _Grid(cosine, degree)
    balls = {name: arb_mat(factor.tolist()) for name, factor in factors.items()}
    b = balls["b"] * balls["b"].transpose()
    zonal = [_zonal(grid, balls[f"F{k}"]) for k in range(degree + 1)]
    weights = [arb(value) for value in linear.tolist()]
    one = grid.count
    objective = sum(weights, arb(0)) + b[0, 0] + zonal[0][one, one]
    first = [
        1
        + sum((a * p for a, p in zip(weights, _gegenbauer(dim, 2 * degree, u), strict=True)), arb(0))
        + 2 * b[0, 1]
        + b[1, 1]
        + _on_diagonal(dim, u, i, zonal, one)
        for i, u in enumerate(grid.u)
    ]
    for name, size, values in (("q0", degree + 1, [arb(1)] * one), ("q1", degree, grid.p)):
        squares = _square_sums([row[:size] for row in grid.x], balls[name])
        first = [total + value * square for total, value, square in zip(first, values, squares, strict=True)]
    second = [b[1, 1] + _inside(dim, grid, index, zonal) for index in grid.index]
    for weight, half in halves(degree):
        values = [arb(1) if weight == "1" else _determinant(grid, index) for index in grid.index]
        for part in "tae":
            factor = balls.get(f"{weight}{part}")
            if factor is not None:
                squares = _PARTS[part](grid, half, factor)
                second = [total + value * square for total, value, square in zip(second, values, squares, strict=True)]
    for part in "sa":
        if f"p{part}" in balls:
            squares = _one_and_two_squares(grid, part, balls[f"p{part}"])
            second = [total + square for total, square in zip(second, squares, strict=True)]
    return Residuals(objective, _coefficient_sum(grid, first), _symmetric_coefficient_sum(grid, second))


class _Grid:
    """2D + 1 Chebyshev points of [-1, s] as balls, tables of polynomials there, and the triples i >= j >= k."""

    def __init__(self, cosine: fmpq, degree: int) -> None:
        s = to_arb(cosine)
        self.degree, self.count = degree, 2 * degree + 1
        angles = [[k * (2 * i + 1) for k in range(self.count)] for i in range(self.count)]
        #: x[i][k] = T_k(x_i)
        self.x = [[arb.cos_pi_fmpq(fmpq(angle, 2 * self.count)) for angle in row] for row in angles]
        self.u = [(s - 1) / 2 + (s + 1) / 2 * row[1] for row in self.x]
        self.p = [(u + 1) * (s - u) for u in self.u]
        #: chebyshev[i][k] = T_k(u_i), and T_k(1) for i = count
        self.chebyshev = [_chebyshev(degree, u) for u in [*self.u, arb(1)]]
        self.index: list[Index] = [(i, j, k) for i in range(self.count) for j in range(i + 1) for k in range(j + 1)]
        self.symmetric = self._products(1)
        self.alternating = self._products(-1)

    def _products(self, sign: int) -> dict[tuple[int, int], list[list[arb]]]:
        """T_b(x_i) T_c(x_j) + sign T_c(x_i) T_b(x_j) for b, c <= D, by the points i >= j."""
        size = self.degree + 1
        tables = {}
        for i in range(self.count):
            for j in range(i + 1):
                plain = [[self.x[i][b] * self.x[j][c] for c in range(size)] for b in range(size)]
                tables[i, j] = [[plain[b][c] + sign * plain[c][b] for c in range(size)] for b in range(size)]
        return tables


def halves(degree: int) -> Iterator[tuple[str, int]]:
    """Yield the symmetric weights, 1 and d(eterminant), and the largest degree of the polynomials that are squared."""
    yield "1", degree
    if degree >= 2:
        yield "d", degree - 2


def triples(half: int) -> list[Index]:
    """Return all i >= j >= k >= 0 with i + j + k <= half, in lexicographic order."""
    return [
        (i, j, k) for i in range(half + 1) for j in range(min(i, half - i) + 1) for k in range(min(j, half - i - j) + 1)
    ]


def descending(half: int) -> list[Index]:
    """Return those with i > j > k."""
    return [(i, j, k) for i, j, k in triples(half) if i > j > k]


def pairs(half: int) -> list[Index]:
    """Return the (a, b, c) of the standard representation: two for distinct entries, one where two are equal."""
    chosen: list[Index] = []
    for i, j, k in triples(half):
        if i > j > k:
            chosen += [(i, j, k), (j, i, k)]
        elif i > j or j > k:
            chosen.append((k, i, j) if i == j else (i, j, k))
    return chosen


def one_and_two(half: int, part: str) -> list[Index]:
    """Return all i, j >= k with i + j + k <= half, for the part "a" those with j > k."""
    return [
        (i, j, k)
        for i in range(half + 1)
        for j in range(half - i + 1)
        for k in range(min(j, half - i - j) + 1)
        if j > k or part == "s"
    ]


def _chebyshev(degree: int, x: arb) -> list[arb]:
    values = [arb(1), x]
    for _ in range(2, degree + 1):
        values.append(2 * x * values[-1] - values[-2])
    return values[: degree + 1]


def _gegenbauer(dim: int, degree: int, x: arb) -> list[arb]:
    """Return P_0..P_degree with P_k(1) = 1, orthogonal for the sphere in R^dim."""
    values = [arb(1), x]
    for k in range(1, degree):
        values.append(((2 * k + dim - 2) * x * values[k] - k * values[k - 1]) / (k + dim - 2))
    return values[: degree + 1]


def _radial(dim: int, degree: int, u: arb, v: arb, t: arb) -> list[arb]:
    """Return ((1-u^2)(1-v^2))^(k/2) P_k((t-uv) / ((1-u^2)(1-v^2))^(1/2)) for k = 0..D, P_k those of R^(dim-1)."""
    z, w = t - u * v, (1 - u * u) * (1 - v * v)
    values = [arb(1), z]
    for k in range(1, degree):
        values.append(((2 * k + dim - 3) * z * values[k] - k * w * values[k - 1]) / (k + dim - 3))
    return values[: degree + 1]


def _zonal(grid: _Grid, factor: arb_mat) -> arb_mat:
    """Return the matrix of T(u_i)' F T(u_j) over the points and 1."""
    values = arb_mat([row[: factor.nrows()] for row in grid.chebyshev]) * factor
    return values * values.transpose()


def _on_diagonal(dim: int, u: arb, i: int, zonal: list[arb_mat], one: int) -> arb:
    """Return 3 sum_k <F_k, S_k(u_i, u_i, 1)>."""
    own, across = (_radial(dim, len(zonal) - 1, *point) for point in ((u, u, arb(1)), (arb(1), u, u)))
    terms = (p * F[i, i] + 2 * q * F[one, i] for p, q, F in zip(own, across, zonal, strict=True))
    return sum(terms, arb(0))


def _inside(dim: int, grid: _Grid, index: Index, zonal: list[arb_mat]) -> arb:
    """Return sum_k <F_k, S_k> at a triple of points."""
    i, j, k = index
    total = arb(0)
    for a, b, c in ((i, j, k), (k, i, j), (k, j, i)):
        radial = _radial(dim, len(zonal) - 1, grid.u[a], grid.u[b], grid.u[c])
        total += sum((q * F[a, b] for q, F in zip(radial, zonal, strict=True)), arb(0))
    return total / 3


def _determinant(grid: _Grid, index: Index) -> arb:
    u, v, t = (grid.u[i] for i in index)
    return 1 + 2 * u * v * t - u * u - v * v - t * t


def _trivial(grid: _Grid, half: int, factor: arb_mat) -> list[arb]:
    rows = []
    for x, y, z in grid.index:
        T, S = grid.x[x], grid.symmetric[y, z]
        row = []
        for i, j, k in triples(half):
            value = T[i] * S[j][k] + T[j] * S[i][k] + T[k] * S[i][j]
            row.append(value if i > j > k else value / (6 if i == k else 2))
        rows.append(row)
    return _square_sums(rows, factor)


def _sign(grid: _Grid, half: int, factor: arb_mat) -> list[arb]:
    basis = descending(half)
    rows = []
    for x, y, z in grid.index:
        T, A = grid.x[x], grid.alternating[y, z]
        rows.append([T[i] * A[j][k] - T[j] * A[i][k] + T[k] * A[i][j] for i, j, k in basis])
    return _square_sums(rows, factor)


def _standard(grid: _Grid, half: int, factor: arb_mat) -> list[arb]:
    basis = pairs(half)
    first, second = [], []
    for x, y, z in grid.index:
        parts = [(grid.x[a], grid.symmetric[b, c]) for a, b, c in ((x, y, z), (y, x, z), (z, x, y))]
        values = [[T[a] * S[b][c] for T, S in parts] for a, b, c in basis]
        first.append([2 * g - g1 - g2 for g, g1, g2 in values])
        second.append([g1 - g2 for _, g1, g2 in values])
    squares = (_square_sums(rows, factor) for rows in (first, second))
    return [(f + 3 * g) / 2 for f, g in zip(*squares, strict=True)]


def _one_and_two_squares(grid: _Grid, part: str, factor: arb_mat) -> list[arb]:
    """Return the sums of squares with their weights p at one of the three points."""
    basis = one_and_two(grid.degree - 1, part)
    tables = grid.symmetric if part == "s" else grid.alternating
    totals = [arb(0)] * len(grid.index)
    for one, two, three in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
        ones = [index[one] for index in grid.index]
        twos = [tables[index[two], index[three]] for index in grid.index]
        rows = [[grid.x[x][i] * table[j][k] for i, j, k in basis] for x, table in zip(ones, twos, strict=True)]
        squares = _square_sums(rows, factor)
        totals = [total + grid.p[x] * square for total, x, square in zip(totals, ones, squares, strict=True)]
    return totals


_PARTS = {"t": _trivial, "a": _sign, "e": _standard}


def _square_sums(rows: Sequence[Sequence[arb]], factor: arb_mat) -> list[arb]:
    """Return the sum of squares of each row of the product, of some rows at a time: Ctrl-C is seen between products."""
    width = factor.ncols()
    some = max(1, _PRODUCT_WORK // width**2)
    sums = []
    for first in range(0, len(rows), some):
        entries = (arb_mat(rows[first : first + some]) * factor).entries()
        for start in range(0, len(entries), width):
            sums.append(sum((value * value for value in entries[start : start + width]), arb(0)))
    return sums


def _transform(grid: _Grid) -> arb_mat:
    """Return the matrix that takes values at the points to Chebyshev coefficients."""
    n = grid.count
    return arb_mat([[grid.x[i][k] * (1 if k == 0 else 2) / n for i in range(n)] for k in range(n)])


def _coefficient_sum(grid: _Grid, values: list[arb]) -> arb:
    coefficients = (_transform(grid) * arb_mat([[value] for value in values])).entries()
    return sum((abs(value) for value in coefficients), arb(0)).upper()


def _symmetric_coefficient_sum(grid: _Grid, values: list[arb]) -> arb:
    """Return the sum of the coefficients' sizes of a symmetric polynomial, from its values at `grid.index`."""
    n, transform = grid.count, _transform(grid)
    known: dict[tuple[int, ...], arb] = dict(zip(grid.index, values, strict=True))
    tensor = [known[tuple(sorted((i, j, k), reverse=True))] for i in range(n) for j in range(n) for k in range(n)]
    for _ in range(3):
        # Transform the first axis and move it to the end; after three turns all are done.
        rows = (transform * arb_mat(n, n * n, tensor)).transpose()
        tensor = rows.entries()
    return sum((abs(value) for value in tensor), arb(0)).upper()
