import pytest

from sphcode.search.regimes import is_large, is_polishable
from sphcode.search.sphere import typical_angle


def test_which_codes_are_large_and_which_polished():
    assert is_large(3, 1000)
    assert is_large(64, 1000)
    assert not is_large(3, 130)
    assert not is_large(8, 240)
    assert is_polishable(3, 10_000)
    assert is_polishable(8, 240)
    assert not is_polishable(3, 100_000)
    assert not is_polishable(64, 1000)
    assert typical_angle(3, 1000) == pytest.approx(0.12, abs=0.02)
