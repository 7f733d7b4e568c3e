"""SampledProgram: a semidefinite program whose constraint matrices are given at sample points, most of them as vectors.

    minimise c . x + sum_j <C_j, X_j>   subject to   (linear x)_i + sum_j <A_ij, X_j> = right_i,   x >= 0, X_j >= 0.

A sum of squares contributes <A_i, X> = sum_f w_f[i] B_f[i] X B_f[i]^T: its matrices of rank one to three are never
formed (Loefberg and Parrilo 2004; Leijenhorst and de Laat 2024). `Operators` holds the data in extended precision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sphcode.bounds.sdp.extended import Extended, Workers, add_product_of_products

__all__ = ["Block", "Operators", "SampledProgram"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Block:
    """One semidefinite variable X of a sampled program; `basis` X `basis`^T is the matrix in the plain basis.

    Either `dense` holds the constraint matrices, shape (m, n, n), or `parts` holds a sum of squares at the points that
    belong to `rows`: pairs of weights w_f, shape (points,), and values B_f, shape (points, n).
    """

    name: str
    basis: Floats
    cost: Floats | None = None
    dense: Floats | None = None
    rows: slice = field(default_factory=lambda: slice(None))
    parts: tuple[tuple[Floats, Floats], ...] = ()

    @property
    def size(self) -> int:
        """Order n of the variable."""
        return len(self.basis)

    def matrices(self, n_rows: int) -> Floats:
        """Return all constraint matrices, shape (n_rows, n, n); for small programs and for export."""
        if self.dense is not None:
            return self.dense
        full = np.zeros((n_rows, self.size, self.size))
        full[self.rows] = sum(
            weight[:, None, None] * values[:, :, None] * values[:, None, :] for weight, values in self.parts
        )
        return full


@dataclass(frozen=True, eq=False)
class SampledProgram:
    """The data of a program; see the module."""

    linear: Floats
    linear_cost: Floats
    blocks: tuple[Block, ...]
    right: Floats

    @property
    def n_rows(self) -> int:
        """Number of equations."""
        return len(self.right)


class Operators:
    """The constraint map of a program, its adjoint and its Schur complement, in extended precision."""

    def __init__(self, program: SampledProgram, workers: Workers | None = None) -> None:
        self.program = program
        self.workers = workers or Workers()
        self.linear = Extended(program.linear)
        self.linear_cost = Extended(program.linear_cost)
        self.right = Extended(program.right)
        self.costs = [Extended(np.zeros((b.size, b.size)) if b.cost is None else b.cost) for b in program.blocks]
        self._maps = [_Dense(b) if b.dense is not None else _Squares(b, self.workers) for b in program.blocks]

    def apply(self, x: Extended, matrices: Sequence[Extended]) -> Extended:
        """Return the left sides of the equations."""
        total = self.linear @ x
        high, low = total.high.copy(), total.low.copy()
        for block, operator, matrix in zip(self.program.blocks, self._maps, matrices, strict=True):
            part = Extended(high[block.rows], low[block.rows]) + operator.apply(matrix)
            high[block.rows], low[block.rows] = part.high, part.low
        return Extended(high, low)

    def adjoint(self, y: Extended) -> tuple[Extended, list[Extended]]:
        """Return linear^T y and, for each block, sum_i y_i A_i."""
        parts = [op.adjoint(y[block.rows]) for block, op in zip(self.program.blocks, self._maps, strict=True)]
        return self.linear.T @ y, parts

    def schur(self, ratio: Extended, left: Sequence[Extended], right: Sequence[Extended]) -> Extended:
        """Return the symmetric matrix linear diag(ratio) linear^T + sum_j (<A_ij, left_j A_lj right_j>)_il."""
        n_rows = self.program.n_rows
        dense, images = [self.linear], [self.linear * ratio]
        squares: dict[tuple[int, int], Extended] = {}
        for block, operator, x, z in zip(self.program.blocks, self._maps, left, right, strict=True):
            if isinstance(operator, _Dense):
                dense.append(operator.packed)
                images.append(operator.image(x, z))
            else:
                begin, end, _ = block.rows.indices(n_rows)
                empty = np.zeros((2, end - begin, end - begin))
                out = squares.setdefault((begin, end), Extended(*empty))
                operator.add_schur(x, z, out)
        whole = _joined(dense).times(_joined(images).T, self.workers)
        for (begin, end), part in squares.items():
            total = whole[begin:end, begin:end] + part
            whole.high[begin:end, begin:end], whole.low[begin:end, begin:end] = total.high, total.low
        below = Extended(np.tril(whole.high), np.tril(whole.low))
        return below + Extended(np.tril(whole.high, -1).T, np.tril(whole.low, -1).T)


class _Dense:
    """Constraint matrices of a small block, as rows of their entries on and above the diagonal."""

    def __init__(self, block: Block) -> None:
        assert block.dense is not None
        self.size = block.size
        self.upper = np.triu_indices(block.size)
        self.twice = np.where(self.upper[0] == self.upper[1], 1.0, 2.0)
        self.packed = Extended(block.dense[:, self.upper[0], self.upper[1]])

    def apply(self, matrix: Extended) -> Extended:
        return self.packed @ (matrix[self.upper] * self.twice)

    def adjoint(self, y: Extended) -> Extended:
        values = self.packed.T @ y
        full = Extended(np.zeros((self.size, self.size)), np.zeros((self.size, self.size)))
        for part, value in ((full.high, values.high), (full.low, values.low)):
            part[self.upper] = value
            part.T[self.upper] = value
        return full

    def image(self, x: Extended, z: Extended) -> Extended:
        """Return the symmetric part of x A_i z for all i, packed, off-diagonal entries twice."""
        product = x.reshape(self.size, 1, self.size, 1) * z.reshape(1, self.size, 1, self.size)
        product = product + Extended(product.high.swapaxes(0, 1), product.low.swapaxes(0, 1))
        product = product + Extended(product.high.swapaxes(2, 3), product.low.swapaxes(2, 3))
        i, j = self.upper
        packed = product[i[None, :], j[None, :], i[:, None], j[:, None]]
        return self.packed @ (packed * (self.twice[:, None] * self.twice[None, :] / 4))


class _Squares:
    """A weighted sum of squares."""

    def __init__(self, block: Block, workers: Workers) -> None:
        self.workers = workers
        self.values = [Extended(values) for _, values in block.parts]
        weights = [Extended(weight).reshape(-1, 1) for weight, _ in block.parts]
        self.weighted = [values * weight for values, weight in zip(self.values, weights, strict=True)]

    def apply(self, matrix: Extended) -> Extended:
        pairs = zip(self.values, self.weighted, strict=True)
        first, *rest = [(values.times(matrix, self.workers) * weighted).row_sums() for values, weighted in pairs]
        return sum(rest, first)

    def adjoint(self, y: Extended) -> Extended:
        pairs = zip(self.values, self.weighted, strict=True)
        first, *rest = [(values.T).times(weighted * y.reshape(-1, 1), self.workers) for values, weighted in pairs]
        return sum(rest, first)

    def add_schur(self, x: Extended, z: Extended, out: Extended) -> None:
        for values, weighted in zip(self.values, self.weighted, strict=True):
            left, right = weighted.times(x, self.workers), values.times(z, self.workers)
            for columns, scaled in zip(self.values, self.weighted, strict=True):
                add_product_of_products(left, scaled.T, right, columns.T, out, self.workers)


def _joined(parts: Sequence[Extended]) -> Extended:
    return Extended(np.concatenate([p.high for p in parts], axis=1), np.concatenate([p.low for p in parts], axis=1))
