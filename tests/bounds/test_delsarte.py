from fractions import Fraction

import numpy as np
import pytest

from sphcode.bounds import delsarte
from sphcode.proofs.check_bound import check_bound

KISSING = {3: 13.158226, 4: 25.558429, 5: 46.337573, 8: 240.0000001, 9: 380.099073, 16: 8313.780843}


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


@pytest.mark.parametrize("error", [1e-3, -0.5])
def test_a_wrong_solver_answer_never_gives_a_false_statement(monkeypatch, error):
    honest = delsarte._Program.minimise

    def lying(self, points):
        coefficients, weights = honest(self, points)
        return coefficients * (1 + error * np.cos(np.arange(len(coefficients)))), weights

    monkeypatch.setattr(delsarte._Program, "minimise", lying)
    monkeypatch.setattr(delsarte, "_ROUNDS", 4)
    for repaired, limit in (
        (delsarte.n_points_certificate(4, Fraction(1, 2), 10), 25.558429),
        (delsarte.cosine_certificate(4, 13, 0.25, 8), 0.26069124),
    ):
        if repaired is None:
            continue
        assert check_bound(repaired.certificate).accepted
        claim = repaired.certificate["claim"]
        if "n_points" in claim:
            assert float(claim["max_cosine_at_least"]) <= limit
        else:
            assert float(Fraction(claim["n_points_at_most"])) >= limit


def test_no_answer_from_any_solver_is_an_honest_nothing(monkeypatch):
    def failing(self, points):
        raise ArithmeticError("no solver")

    monkeypatch.setattr(delsarte._Program, "minimise", failing)
    assert delsarte.n_points_certificate(4, Fraction(1, 2)) is None
    assert delsarte.cosine_certificate(4, 13, 0.25) is None
