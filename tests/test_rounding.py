"""A printed number is never stronger than the value, and differs from it by less than its last digit."""

from fractions import Fraction

import pytest

from sphcode._rounding import rounded_down, rounded_up


@pytest.mark.parametrize("value", [0.1, -0.1, 1 / 3, -1 / 3, 0.7230784683335088, 1e-17, -1e-17, 0.5, 0.0])
@pytest.mark.parametrize("digits", [3, 12, 16])
def test_rounding_is_to_the_safe_side(value, digits):
    down, up = Fraction(rounded_down(value, digits)), Fraction(rounded_up(value, digits))
    assert down <= Fraction(value) <= up
    assert up - down in (0, Fraction(1, 10**digits))
