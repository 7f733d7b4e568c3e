import cvxpy as cp
import numpy as np
import pytest

from sphcode.bounds.delsarte import linear_program
from sphcode.bounds.delsarte.linear_program import SOLVERS, solve


def problem():
    unknown = cp.Variable(2, nonneg=True)
    return cp.Problem(cp.Minimize(unknown[0] + 2 * unknown[1]), [unknown[0] + unknown[1] >= 1]), unknown


@pytest.mark.parametrize("name", SOLVERS)
def test_each_solver_alone(name, monkeypatch):
    monkeypatch.setattr(linear_program, "SOLVERS", {name: SOLVERS[name]})
    program, unknown = problem()
    record = solve(program, unknown)
    assert record["solver"] == name
    assert record["options"] == SOLVERS[name]
    assert unknown.value == pytest.approx([1.0, 0.0], abs=1e-6)


def test_a_solver_that_fails_is_passed_over(monkeypatch):
    broken = {"solver": "SCIPY", "scipy_options": {"method": "no such method"}}
    monkeypatch.setattr(linear_program, "SOLVERS", {"broken": broken, "CLARABEL": SOLVERS["CLARABEL"]})
    program, unknown = problem()
    assert solve(program, unknown)["solver"] == "CLARABEL"


def test_without_a_solution_it_is_an_error():
    unknown = cp.Variable(1)
    with pytest.raises(ArithmeticError, match=r"no solver of HIGHS, .* returned a solution"):
        solve(cp.Problem(cp.Minimize(unknown[0]), [unknown >= 1, unknown <= 0]), unknown)
    assert unknown.value is None or not np.isfinite(unknown.value).all()
