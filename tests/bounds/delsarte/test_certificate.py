from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, ctx, fmpq

from sphcode.bounds.delsarte import certificate as delsarte
from sphcode.bounds.delsarte import exchange, linear_program
from sphcode.bounds.delsarte import touching as touching_points
from sphcode.proofs.bound.check import check_bound
from sphcode.proofs.gegenbauer import expand
from sphcode.proofs.rounding import exact_end

KISSING = {
    3: 13.158226,
    4: 25.558429,
    5: 46.337573,
    6: 82.631215,
    7: 140.162446,
    8: 240.000000,
    9: 380.099073,
    10: 595.828790,
    11: 915.389531,
    12: 1416.090277,
    13: 2233.633216,
    14: 3492.215430,
    15: 5431.025882,
    16: 8313.780843,
    17: 12218.673080,
    18: 17877.063330,
    19: 25900.782655,
    20: 37974.000591,
    21: 56851.688068,
    22: 86537.483055,
    23: 128095.853829,
    24: 196560.000000,
}


@pytest.mark.parametrize("dim", KISSING)
def test_kissing_bounds(dim):
    repaired = delsarte.n_points_certificate(dim, Fraction(1, 2))
    verdict = check_bound(repaired.certificate)
    assert verdict.accepted, verdict
    assert float(Fraction(repaired.certificate["claim"]["n_points_at_most"])) == pytest.approx(KISSING[dim], rel=1e-6)


def test_inverse_bound_and_its_slack():
    repaired = delsarte.cosine_certificate(4, 13, 0.25)
    verdict = check_bound(repaired.certificate)
    assert verdict.accepted, verdict
    assert 0 <= verdict.slack <= 1e-8
    assert 1 - float(repaired.certificate["claim"]["max_cosine_at_least"]) == pytest.approx(0.739309, abs=1e-6)


# Relative errors of a solver's coefficients: those up to 1e-2 leave certificates, which must be true; the others none.
@pytest.mark.parametrize("refined", [True, False])
@pytest.mark.parametrize("error", [1e-6, -1e-4, 1e-3, 1e-2, -0.5, 10.0])
def test_a_wrong_solver_answer_never_gives_a_false_statement(monkeypatch, error, refined):
    honest = exchange.Program.minimise

    def lying(self, points):
        coefficients, weights = honest(self, points)
        wrong = 1 + error * np.cos(np.arange(len(coefficients)))
        return np.maximum(coefficients * wrong, 0.0), weights

    monkeypatch.setattr(exchange.Program, "minimise", lying)
    monkeypatch.setattr(exchange, "_ROUNDS", 4)
    if not refined:
        monkeypatch.setattr(exchange, "refine", lambda *arguments: None)
    most = delsarte.n_points_certificate(4, Fraction(1, 2), 10)
    least = delsarte.cosine_certificate(4, 13, 0.25, 8)
    if abs(error) > 0.1:
        assert most is None
        assert least is None
        return
    assert check_bound(most.certificate).accepted
    assert check_bound(least.certificate).accepted
    points = float(Fraction(most.certificate["claim"]["n_points_at_most"]))
    cosine = float(least.certificate["claim"]["max_cosine_at_least"])
    assert points >= KISSING[4] * (1 - 1e-7)
    assert cosine <= 0.26069124141514
    if refined:  # the touching points are found all the same, and the error is gone
        assert points == pytest.approx(KISSING[4], rel=1e-7)
        assert cosine == pytest.approx(0.26069124141514, abs=1e-10)
    else:
        assert points > KISSING[4] * (1 + 1e-6)
        assert cosine < 0.26069124141514 - 1e-8


@pytest.mark.parametrize("wrong", ["orders", "points", "weights"])
def test_a_wrong_guess_is_not_refined_to_a_false_statement(monkeypatch, wrong):
    honest = exchange.refine

    def lying(dim, guess, total):
        if wrong == "orders":
            guess = replace(guess, orders=[1, *guess.orders[1:-1], guess.orders[-1] + 1])
        elif wrong == "points":
            guess = replace(guess, points=[z * 0.9 for z in guess.points])
        else:
            guess = replace(guess, weights=[-w for w in guess.weights])
        return honest(dim, guess, total)

    monkeypatch.setattr(exchange, "refine", lying)
    repaired = delsarte.n_points_certificate(4, Fraction(1, 2), 9)
    assert check_bound(repaired.certificate).accepted
    assert float(repaired.certificate["claim"]["n_points_at_most"]) >= KISSING[4] * (1 - 1e-7)


def test_floats_alone_give_nearly_the_same(monkeypatch):
    digits = delsarte.cosine_certificate(4, 13, 0.25)
    assert digits.record["refined"]
    assert digits.record["reason"] is None
    monkeypatch.setattr(exchange, "refine", lambda *arguments: None)
    floats = delsarte.cosine_certificate(4, 13, 0.25)
    assert not floats.record["refined"]
    assert check_bound(floats.certificate).accepted
    difference = digits.raw_value - floats.raw_value
    assert 0 < difference < 1e-8


def test_why_a_gap_stayed_open(monkeypatch):
    monkeypatch.setattr(exchange, "refine", lambda *arguments: None)
    monkeypatch.setattr(exchange, "_ROUNDS", 3)
    repaired = delsarte.n_points_certificate(4, Fraction(1, 2), 9)
    assert repaired.record["reason"] == "gap still open after 3 rounds"
    assert repaired.record["gap"] > 1e-6
    assert repaired.record["violation"] > 1e-6
    assert check_bound(repaired.certificate).accepted
    assert float(repaired.certificate["claim"]["n_points_at_most"]) > KISSING[4]


def test_touching_points_solve_their_equations_to_many_digits():
    program = exchange.Program(4, 9)
    touching = exchange.exchange(program, 0.5, None).touching
    tiny = fmpq(1, 10**60)
    with ctx.workprec(touching_points.PRECISION):
        assert touching.orders == [1, 2, 3, 4, 5, 9]
        coefficients = dict(zip(touching.orders, map(exact_end, touching.coefficients), strict=True))
        g = expand(4, [coefficients.get(k, fmpq(0)) for k in range(10)])
        for point in map(exact_end, touching.points):
            assert abs(g(point) + 1) < tiny
        for point in map(exact_end, touching.points[:-1]):
            assert abs(g.derivative()(point)) < tiny
        assert abs(sum(touching.coefficients) - sum(touching.weights)) < arb(10) ** -60
        assert all(weight > 0 for weight in touching.weights)


def test_higher_degrees_are_tried_only_where_they_help():
    sharp = exchange.Program(24, 11)
    attained = exchange.exchange(sharp, 0.5, None)
    assert exchange.improving_orders(sharp, attained.touching, 40) == []
    for degree in (12, 13, 14, 16):
        higher = exchange.exchange(exchange.Program(24, degree), 0.5, None)
        assert higher.value == pytest.approx(attained.value, rel=1e-9)
    low = exchange.Program(3, 5)
    solution = exchange.exchange(low, 0.5, None)
    better = exchange.improving_orders(low, solution.touching, 12)
    assert better == [8]
    for order in range(6, 13):  # each order alone beside the first five
        program = exchange.Program(3, order)
        program.used = np.array([0, 1, 2, 3, 4, order - 1])
        value = exchange.exchange(program, 0.5, None).value
        if order in better:
            assert value < solution.value * (1 - 1e-3)
        else:
            assert value == pytest.approx(solution.value, rel=1e-9)


def test_no_answer_from_any_solver_is_an_honest_nothing(monkeypatch):
    def failing(self, points):
        raise ArithmeticError("no solver")

    monkeypatch.setattr(exchange.Program, "minimise", failing)
    assert delsarte.n_points_certificate(4, Fraction(1, 2)) is None
    assert delsarte.cosine_certificate(4, 13, 0.25) is None


def test_the_next_solver_is_asked_when_one_fails(monkeypatch):
    options = {"HIGHS": {"solver": "SCIPY", "scipy_options": {"method": "no such method"}}}
    monkeypatch.setattr(linear_program, "SOLVERS", options | {"CLARABEL": {"solver": "CLARABEL"}})
    repaired = delsarte.n_points_certificate(4, Fraction(1, 2), 9)
    assert repaired.record["solver"] == "CLARABEL"
    assert check_bound(repaired.certificate).accepted
