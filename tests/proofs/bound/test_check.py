import copy
from fractions import Fraction

import pytest

from sphcode.bounds.bound import bound
from sphcode.errors import FileFormatError
from sphcode.proofs.bound.check import check_bound
from sphcode.proofs.bound.kinds import theorem
from sphcode.proofs.closed_forms import THEOREMS


@pytest.fixture(scope="module")
def certificates():
    return {
        "inverse": dict(bound(4, 13, method="lp").certificate),
        "forward": dict(bound(4, max_cosine=0.5, method="lp").certificate),
        "levenshtein": dict(bound(8, 40, method="closed-form").certificate),
        "fejes-toth": dict(bound(3, 12, method="closed-form").certificate),
        "coxeter": dict(bound(4, 120, method="closed-form").certificate),
    }


KINDS = ["inverse", "forward", "levenshtein", "fejes-toth", "coxeter"]


@pytest.mark.parametrize("kind", KINDS)
def test_accepted_with_small_slack(certificates, kind):
    verdict = check_bound(certificates[kind])
    assert verdict.accepted, verdict
    assert verdict.level == "bound"
    assert 0 <= verdict.slack <= 1e-8


def tightened(certificate):
    changed = copy.deepcopy(certificate)
    claim = changed["claim"]
    if "n_points" in claim:
        text = claim["max_cosine_at_least"]
        value = float.fromhex(text) if "x" in text else float(text)
        claim["max_cosine_at_least"] = repr(value + 2e-8)
    else:
        claim["n_points_at_most"] = repr(float(claim["n_points_at_most"]) - 1e-8)
    return changed


@pytest.mark.parametrize("kind", KINDS)
def test_tightened_claim_is_refused(certificates, kind):
    verdict = check_bound(tightened(certificates[kind]))
    assert not verdict.accepted
    assert verdict.level == "none"


@pytest.mark.parametrize("kind", ["inverse", "forward"])
def test_mutated_polynomials_are_refused(certificates, kind):
    good = certificates[kind]
    negative = copy.deepcopy(good)
    negative["coefficients"][2] = "-" + negative["coefficients"][2]
    truncated = {**good, "coefficients": good["coefficients"][:-1]}
    grown = copy.deepcopy(good)
    grown["coefficients"][1] = repr(float(grown["coefficients"][1]) * 1.001)
    for changed in (negative, truncated, grown, {**good, "dim": 5}, {**good, "dim": 3}):
        assert not check_bound(changed).accepted


def test_more_points_or_fewer(certificates):
    for kind in ("inverse", "levenshtein", "fejes-toth", "coxeter"):
        fewer = copy.deepcopy(certificates[kind])
        fewer["claim"]["n_points"] -= 1
        assert not check_bound(fewer).accepted
        # The same cosine holds for more points all the more.
        more = copy.deepcopy(certificates[kind])
        more["claim"]["n_points"] += 1
        assert check_bound(more).accepted


def test_a_sharp_polynomial_is_decided_exactly():
    # (t + 3/5)(t - 1/5) in R^5: the 16 points of the hemicube; it touches zero at the end of the interval.
    sharp = {
        "schema": "sphcode.bound-certificate/1",
        "kind": "delsarte",
        "dim": 5,
        "claim": {"max_cosine": "1/5", "n_points_at_most": "16"},
        # (t + 3/5)^2 (t - 1/5) = t^3 + t^2 + 3/25 t - 9/125, with t^3 = (4 P_3 + 3 P_1)/7, t^2 = (4 P_2 + 1)/5
        "coefficients": ["16/125", "96/175", "4/5", "4/7"],
    }
    verdict = check_bound(sharp)
    assert verdict.accepted, verdict
    assert verdict.slack == 0
    for claim in (
        {"max_cosine": "0.2000001", "n_points_at_most": "16"},
        {"max_cosine": "1/5", "n_points_at_most": "15.9"},
    ):
        assert not check_bound({**sharp, "claim": claim}).accepted


@pytest.mark.parametrize(
    ("dim", "claim", "accepted"),
    [
        (3, {"n_points": 4, "max_cosine_at_least": "-1/3"}, True),
        (3, {"n_points": 4, "max_cosine_at_least": "-0.333333"}, False),
        (3, {"n_points": 5, "max_cosine_at_least": "0"}, True),
        (3, {"n_points": 7, "max_cosine_at_least": "1e-9"}, False),
        (3, {"max_cosine": "-0.2", "n_points_at_most": "4"}, True),
        (3, {"max_cosine": "0", "n_points_at_most": "5"}, False),
        (3, {"max_cosine": "0.1", "n_points_at_most": "100"}, False),
    ],
)
def test_rankin(dim, claim, accepted):
    certificate = {"schema": "sphcode.bound-certificate/1", "kind": "rankin", "dim": dim, "claim": claim}
    assert check_bound(certificate).accepted is accepted


def statement(kind, dim, claim, antipodal):
    certificate = {"schema": "sphcode.bound-certificate/1", "kind": kind, "dim": dim, "claim": claim}
    return certificate | ({"antipodal": True} if antipodal else {})


# Codes of few points, by what is the truth about them: (dim, n_points, antipodal) -> least max cosine, exactly.
SMALL = {(dim, n, False): Fraction(-1, n - 1) for dim in (2, 3, 4) for n in range(2, dim + 2)}
SMALL |= {(dim, n, False): Fraction(0) for dim in (2, 3, 4) for n in range(dim + 2, 2 * dim + 1)}
SMALL |= {(dim, 2, True): Fraction(-1) for dim in (2, 3, 4)}
SMALL |= {(dim, n, True): Fraction(0) for dim in (2, 3, 4) for n in range(4, 2 * dim + 1, 2)}


@pytest.mark.parametrize("kind", ["rankin", "orthoplex", *THEOREMS])
@pytest.mark.parametrize("truth", SMALL.items(), ids=str)
def test_no_closed_form_is_beyond_the_truth_about_small_codes(kind, truth):
    (dim, n_points, antipodal), least = truth
    for more in (Fraction(1, 10**12), Fraction(1, 7), 1 - least - Fraction(1, 10**9)):
        claim = {"n_points": n_points, "max_cosine_at_least": str(least + more)}
        assert not check_bound(statement(kind, dim, claim, antipodal)).accepted
        # So many points have this max cosine, and any larger one.
        claim = {"max_cosine": str(least + more), "n_points_at_most": str(n_points - Fraction(1, 1000))}
        assert not check_bound(statement(kind, dim, claim, antipodal)).accepted
        if antipodal:
            assert not check_bound(statement(kind, dim, claim, False)).accepted
    if least + 1 > 0:
        claim = {"max_cosine": str(least), "n_points_at_most": str(n_points - Fraction(1, 1000))}
        assert not check_bound(statement(kind, dim, claim, antipodal)).accepted


@pytest.mark.parametrize("kind", ["orthoplex", "welch", "levenshtein-lines"])
def test_theorems_about_lines_say_nothing_of_other_codes(kind):
    for dim in (2, 3, 4, 7):
        for n_points in (2, 4, 2 * dim, dim * (dim + 1), dim * (dim + 1) + 2):
            claim = {"n_points": n_points, "max_cosine_at_least": "0"}
            assert not check_bound(statement(kind, dim, claim, False)).accepted
        assert not check_bound(statement(kind, dim, {"max_cosine": "0", "n_points_at_most": "1e9"}, False)).accepted


def test_the_orthoplex_bound_begins_beyond_dim_times_dim_plus_one_points():
    """Up to there it would be a statement of Rankin's, false for the code {x, -x}."""
    for dim in (2, 3, 5):
        for n_points in (2, 4, 2 * dim, dim * (dim + 1)):
            for cosine in ("0", "-1", "-0.5", str(dim**-0.5 - 1e-9)):
                claim = {"n_points": n_points, "max_cosine_at_least": cosine}
                assert not check_bound(statement("orthoplex", dim, claim, True)).accepted
        claim = {"n_points": dim * (dim + 1) + 2, "max_cosine_at_least": str(dim**-0.5 - 1e-9)}
        assert check_bound(statement("orthoplex", dim, claim, True)).accepted


# (kind, dim, cosine, antipodal): just inside the range of the theorem, and just outside.
RANGES = [
    ("polygon", 2, "-1", False, True),
    ("polygon", 3, "0", False, False),
    ("fejes-toth", 3, "-0.4999", False, True),
    ("fejes-toth", 3, "-0.5", False, False),
    ("fejes-toth", 4, "0.5", False, False),
    ("fejes-toth", 2, "0.5", False, False),
    ("coxeter-boeroeczky", 3, "0.001", False, True),
    ("coxeter-boeroeczky", 4, "0", False, False),
    ("coxeter-boeroeczky", 4, "-0.1", False, False),
    ("coxeter-boeroeczky", 2, "0.5", False, False),
    ("cap-volume", 2, "1/1000000000", False, True),
    ("cap-volume", 3, "0", False, False),
    ("levenshtein", 3, "-1", False, True),
    ("levenshtein", 3, "0.9999", False, True),
    ("levenshtein", 2, "0.5", False, False),
    ("welch", 4, "0", True, True),
    ("welch", 4, "0.4999999", True, True),
    ("welch", 4, "0.5", True, False),
    ("welch", 4, "0.9", True, False),
    ("welch", 4, "-0.1", True, False),
    ("welch", 4, "0.1", False, False),
    ("levenshtein-lines", 10, "0.4999999", True, True),
    ("levenshtein-lines", 10, "0.5", True, False),
    ("levenshtein-lines", 10, "-0.1", True, False),
    ("levenshtein-lines", 10, "0.1", False, False),
    ("rankin", 5, "0", False, True),
    ("rankin", 5, "-1", True, True),
    ("rankin", 5, "1e-300", False, False),
]


@pytest.mark.parametrize(("kind", "dim", "cosine", "antipodal", "inside"), RANGES)
def test_each_theorem_is_applied_in_its_range_and_nowhere_else(kind, dim, cosine, antipodal, inside):
    claim = {"max_cosine": cosine, "n_points_at_most": "1e300"}
    assert check_bound(statement(kind, dim, claim, antipodal)).accepted is inside


def test_antipodal_codes_have_an_even_number_of_points():
    with pytest.raises(FileFormatError, match="even"):
        check_bound(statement("rankin", 3, {"n_points": 3, "max_cosine_at_least": "0"}, True))


@pytest.mark.parametrize("kind", ["rankin", "orthoplex", *THEOREMS])
def test_dimensions_end_at_a_million(kind):
    claim = {"n_points": 4, "max_cosine_at_least": "-1"}
    for dim in (10**6 + 1, 2**31, 2**63, 10**18, 10**400):
        with pytest.raises(FileFormatError, match="1000000"):
            check_bound(statement(kind, dim, claim, False))


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "sphcode.bound-certificate/2"},
        {"kind": "magic"},
        {"dim": 1},
        {"dim": "4"},
        {"claim": None},
        {"claim": {"n_points": 13}},
        {"claim": {"n_points": 13, "max_cosine_at_least": "nan"}},
        {"claim": {"n_points": 13, "max_cosine_at_least": "1/0"}},
        {"claim": {"n_points": 13, "max_cosine_at_least": "1.5"}},
        {"claim": {"n_points": 1, "max_cosine_at_least": "0.1"}},
        {"coefficients": "1, 2"},
        {"coefficients": ["1"]},
        {"coefficients": ["1", "x"]},
    ],
)
def test_malformed_certificates(certificates, change):
    with pytest.raises(FileFormatError):
        check_bound({**certificates["inverse"], **change})


SHARP = {
    "schema": "sphcode.bound-certificate/1",
    "kind": "delsarte-zeros",
    "dim": 3,
    "claim": {"n_points": 12, "max_cosine_at_least": "0+1/5*sqrt(5)"},
    "zeros": [["0+1/5*sqrt(5)", 1], ["0+-1/5*sqrt(5)", 2], ["-1", 1]],
}


def test_the_icosahedron_is_optimal_exactly():
    verdict = check_bound(SHARP)
    assert verdict.accepted, verdict
    assert verdict.slack == 0


@pytest.mark.parametrize(
    "change",
    [
        {"dim": 4},
        {"claim": {"n_points": 11, "max_cosine_at_least": "0+1/5*sqrt(5)"}},
        {"claim": {"n_points": 13, "max_cosine_at_least": "0+1/5*sqrt(5)"}},
        {"claim": {"n_points": 12, "max_cosine_at_least": "0.4472135956"}},
        {"zeros": [["0+1/5*sqrt(5)", 1], ["0+-1/5*sqrt(5)", 2]]},
        {"zeros": [["0+1/5*sqrt(5)", 1], ["0+-1/5*sqrt(5)", 1], ["-1", 1]]},
        {"zeros": [["0+1/5*sqrt(5)", 1], ["0+-1/5*sqrt(5)", 2], ["-1", 1], ["1/10", 2]]},
        {"zeros": [["0+1/5*sqrt(5)", 1], ["0+-1/5*sqrt(5)", 2], ["-1", 1], ["0+-1/5*sqrt(7)", 2]]},
        {"zeros": [["0+1/5*sqrt(5)", 1], ["0+-1/5*sqrt(5)", 2], ["-1", 1], ["2", 2]]},
        {"cofactor": ["-1"]},
        {"cofactor": ["1", "2"]},
    ],
)
def test_mutations_of_an_exact_certificate_are_refused(change):
    assert not check_bound({**SHARP, **change}).accepted


def test_malformed_exact_certificates():
    for change in ({"zeros": []}, {"zeros": [["1/5", 0]]}, {"cofactor": []}, {"zeros": [["1*sqrt(4)", 1]]}):
        with pytest.raises(FileFormatError):
            check_bound({**SHARP, **change})
    with pytest.raises(FileFormatError):
        check_bound({**SHARP, "kind": "levenshtein"})


def test_the_number_of_points_ends_at_ten_to_the_three_hundred():
    claim = {"n_points": 10**300, "max_cosine_at_least": "0"}
    assert check_bound(statement("rankin", 3, claim, False)).accepted
    with pytest.raises(FileFormatError, match="n_points"):
        check_bound(statement("rankin", 3, {**claim, "n_points": 10**300 + 1}, False))


@pytest.mark.parametrize(("cosine", "accepted"), [("0", True), ("1/5", True), ("-1/5", False), ("-1", False)])
def test_a_polynomial_for_antipodal_codes_says_nothing_of_negative_cosines(cosine, accepted):
    """By t^2 - 1/16 at most 6.93 antipodal points in space have max cosine <= 0."""
    claim = {"max_cosine": cosine, "n_points_at_most": "7"}
    certificate = {**statement("delsarte", 3, claim, True), "coefficients": ["13/48", "0", "2/3"]}
    assert check_bound(certificate).accepted is accepted


@pytest.mark.parametrize(("first", "accepted"), [("0.7", True), ("0.72", False)])
def test_a_polynomial_that_crosses_the_potential_in_a_box_gives_no_energy(first, accepted):
    """The potential (2 - 2 t)^(-1/2) is 0.707 at 0, where 0.72 + 0.35 t is above it; the difference is convex."""
    claim = {"n_points": 10, "potential": "riesz", "parameter": "1", "mean_energy_at_least": "0"}
    certificate = {**statement("energy", 3, claim, False), "coefficients": [first, "0.35"]}
    assert check_bound(certificate).accepted is accepted


@pytest.mark.parametrize(
    ("certificate", "name", "degree"),
    [
        (statement("rankin", 3, {"n_points": 4, "max_cosine_at_least": "-1/3"}, False), "rankin", None),
        (statement("levenshtein", 8, {"max_cosine": "1/2", "n_points_at_most": "240"}, False), "levenshtein-7", 7),
        (statement("levenshtein", 8, {"n_points": 9, "max_cosine_at_least": "-1/8"}, False), "levenshtein-1", 1),
    ],
)
def test_names_of_theorems(certificate, name, degree):
    assert theorem(certificate) == (name, degree)
