"""Codes layered in parallel hyperplanes: a code for every dimension and number of points, by dynamic programming.

A layer at height h holds a code of one dimension less, scaled by sqrt(1 - h^2). Points of layers at polar angles phi
and psi are at least |phi - psi| apart whatever the codes are, so layers spaced by an angle theta need only be filled
with codes that keep theta within themselves.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_dim, check_int, check_n_points, check_real, fail
from sphcode.codes.constructions.combine import node, pad
from sphcode.codes.constructions.construction import Construction
from sphcode.codes.constructions.exact import Exact, rational
from sphcode.codes.constructions.regular import polygon, simplex

FloatArray = NDArray[np.float64]

#: Returns the largest member code of at most `dim` dimensions whose cosine is at most the second argument (>= 0).
Largest = Callable[[int, float], Construction]

#: Cosines of layered codes are rounded up to this number of decimals.
_DIGITS = 12

#: Minimal angles, falling from a right angle, for which the fillings of smaller dimensions are kept.
_GRID = 0.5 * math.pi * (0.02 / math.pi) ** (np.arange(300) / 299)

#: The smallest angle that is tried.
_SMALLEST_ANGLE = 1e-5


def layers(codes: Sequence[Construction], heights: Sequence[float]) -> Construction:
    """Return codes of one dimension less in parallel hyperplanes.

    Parameters
    ----------
    codes : sequence of Construction
        One code a layer, all of the same dimension d - 1 (see `point` for a layer of one point).
    heights : sequence of float
        First coordinate of each layer, strictly falling, from 1 to -1; at 1 and -1 the code must be one point.

    Returns
    -------
    Construction
        Its cosine is an upper value: layers are not turned against each other, so points of neighbouring layers are
        only known to be as far apart as their hyperplanes force them to be.
    """
    exact = [Fraction(check_real("heights", height, low=-1, high=1)) for height in heights]
    if len(codes) != len(exact) or not codes or any(a <= b for a, b in itertools.pairwise(exact)):
        raise fail("heights", "one number for each code, strictly falling", list(heights))
    dim = codes[0].dim + 1
    if any(code.dim != dim - 1 for code in codes):
        raise fail("codes", "constructions of the same dimension", [code.dim for code in codes])
    for code, height in zip(codes, exact, strict=True):
        if abs(height) == 1 and code.n_points > 1:
            raise fail("codes", "one point at height 1 or -1", code.label)
    worst = Fraction(-1)
    for code, height in zip(codes, exact, strict=True):
        if code.n_points > 1:
            worst = max(worst, height**2 + (1 - height**2) * code.cosine.value)
    for a, b in itertools.pairwise(exact):
        worst = max(worst, a * b + _sqrt_above((1 - a * a) * (1 - b * b)))
    firsts = np.cumsum([0, *(code.n_points for code in codes)]).tolist()

    def unit_rows(start: int, stop: int) -> FloatArray:
        rows = np.empty((stop - start, dim))
        for code, height, first in zip(codes, exact, firsts[:-1], strict=True):
            low, high = max(start, first), min(stop, first + code.n_points)
            if low < high:
                rows[low - start : high - start, 0] = float(height)
                inner = code.unit_rows(low - first, high - first)
                rows[low - start : high - start, 1:] = math.sqrt(1 - height**2) * inner
        return rows

    return Construction(
        name="layers",
        params={"of": [node(code) for code in codes], "heights": list(heights)},
        dim=dim,
        n_points=firsts[-1],
        cosine=_decimal_above(worst),
        reference="codes in parallel hyperplanes",
        unit_rows=unit_rows,
        attained=False,
    )


def point(dim: int) -> Construction:
    """Return a single point of R^dim, for a layer."""
    dim = check_int("dim", dim, minimum=1)
    return Construction(
        name="point",
        params={"dim": dim},
        dim=dim,
        n_points=1,
        cosine=rational(-1),
        reference="",
        unit_rows=lambda start, stop: np.eye(1, dim)[: stop - start],
    )


def layered(dim: int, n_points: int, largest: Largest) -> Construction | None:
    """Return `n_points` points in layers at the largest angle found by bisection, or None if they do not fit."""
    dim, n_points = check_dim(dim), check_n_points(n_points)
    filling = _filling(dim, largest)
    low, high = _SMALLEST_ANGLE, 0.5 * math.pi
    if filling.count(low if dim == 3 else float(_GRID[-1])) < n_points:
        return None
    while high - low > 1e-9 * high:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if filling.count(middle) >= n_points else (low, middle)
    code = filling.code(low)
    return replace(
        code,
        name="layered",
        params={"dim": dim, "n_points": n_points},
        n_points=n_points,
        spectrum_formula=None,
        attained_by=n_points,
        attained=False,
        proven_optimal=False,
        design_strength=None,
    )


@lru_cache(maxsize=64)
def _filling(dim: int, largest: Largest) -> _Filling:
    return _Filling(dim, largest)


def _stacks(angle: float) -> list[FloatArray]:
    """Return polar angles spaced by `angle`: from the pole on, and two stacks that are symmetric to the equator."""
    count = int(math.pi / angle + 1e-11)
    steps = [np.arange(count + 1), *(0.5 * math.pi / angle + np.arange(m) - 0.5 * (m - 1) for m in (count, count + 1))]
    return [np.asarray(angle * step, dtype=np.float64) for step in steps]


def _grid_index(angles: FloatArray) -> NDArray[np.int64]:
    """Return the index of the smallest grid angle that is at least the angle."""
    return np.maximum(np.searchsorted(-_GRID, -angles + 1e-12, side="right") - 1, 0)


def _decimal_above(value: Fraction) -> Exact:
    """Return the value rounded up to a decimal."""
    rounded = Fraction(math.ceil(value * 10**_DIGITS), 10**_DIGITS)
    return Exact(f"{float(rounded):.{_DIGITS}f}", rounded)


def _sqrt_above(value: Fraction) -> Fraction:
    """Return the square root if it is rational, else a fraction at most 2^-99 above it."""
    root = math.isqrt(value.numerator * value.denominator)
    if root * root == value.numerator * value.denominator:
        return Fraction(root, value.denominator)
    return Fraction(math.isqrt(value.numerator * 2**200 // value.denominator) + 1, 2**100)


class _Filling:
    """How many points fit in `dim` dimensions at a minimal angle: by a member code or by layers.

    For dimension dim - 1 the numbers are kept for the angles of a grid; other angles are rounded up to it.
    """

    def __init__(self, dim: int, largest: Largest) -> None:
        self.dim = dim
        self.largest = largest
        self.inner = None if dim <= 3 else _filling(dim - 1, largest)
        self.grid_codes: dict[int, Construction] = {}
        self.grid_counts = np.array([self.count(angle) for angle in _GRID]) if dim > 2 else None

    def count(self, angle: float) -> float:
        """Return the number of points at minimal angle `angle` <= pi / 2."""
        layered = max(float(self._layer_counts(angle, polar).sum()) for polar in _stacks(angle))
        return max(layered, float(self.largest(self.dim, math.cos(angle)).n_points))

    def _layer_counts(self, angle: float, polar: FloatArray) -> FloatArray:
        """Return how many points fit in the layers at polar angles `polar`."""
        squared = np.sin(polar) ** 2
        bound = (math.cos(angle) - np.cos(polar) ** 2) / np.maximum(squared, 1e-300)
        counts = np.ones(len(polar))
        below = (bound < 0) & (bound >= -1)
        counts[below] = np.minimum(self.dim, 1 + np.floor(1 / -bound[below] + 1e-11))
        above = bound >= 0
        needed = np.arccos(np.minimum(bound[above], 1.0))
        if self.inner is None:
            counts[above] = np.floor(2 * math.pi / needed + 1e-11)
        else:
            counts[above] = self.inner.grid_counts[_grid_index(needed)]  # type: ignore[index]
        return counts

    def code(self, angle: float) -> Construction:
        """Return the code that `count` counts."""
        best, counts = None, np.zeros(0)
        for polar in _stacks(angle):
            here = self._layer_counts(angle, polar)
            if here.sum() > counts.sum():
                best, counts = polar, here
        member = self.largest(self.dim, math.cos(angle))
        if best is None or member.n_points >= counts.sum():
            return pad(member, self.dim)
        codes = [self._layer(angle, phi, int(count)) for phi, count in zip(best, counts, strict=True)]
        return layers(codes, [max(-1.0, min(1.0, float(height))) for height in np.cos(best)])

    def _layer(self, angle: float, polar: float, count: int) -> Construction:
        inner_dim = self.dim - 1
        if count == 1:
            return point(inner_dim)
        bound = (math.cos(angle) - math.cos(polar) ** 2) / math.sin(polar) ** 2
        if bound < 0:
            return pad(simplex(count - 1), inner_dim)
        if self.inner is None:
            return polygon(count)
        return self.inner.code_on_grid(int(_grid_index(np.array([math.acos(bound)]))[0]))

    def code_on_grid(self, index: int) -> Construction:
        """Return the code at the minimal angle with that index in the grid, made once."""
        if index not in self.grid_codes:
            self.grid_codes[index] = self.code(float(_GRID[index]))
        return self.grid_codes[index]
