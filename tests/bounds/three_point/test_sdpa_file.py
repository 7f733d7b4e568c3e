"""The exported program, read by a parser that knows only the format, has the optimum of the solver."""

import warnings
from fractions import Fraction

import numpy as np
import pytest

from sphcode.bounds.three_point.program import three_point_program
from sphcode.bounds.three_point.sdpa_file import write_sdpa
from sphcode.bounds.three_point.solution import solve_three_point


def read(path):
    lines = [line for line in path.read_text().splitlines() if not line.startswith('"')]
    n_rows, n_blocks = int(lines[0]), int(lines[1])
    sizes = [int(size) for size in lines[2].split()]
    right = np.array([float(value) for value in lines[3].split()])
    assert (len(sizes), len(right)) == (n_blocks, n_rows)
    matrices = [np.zeros((n_rows + 1, abs(size), abs(size))) for size in sizes]
    for line in lines[4:]:
        matrix, block, i, j = (int(word) for word in line.split()[:4])
        value = float(line.split()[4])
        assert i <= j
        assert sizes[block - 1] > 0 or i == j
        matrices[block - 1][matrix, i - 1, j - 1] = matrices[block - 1][matrix, j - 1, i - 1] = value
    return right, matrices


def test_file_holds_the_program_exactly(tmp_path):
    path = tmp_path / "problem.dat-s"
    write_sdpa(path, 4, Fraction(1, 3), 3)
    right, matrices = read(path)
    program = three_point_program(4, 1 / 3, 3)
    assert np.array_equal(right, program.right)
    assert np.array_equal(matrices[0][0], -np.diag(program.linear_cost))
    assert np.array_equal(np.diagonal(matrices[0][1:], axis1=1, axis2=2), program.linear)
    for A, block in zip(matrices[1:], program.blocks, strict=True):
        cost = np.zeros((block.size, block.size)) if block.cost is None else block.cost
        # The format has the upper triangle only.
        assert np.array_equal(np.triu(A[0]), np.triu(-cost))
        assert np.array_equal(np.triu(A[1:]), np.triu(block.matrices(program.n_rows)))


def test_optimum_of_the_file(tmp_path):
    import cvxpy as cp

    path = tmp_path / "problem.dat-s"
    write_sdpa(path, 3, Fraction(1, 2), 3)
    right, matrices = read(path)
    variables = [cp.Variable(A.shape[1:], PSD=True) for A in matrices]
    vectors = [cp.vec(Y, order="C") for Y in variables]
    pairs = list(zip(matrices, vectors, strict=True))
    objective = sum(A[0].ravel() @ y for A, y in pairs)
    equations = sum(A[1:].reshape(len(right), -1) @ y for A, y in pairs)
    problem = cp.Problem(cp.Maximize(objective), [equations == right])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the float solver calls itself inaccurate
        problem.solve(solver=cp.CLARABEL)
    assert 1 - problem.value == pytest.approx(solve_three_point(3, Fraction(1, 2), 3).value, rel=1e-4)
