"""What a liar would try on bound certificates: keys that nobody reads, other claims beside, words that round up."""

import copy
import json
from importlib.resources import files

import pytest
from flint import fmpq, fmpq_poly

from sphcode import verify
from sphcode.errors import FileFormatError
from sphcode.proofs.bound.kinds import KINDS
from sphcode.proofs.bound.three_point_exact import _largest_zero
from sphcode.proofs.closed_forms import THEOREMS
from sphcode.proofs.gegenbauer import sign_change
from sphcode.proofs.sharp import Surd

FOLDER = files("sphcode.data") / "ceilings"
SCHEMA = "sphcode.bound-certificate/1"


def statement(kind, dim, claim, **more):
    return {"schema": SCHEMA, "kind": kind, "dim": dim, "claim": claim, **more}


def honest():
    """One accepted certificate of every kind that needs little time."""
    yield statement("rankin", 3, {"n_points": 4, "max_cosine_at_least": "-1/3"})
    yield statement("orthoplex", 3, {"n_points": 14, "max_cosine_at_least": "0.5"}, antipodal=True)
    for name, theorem in THEOREMS.items():
        dim = 3 if theorem.least_dim <= 3 <= theorem.most_dim else theorem.least_dim
        more = {"antipodal": True} if theorem.antipodal else {}
        yield statement(name, dim, {"max_cosine": "0.25", "n_points_at_most": "1000"}, **more)
    claim = {"max_cosine": "1/5", "n_points_at_most": "16"}
    yield statement("delsarte", 5, claim, coefficients=["16/125", "96/175", "4/5", "4/7"])
    for name in ("4-10", "4-120"):
        yield json.loads((FOLDER / f"{name}.json").read_text())
    claim = {"n_points": 4, "potential": "riesz", "parameter": "1", "mean_energy_at_least": "0"}
    yield statement("energy", 3, claim, coefficients=["0", "0"])


HONEST = {certificate["kind"]: certificate for certificate in honest()}


def test_one_of_every_kind():
    assert set(HONEST) == set(KINDS) - {"three-point"}
    for certificate in HONEST.values():
        assert verify(certificate).accepted, certificate["kind"]


@pytest.mark.parametrize("kind", HONEST)
def test_no_key_is_ignored(kind):
    for key in ("note", "proven", "method", "level", "citation", "n_points", "coefficients", "zeros", "matrices"):
        if key not in HONEST[kind]:
            with pytest.raises(FileFormatError, match="not examined"):
                verify({**HONEST[kind], key: ["1"]})
    other = {"max_cosine": "-1/2", "n_points_at_most": "2", "n_points": 3, "max_cosine_at_least": "9/10"}
    for key, value in {**other, "antipodal": True, "level": "optimal", "potential": "riesz", "parameter": "1"}.items():
        if key not in HONEST[kind]["claim"]:
            lie = copy.deepcopy(HONEST[kind])
            lie["claim"][key] = value
            with pytest.raises(FileFormatError):
                verify(lie)


@pytest.mark.parametrize("kind", HONEST)
def test_truth_values_texts_and_fractions_are_no_integers(kind):
    for value in (True, False, 4.0, "4", None, [], {}, -4, 0, 1, 10**301):
        for change in ({"dim": value}, {"kind": value}, {"antipodal": value}):
            if change not in ({"antipodal": True}, {"antipodal": False}, {"dim": 4}):
                with pytest.raises(FileFormatError):
                    verify({**HONEST[kind], **change})
        for key in HONEST[kind]["claim"]:
            lie = copy.deepcopy(HONEST[kind])
            lie["claim"][key] = value
            if isinstance(value, bool) or value in (None, [], {}):
                with pytest.raises(FileFormatError):
                    verify(lie)
            elif key == "n_points":
                with pytest.raises(FileFormatError, match="n_points"):
                    verify(lie)


OTHER_DIGITS = ["-\u0661", "\u0661", "1/\u0667", "\uff11", "1_0", "0x\u0661p1", "1*sqrt(\u0662)", "1e401"]


@pytest.mark.parametrize("text", OTHER_DIGITS)
def test_other_digits_are_refused(text):
    with pytest.raises(FileFormatError):
        verify(statement("rankin", 3, {"n_points": 4, "max_cosine_at_least": text}))


def test_words_are_no_stronger_than_the_claim():
    for name, words in (("4-10", ">= 1/6"), ("4-120", ">= 1/4+1/4*sqrt(5)")):
        assert words in verify(json.loads((FOLDER / f"{name}.json").read_text())).claim
    claim = {"max_cosine": "0.1234567890123456789012", "n_points_at_most": "77.1234567890123456789012"}
    words = verify(statement("levenshtein", 7, claim)).claim
    assert float(words.split("<= ")[1].split(" ")[0]) <= 0.12345678901234568
    assert "0.12345678901234567" in words
    assert "77.123456789012346" in words
    claim = {"n_points": 4, "potential": "gaussian", "parameter": "1/3", "mean_energy_at_least": "1/7" + "0" * 30}
    certificate = statement("energy", 3, claim, coefficients=["1/10", "0"])
    assert "with parameter 1/3" in verify(certificate).claim


def test_the_root_is_that_of_the_field():
    """A double zero at -sqrt(2) / 4, whose cosine is rational: f + g sqrt(2) with f = u^2 + 1/8, g = u / 2."""
    found = _largest_zero(fmpq_poly([fmpq(1, 8), 0, 1]), fmpq_poly([0, fmpq(1, 2)]), Surd(fmpq(1, 6), fmpq(0), 1), 2)
    assert abs(float(found.p) / float(found.q) + 2**0.5 / 4) < 1e-9


#: Small certificates that ask for much.
LARGE = [
    statement("coxeter-boeroeczky", 10**6, {"max_cosine": "1e-9", "n_points_at_most": "9"}),
    statement("coxeter-boeroeczky", 200, {"max_cosine": "0.9", "n_points_at_most": "9"}),
    statement("coxeter-boeroeczky", 16, {"max_cosine": "1e-400", "n_points_at_most": "9"}),
    statement("levenshtein", 10**6, {"max_cosine": "0.999", "n_points_at_most": "9"}),
    statement("levenshtein", 3, {"max_cosine": "999998/999999", "n_points_at_most": "9"}),
    statement("cap-volume", 10**6, {"max_cosine": "0.9999999999", "n_points_at_most": "9"}),
    statement(
        "delsarte",
        3,
        {"n_points": 10**9, "max_cosine_at_least": "-0.99"},
        coefficients=["1"] + ["1e300", "1e-300"] * 40,
    ),
    statement(
        "delsarte-zeros",
        5,
        {"n_points": 100, "max_cosine_at_least": "1/2"},
        zeros=[["1/2", 1], ["-1/3+1e-300*sqrt(5)", 38]],
    ),
    statement(
        "energy",
        5,
        {"n_points": 10, "potential": "gaussian", "parameter": "1e6", "mean_energy_at_least": "-1e300"},
        coefficients=["-1e6"] + ["1"] * 100,
    ),
]


#: How each ends: what would take more than two CPU seconds for a kilobyte is refused unseen.
ENDS = ["too large"] * 4 + [
    "at most 7340976.7",
    "at most 10^5150514",
    "too large",
    "f(1) is not 100 times",
    "degree 100",
]


@pytest.mark.parametrize(("certificate", "end"), [*zip(LARGE, ENDS, strict=True)], ids=ENDS)
def test_small_certificates_that_ask_for_much_work(certificate, end):
    assert len(json.dumps(certificate)) <= 1500
    verdict = verify(certificate)
    assert end in verdict.reason
    assert verdict.accepted == (certificate["kind"] == "energy")


def test_a_double_root_at_the_end_hides_no_other_root():
    """Positive on the 1e-60 before the cosine: the root that changes the sign is not the double one next to it."""
    x, end = fmpq_poly([0, 1]), fmpq(1, 3)
    for gap in (fmpq(1, 10**6), fmpq(1, 10**60)):
        assert sign_change((x - end) ** 2 * (x - end + gap), fmpq(-1), end) is None
        assert sign_change((x - end) ** 2 * (x - end - gap), fmpq(-1), end) is not None
        assert sign_change((x - end) * (x - end + gap) ** 2, fmpq(-1), end) is not None
        assert sign_change((x - end) * (x - end + gap) * (x + 2), fmpq(-1), end) is None
