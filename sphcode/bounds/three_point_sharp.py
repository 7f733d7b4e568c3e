"""Codes that attain the three-point bound: exact certificates of their optimality, made from their inner products.

If a code attains the bound, every matrix X of an optimal solution vanishes on vectors that the code's pairs and
triples determine (complementary slackness), so X = V G V' for a known rational V. On this face nothing is left to
optimise. A float64 solver finds G well inside the cone; its entries are rounded to binary fractions, all but as many
as there are equations, which are solved for exactly. The squares with weight 1 come first as those: the numbers stay
short. The method is that of M. Dostert, D. de Laat, P. Moustrou, SIAM J. Optim. 31 (2021), and of H. Cohn, D. de Laat,
N. Leijenhorst, Optimality of spherical codes via exact semidefinite programming bounds (2024).
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement, islice, permutations
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat
from numpy.typing import NDArray

from sphcode.bounds.three_point import invariant_squares, multi_indices, zonal_matrices
from sphcode.codes.constructions import Construction
from sphcode.errors import NotProvenError
from sphcode.proofs.check_bound import SCHEMA, check_bound
from sphcode.proofs.gegenbauer import values

__all__ = ["sharp_three_point_certificate"]

Floats = NDArray[np.float64]
#: Arrays of rational numbers (fmpq).
Exact = NDArray[np.object_]

_LARGEST = 1000
#: Binary places of the entries that are rounded.
_BITS = 30
#: Blocks whose entries are solved for before those of others.
_SOLVED_FIRST = ("1t", "q0", "1e", "F0")


def sharp_three_point_certificate(code: Construction, degree: int) -> dict[str, Any]:
    """Return an exact certificate that every code of the same dimension and size has at least the code's max cosine.

    Parameters
    ----------
    code : Construction
        A code with rational inner products, of at most 1000 points in at least 3 dimensions.
    degree : int
        D; the polynomials have total degree 2D.

    Raises
    ------
    NotProvenError
        If the code does not attain the bound of this degree, or does so at the boundary of the cone only.
    """
    program = _Program(_Configuration.of(code), degree)
    equations, right, solved = program.reduced()
    floats = _interior(program, _floats(equations), _floats(right))
    unknowns = [fmpq(round(value * 2**_BITS), 2**_BITS) for value in floats]
    given = [j for j in range(len(unknowns)) if j not in solved]
    for j, row, total in zip(solved, equations, right, strict=True):
        unknowns[j] = total - sum((row[i] * unknowns[i] for i in given), fmpq(0))
    matrices = program.matrices(unknowns)
    linear = [fmpq(0)] * (2 * degree + 1)
    for k, value in zip(program.powers, unknowns, strict=False):
        linear[k] = value
    claim = {"n_points": code.n_points, "max_cosine_at_least": str(program.code.cosine)}
    certificate = {
        "schema": SCHEMA,
        "kind": "three-point-exact",
        "dim": code.dim,
        "claim": claim,
        "degree": degree,
        "linear": [str(value) for value in linear],
        "matrices": {name: _lower(matrix) for name, matrix in matrices.items()},
    }
    verdict = check_bound(certificate)
    if not verdict.accepted:
        raise NotProvenError(f"the rounded solution is not accepted: {verdict.reason}")
    return certificate


@dataclass(frozen=True, eq=False)
class _Configuration:
    """The inner products of the ordered pairs and triples of different points of a code, with multiplicities."""

    dim: int
    n_points: int
    pairs: dict[fmpq, int]
    triples: dict[tuple[fmpq, fmpq, fmpq], int]

    @property
    def cosine(self) -> fmpq:
        return max(self.pairs)

    @classmethod
    def of(cls, code: Construction) -> _Configuration:
        if code.spectrum is None or code.n_points > _LARGEST:
            raise NotProvenError(f"the inner products must be known, of at most {_LARGEST} points")
        try:
            exact = [Fraction(str(line.cosine)) for line in code.spectrum]
        except ValueError:
            raise NotProvenError("the inner products must be rational") from None
        points = code.code().points
        distances = np.abs((points @ points.T)[:, :, None] - np.array([float(value) for value in exact]))
        labels = np.where(np.eye(len(points), dtype=bool), -1, distances.argmin(axis=2))
        masks = [(labels == index).astype(float) for index in range(len(exact))]
        cosines = [fmpq(value.numerator, value.denominator) for value in exact]
        triples = {}
        for a, b, c in combinations_with_replacement(range(len(exact)), 3):
            orders = set(permutations((a, b, c)))
            count = sum(np.sum(masks[i] * (masks[j] @ masks[k])) for i, j, k in orders)
            if count:
                triples[cosines[a], cosines[b], cosines[c]] = int(count)
        pairs = {value: int(mask.sum()) for value, mask in zip(cosines, masks, strict=True)}
        return cls(code.dim, code.n_points, pairs, triples)


@dataclass(frozen=True, eq=False)
class _Block:
    """A matrix variable V G V': `equations[i]` is the matrix that the i-th equation multiplies G by."""

    name: str
    face: Exact
    equations: Exact


class _Program:
    """The equations of the three-point program at rational points, on the face of a code.

    The unknowns are the a_k that may be positive, k in `powers`, and the lower triangles of the G of all `blocks`.
    """

    def __init__(self, code: _Configuration, degree: int) -> None:
        self.code, self.degree = code, degree
        nodes = [fmpq(i) for i in range(2 * degree + 1)]
        self.nodes = np.array(nodes, dtype=object)
        #: Symmetric polynomials of degree 2D that vanish at these triples are zero.
        self.lattice = np.array([[nodes[i] for i in index] for index in multi_indices(2 * degree)], dtype=object).T
        self.n_first, self.n_rows = len(nodes), len(nodes) + self.lattice.shape[1]
        self.right = np.array([fmpq(-(i < self.n_first)) for i in range(self.n_rows)], dtype=object)
        one = fmpq(1)
        moments = [sum(column, fmpq(0)) for column in zip(*self._gegenbauer(), strict=True)]
        self.powers = [k for k, moment in enumerate(moments) if moment == 0]
        at_nodes = [list(islice(values(code.dim, u), 2 * degree + 1)) for u in nodes]
        zero_rows = [[0 * one] * len(self.powers)] * (self.n_rows - self.n_first)
        self.linear = np.array([[row[k] for k in self.powers] for row in at_nodes] + zero_rows, dtype=object)
        found = [*self._zonal(), *self._pair_squares(), *self._triple_squares()]
        order = {name: place for place, name in enumerate(_SOLVED_FIRST)}
        self.blocks = sorted(found, key=lambda block: order.get(block.name, len(order)))

    def _gegenbauer(self) -> Iterator[list[fmpq]]:
        """Yield multiplicity times P_0, P_1, ... for all inner products of the code, 1 included."""
        for cosine, count in {fmpq(1): self.code.n_points, **self.code.pairs}.items():
            yield [count * value for value in islice(values(self.code.dim, cosine), 2 * self.degree + 1)]

    def _zonal(self) -> Iterator[_Block]:
        """Yield b and F_0, ..., F_D: they vanish on the ranges of the sums over all triples of the code."""
        n_points = self.code.n_points
        entries = np.full((self.n_rows, 2, 2), fmpq(0), dtype=object)
        entries[: self.n_first, 0, 1] = entries[: self.n_first, 1, 0] = fmpq(1)
        entries[:, 1, 1] = fmpq(1)
        yield _block("b", np.array([[fmpq(1), fmpq(n_points - 1)]], dtype=object), entries)
        columns = [(fmpq(1),) * 3, *((u, u, fmpq(1)) for u in self.code.pairs), *self.code.triples]
        counts = [n_points, *(3 * count for count in self.code.pairs.values()), *self.code.triples.values()]
        on_code, at_nodes, inside = (
            zonal_matrices(self.code.dim, points, self._monomials(points))
            for points in (
                np.array(columns, dtype=object).T,
                np.stack([self.nodes, self.nodes, 0 * self.nodes + 1]),
                self.lattice,
            )
        )
        for k in range(self.degree + 1):
            moment = sum(count * matrix for count, matrix in zip(counts, on_code[k], strict=True))
            yield _block(f"F{k}", moment, np.concatenate([3 * at_nodes[k], inside[k]]))

    def _pair_squares(self) -> Iterator[_Block]:
        """Yield q_0 and q_1: with the weights 1 and (u + 1)(s - u) they vanish at the inner products of the code."""
        cosines = np.array(list(self.code.pairs), dtype=object)
        for name, size in (("q0", self.degree + 1), ("q1", self.degree)):
            weights = [0 * u + 1 if name == "q0" else (u + 1) * (self.code.cosine - u) for u in (cosines, self.nodes)]
            at_code, at_nodes = (self._monomials(u)[:size].T for u in (cosines, self.nodes))
            squares = weights[1][:, None, None] * at_nodes[:, :, None] * at_nodes[:, None, :]
            below = np.full((self.n_rows - self.n_first, size, size), fmpq(0), dtype=object)
            yield _block(name, at_code[weights[0] != 0], np.concatenate([squares, below]))

    def _triple_squares(self) -> Iterator[_Block]:
        """Yield the other sums of squares: they vanish at the triples of the code where their weight does not."""
        triples = np.array(list(self.code.triples), dtype=object).T
        at_code, inside = (
            invariant_squares(self.code.cosine, points, self._monomials(points)) for points in (triples, self.lattice)
        )
        for (_, code_parts), (name, parts) in zip(at_code, inside, strict=True):
            zeros = np.concatenate([basis[weight != 0] for weight, basis in code_parts])
            terms = [weight[:, None, None] * basis[:, :, None] * basis[:, None, :] for weight, basis in parts]
            squares = np.sum(terms, axis=0)
            above = np.full((self.n_first, *squares.shape[1:]), fmpq(0), dtype=object)
            yield _block(name, zeros, np.concatenate([above, squares]))

    def _monomials(self, points: Exact) -> Exact:
        return np.stack([0 * points + 1 if k == 0 else points**k for k in range(self.degree + 1)])

    def reduced(self) -> tuple[Exact, Exact, list[int]]:
        """Return the equations solved for as many unknowns, with their right sides, and which unknowns these are.

        NotProvenError if they contradict each other.
        """
        parts = [self.linear]
        for block in self.blocks:
            i, j = np.tril_indices(block.face.shape[1])
            parts.append(block.equations[:, i, j] * np.where(i == j, 1, 2))
        rows, pivots = _reduced(np.concatenate([*parts, self.right[:, None]], axis=1))
        if pivots[-1] == rows.shape[1] - 1:
            raise self.not_attained()
        return rows[:, :-1], rows[:, -1], pivots

    def not_attained(self) -> NotProvenError:
        """Return the error that there is no such certificate."""
        return NotProvenError(f"the code does not attain the three-point bound of degree {self.degree}")

    def matrices(self, unknowns: list[fmpq]) -> dict[str, Exact]:
        """Return V G V' of all blocks."""
        rest, found = iter(unknowns[len(self.powers) :]), {}
        for block in self.blocks:
            size = block.face.shape[1]
            gram = np.full((size, size), fmpq(0), dtype=object)
            for i, j in zip(*np.tril_indices(size), strict=True):
                gram[i, j] = gram[j, i] = next(rest)
            full = np.full((len(block.face), len(block.face)), fmpq(0), dtype=object)
            found[block.name] = block.face @ gram @ block.face.T if size else full
        return found


def _block(name: str, zeros: Exact, equations: Exact) -> _Block:
    """Return the block whose matrix vanishes on the rows of `zeros`."""
    face = _null_space(zeros, equations.shape[1])
    return _Block(name, face, face.T @ equations @ face)


def _null_space(rows: Exact, size: int) -> Exact:
    """Return a basis of the vectors orthogonal to the rows, as columns."""
    reduced, pivots = _reduced(rows) if len(rows) else (rows, [])
    free = [j for j in range(size) if j not in pivots]
    basis = np.full((size, len(free)), fmpq(0), dtype=object)
    basis[free, range(len(free))] = fmpq(1)
    basis[pivots] = -reduced[:, free]
    return basis


def _reduced(rows: Exact) -> tuple[Exact, list[int]]:
    """Return the reduced row echelon form without zero rows, and the pivot columns."""
    matrix, rank = fmpq_mat(rows.tolist()).rref()
    reduced = np.array(matrix.tolist(), dtype=object)[:rank]
    return reduced, [int(np.flatnonzero(row != 0)[0]) for row in reduced]


def _interior(program: _Program, equations: Floats, right: Floats) -> Floats:
    """Return unknowns whose a_k and X have the largest least eigenvalue, in float64."""
    import cvxpy as cp

    least = cp.Variable()
    linear = cp.Variable(len(program.powers))
    variables, parts, inverses = [linear], [equations[:, : len(program.powers)]], []
    constraints = [linear >= least]
    start = len(program.powers)
    for block in program.blocks:
        size = block.face.shape[1]
        if not size:
            continue
        # G = inverse Y inverse', where V inverse has orthonormal columns.
        inverse = np.linalg.inv(np.linalg.qr(_floats(block.face), mode="r"))
        lower = np.tril_indices(size)
        coefficients = np.zeros((len(right), size, size))
        coefficients[:, lower[0], lower[1]] = equations[:, start : start + len(lower[0])] / 2
        coefficients += coefficients.swapaxes(1, 2)
        start += len(lower[0])
        matrix = cp.Variable((size, size), symmetric=True) if size > 1 else cp.Variable((1, 1))
        constraints.append(matrix - least * np.eye(size) >> 0 if size > 1 else matrix >= least)
        parts.append((inverse.T @ coefficients @ inverse).reshape(len(right), -1))
        variables.append(cp.vec(matrix, order="C"))
        inverses.append(inverse)
    # Equations with orthonormal coefficients.
    left, singular, rows = np.linalg.svd(np.concatenate(parts, axis=1), full_matrices=False)
    right = (left.T @ right) / singular
    everything = cp.hstack(variables)
    problem = cp.Problem(cp.Maximize(least), [*constraints, rows @ everything == right])
    with warnings.catch_warnings():
        # "Solution may be inaccurate": it is judged by the exact checker.
        warnings.simplefilter("ignore", UserWarning)
        with contextlib.suppress(cp.error.SolverError):
            problem.solve(solver=cp.CLARABEL)
    if least.value is None or not least.value > 0:
        raise program.not_attained()
    # The solver's error, 1e-8, would be multiplied by the condition number when the equations are solved exactly.
    solution = everything.value - rows.T @ (rows @ everything.value - right)
    sizes = [len(program.powers), *(len(inverse) ** 2 for inverse in inverses)]
    first, *rest = np.split(solution, np.cumsum(sizes)[:-1])
    grams = [inverse @ part.reshape(inverse.shape) @ inverse.T for part, inverse in zip(rest, inverses, strict=True)]
    return np.concatenate([first, *(gram[np.tril_indices(len(gram))] for gram in grams)])


def _floats(exact: Exact) -> Floats:
    return np.asarray(np.vectorize(lambda value: int(value.p) / int(value.q))(exact), dtype=np.float64)


def _lower(matrix: Exact) -> list[str]:
    return [str(matrix[i, j]) for i in range(len(matrix)) for j in range(i + 1)]
