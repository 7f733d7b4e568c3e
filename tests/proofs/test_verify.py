"""verify: bare points, codes, files, and what it refuses."""

from decimal import Decimal

import numpy as np
import pytest

from sphcode import SphericalCode, verify
from sphcode.errors import FileFormatError, InvalidInputError
from sphcode.proofs.code.claim import read_claim
from sphcode.proofs.verdict import Verdict


def test_bare_points_get_the_largest_cosine(codes):
    verdict = verify(codes["3,13"])
    assert verdict.accepted
    assert verdict.level == "exists"
    assert "13 points in dimension 3 with max cosine <= 0.54263648682964" in verdict.claim
    assert verdict.slack is None


def test_digits_ask_for_the_exact_code(codes):
    verdict = verify(SphericalCode(codes["3,8"]), digits=60)
    assert verdict.level == "optimal"
    assert "0.261203874963741442514768206917056" in verdict.claim
    assert "(2 sqrt(2) - 1)/7" in verdict.reason


def test_points_near_no_critical_code_keep_their_own_cosine():
    points = np.random.default_rng(0).standard_normal((10, 4))
    points /= np.linalg.norm(points, axis=1)[:, None]
    verdict = verify(points, digits=40)
    assert verdict.accepted
    assert verdict.level == "exists"
    assert "no point is held" in verdict.reason


@pytest.mark.parametrize("digits", [0, -1, 10_001, 1.5, "x"])
def test_digits_are_checked(codes, digits):
    with pytest.raises(InvalidInputError, match="digits"):
        verify(codes["3,7"], digits=digits)


def test_other_sources(tmp_path, codes):
    SphericalCode(codes["3,7"]).save(tmp_path / "code.npz")
    with pytest.raises(FileFormatError, match="json"):
        verify(tmp_path / "code.npz")
    with pytest.raises(FileFormatError, match="schema"):
        verify({"schema": "sphcode.show/1"})
    with pytest.raises(FileFormatError, match="schema"):
        verify({})
    with pytest.raises(InvalidInputError, match="points"):
        verify([[1, 2.5], [3, 4]])


GOLD = "(1 + sqrt(5))/2"
EXACT = [
    ([[1, 1, 0], [1, 0, 1], [0, 1, 1], [-1, -1, 0]], "0.500000000000000000", "1/2"),
    ([[1, 1, 1], [1, 0, 0], [0, -1, 0]], "0.577350269189625765", "sqrt(3)/3"),
    ([[0.5, 0.5, 0.5, 0.5], [1.0, 0.0, 0.0, 0.0], [0.5, -0.5, 0.5, -0.5]], "0.500000000000000000", "1/2"),
    ([["0", "1", GOLD], ["1", GOLD, "0"], ["0", "1", f"-{GOLD}"]], "0.447213595499957940", "sqrt(5)/5"),
    ([["1/3", "2/3"], ["-1", "0"]], "-0.447213595499957939", "-sqrt(5)/5"),
    ([["3", "4"], ["-4", "3"]], "0.000000000000000000", "0"),
    ([["0.6", "0.8"], ["-0.8", "0.6"]], "0.000000000000000000", "0"),
]


@pytest.mark.parametrize(("rows", "bound", "number"), EXACT)
def test_exact_coordinates_are_not_rounded(rows, bound, number):
    for source in (rows, {"schema": "sphcode.code/1", "points": rows}):
        verdict = verify(source)
        assert verdict.accepted
        assert f"max cosine <= {bound} " in verdict.claim
        assert verdict.reason == f"the given exact coordinates, normalised; the largest cosine is {number}"
    claim = {"max_cosine": bound}
    assert verify({"schema": "sphcode.code/1", "points": rows, "claim": claim}).accepted
    if number != "0":
        less = f"{Decimal(bound) - Decimal('1e-18'):f}"
        assert not verify({"schema": "sphcode.code/1", "points": rows, "claim": {"max_cosine": less}}).accepted


@pytest.mark.parametrize(
    "rows",
    [
        [[1, 0], [2, 0], [0, 1]],
        [["1", "sqrt(2)"], ["sqrt(2)", "2"]],
        [["1/2", "1/2"], ["1", "1"]],
        [[1, 1], [0, 0]],
        [["1", "1"], ["0", "sqrt(2) - sqrt(2)"]],
        [["0.58", "0.58", "0.58"], ["1", "0", "0"]],
        [[0.75, 0.5], [0.5, 0.25]],
        [[True, 0], [0, 1]],
        [["1", "i"], ["1", "0"]],
    ],
)
def test_exact_coordinates_that_are_no_code(rows):
    with pytest.raises(InvalidInputError, match="points"):
        verify(rows)


def test_a_code_keeps_its_exact_coordinates():
    roots = [[a, b, c] for a in (-1, 0, 1) for b in (-1, 0, 1) for c in (-1, 0, 1) if abs(a) + abs(b) + abs(c) == 2]
    assert verify(SphericalCode(roots)).reason.endswith("the largest cosine is 1/2")
    assert verify(np.array(roots)).reason.endswith("the largest cosine is 1/2")


def test_many_contacts_of_whole_numbers_stay_exact():
    halves = np.array(np.meshgrid(*[[-1, 1]] * 10)).reshape(10, -1).T  # 1024 corners of a cube, 5120 edges
    assert verify(halves).reason.endswith("the largest cosine is 4/5")


def test_ten_thousand_points():
    points = np.random.default_rng(0).standard_normal((10_000, 3))
    points /= np.linalg.norm(points, axis=1)[:, None]
    verdict = verify(points)
    assert verdict.accepted


def test_verdict_to_dict():
    verdict = Verdict(False, "a claim", "none", "a reason", -0.5)
    assert verdict.to_dict() == {
        "schema": "sphcode.verify/1",
        "accepted": False,
        "claim": "a claim",
        "level": "none",
        "reason": "a reason",
        "slack": -0.5,
    }


def test_the_level_is_part_of_the_statement(codes):
    claim = {"max_cosine": "0.5", "level": "optimal"}
    certificate = {"schema": "sphcode.code/1", "points": codes["e8"].tolist(), "claim": claim}
    assert verify(certificate).claim == "240 points in dimension 8 with max cosine <= 0.5, optimal"
    assert verify({**certificate, "claim": {**claim, "level": "exists"}}).claim.endswith("max cosine <= 0.5")


def test_a_hex_float_is_read_as_a_claim(codes):
    for value, accepted in (((0.2).hex(), True), ((0.3).hex(), False), ((0.1).hex(), False)):
        claim = {"max_cosine": value, "level": "optimal"}
        certificate = {"schema": "sphcode.code/1", "points": codes["half cube"].tolist(), "claim": claim}
        assert verify(certificate).accepted is accepted


def test_places_of_a_claim_are_those_written_down():
    for text, digits in (("0.25", 1), ("1e-300", 6), ("1e-30", 5), ("0.123456789", 9)):
        assert abs(read_claim({"max_cosine": text}, 4).digits - digits) <= 1


def test_a_level_is_that_of_the_code_and_not_of_a_cosine_that_is_rounded_up(codes):
    """0.2612... is the least max cosine of eight points; 0.27 is it, rounded up to two places, and 0.28 is not."""
    points = codes["3,8"].tolist()
    for text, words in (
        ("0.27", "0.27 (rounded up), optimal"),
        ("0.2612038749637415", "0.2612038749637415 (rounded up), optimal"),
        ("27e-2", "27e-2 (rounded up), optimal"),
        ("0.3", None),
        ("0.28", None),
        ("1", None),
        ("1e0", None),
        ("0.26", None),
    ):
        verdict = verify(
            {"schema": "sphcode.code/1", "points": points, "claim": {"max_cosine": text, "level": "optimal"}}
        )
        assert verdict.accepted is (words is not None)
        assert words is None or verdict.claim == f"8 points in dimension 3 with max cosine <= {words}"
