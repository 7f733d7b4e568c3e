"""The program as on paper: its value against the product's program, and against Delsarte's without the triples."""

from fractions import Fraction

import cvxpy as cp
import numpy as np
import pytest

from sphcode import bound, three_point_model
from sphcode.bounds.three_point.model import model_value
from sphcode.bounds.three_point.solution import solve_three_point
from sphcode.errors import InvalidInputError, NotProvenError


@pytest.mark.parametrize(("dim", "cosine", "degree"), [(3, "1/2", 2), (3, "3/10", 3), (4, "-1/5", 3)])
def test_value_is_that_of_the_products_program(dim, cosine, degree):
    exact = Fraction(cosine)
    solution = solve_three_point(dim, exact, degree)
    assert solution.record["reason"] == "optimal"
    assert solution.dual_value <= solution.value + 1e-6
    assert model_value(dim, float(exact), degree) == pytest.approx(solution.value, rel=1e-4)


# Parts that are fixed at zero leave their cones no interior: on some processors Clarabel ends at a lower accuracy than
# it asks for. What it reaches is compared here.
@pytest.mark.filterwarnings("ignore:Solution may be inaccurate")
def test_without_the_triples_it_is_delsartes_program():
    model = three_point_model(3, 0.3, 3)
    without = [model.b == 0, *(part == 0 for part in model.F)]
    value = cp.Problem(model.problem.objective, [*model.problem.constraints, *without]).solve(solver=cp.CLARABEL)
    assert value == pytest.approx(bound(3, max_cosine="3/10", method="lp", degree=6).certified_value, rel=1e-5)
    assert model.problem.solve(solver=cp.CLARABEL) < value - 1e-3


def test_the_variables_are_those_of_the_problem():
    model = three_point_model(4, 0.5, 2)
    mine = {model.a.id, model.b.id, *(part.id for part in model.F)}
    assert mine < {variable.id for variable in model.problem.variables()}
    assert [part.shape for part in model.F] == [(3, 3), (2, 2), (1, 1)]
    assert model.a.shape == model.grid.shape == (5,)
    u, v, t = model.points
    assert -1 < np.min(model.points) < np.max(model.points) < 0.5
    assert len(u) == len(v) == len(t) == 35  # polynomials in three variables of degree at most 4


@pytest.mark.parametrize(("dim", "cosine", "degree"), [(2, 0.5, 2), (3, 1.0, 2), (3, 0.5, 5), (3, "x", 2)])
def test_refused(dim, cosine, degree):
    with pytest.raises(InvalidInputError):
        three_point_model(dim, cosine, degree)


def test_a_solver_that_fails_is_an_error():
    with pytest.raises(NotProvenError, match="float64 is not enough"):
        model_value(8, 0.5, 4)
