"""Codes from codes: zero-padding, subsets, direct sums, juxtaposition, products, antipodes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_int, check_real, fail
from sphcode.codes.constructions.construction import Construction
from sphcode.codes.constructions.decoders import FirstOf, Padded, Pairs, Summed, WithAntipodes
from sphcode.codes.constructions.exact import Exact, rational


def node(code: Construction) -> dict[str, Any]:
    """Return what a construction is built from, as a part of the parameters of another."""
    return {"name": code.name, "params": dict(code.params)}


def pad(code: Construction, dim: int) -> Construction:
    """Return the code in the first coordinates of R^dim; the code itself if it is there already."""
    dim = check_int("dim", dim, minimum=code.dim)
    if dim == code.dim:
        return code

    def unit_rows(start: int, stop: int) -> NDArray[np.float64]:
        rows = np.zeros((stop - start, dim))
        rows[:, : code.dim] = code.unit_rows(start, stop)
        return rows

    return Construction(
        name="pad",
        params={"of": node(code), "dim": dim},
        dim=dim,
        n_points=code.n_points,
        cosine=code.cosine,
        reference=code.reference,
        unit_rows=unit_rows,
        integer_rows=code.integer_rows,
        radicand=code.radicand,
        attained=code.attained,
        attained_by=code.attained_by,
        proven_optimal=code.n_points <= dim + 1 and code.name == "simplex",
        spectrum_formula=code.spectrum_formula,
        decoder_formula=lambda _: Padded(code.decoder, code.dim),
    )


def subset(code: Construction, n_points: int) -> Construction:
    """Return the first `n_points` points; the code itself if it has no more.

    `attained` tells whether a closest pair is known to be among them; if not, `cosine` is an upper value.
    """
    n_points = check_int("n_points", n_points, minimum=2, maximum=code.n_points)
    if n_points == code.n_points:
        return code
    return Construction(
        name="subset",
        params={"of": node(code), "n_points": n_points},
        dim=code.dim,
        n_points=n_points,
        cosine=code.cosine,
        reference=code.reference,
        unit_rows=code.unit_rows,
        integer_rows=code.integer_rows,
        radicand=code.radicand,
        attained=code.attained and n_points >= code.attained_by,
        attained_by=code.attained_by,
        decoder_formula=lambda first: FirstOf(code.decoder, code.n_points, n_points, first.blocked()),
    )


def direct_sum(codes: Sequence[Construction]) -> Construction:
    """Return the union of the codes in mutually orthogonal spaces: largest cosine max(0, those of the codes)."""
    if len(codes) < 2:
        raise fail("codes", "at least two constructions", len(codes))
    dim, n_points = sum(code.dim for code in codes), sum(code.n_points for code in codes)
    worst = max(codes, key=lambda code: code.cosine.value)
    positive = worst.cosine.value > 0
    firsts = np.cumsum([0, *(code.n_points for code in codes)])
    lefts = np.cumsum([0, *(code.dim for code in codes)])

    def unit_rows(start: int, stop: int) -> NDArray[np.float64]:
        rows = np.zeros((stop - start, dim))
        for code, first, left in zip(codes, firsts[:-1].tolist(), lefts[:-1].tolist(), strict=True):
            low, high = max(start, first), min(stop, first + code.n_points)
            if low < high:
                rows[low - start : high - start, left : left + code.dim] = code.unit_rows(low - first, high - first)
        return rows

    def spectrum() -> Iterable[tuple[Exact, int]]:
        pairs: dict[Exact, int] = {}
        for code in codes:
            for cosine, count in code.spectrum or ():
                pairs[cosine] = pairs.get(cosine, 0) + count
        across = (n_points**2 - sum(code.n_points**2 for code in codes)) // 2
        pairs[rational(0)] = pairs.get(rational(0), 0) + across
        return pairs.items()

    return Construction(
        name="direct_sum",
        params={"of": [node(code) for code in codes]},
        dim=dim,
        n_points=n_points,
        cosine=worst.cosine if positive else rational(0),
        reference="; ".join(dict.fromkeys(code.reference for code in codes)),
        unit_rows=unit_rows,
        attained=worst.attained or not positive,
        spectrum_formula=spectrum if all(code.spectrum_formula for code in codes) else None,
        decoder_formula=lambda _: Summed(
            [code.decoder for code in codes], [code.dim for code in codes], [code.n_points for code in codes]
        ),
    )


def juxtapose(first: Construction, second: Construction, weight: float | Fraction = Fraction(1, 2)) -> Construction:
    """Return the points (sqrt(a) x_i, sqrt(1 - a) y_i), a = `weight`: both parts change from point to point.

    The largest cosine is at most a c1 + (1 - a) c2; the number of points is that of the smaller code.
    """
    check_real("weight", weight, low=0, high=1, open_low=True, open_high=True)
    share = Fraction(weight)
    value = share * first.cosine.value + (1 - share) * second.cosine.value
    parts = [math.sqrt(share), math.sqrt(1 - share)]

    def unit_rows(start: int, stop: int) -> NDArray[np.float64]:
        return np.hstack([parts[0] * first.unit_rows(start, stop), parts[1] * second.unit_rows(start, stop)])

    return Construction(
        name="juxtapose",
        params={"of": [node(first), node(second)], "weight": float(share)},
        dim=first.dim + second.dim,
        n_points=min(first.n_points, second.n_points),
        cosine=Exact(f"{share}*({first.cosine}) + {1 - share}*({second.cosine})", value),
        reference=f"juxtaposition; {first.reference}; {second.reference}",
        unit_rows=unit_rows,
        attained=False,
    )


def product(first: Construction, second: Construction) -> Construction:
    """Return all (x, y) / sqrt(2) with x and y of the two codes: K1 K2 points at cosine (1 + max(c1, c2)) / 2."""
    worst = max(first, second, key=lambda code: code.cosine.value)

    def unit_rows(start: int, stop: int) -> NDArray[np.float64]:
        left, right = start // second.n_points, (stop - 1) // second.n_points + 1
        index = np.arange(start, stop)
        xs = first.unit_rows(left, right)[index // second.n_points - left]
        low, high = (
            (0, second.n_points)
            if right - left > 1
            else (start - left * second.n_points, stop - left * second.n_points)
        )
        ys = second.unit_rows(low, high)[index % second.n_points - low]
        return np.concatenate([xs, ys], axis=1) / math.sqrt(2.0)

    return Construction(
        name="product",
        params={"of": [node(first), node(second)]},
        dim=first.dim + second.dim,
        n_points=first.n_points * second.n_points,
        cosine=worst.cosine.midpoint_with_one(),
        reference=f"product; {first.reference}; {second.reference}",
        unit_rows=unit_rows,
        attained=worst.attained,
        decoder_formula=lambda _: Pairs(
            first.decoder, second.decoder, (first.dim, second.dim), (first.n_points, second.n_points)
        ),
    )


def with_antipodes(code: Construction) -> Construction:
    """Return the union of a code and its antipodes, which must be new; the spectrum of the code must be known."""
    if code.spectrum is None:
        raise fail("code", "a construction with a known spectrum", code.label)
    lowest = code.spectrum[-1].cosine
    if lowest.value == -1:
        raise fail("code", "free of antipodal pairs", code.label)
    negated_lowest = -lowest

    def spectrum() -> Iterable[tuple[Exact, int]]:
        pairs = {rational(-1): code.n_points}
        for cosine, count in code.spectrum or ():
            for one in (cosine, -cosine):
                pairs[one] = pairs.get(one, 0) + 2 * count
        return pairs.items()

    def signed(rows: NDArray[Any], start: int, stop: int) -> NDArray[Any]:
        index = np.arange(start, stop)
        signs = (1 - 2 * (index % 2)).reshape(-1, *[1] * (rows.ndim - 1))
        return rows[index // 2 - start // 2] * signs

    integer_rows = code.integer_rows
    return Construction(
        name="antipodes",
        params={"of": node(code)},
        dim=code.dim,
        n_points=2 * code.n_points,
        cosine=max(code.cosine, negated_lowest, key=lambda cosine: cosine.value),
        reference=code.reference,
        unit_rows=lambda start, stop: signed(code.unit_rows(start // 2, (stop - 1) // 2 + 1), start, stop),
        integer_rows=None
        if integer_rows is None
        else lambda start, stop: signed(integer_rows(start // 2, (stop - 1) // 2 + 1), start, stop),
        radicand=code.radicand,
        spectrum_formula=spectrum,
        decoder_formula=lambda _: WithAntipodes(code.decoder, code.n_points),
    )
