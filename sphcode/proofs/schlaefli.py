"""Schlaefli's function of regular spherical simplices, by Taylor steps with proven remainders.

The function F_n of the half dihedral angle a (Coxeter's and Rogers' normalisation: F_0 = F_1 = 1) satisfies
dF_n/da = (2/pi) F_{n-2}(b) with sec 2b = sec 2a - 2. In the variable v, v^2 = sec 2a - n + 1, the whole chain F_n,
F_{n-2}, F_{n-4}, ... shares one argument, F_n vanishes at v = 0 for n >= 2, and

    dF_n/dv = w_n(v) F_{n-2}(v),   w_n(v) = 2 v / (pi (v^2 + n - 1) sqrt((v^2 + n - 2) (v^2 + n))),

so the chain is integrated together. The nearest singularities are at v = +-i.

.. [1] H. S. M. Coxeter, An upper bound for the number of equal nonoverlapping spheres that can touch another of the
   same size, Proc. Sympos. Pure Math. 7 (1963).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flint import arb, arb_series, ctx

__all__ = ["schlaefli_function"]

#: Radius of the circle on which the terms of a Taylor series are bounded, and length of a step, in units of the
#: distance of the nearest singularity: each term's bound is 4/7 of the one before.
_RADIUS = arb(7) / 8
_STEP = arb(1) / 2


def schlaefli_function(n: int, square: arb) -> arb:
    """Return F_n at the half dihedral angle a with sec 2a = `square` + n - 1, `square` > 0, as a ball.

    The relative width is about 2^-precision times a small power; the work grows with n times the precision squared.
    """
    if n < 2:
        return arb(1)
    target = square.sqrt()
    orders = range(2 + n % 2, n + 1, 2)
    heights = [arb(0) for _ in orders]
    centre = arb(0)
    with _series_length(int(1.5 * ctx.prec)):
        while True:
            scale = (1 + centre**2).sqrt()
            last = target < centre + _STEP * scale
            step = target - centre if last else (_STEP * scale).mid()
            heights = _advance(orders, heights, centre, step, _RADIUS * scale)
            if last:
                return heights[-1]
            centre += step


@contextmanager
def _series_length(length: int) -> Iterator[None]:
    previous, ctx.cap = ctx.cap, length
    try:
        yield
    finally:
        ctx.cap = previous


def _advance(orders: range, heights: list[arb], centre: arb, step: arb, radius: arb) -> list[arb]:
    """Return the chain at `centre` + `step`; `radius` is that of a disc around `centre` without singularities."""
    length = ctx.cap
    below, below_bound = arb_series([1]), arb(1)
    ratio = (step / radius) ** (length - 1) / (1 - step / radius)
    ends = []
    for n, height in zip(orders, heights, strict=True):
        series = height + (_weight(n, centre) * below).integral()
        # Cauchy: a function bounded by B on the disc has coefficients at most B / radius^j.
        bound = height + radius * _weight_bound(n, centre, radius) * below_bound
        tail = (bound * ratio).upper()
        partial = arb(0)
        for coefficient in reversed([series[j] for j in range(length - 1)]):
            partial = partial * step + coefficient
        ends.append(partial + arb(0, tail))
        below, below_bound = series, bound
    return ends


def _weight(n: int, centre: arb) -> arb_series:
    """Return the Taylor series of w_n around `centre`."""
    v = arb_series([centre, 1])
    square = v * v
    if n == 2:
        return 2 / ((square + 1) * (square + 2).sqrt() * arb.pi())
    return 2 * v / ((square + (n - 1)) * ((square + (n - 2)) * (square + n)).sqrt() * arb.pi())


def _weight_bound(n: int, centre: arb, radius: arb) -> arb:
    """Bound abs(w_n) on the disc: abs(v^2 + a) is at least the square of the distance from the disc to i sqrt(a)."""

    def least(a: int) -> arb:
        return ((a + centre**2).sqrt() - radius) ** 2

    if n == 2:
        return 2 / (arb.pi() * least(1) * least(2).sqrt())
    return 2 * (centre + radius) / (arb.pi() * least(n - 1) * (least(n - 2) * least(n)).sqrt())
