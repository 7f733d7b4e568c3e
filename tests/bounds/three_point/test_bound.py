"""Proven three-point bounds, direct and inverse, against known values; the checker refuses what was changed."""

import json
import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from flint import fmpq

from sphcode import bound
from sphcode.bounds.three_point import inverse as three_point_inverse
from sphcode.bounds.three_point import solution as three_point_solution
from sphcode.bounds.three_point.certificate import three_point_certificate
from sphcode.bounds.three_point.inverse import excluded_cosine
from sphcode.bounds.three_point.solution import program_key, solve_three_point
from sphcode.errors import FileFormatError, InvalidInputError, WriteError
from sphcode.proofs.bound.check import check_bound
from sphcode.proofs.bound.three_point import proven_residuals


def test_direct():
    found = bound(3, max_cosine=0.5, method="three-point", degree=4)
    assert found.name == "three-point-4"
    assert found.n_points_upper_bound == 13
    assert found.certified_value == pytest.approx(13.2441839, rel=1e-7)
    assert found.certified_value > 13.24418387
    assert found.solver["reason"] == "optimal"
    assert found.solver["primal"] >= found.solver["dual"]
    assert found.solver["primal_residual"] < 1e-10
    assert "106 bits" in found.solver["precision"]
    certificate = json.loads(json.dumps(dict(found.certificate)))
    assert check_bound(certificate).accepted
    certificate["claim"]["n_points_at_most"] = "13.2441"
    assert not check_bound(certificate).accepted


def test_a_bound_just_below_an_integer_is_not_lost():
    """b_11 is only in the objective: it is moved so that the errors, which grow with the points, lead beyond 15."""
    solution = solve_three_point(3, Fraction(1, 2), 3)
    spoilt = {"1t": solution.factors["1t"] + 1e-5 * np.tri(len(solution.factors["1t"]))}
    solution = replace(solution, factors=dict(solution.factors) | spoilt)
    residuals = proven_residuals(3, fmpq(1, 2), 3, solution.linear, solution.factors)
    lost = float(residuals.first + 13 * residuals.second)
    b = solution.factors["b"] @ solution.factors["b"].T
    b[0, 0] += 14 - lost / 2 - float(residuals.objective)
    moved = replace(solution, factors=dict(solution.factors) | {"b": np.linalg.cholesky(b)})
    residuals = proven_residuals(3, fmpq(1, 2), 3, moved.linear, moved.factors)
    assert 1 + residuals.objective < 15 < 1 + residuals.objective / (1 - residuals.first - 13 * residuals.second)
    certificate = three_point_certificate(moved)
    assert 15 < float(certificate["claim"]["n_points_at_most"]) < 15.001
    assert check_bound(certificate).accepted


def test_inverse_is_just_below_the_cosine_where_the_bound_is_the_number():
    found = bound(4, 10, method="three-point", degree=3)
    assert found.name == "three-point-3"
    # Above the linear program's 0.13599, below the optimum 1/6.
    assert 0.136 < found.max_cosine_lower_bound < 1 / 6
    direct = bound(4, max_cosine=found.max_cosine_lower_bound, method="three-point", degree=3)
    assert 10 - 2e-5 < direct.certified_value < 10


@pytest.mark.slow
def test_sharp_case():
    found = bound(4, 10, method="three-point", degree=5)
    assert 1 / 6 - 2e-6 < found.max_cosine_lower_bound < 1 / 6


def test_settled_questions_need_no_program():
    assert bound(4, 7, method="three-point").name.startswith("rankin")
    assert bound(3, max_cosine=0, method="three-point").n_points_upper_bound == 6


@pytest.mark.parametrize(
    "arguments", [{"antipodal": True}, {"degree": 21}, {"degree": 0}, {"workers": 0}, {"workers": 10**18}]
)
def test_bad_input(arguments):
    with pytest.raises(InvalidInputError):
        bound(4, 10, method="three-point", **arguments)
    with pytest.raises(InvalidInputError, match="method"):
        bound(2, 10, method="three-point")


def test_a_proof_that_fails_is_tried_again_further_down():
    refused = []

    def prove(solution):
        refused.append(solution.cosine)
        return solution if len(refused) > 2 else None

    found = excluded_cosine(3, 13, 2, 0.45, prove)
    assert len(refused) > 2
    assert found.proof.value < 13
    assert excluded_cosine(3, 13, 2, 0.45, lambda solution: None).proof is None


def test_interrupt_gives_the_best_proven_so_far(monkeypatch):
    solves = []
    solve = three_point_inverse.solve_three_point

    def interrupted_later(*args, **options):
        solves.append(args)
        if len(solves) < 3:
            return solve(*args, **options)

        def stop(event):
            raise KeyboardInterrupt

        return solve(*args, **options | {"progress": stop})

    monkeypatch.setattr(three_point_inverse, "solve_three_point", interrupted_later)
    found = excluded_cosine(3, 13, 3, 0.40, lambda solution: solution if solution.value < 13 else None)
    assert len(solves) == 3
    assert found.interrupted
    assert found.proof.value < 13
    assert Fraction(2, 5) <= found.proof.cosine
    solves.clear()
    result = bound(3, 13, method="three-point", degree=3)
    assert result.solver["reason"] == "interrupted"
    assert check_bound(result.certificate).accepted


def test_a_stopped_search_goes_on_from_its_checkpoint(monkeypatch, tmp_path):
    whole, stopped, again = [], [], []

    def recorded(solves, last=math.inf):
        def solve(dim, cosine, degree, **options):
            solves.append(cosine)
            if len(solves) == last:

                def stop(event):
                    if event.done > 4:
                        raise KeyboardInterrupt

                options = options | {"progress": stop}
            return solve_three_point(dim, cosine, degree, **options)

        monkeypatch.setattr(three_point_inverse, "solve_three_point", solve)

    recorded(whole)
    file, prove = tmp_path / "state.npz", lambda solution: solution if solution.value < 13 else None
    expected = excluded_cosine(3, 13, 2, 0.45, prove).proof
    recorded(stopped, last=len(whole) - 1)
    excluded_cosine(3, 13, 2, 0.45, prove, checkpoint=file)
    recorded(again)
    found = excluded_cosine(3, 13, 2, 0.45, prove, checkpoint=file).proof
    assert stopped == whole[:-1]
    assert again == whole[-2:]
    assert found.cosine == expected.cosine
    assert found.value == expected.value


@pytest.mark.parametrize("arguments", [{"n_points": 13}, {"max_cosine": "0.5"}])
def test_interrupt_before_anything_is_proven_is_raised_and_keeps_the_checkpoint(arguments, monkeypatch, tmp_path):
    solve = three_point_solution.minimise

    def interrupted(*args, observe, **options):
        def stop(outcome):
            observe(outcome)
            if outcome.iterations == 3:
                raise KeyboardInterrupt
            return False

        return solve(*args, observe=stop, **options)

    monkeypatch.setattr(three_point_solution, "minimise", interrupted)
    file = tmp_path / "state.npz"
    with pytest.raises(KeyboardInterrupt):
        bound(3, **arguments, method="three-point", degree=3, checkpoint=file)
    with np.load(file) as arrays:
        assert arrays["done"] == 3


def _no_zip(file):
    file.write_text("{}")


def _one_array(file):
    with file.open("wb") as stream:
        np.save(stream, np.eye(3))


def _cut(file):
    np.savez(file, key="", values="{}")
    file.write_bytes(file.read_bytes()[:-30])


def _values_not_a_mapping(file):
    np.savez(file, key="", values="[1]")


def _value_not_finite(file):
    np.savez(file, key="", values='{"x": NaN}')


def _no_iterate(file):
    np.savez(file, key=program_key(3, Fraction(1, 2), 3), values="{}", done=3)


@pytest.mark.parametrize("write", [_no_zip, _one_array, _cut, _values_not_a_mapping, _value_not_finite, _no_iterate])
def test_another_file_is_no_checkpoint(write, tmp_path):
    file = tmp_path / "state.npz"
    write(file)
    before = file.read_bytes()
    with pytest.raises(FileFormatError, match="not a checkpoint"):
        bound(3, max_cosine="0.5", method="three-point", degree=3, checkpoint=file)
    assert file.read_bytes() == before


def test_a_checkpoint_that_cannot_be_written_is_refused_before_the_work(monkeypatch, tmp_path):
    monkeypatch.setattr(three_point_solution, "minimise", lambda *_, **__: pytest.fail("work began"))
    with pytest.raises(WriteError, match="could not write"):
        bound(3, 13, method="three-point", degree=3, checkpoint=tmp_path / "missing" / "state.npz")


def test_progress_tells_the_share_and_the_gap():
    events = []
    excluded_cosine(3, 13, 3, 0.40, lambda solution: solution, progress=events.append)
    shares = [event.done / event.total for event in events]
    assert 0 <= min(shares) <= max(shares) <= 1
    assert events[-1].done > 2
    assert 0 < events[-1].gap < 1e-5
    assert events[-1].unit == "max cosine"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dim", "degree", "value"),
    [
        (3, 8, 12.500687),
        (4, 8, 24.296529),
        (5, 8, 45.511560),
        (6, 8, 79.783755),
        (7, 8, 136.781402),
        (8, 8, 240),
        # Mittelmann and Vallentin (2010).
        (7, 11, 134.8824614),
    ],
)
def test_kissing(dim, degree, value):
    found = bound(dim, max_cosine=0.5, method="three-point", degree=degree)
    assert found.certified_value < value * (1 + 1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dim", "n_points", "margin"),
    [
        (3, 7, 0.79218),
        (3, 8, 0.738799),
        (3, 10, 0.60684),
        (3, 13, 0.48298),
        (3, 14, 0.45516),
        (4, 13, 0.72883),
        (4, 24, 0.50813),
    ],
)
def test_margin_ceilings(dim, n_points, margin):
    found = bound(dim, n_points, method="three-point", degree=7)
    assert found.one_vs_rest_upper_bound <= margin
