import cmath
import math

import pytest
from flint import arb, ctx
from scipy import integrate

from sphcode.proofs.schlaefli import _weight_bound, schlaefli_function


def half_angle(n, square):
    """The half dihedral angle a with sec 2a = square + n - 1."""
    return math.acos(1 / (square + n - 1)) / 2


@pytest.mark.parametrize("square", [1e-6, 0.01, 1.0, 30.0, 1e6])
def test_two_is_the_share_of_an_angle(square):
    # F_2 is the arc between two vertices as a share of the quarter turn: (2 / pi) 2 a, half of which counts.
    assert float(schlaefli_function(2, arb(square)).mid()) == pytest.approx(2 * half_angle(2, square) / math.pi)


@pytest.mark.parametrize("square", [0.01, 1.0, 30.0])
def test_three_is_the_excess_of_a_triangle(square):
    angle = 2 * half_angle(3, square)
    assert float(schlaefli_function(3, arb(square)).mid()) == pytest.approx(2 / math.pi * (angle / 2 - math.pi / 6))


@pytest.mark.parametrize("n", [4, 5, 6])
def test_the_differential_equation_by_quadrature(n):
    def below(square):
        return float(schlaefli_function(n - 2, arb(square)).mid())

    def slope(v):
        a = v * v + n - 1
        return 2 * v / (math.pi * a * math.sqrt((a - 1) * (a + 1))) * below(v * v)

    value = integrate.quad(slope, 1e-9, 1.5, epsabs=1e-13, epsrel=1e-11)[0]
    assert float(schlaefli_function(n, arb(2.25)).mid()) == pytest.approx(value, rel=1e-8)


def test_more_bits_give_a_ball_inside_the_first():
    with ctx.workprec(64):
        wide = schlaefli_function(8, arb(2))
    with ctx.workprec(256):
        narrow = schlaefli_function(8, arb(2))
    assert wide.contains(narrow)
    assert float(narrow.rad()) < 1e-20 * float(wide.rad())


@pytest.mark.parametrize("n", [2, 3, 4, 7])
@pytest.mark.parametrize("centre", [0.0, 0.4, 1.8, 5.0])
def test_the_bound_of_the_weight_holds_on_the_disc(n, centre):
    """By the distances of the disc from the singularities; against values on its circle, where the largest is."""
    radius = 0.875 * math.sqrt(1 + centre**2)
    bound = float(_weight_bound(n, arb(centre), arb(radius)).upper())
    near = {a: math.hypot(centre, math.sqrt(a)) - radius for a in range(n - 2, n + 1) if a > 0}
    if n == 2:
        expected = 2 / (math.pi * near[1] ** 2 * near[2])
    else:
        expected = 2 * (centre + radius) / (math.pi * near[n - 1] ** 2 * near[n - 2] * near[n])
    assert bound == pytest.approx(expected)
    for k in range(64):
        v = centre + radius * cmath.exp(1j * math.pi * k / 32)
        square = v * v
        below = square + n - 1
        weight = 2 * v / (math.pi * below * cmath.sqrt((below - 1) * (below + 1)))
        assert abs(weight) <= bound
