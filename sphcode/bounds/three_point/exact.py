"""Codes that attain the three-point bound: exact certificates of their optimality, made from their inner products.

The interior point solver ends well inside the face of the optimal solutions (see `three_point_face`). Its solution is
moved onto this face and onto the equations in floats. Then the entries of the G are rounded to binary fractions, all
but as many as there are equations, which are solved for exactly. The method is that of M. Dostert, D. de Laat,
P. Moustrou, SIAM J. Optim. 31 (2021), and of H. Cohn, D. de Laat, N. Leijenhorst, Optimality of spherical codes via
exact semidefinite programming bounds (2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq
from numpy.typing import NDArray

from sphcode.bounds.three_point.face import Configuration, Face, FaceProgram, Part, dyadic, parts_of_matrices
from sphcode.bounds.three_point.program import chebyshev, scaled
from sphcode.bounds.three_point.quadratic import Exact, Residues, floats, solved
from sphcode.bounds.three_point.solution import ThreePointSolution, solve_three_point
from sphcode.codes.constructions import Construction
from sphcode.errors import NotProvenError
from sphcode.proofs.bound.check import check_bound
from sphcode.proofs.schemas import BOUND_SCHEMA

__all__ = ["sharp_three_point_certificate"]

Floats = NDArray[np.float64]

#: More accurate solutions are no better a start: the corrections do the rest, and the solver may run out of digits.
_TOLERANCE = 1e-7
#: Binary places of the entries that are rounded; the first number that leaves the matrices definite is taken.
_BITS = (16, 24, 32, 40, 48, 56)
#: The equations are checked at more places than floats have: an error of 1e-10 there can cost 1e-5 in a matrix.
_CHECKED_BITS, _CORRECTIONS = 64, 3


def sharp_three_point_certificate(code: Construction, degree: int) -> dict[str, Any]:
    """Return an exact certificate that every code of the same dimension and size has at least the code's max cosine.

    Parameters
    ----------
    code : Construction
        A code whose inner products lie in one real quadratic field, of at most 5000 points in at least 3 dimensions.
    degree : int
        D; the polynomials have total degree 2D.

    Raises
    ------
    NotProvenError
        If the code does not attain the bound of this degree, or does so at the boundary of the cone only.
    """
    program = FaceProgram(Configuration.of(code), degree)
    frames = [_Frame.of(face) for face in program.faces]
    linear, grams = _rounded(program, frames, *_start(program, frames))
    coefficients = [fmpq(0)] * (2 * degree + 1)
    for k, value in zip(program.powers, linear, strict=True):
        coefficients[k] = value
    certificate = {
        "schema": BOUND_SCHEMA,
        "kind": "three-point-exact",
        "dim": code.dim,
        "claim": {"n_points": code.n_points, "max_cosine_at_least": str(program.code.cosine)},
        "degree": degree,
        "linear": [str(value) for value in coefficients],
        "matrices": {
            face.name: {"vectors": [[str(x) for x in vector] for vector in face.vectors.T], "gram": _lower(gram)}
            for face, gram in zip(program.faces, grams, strict=True)
        },
    }
    verdict = check_bound(certificate)
    if not verdict.accepted:
        raise NotProvenError(f"the rounded solution is not accepted: {verdict.reason}")
    return certificate


def _start(program: FaceProgram, frames: list[_Frame]) -> tuple[Floats, list[Floats]]:
    """Return a_k and G, floats, near the centre of the face; they fulfil the equations up to rounding."""
    code, degree = program.code, program.degree
    solution = solve_three_point(code.dim, Fraction(float(code.cosine)), degree, tolerance=_TOLERANCE)
    if solution.value > (1 + 1e-6) * code.n_points:
        raise _not_attained(program)
    bases = _bases(program, solution)
    linear, grams, rows = solution.linear[program.powers], [], [floats(program.linear)]
    for face, frame in zip(program.faces, frames, strict=True):
        factor = frame.values.T @ bases[face.name] @ solution.factors[face.name]
        grams.append(frame.plain(factor @ factor.T))
        rows.append(frame.equations(face, program.n_rows).reshape(program.n_rows, -1))
    # Of all corrections the least, in bases where the matrices are well conditioned.
    corrections = np.linalg.pinv(np.concatenate(rows, axis=1), rcond=1e-11)
    ends = np.cumsum([part.shape[1] for part in rows])[:-1]
    for _ in range(_CORRECTIONS):
        residual = program.residual(dyadic(linear, _CHECKED_BITS), [dyadic(gram, _CHECKED_BITS) for gram in grams])
        first, *rest = np.split(corrections @ floats(residual), ends)
        linear = linear + first
        grams = [gram + frame.plain(part) for gram, frame, part in zip(grams, frames, rest, strict=True)]
    return linear, grams


@dataclass(frozen=True, eq=False)
class _Frame:
    """Orthonormal values, at the points, of polynomials that span a face: those of its basis are `values @ upper`."""

    values: Floats
    upper: Floats
    inverse: Floats

    @classmethod
    def of(cls, face: Face) -> _Frame:
        values, upper = np.linalg.qr(_stacked(face.parts))
        return cls(values, upper, np.linalg.inv(upper))

    def equations(self, face: Face, n_rows: int) -> Floats:
        """Return the matrices that the equations multiply the orthonormal G by."""
        total = np.zeros((n_rows, face.size, face.size))
        for part in face.parts:
            left, right = floats(part.left) @ self.inverse, floats(part.right) @ self.inverse
            total[part.rows] += floats(part.weight)[:, None, None] * left[:, :, None] * right[:, None, :]
        return (total + total.swapaxes(1, 2)) / 2

    def plain(self, gram: Floats) -> Floats:
        """Return an orthonormal G, flat or not, in the basis of the face; exactly symmetric."""
        full = self.inverse @ gram.reshape(self.inverse.shape) @ self.inverse.T
        return np.asarray((full + full.T) / 2)

    def least(self, gram: Exact) -> float:
        """Return the least eigenvalue of G in the orthonormal basis."""
        return float(np.linalg.eigvalsh(self.upper @ floats(gram) @ self.upper.T).min(initial=np.inf))


def _stacked(parts: Sequence[Part]) -> Floats:
    return floats(np.concatenate([side for part in parts for side in (part.left, part.right)]))


def _bases(program: FaceProgram, solution: ThreePointSolution) -> dict[str, Floats]:
    """Return the values, at the points, of the bases of the solution's matrices."""
    u, triples, cosine = floats(program.nodes), floats(program.triples), float(solution.cosine)
    pairs = np.stack([u, u, np.ones_like(u)])
    zonal = (chebyshev(program.degree, pairs), chebyshev(program.degree, triples))
    squares = (chebyshev(program.degree, scaled(u, cosine)), chebyshev(program.degree, scaled(triples, cosine)))
    found = parts_of_matrices(solution.dim, cosine, (u, triples), zonal, squares)
    return {name: _stacked(parts) for name, parts in found}


def _rounded(
    program: FaceProgram, frames: list[_Frame], linear: Floats, grams: list[Floats]
) -> tuple[Exact, list[Exact]]:
    """Return an exact solution of the equations near the floats, in numbers as short as leave the matrices definite."""
    system = _System(program)
    for bits in _BITS:
        a, exact = system.completed(dyadic(linear, bits), [dyadic(gram, bits) for gram in grams])
        least = min([*map(float, a), *(frame.least(gram) for frame, gram in zip(frames, exact, strict=True))])
        if least > 0:
            return a, exact
    raise _not_attained(program)


def _not_attained(program: FaceProgram) -> NotProvenError:
    return NotProvenError(f"the code does not attain the three-point bound of degree {program.degree}")


class _System:
    """The unknowns that the equations determine when the others are given.

    Unknowns are a_k and the entries (i, j), i >= j, of the G, in the order of the faces. Which of them, and which
    equations are independent, is found out modulo a prime.
    """

    def __init__(self, program: FaceProgram) -> None:
        """Number the unknowns, and find modulo a prime which of them the equations determine."""
        self.program = program
        radicand = getattr(program.code.cosine, "radicand", 1)
        residues = Residues(radicand)
        modular = [residues(program.linear)]
        #: (face, i, j) of every entry; the a_k have face -1.
        self.places = [(-1, k, 0) for k in range(len(program.powers))]
        for index, face in enumerate(program.faces):
            i, j = np.tril_indices(face.size)
            self.places += [(index, *pair) for pair in zip(i.tolist(), j.tolist(), strict=True)]
            total = np.zeros((program.n_rows, len(i)), dtype=np.int64)
            for part in face.parts:
                weight, left, right = (residues(numbers) for numbers in (part.weight, part.left, part.right))
                both = left[:, i] * right[:, j] % residues.prime
                both += np.where(i == j, 0, left[:, j] * right[:, i] % residues.prime)
                total[part.rows] += both % residues.prime * weight[:, None] % residues.prime
            modular.append(total % residues.prime)
        matrix = np.concatenate(modular, axis=1)
        columns = residues.pivots(matrix)
        self.solved = [self.places[column] for column in columns]
        self.rows = residues.pivots(matrix[:, columns].T)
        self.matrix = np.stack([self._column(*place) for place in self.solved], axis=1)[self.rows]

    def _column(self, face: int, i: int, j: int) -> Exact:
        program = self.program
        return program.linear[:, i] if face < 0 else program.faces[face].column(i, j, program.n_rows)

    def completed(self, linear: Exact, grams: list[Exact]) -> tuple[Exact, list[Exact]]:
        """Return the unknowns with those that are solved for changed so that the equations hold."""
        left = self.program.residual(linear, grams)[self.rows]
        for (face, i, j), change in zip(self.solved, solved(self.matrix, left), strict=True):
            if face < 0:
                linear[i] = linear[i] + change
            else:
                grams[face][i, j] = grams[face][j, i] = grams[face][i, j] + change
        return linear, grams


def _lower(matrix: Exact) -> list[str]:
    return [str(matrix[i, j]) for i in range(len(matrix)) for j in range(i + 1)]
