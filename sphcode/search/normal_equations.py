"""The normal equations of very many contacts: by nested dissection, or by conjugate gradients on a rough factor.

On a surface a factor in the order of nested dissection is made anew for each solution. In more dimensions it is dense.
A factor in single precision takes half the memory and half the time of one in double precision, and serves for several
steps of a barrier, as the weights of the contacts grow alike. What it leaves out, rounding and the changes since, is a
few tens of directions, which conjugate gradients on the exact operator, in double precision, settle one by one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sphcode.search import costs

#: Added to the diagonal, scaled to one, before it is factored in single precision, ten times as much if that fails:
#: the rounding of the factor. Softer directions are left to the conjugate gradients.
_RIDGE, _RIDGES = 1e-6, 4
#: A factor is made anew for the next solution once it has served for this many iterations for each unknown, which take
#: as long as a factor (2 s at (16, 512); 48 s at (24, 1000), 0.09 s an iteration): more are needed from step to step.
_WORN = 1 / 45
#: Iterations for one solution at most, as soft directions or rounding may forbid more.
_MOST_ITERATIONS = 400
#: Columns between two looks at whether to stop: a second or two where a factor takes a minute.
_BLOCK = 512
#: The shifts are made so many times larger, so often, where rounding leaves a matrix indefinite.
_LARGER, _TRIALS = 100.0, 12


class NormalEquations(ABC):
    """Solve (A' diag(weights) A + diag(shifts)) x = b, for the A of `kernels.contact_system`, one set after another.

    `solve` raises LinAlgError where there is no factor, or none before it is asked to stop.
    """

    def __init__(self, first: NDArray[np.int64], second: NDArray[np.int64]):
        self.first, self.second = first, second

    def set(
        self,
        row_first: NDArray[np.float64],
        row_second: NDArray[np.float64],
        weights: NDArray[np.float64],
        shifts: NDArray[np.float64],
    ) -> None:
        """Set rows, weights and shifts; the arrays are kept, not copied."""
        self.row_first, self.row_second, self.weights, self.shifts = row_first, row_second, weights, shifts

    @abstractmethod
    def solve(self, right: NDArray[np.float64], tolerance: float) -> NDArray[np.float64]:
        """Return x, with a residual of norm `tolerance` at most, or the least that can be reached."""


def normal_equations(
    points: NDArray[np.float64], first: NDArray[np.int64], second: NDArray[np.int64], stop: Callable[[], bool]
) -> NormalEquations:
    """Return the equations of the contacts first > second of unit rows."""
    n_points, dim = points.shape
    if costs.is_dissected(dim, n_points):
        return Dissected(points, first, second)
    return Dense(first, second, costs.unknowns(dim, n_points), stop)


class Dissected(NormalEquations):
    """A factor for each solution, in the order of nested dissection."""

    def __init__(self, points: NDArray[np.float64], first: NDArray[np.int64], second: NDArray[np.int64]):
        from sphcode.kernels.dissection import dissection

        super().__init__(first, second)
        self.fronts = dissection(points, first, second)
        self._columns = np.empty(self.fronts.columns[-1])

    def solve(self, right: NDArray[np.float64], tolerance: float) -> NDArray[np.float64]:
        """Return x, whatever the tolerance, with the residual that rounding leaves."""
        from sphcode.kernels import multifrontal

        matrix = self.first, self.second, self.row_first, self.row_second, self.weights
        for trial in range(_TRIALS):
            if multifrontal.factor(self.fronts, *matrix, self.shifts * _LARGER**trial, self._columns):
                solution = right.copy()
                multifrontal.solve(self.fronts, self._columns, solution)
                return solution
        raise np.linalg.LinAlgError("no factor")


class Dense(NormalEquations):
    """Conjugate gradients on a factor in single precision, which is asked to stop while it is made."""

    def __init__(self, first: NDArray[np.int64], second: NDArray[np.int64], unknowns: int, stop: Callable[[], bool]):
        super().__init__(first, second)
        self.stop = stop
        self.last = unknowns
        self.changes = np.empty(len(first))
        #: For the last solution, and since the factor was made.
        self.iterations = self.served = 0
        self._factor: NDArray[np.float32] | None = None
        self._scale = np.empty(0)

    def solve(self, right: NDArray[np.float64], tolerance: float) -> NDArray[np.float64]:
        """Return x, with a residual of norm `tolerance` at most, or the least that many iterations reach."""
        if self._factor is None or self.served > _WORN * self.last:
            self._make_factor()
            self.served = 0
        solution = np.zeros_like(right)
        residual = right.copy()
        best, least = solution.copy(), np.inf
        direction = product = np.zeros_like(right)
        former = 1.0
        for self.iterations in range(_MOST_ITERATIONS):
            norm = float(np.linalg.norm(residual))
            if norm < least:
                best[:], least = solution, norm
            if norm <= tolerance or self.stop():
                break
            preconditioned = self._precondition(residual)
            slope = float(residual @ preconditioned)
            direction = preconditioned + (slope / former) * direction if self.iterations else preconditioned
            former = slope
            product = self._product(direction)
            length = slope / float(direction @ product)
            solution += length * direction
            residual -= length * product
        self.served += self.iterations
        return best

    def _product(self, vector: NDArray[np.float64]) -> NDArray[np.float64]:
        from sphcode.kernels import contact_system as system

        rows = self.first, self.second, self.row_first, self.row_second
        system.apply(*rows, vector, self.changes)
        self.changes *= self.weights
        out = np.empty_like(vector)
        system.apply_transposed(*rows, self.changes, out)
        out[:-1] += self.shifts * vector[:-1]
        return out

    def _precondition(self, vector: NDArray[np.float64]) -> NDArray[np.float64]:
        from scipy.linalg.blas import strsv

        scaled = (vector * self._scale).astype(np.float32)
        scaled = strsv(self._factor, strsv(self._factor, scaled, trans=1), overwrite_x=1)
        return np.asarray(self._scale * scaled)

    def _make_factor(self) -> None:
        """Factor the matrix in single precision, scaled to a diagonal of ones."""
        from sphcode.kernels.contact_system import normal_matrix

        order = self.last + 1
        base = np.arange(order) * order
        # Before the next is made, or there would be two.
        self._factor = None
        square = np.empty((order, order), np.float32)
        for attempt in range(_RIDGES):
            rows = self.first, self.second, self.row_first, self.row_second
            normal_matrix(*rows, self.weights, self.last, base, square.reshape(-1))
            diagonal = square.diagonal().astype(float)
            diagonal[:-1] += self.shifts
            # A point without pairs has no force on it, and stays.
            diagonal[diagonal == 0.0] = 1.0
            if not np.all((diagonal > 0.0) & np.isfinite(diagonal)):
                break
            self._scale = 1.0 / np.sqrt(diagonal)
            scale = self._scale.astype(np.float32)
            square *= scale
            square *= scale[:, None]
            np.fill_diagonal(square, 1.0 + _RIDGE * 10.0**attempt)
            if cholesky(square, self.stop):
                self._factor = square.T
                return
            if self.stop():
                break
        raise np.linalg.LinAlgError("no factor")


def cholesky(matrix: NDArray[np.float32], stop: Callable[[], bool]) -> bool:
    """Overwrite the lower triangle by its Cholesky factor; return False where there is none, or `stop` asks for an end.

    The upper triangle is overwritten, too, in blocks on the diagonal.
    """
    from scipy.linalg.blas import strsm
    from scipy.linalg.lapack import spotrf

    for begin in range(0, len(matrix), _BLOCK):
        if stop():
            return False
        end = begin + _BLOCK
        if begin:
            matrix[begin:, begin:end] -= matrix[begin:, :begin] @ matrix[begin:end, :begin].T
        # Rows here are columns there: upper triangles.
        corner, failed = spotrf(matrix[begin:end, begin:end].T, lower=0, clean=0)
        if failed:
            return False
        matrix[begin:end, begin:end] = corner.T
        if end < len(matrix):
            matrix[end:, begin:end] = strsm(1.0, corner, matrix[end:, begin:end].T, lower=0, trans_a=1).T
    return True
