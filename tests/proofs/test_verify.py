"""verify: bare points, codes, files, and what it refuses."""

import numpy as np
import pytest

from sphcode import SphericalCode, verify
from sphcode.errors import FileFormatError, InvalidInputError
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
        verify([[1, 2], [3, 4]])


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
