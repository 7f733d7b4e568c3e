import json
import math
from fractions import Fraction

import pytest
from flint import fmpq

from sphcode import bound
from sphcode.bounds.questions import CosineQuestion, CountQuestion
from sphcode.codes.table import rows
from sphcode.errors import InvalidInputError
from sphcode.proofs.bound.check import check_bound
from sphcode.proofs.closed_forms import evaluate

OPTIMA = [
    (3, 4, -1 / 3),
    (9, 10, -1 / 9),
    (3, 6, 0.0),
    (512, 1000, 0.0),
    (2, 7, math.cos(2 * math.pi / 7)),
    (3, 12, 1 / math.sqrt(5)),
    (4, 120, (1 + math.sqrt(5)) / 4),
    (5, 16, 1 / 5),
    (6, 27, 1 / 4),
    (7, 56, 1 / 3),
    (8, 240, 1 / 2),
    (21, 112, 1 / 9),
    (21, 162, 1 / 7),
    (22, 100, 1 / 11),
    (22, 275, 1 / 6),
    (22, 891, 1 / 4),
    (23, 552, 1 / 5),
    (23, 4600, 1 / 3),
    (24, 196560, 1 / 2),
    (52, 325, 1 / 16),
    (105, 756, 1 / 25),
]


@pytest.mark.parametrize(("dim", "n_points", "best"), OPTIMA)
def test_optimality_is_proven_exactly(dim, n_points, best):
    result = bound(dim, n_points)
    assert result.optimal
    assert result.max_cosine_lower_bound == pytest.approx(best, abs=1e-15)
    assert check_bound(result.certificate).slack <= 1e-15


@pytest.mark.parametrize(("dim", "n_points", "best"), OPTIMA)
def test_equality_where_the_optimum_is_known(dim, n_points, best):
    result = bound(dim, n_points, method="closed-form")
    assert result.max_cosine_lower_bound == pytest.approx(best, abs=3e-15)
    assert result.max_cosine_lower_bound <= best
    assert result.one_vs_rest_upper_bound >= 1 - best
    assert result.min_angle_upper_bound_deg == pytest.approx(math.degrees(math.acos(best)), rel=1e-14)


@pytest.mark.parametrize(
    ("dim", "n_points", "ceiling"),
    [
        (10, 100, 0.717042),
        (20, 100, 0.89127),
        (30, 100, 0.938582),
        (10, 200, 0.622721),
        (20, 200, 0.83511),
        (30, 200, 0.89879),
    ],
)
def test_ceilings_of_the_trained_settings(dim, n_points, ceiling):
    result = bound(dim, n_points)
    assert result.one_vs_rest_upper_bound <= ceiling


def check_ceilings(table, method):
    for row in table:
        result = bound(row.dim, row.n_points, method=method)
        assert result.one_vs_rest_upper_bound >= 1 - row.max_cosine - 1e-15, row
        assert result.max_cosine_lower_bound <= row.max_cosine + 1e-15, row


def test_no_code_on_record_is_above_its_closed_form_ceiling():
    check_ceilings(rows(), "closed-form")


def test_no_code_on_record_is_above_its_ceiling():
    check_ceilings([row for row in rows() if row.dim <= 5 and row.n_points % 29 == 0], "best")


@pytest.mark.slow
def test_no_code_on_record_is_above_its_ceiling_whole_table():
    check_ceilings(rows(), "best")


def test_best_is_at_least_as_strong_as_each_method():
    best = bound(3, 8)
    for method in ("closed-form", "lp", "three-point"):
        assert best.max_cosine_lower_bound >= bound(3, 8, method=method).max_cosine_lower_bound
    assert best.name.startswith("three-point-")
    assert bound(3, 8, method="lp").solver["solver"]


@pytest.mark.parametrize(
    ("dim", "n_points"),
    [
        (512, 10_000),
        (2048, 10_000),
        (768, 30_522),
        (4096, 128_256),
        (8192, 16_385),
        (8192, 10**7),
        (10**6, 2 * 10**6 + 1),
        (3, 10**7),
        (7, 10**5),
        (32, 10**7),
        (2, 10**7),
        (4, 10**12),
    ],
)
def test_large_cases_give_a_narrow_nontrivial_bound(dim, n_points):
    result = bound(dim, n_points)
    assert 0 < result.max_cosine_lower_bound < 1
    assert result.one_vs_rest_upper_bound < 1
    assert check_bound(result.certificate).accepted
    # The theorem allows n_points at this cosine, and at one a little larger more.
    wider = 1 - (1 - result.max_cosine_lower_bound) * (1 - 1e-6) + 2**-52
    if result.method == "closed-form":
        theorem = result.certificate["kind"]
        values = [evaluate(theorem, dim, fmpq(*s.as_integer_ratio())) for s in (result.max_cosine_lower_bound, wider)]
        assert values[0] <= n_points < values[1]


@pytest.mark.parametrize(("dim", "n_points"), [(3, 135), (8, 640), (32, 10**7)])
def test_the_program_beats_the_closed_forms_in_large_cases_too(dim, n_points):
    result = bound(dim, n_points)
    assert result.solver["refined"]
    assert result.solver["reason"] is None
    assert result.max_cosine_lower_bound > bound(dim, n_points, method="closed-form").max_cosine_lower_bound + 1e-6


@pytest.mark.parametrize("cosine", [1e-12, 0.3, 0.95, 0.999999, "1/3"])
@pytest.mark.parametrize("dim", [3, 4, 24, 100, 1000])
def test_number_of_points_at_awkward_cosines(dim, cosine):
    result = bound(dim, max_cosine=cosine)
    assert result.n_points_upper_bound >= 2 * dim
    assert check_bound(result.certificate).accepted


def test_more_points_than_a_float_can_hold():
    result = bound(8192, max_cosine=0.5)
    assert result.n_points_upper_bound > 10**1000
    assert result.certified_value is None
    json.dumps(result.to_dict(), allow_nan=False)
    with pytest.raises(InvalidInputError, match="max_cosine"):
        bound(8192, max_cosine=0.9)


def test_number_of_points():
    assert bound(8, max_cosine=0.5).n_points_upper_bound == 240
    assert bound(4, max_cosine=0.5, method="lp").n_points_upper_bound == 25
    # The kissing number in four dimensions, by a stored three-point certificate.
    assert bound(4, max_cosine=0.5).n_points_upper_bound == 24
    assert bound(7, max_cosine="1/3").n_points_upper_bound == 56
    assert bound(3, max_cosine=0).n_points_upper_bound == 6
    assert bound(9, max_cosine=-0.3).n_points_upper_bound == 4
    assert bound(2, max_cosine=0.5).n_points_upper_bound == 6


def test_the_two_directions_agree():
    cosine = bound(6, 50, method="lp").max_cosine_lower_bound
    assert bound(6, max_cosine=cosine, method="lp").certified_value == pytest.approx(50, rel=1e-7)


@pytest.mark.parametrize(
    ("dim", "n_points", "coherence", "name"),
    [
        (3, 6, 0.0, "rankin"),
        (3, 8, 1 / 3, "welch"),
        (3, 12, 1 / math.sqrt(5), "sharp-4"),
        (23, 552, 1 / 5, "sharp-4"),
        (4, 24, 1 / 2, "levenshtein-lines"),
        (7, 126, 1 / 2, "levenshtein-lines"),
        (16, 288, 1 / 4, "three-point-exact-7"),
        (5, 32, 1 / math.sqrt(5), "orthoplex"),
    ],
)
def test_lines(dim, n_points, coherence, name):
    result = bound(dim, n_points, antipodal=True)
    assert result.name == name
    assert result.max_cosine_lower_bound == pytest.approx(coherence, abs=1e-15)
    assert result.max_cosine_lower_bound >= bound(dim, n_points, method="closed-form").max_cosine_lower_bound
    assert result.max_cosine_lower_bound <= coherence


def test_the_even_program_improves_the_closed_forms_for_lines():
    closed, best = (bound(4, 60, antipodal=True, method=method) for method in ("closed-form", "best"))
    assert best.name.startswith("delsarte-")
    assert closed.max_cosine_lower_bound < best.max_cosine_lower_bound < (1 + math.sqrt(5)) / 4
    assert bound(3, max_cosine=0.5, antipodal=True).n_points_upper_bound == 12


def test_literature_is_separate():
    result = bound(4, 24)
    assert result.cited["max_cosine_lower_bound"] == 0.5
    assert result.max_cosine_lower_bound < 0.5
    assert bound(4, max_cosine=0.5, method="lp").cited["n_points_upper_bound"] == 24
    assert bound(4, max_cosine=0.5).cited is None
    assert bound(4, 30).cited is None


def test_degree_is_respected():
    low, high = (bound(3, 9, method="lp", degree=degree) for degree in (4, 12))
    assert low.degree <= 4 < high.degree <= 12
    assert low.max_cosine_lower_bound < high.max_cosine_lower_bound


@pytest.mark.parametrize(
    "arguments",
    [
        {"dim": 1, "n_points": 5},
        {"dim": 3},
        {"dim": 3, "n_points": 1},
        {"dim": 3, "n_points": 7.5},
        {"dim": 3, "n_points": 7, "max_cosine": 0.5},
        {"dim": 3, "max_cosine": 1.0},
        {"dim": 3, "max_cosine": float("nan")},
        {"dim": 3, "max_cosine": "1/0"},
        {"dim": 3, "n_points": 7, "method": "magic"},
        {"dim": 3, "n_points": 7, "degree": 0},
        {"dim": 3, "n_points": 7, "antipodal": True},
    ],
)
def test_bad_input(arguments):
    with pytest.raises(InvalidInputError):
        bound(**arguments)


@pytest.mark.parametrize("antipodal", [False, True])
def test_more_points_than_can_be_printed(antipodal):
    for cosine in (0.5, "0.9"):
        with pytest.raises(InvalidInputError, match=r"max_cosine.*fewer than 10\^4000 points"):
            bound(10**6, max_cosine=cosine, antipodal=antipodal)


def test_a_stored_certificate_stands_in_for_a_program_only_where_it_is_about_the_very_case():
    kissing, ten = bound(4, max_cosine="1/2").certificate, bound(4, 10).certificate
    assert CosineQuestion(4, 10, False).answered_by(ten)
    assert not CosineQuestion(4, 11, False).answered_by(ten)
    assert not CosineQuestion(3, 10, False).answered_by(ten)
    assert not CosineQuestion(4, 25, False).answered_by(kissing)
    assert CountQuestion(4, Fraction(1, 2), False).answered_by(kissing)
    assert not CountQuestion(4, Fraction(49, 100), False).answered_by(kissing)
    assert not CountQuestion(4, Fraction(1, 6), False).answered_by(ten)


def test_a_row_of_the_table_is_answered_by_its_ceiling_alone():
    assert [found["name"] for found in bound(3, 100).all] == ["delsarte-42"]
    assert bound(3, 100).solver is None
    assert bound(3, 100, method="lp").solver["solver"]
    assert len(bound(3, 100, degree=6).all) > 1
