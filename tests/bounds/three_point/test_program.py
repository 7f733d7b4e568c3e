"""The three-point program: operators against dense matrices, known optima; `test_model` has the program on paper."""

from fractions import Fraction

import numpy as np
import pytest

from sphcode.bounds.sdp.extended import Extended
from sphcode.bounds.sdp.primal_dual import initial_iterate, minimise
from sphcode.bounds.sdp.sampled_program import Operators
from sphcode.bounds.three_point.program import multi_indices, three_point_program, unisolvent_points
from sphcode.bounds.three_point.solution import solve_three_point


@pytest.fixture(scope="module")
def program():
    return three_point_program(4, 0.4, 4)


def random_matrices(program, rng):
    roots = [rng.normal(size=(block.size, block.size)) for block in program.blocks]
    return [root @ root.T for root in roots]


def test_operators_are_those_of_the_dense_matrices(program):
    rng = np.random.default_rng(0)
    operators = Operators(program)
    x, y = rng.random(program.linear.shape[1]), rng.normal(size=program.n_rows)
    left, right = random_matrices(program, rng), random_matrices(program, rng)
    matrices = [block.matrices(program.n_rows) for block in program.blocks]
    applied = program.linear @ x + sum(np.einsum("mij,ij->m", A, X) for A, X in zip(matrices, left, strict=True))
    schur = program.linear * x @ program.linear.T
    for A, X, Z in zip(matrices, left, right, strict=True):
        schur = schur + np.einsum("mij,nij->mn", A, X @ A @ Z)
    extended = [Extended(X) for X in left], [Extended(Z) for Z in right]
    np.testing.assert_allclose(operators.apply(Extended(x), extended[0]).high, applied, rtol=1e-11)
    np.testing.assert_allclose(operators.schur(Extended(x), *extended).high, schur, rtol=1e-9, atol=1e-9)
    linear, parts = operators.adjoint(Extended(y))
    np.testing.assert_allclose(linear.high, program.linear.T @ y, rtol=1e-11)
    for part, A in zip(parts, matrices, strict=True):
        np.testing.assert_allclose(part.high, np.einsum("m,mij->ij", y, A), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("degree", [2, 5])
def test_points_are_unisolvent_for_symmetric_polynomials(degree):
    points = unisolvent_points(degree, 0.5)
    assert points.shape == (3, len(multi_indices(2 * degree)))
    assert -1 < points.min() < points.max() < 0.5
    powers = [np.polynomial.chebyshev.chebvander(4 / 3 * x + 1 / 3, 2 * degree) for x in points]
    columns = []
    for i, j, k in multi_indices(2 * degree):
        orders = {(i, j, k), (i, k, j), (j, i, k), (j, k, i), (k, i, j), (k, j, i)}
        columns.append(sum(powers[0][:, a] * powers[1][:, b] * powers[2][:, c] for a, b, c in orders))
    assert np.linalg.cond(np.array(columns)) < 1e3


def test_known_value():
    # Bachoc and Vallentin's program of degree 4 for the kissing number in three dimensions.
    solution = solve_three_point(3, Fraction(1, 2), 4)
    assert solution.value == pytest.approx(13.24418387, rel=1e-6)
    assert solution.record["primal_residual"] < 1e-11


def test_the_plain_factors_satisfy_the_first_identity_between_the_sample_points():
    dim, cosine, degree = 3, 0.5, 3
    solution = solve_three_point(dim, Fraction(1, 2), degree)
    u = np.linspace(-1, cosine, 7)
    X = {name: L @ L.T for name, L in solution.factors.items()}
    legendre = np.polynomial.legendre.legvander(u, 2 * degree)
    total = legendre @ solution.linear + 2 * X["b"][0, 1] + X["b"][1, 1] + 1
    powers = np.polynomial.chebyshev.chebvander(u, degree)
    for k in range(degree + 1):
        plain = powers[:, : degree - k + 1]
        total = total + (1 - u**2) ** k * np.einsum("pi,ij,pj->p", plain, X[f"F{k}"], plain)
    total = total + 2 * (powers @ X["F0"]).sum(axis=1)
    scaled = np.polynomial.chebyshev.chebvander((2 * u - (cosine - 1)) / (cosine + 1), degree)
    total = total + np.einsum("pi,ij,pj->p", scaled, X["q0"], scaled)
    short = scaled[:, :-1]
    total = total + (u + 1) * (cosine - u) * np.einsum("pi,ij,pj->p", short, X["q1"], short)
    np.testing.assert_allclose(total, 0, atol=1e-10)


def test_threads_do_not_change_the_result():
    one, two = (solve_three_point(3, Fraction(1, 2), 3, workers=count) for count in (1, 2))
    assert one.value == two.value
    assert all(np.array_equal(one.factors[name], two.factors[name]) for name in one.factors)


def test_checkpoint_is_resumed_and_only_by_its_own_program(tmp_path):
    file = tmp_path / "state.npz"
    events = []
    first = solve_three_point(3, Fraction(1, 2), 3, checkpoint=file, progress=events.append)
    assert [event.done for event in events] == list(range(first.record["iterations"]))
    resumed = []
    again = solve_three_point(3, Fraction(1, 2), 3, checkpoint=file, progress=resumed.append)
    assert again.record["iterations"] < 3
    assert again.value == pytest.approx(first.value, rel=1e-6)
    other = solve_three_point(4, Fraction(1, 2), 3, checkpoint=file)
    assert other.record["iterations"] > 10


def test_a_failure_is_named_and_the_best_iterate_kept(program):
    operators = Operators(program)
    outcome = minimise(operators, initial_iterate(operators, 40.0, 10.0), max_iterations=15)
    assert outcome.reason == "iterations"
    assert outcome.gap > 1e-7
    exhausted = minimise(operators, outcome.iterate, tolerance=0.0)
    assert exhausted.reason not in ("optimal", "iterations")
    assert exhausted.gap < 1e-8
    assert exhausted.primal == pytest.approx(exhausted.dual, rel=1e-7)
