"""The oracle itself: numbers that are known, and statements that are known to be false."""

from fractions import Fraction

import mpmath as mp
import pytest
from adversary import bound_oracle, exact, known, oracle, polynomials
from adversary.mutants import HONEST


def bound(kind, dim, claim, **more):
    schema = "sphcode.bound-certificate/1"
    return bound_oracle.judge({"schema": schema, "kind": kind, "dim": dim, "claim": claim, **more})


def test_brute_force_by_hand():
    square = [[Fraction(1), Fraction(0)], [Fraction(3, 5), Fraction(4, 5)], [Fraction(-2), Fraction(0)]]
    assert exact.largest_cosine(square) == (1, Fraction(9, 25))
    assert exact.is_at_least(Fraction(3, 5), (1, Fraction(9, 25)))
    assert not exact.is_at_least(Fraction(599, 1000), (1, Fraction(9, 25)))
    assert exact.is_at_least(Fraction(-1, 2), (-1, Fraction(1, 4)))
    assert not exact.is_at_least(Fraction(-3, 5), (-1, Fraction(1, 4)))
    assert exact.largest_cosine([[Fraction(1), Fraction(2)], [Fraction(2), Fraction(4)]]) == (1, 1)


@pytest.mark.parametrize("text", ["nan", "1/0", "inf", "\u0661", "1_0", "", "0x", "--1"])
def test_what_is_no_number(text):
    with pytest.raises(exact.Unreadable):
        exact.fraction(text)


def test_numbers_are_read_exactly():
    assert exact.fraction("-12.5e-1") == Fraction(-5, 4)
    assert exact.fraction("0x1.8p-1") == Fraction(3, 4)
    assert exact.fraction("2/6") == Fraction(1, 3)
    with mp.workdps(50):
        assert abs(exact.real("-1/7+2/7*sqrt(2)") - (2 * mp.sqrt(2) - 1) / 7) < mp.mpf(10) ** -48


@pytest.mark.parametrize(("dim", "n_points", "cosine"), [(3, 12, 5**-0.5), (4, 10, 1 / 6), (3, 7, 0.2101383127306031)])
def test_optima(dim, n_points, cosine):
    assert float(known.optimum(dim, n_points)) == pytest.approx(cosine, abs=1e-15)
    assert float(known.attained(dim, n_points)) == pytest.approx(cosine, abs=1e-15)


def test_gegenbauer_polynomials_and_means():
    assert polynomials.gegenbauer(3, 2) == (Fraction(-1, 2), 0, Fraction(3, 2))
    assert polynomials.gegenbauer(2, 3) == (0, -3, 0, 4)
    assert polynomials.mean(3, [Fraction(0)] * 4 + [Fraction(1)]) == Fraction(1, 5)


@pytest.mark.parametrize(
    ("dim", "cosine", "most"), [(3, "-1/3", 4), (4, "0", 8), (8, "1/2", 240), (24, "1/2", 196560), (7, "1/3", 56)]
)
def test_levenshtein_where_it_is_attained(dim, cosine, most):
    with mp.workdps(50):
        assert abs(polynomials.levenshtein(dim, exact.real(cosine)) - most) < mp.mpf(10) ** -30


def test_simplices_by_schlaefli():
    with mp.workdps(25):
        for n, cosine in ((3, mp.mpf(1) / 2), (3, mp.mpf(2) / 3), (4, mp.mpf(1) / 2)):
            angle = mp.acos(1 / (1 / cosine + n - 2)) / 2
            most = 2 * bound_oracle.schlaefli(n - 1, angle) / bound_oracle.schlaefli(n, angle)
            if n == 3:
                triangle = 3 * mp.acos(cosine / (1 + cosine)) - mp.pi
                assert abs(most - 2 - 2 * mp.pi / triangle) < mp.mpf(10) ** -20
            else:
                assert float(most) == pytest.approx(26.4401, abs=1e-4)  # of the kissing number in R^4


LIES = [
    ("rankin", 3, {"n_points": 5, "max_cosine_at_least": "1/1000"}, {}),
    ("rankin", 3, {"max_cosine": "0", "n_points_at_most": "5"}, {}),
    ("rankin", 3, {"max_cosine": "1/10", "n_points_at_most": "100"}, {}),
    ("orthoplex", 3, {"n_points": 2, "max_cosine_at_least": "0"}, {"antipodal": True}),
    ("orthoplex", 3, {"n_points": 12, "max_cosine_at_least": "0.5"}, {"antipodal": True}),
    ("polygon", 2, {"n_points": 7, "max_cosine_at_least": "0.6235"}, {}),
    ("fejes-toth", 3, {"n_points": 12, "max_cosine_at_least": "0.4472136"}, {}),
    ("fejes-toth", 4, {"n_points": 12, "max_cosine_at_least": "0.1"}, {}),
    ("coxeter-boeroeczky", 4, {"max_cosine": "1/2", "n_points_at_most": "26.44"}, {}),
    ("levenshtein", 3, {"n_points": 13, "max_cosine_at_least": "0.54"}, {}),
    ("cap-volume", 3, {"max_cosine": "3/5", "n_points_at_most": "18.94"}, {}),
    ("welch", 3, {"n_points": 12, "max_cosine_at_least": "0.4473"}, {"antipodal": True}),
    ("welch", 3, {"n_points": 12, "max_cosine_at_least": "0.4"}, {}),
    ("levenshtein-lines", 4, {"n_points": 24, "max_cosine_at_least": "0.5001"}, {"antipodal": True}),
    ("delsarte", 4, {"max_cosine": "1/2", "n_points_at_most": "23"}, {"coefficients": ["1", "1"]}),
    ("delsarte", 4, {"max_cosine": "1/2", "n_points_at_most": "25"}, {"coefficients": ["1", "1"]}),
]


@pytest.mark.parametrize(("kind", "dim", "claim", "more"), LIES)
def test_false_bounds_are_found_false(kind, dim, claim, more):
    assert bound(kind, dim, claim, **more).word == "false"


def changed(name, **claim):
    certificate = HONEST[name]
    return {**certificate, "claim": {**certificate["claim"], **claim}}


@pytest.mark.parametrize(
    ("name", "level", "claim"),
    [
        ("searched 3 10", "optimal", {}),
        ("code cube", "strict-local", {}),
        ("code random", "kkt", {}),
        ("searched 3 13", "strict-local", {"max_cosine": "0.5521807969978114817816328961"}),
        ("searched 3 13", "strict-local", {"rattlers": []}),
        ("searched 3 16", "strict-local", {"symmetries": [[1, 0, *range(2, 16)]]}),
        ("searched 3 14", "strict-local", {"symmetries": [[13, *range(1, 13), 0]]}),
        ("code 3 7", "optimal", {"minimal_polynomial": [1, -3, -9, 4]}),
        ("code 3 7", "optimal", {"minimal_polynomial": [0, 1, -3, -9, 3]}),
        ("code 3 7", "optimal", {"minimal_polynomial": [1, -4, -6, 12, -3]}),
        ("code 3 7", "optimal-cited", {"citation": "1951"}),
        ("code 3 12", "optimal", {"radius": 0.0}),
        ("code 4 10", "optimal", {"max_cosine": "0.5"}),
    ],
)
def test_false_claims_about_codes_are_found_false(name, level, claim):
    assert oracle.judge(changed(name, **claim), level, "").word == "false"


def test_statements_about_bare_points_are_read():
    points = {"schema": "sphcode.code/1", "points": [[1, 0], [0, 1], [-1, 0]]}
    assert oracle.judge(points, "exists", "3 points in dimension 2 with max cosine <= 0.000").word == "true"
    assert oracle.judge(points, "exists", "3 points in dimension 2 with max cosine <= -0.500").word == "undecided"
    assert oracle.judge(points, "exists", "3 points in dimension 2 with max cosine <= -0.501").word == "false"
    doubled = {**points, "points": [[1, 0], [2, 0]]}
    assert oracle.judge(doubled, "exists", "2 points in dimension 2 with max cosine <= 1.000").word == "false"
