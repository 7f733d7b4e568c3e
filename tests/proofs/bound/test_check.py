import copy

import pytest

from sphcode.bounds.bound import bound
from sphcode.errors import FileFormatError
from sphcode.proofs.bound.check import check_bound


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
