"""Certificates: accepted as written, rejected after any change that makes a statement false."""

import copy
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import jsonschema
import naive
import numpy as np
import pytest
from flint import arb, ctx, fmpz_poly
from hypothesis import given, settings
from hypothesis import strategies as st

from sphcode import SphericalCode, prove, verify
from sphcode.errors import FileFormatError, InvalidInputError
from sphcode.proofs.code import check as check_code
from sphcode.proofs.optimality import THEOREMS

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "code.json").read_text())
CERTIFIED = {
    "3,7": "optimal-cited",
    "3,8": "optimal",
    "3,10": "optimal-cited",
    "3,13": "optimal-cited",
    "3,14": "optimal-cited",
    "3,19": "strict-local",
    "3,20": "strict-local",
    "3,15 twisted": "strict-local",
    "3,23": "strict-local",
    "snub cube": "optimal-cited",
    "icosahedron": "optimal",
    "half cube": "optimal",
    "five of the octahedron": "optimal",
    "heptagon": "optimal",
    "cube": "kkt",
    "e8": "optimal",
}


@pytest.fixture(scope="module")
def certificates(codes):
    return {name: prove(codes[name]) for name in CERTIFIED}


@pytest.mark.parametrize(("name", "level"), CERTIFIED.items())
def test_certificates_are_accepted(certificates, name, level, tmp_path):
    certificate = certificates[name]
    (tmp_path / "code.json").write_text(json.dumps(certificate))
    jsonschema.validate(certificate, SCHEMA)
    verdict = verify(tmp_path / "code.json")
    assert verdict.accepted
    assert verdict.level == certificate["claim"]["level"] == level
    assert 0 <= verdict.slack < 1e-29
    assert ("citation" in certificate["claim"]) is (level == "optimal-cited")
    # A code file with a claim loads as a code; read back from there, the claim still holds.
    code = SphericalCode.load(tmp_path / "code.json")
    assert verify(code).accepted


@pytest.mark.parametrize(("case", "name"), [((3, 7), "3,7"), ((3, 13), "3,13"), ((3, 24), "snub cube")])
def test_a_hundred_digits_agree_with_the_exact_number(codes, case, name):
    certificate = prove(codes[name], digits=100)
    polynomial = fmpz_poly(list(THEOREMS[case].polynomial))
    assert certificate["claim"]["minimal_polynomial"] == list(THEOREMS[case].polynomial)
    claimed = Fraction(certificate["claim"]["max_cosine"])
    with ctx.workprec(500):
        roots = [root.real for root, _ in polynomial.complex_roots() if root.imag == 0]
        true = min(roots, key=lambda root: abs(float(root) - float(claimed)))
        excess = arb(claimed.numerator) / arb(claimed.denominator) - true
        assert excess >= 0
        assert excess < arb(10) ** -100
    assert verify(certificate).accepted


@pytest.mark.parametrize("name", ["3,7", "3,8", "3,9", "3,10", "3,13", "3,14", "snub cube"])
def test_minimal_polynomials(codes, certificates, name):
    certificate = certificates.get(name) or prove(codes[name])
    polynomial = list(THEOREMS[3, len(codes[name])].polynomial)
    assert certificate["claim"]["minimal_polynomial"] == polynomial


def mutate(certificate, kind, rng):
    """Change one statement so that it becomes false; returns None where this kind does not apply."""
    changed = copy.deepcopy(certificate)
    claim, points = changed["claim"], np.array(changed["points"])
    pairs = claim["contacts"]
    others = [[i, j] for i in range(len(points)) for j in range(i + 1, len(points)) if [i, j] not in pairs]
    pick = int(rng.integers(len(pairs)))
    if kind == "moved point":
        index = pairs[pick][0]
        points[index] += rng.normal(size=points.shape[1]) * 10.0 ** rng.uniform(-9, -4)
        points[index] /= np.linalg.norm(points[index])
        changed["points"] = points.tolist()
    elif kind == "swapped contact":
        pairs[pick] = others[int(rng.integers(len(others)))]
    elif kind == "missing contact":
        del pairs[pick]
        if "stress" in claim:
            del claim["stress"][pick]
    elif kind == "negative stress" and "stress" in claim:
        claim["stress"][pick] *= -1
    elif kind == "unbalanced stress" and "stress" in claim:
        claim["stress"][pick] *= 1.001
    elif kind == "exaggerated stress" and "stress" in claim:
        claim["stress_error"] = 1e-30
    elif kind == "smaller cosine":
        places = -Decimal(claim["max_cosine"]).as_tuple().exponent
        less = Decimal(int(rng.integers(2, 10**6))).scaleb(-places)
        claim["max_cosine"] = str(Decimal(claim["max_cosine"]) - less)
    elif kind == "higher level" and claim["level"] != "optimal":
        claim["level"] = "optimal"
    elif kind == "smaller radius" and "radius" in claim:
        claim["radius"] = 10.0 ** rng.uniform(-40, -20)
    elif kind == "wrong polynomial" and "minimal_polynomial" in claim:
        coefficients = claim["minimal_polynomial"]
        coefficients[int(rng.integers(len(coefficients)))] += int(rng.choice([-1, 1]))
    elif kind == "wrong symmetry" and "symmetries" in claim:
        images = claim["symmetries"][0]
        i, j = rng.choice(len(images), 2, replace=False)
        images[i], images[j] = images[j], images[i]
    elif kind == "more clearance" and claim["rattlers"]:
        claim["rattlers"][0]["clearance"] *= 10
    elif kind == "invented rattler":
        claim["rattlers"].append({"point": pairs[pick][0], "clearance": 1e-6})
    elif kind == "wrong citation" and "citation" in claim:
        claim["citation"] = "P. Nobody 1999"
    else:
        return None
    return changed


KINDS = [
    "moved point",
    "swapped contact",
    "missing contact",
    "negative stress",
    "unbalanced stress",
    "exaggerated stress",
    "smaller cosine",
    "higher level",
    "smaller radius",
    "wrong polynomial",
    "wrong symmetry",
    "more clearance",
    "invented rattler",
    "wrong citation",
]


def test_two_hundred_mutations_are_rejected(certificates):
    rng = np.random.default_rng(2026)
    names = [name for name in CERTIFIED if name not in ("e8", "five of the octahedron")]
    done = []
    while len(done) < 200:
        name, kind = names[int(rng.integers(len(names)))], KINDS[len(done) % len(KINDS)]
        changed = mutate(certificates[name], kind, rng)
        if changed is None:
            continue
        verdict = verify(changed)
        assert not verdict.accepted, (name, kind, verdict)
        done.append(kind)
    assert set(done) == set(KINDS)


def test_a_true_weaker_claim_is_accepted(certificates):
    weaker = copy.deepcopy(certificates["3,13"])
    weaker["claim"] = {"max_cosine": "0.5427", "level": "exists"}
    assert verify(weaker).accepted
    weaker["claim"] = {"max_cosine": "0.5427", "level": "kkt"}
    assert verify(weaker).accepted


def test_contacts_not_proven_equal_enclose_a_local_optimum(codes, monkeypatch):
    monkeypatch.setattr(check_code, "partly_symmetric_zero", lambda *_: None)
    certificate = prove(codes["3,23"])
    assert certificate["claim"].keys() == {"max_cosine", "level", "radius", "rattlers"}
    assert certificate["claim"]["max_cosine"] == "0.722846984868399666896068993516"
    assert certificate["claim"]["level"] == "kkt"
    assert verify(certificate).accepted
    for change in ({"level": "strict-local"}, {"max_cosine": "0.722846984868399666896068993515"}, {"radius": 1e-20}):
        assert not verify(certificate | {"claim": certificate["claim"] | change}).accepted


def test_without_a_local_optimum_existence_remains(codes, monkeypatch):
    monkeypatch.setattr(check_code, "partly_symmetric_zero", lambda *_: None)
    monkeypatch.setattr(check_code, "local_minimum", lambda *_: None)
    certificate = prove(codes["3,23"])
    assert certificate["claim"] == {"max_cosine": "0.722846984868399666896068993516", "level": "exists"}
    assert verify(certificate).accepted


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(-13, -1), st.sampled_from(["3,7", "3,13", "snub cube", "3,19"]))
def test_no_disturbed_code_is_certified_below_the_local_optimum(codes, certificates, seed, size, name):
    rng = np.random.default_rng(seed)
    points = codes[name] + 10.0**size * rng.standard_normal(codes[name].shape)
    points /= np.linalg.norm(points, axis=1)[:, None]
    claim = prove(points)["claim"]
    # The certificates' claims are the optima, rounded up in the 30th place.
    assert Fraction(claim["max_cosine"]) >= Fraction(certificates[name]["claim"]["max_cosine"]) - Fraction(1, 10**30)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 20), st.integers(2, 6))
def test_random_codes_are_certified_at_their_true_value(seed, n_points, dim):
    points = np.random.default_rng(seed).standard_normal((n_points, dim))
    certificate = prove(points / np.linalg.norm(points, axis=1)[:, None], digits=20)
    claimed = Decimal(certificate["claim"]["max_cosine"])
    assert claimed >= naive.max_cosine_decimal(certificate["points"])
    assert verify(certificate).accepted
    certificate["claim"] = {"max_cosine": str(claimed - Decimal("1e-15")), "level": "exists"}
    assert not verify(certificate).accepted


@pytest.mark.parametrize(
    "claim",
    [
        5,
        {},
        {"max_cosine": "x"},
        {"max_cosine": "nan"},
        {"max_cosine": "1e-20000"},
        {"max_cosine": "0.9", "level": "best"},
        {"max_cosine": "0.9", "unknown": 1},
        {"max_cosine": "0.9", "contacts": [[0, 0]]},
        {"max_cosine": "0.9", "contacts": [[0, 99]]},
        {"max_cosine": "0.9", "contacts": [[0, 1], [1, 0]]},
        {"max_cosine": "0.9", "contacts": [[0, 1.5]]},
        {"max_cosine": "0.9", "contacts": "all"},
        {"max_cosine": "0.9", "stress": [1.0]},
        {"max_cosine": "0.9", "contacts": [[0, 1]], "stress": [1.0, 2.0]},
        {"max_cosine": "0.9", "radius": "small"},
        {"max_cosine": "0.9", "radius": float("inf")},
        {"max_cosine": "0.9", "radius": 10**400},
        {"max_cosine": "0.9", "stress_error": 1.0},
        {"max_cosine": "1.5"},
        {"max_cosine": "1e9", "level": "optimal"},
        {"max_cosine": "0.\u0669"},
        {"max_cosine": "0.9", "level": ["optimal"]},
        {"max_cosine": "0.9", "contacts": [[0, 1]], "stress": [10**400]},
        {"max_cosine": "0.9", "symmetries": [[0, 1]]},
        {"max_cosine": "0.9", "rattlers": [{"point": 0}]},
        {"max_cosine": "0.9", "rattlers": [{"point": 77, "clearance": 0.1}]},
        {"max_cosine": "0.9", "minimal_polynomial": [1.5]},
        {"max_cosine": "0.9", "citation": 1951},
    ],
)
def test_malformed_claims(codes, claim):
    certificate = {"schema": "sphcode.code/1", "points": codes["3,7"].tolist(), "claim": claim}
    with pytest.raises(FileFormatError):
        verify(certificate)


@pytest.mark.parametrize(("cosine", "accepted"), [("0.22", True), ("0.3", False), ("0.23", False), ("0.99", False)])
def test_a_level_is_that_of_the_cosine_rounded_up(codes, cosine, accepted):
    certificate = {"schema": "sphcode.code/1", "points": codes["3,7"].tolist()}
    for level in ("strict-local", "optimal-cited"):
        assert verify({**certificate, "claim": {"max_cosine": cosine, "level": level}}).accepted is accepted
    assert verify({**certificate, "claim": {"max_cosine": cosine}}).accepted


def test_what_is_not_examined_is_named(codes):
    certificate = {"schema": "sphcode.code/1", "points": codes["3,7"].tolist(), "claim": {"max_cosine": "0.22"}}
    verdict = verify({**certificate, "proven_optimal": True, "source": "Euclid"})
    assert verdict.accepted
    assert verdict.level == "exists"
    assert "not examined: 'proven_optimal, source'" in verdict.reason


def test_arguments(codes):
    with pytest.raises(InvalidInputError, match="digits"):
        prove(codes["3,7"], digits=0)
    with pytest.raises(InvalidInputError, match="points"):
        prove([[1, 2], [3, 4]])


def test_contact_equations_are_enclosed_up_to_a_size(codes, monkeypatch):
    points = codes["3,7"]
    for unknowns, equations, detail in ((21, 19, None), (20, 19, "too many"), (21, 18, "too many")):
        monkeypatch.setattr(check_code, "MAX_UNKNOWNS", unknowns)
        monkeypatch.setattr(check_code, "MAX_EQUATIONS", equations)
        found = check_code.prove_code(points, 100)
        assert isinstance(found, check_code.CodeProof) if detail is None else detail in found.detail


@pytest.mark.parametrize(("gap", "proven"), [(1e-9, True), (0.0, False), (-1e-9, False)])
def test_a_rattler_that_may_touch_is_none(codes, gap, proven, monkeypatch):
    monkeypatch.setattr(check_code, "clearances", lambda *_: [gap])
    assert isinstance(check_code.prove_code(codes["3,19"], 100), check_code.CodeProof) is proven


def test_the_cosine_generates_the_field_of_the_inner_products(certificates):
    verdict = verify(certificates["3,15 twisted"])
    assert "; cosine a root of 13x^5 - x^4 + 6x^3 + 2x^2 - 3x - 1" in verdict.reason


@pytest.mark.parametrize("size", [1e200, 1e300, 1.7e308, 5e-324, 0.0])
def test_weights_of_any_size_are_refused_without_a_warning(certificates, size):
    certificate = copy.deepcopy(certificates["3,8"])
    certificate["claim"]["stress"] = [size] * len(certificate["claim"]["contacts"])
    assert not verify(certificate).accepted


@pytest.mark.parametrize("digits", [1, 2, 3, 10])
@pytest.mark.parametrize(("name", "level"), [("3,8", "optimal"), ("3,13", "optimal-cited"), ("cube", "kkt")])
def test_few_digits_prove_as_much(codes, name, level, digits):
    certificate = prove(codes[name], digits=digits)
    assert certificate["claim"]["level"] == level
    assert verify(certificate).accepted
    assert verify(codes[name], digits=digits).level == level
