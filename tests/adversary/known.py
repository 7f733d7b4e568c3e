"""Codes that are known to exist, and optima that are known: no bound that contradicts them is true.

The numbers come from `data/reference` (tables of the literature), from formulas, and from the theorems named here.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Sequence
from pathlib import Path

import mpmath as mp

_REFERENCE = Path(__file__).parents[2] / "data" / "reference"

#: The tables give 20 digits.
ROUNDING = mp.mpf(10) ** -18

#: Optima with a proof in the literature: coefficients (constant first) of a polynomial, and the root's place.
#: Schuette and van der Waerden 1951 (7, 8, 9), Danzer 1963 (10, 11), Fejes Toth 1943 (12), Musin and Tarasov (13, 14),
#: Bachoc and Vallentin 2009 (4, 10), Levenshtein and others (sharp codes), de Laat, Leijenhorst and de Muinck Keizer.
_THEOREMS: dict[tuple[int, int], tuple[Sequence[int], float]] = {
    (3, 7): ((1, -3, -9, 3), 0.2101383),
    (3, 8): ((-1, 2, 7), 0.2612038),
    (3, 9): ((-1, 3), 0.3333333),
    (3, 10): ((1, -2, -4, 7), 0.4043940),
    (3, 11): ((-1, 0, 5), 0.4472135),
    (3, 12): ((-1, 0, 5), 0.4472135),
    (3, 13): ((1, -8, -12, 24, 38, 8, -12, -24, 1), 0.5426364),
    (3, 14): ((-1, 0, 3, -2, 4), 0.5639503),
    (3, 24): ((-1, -3, 1, 7), 0.7235),
    (4, 10): ((-1, 6), 0.1666666),
    (4, 24): ((-1, 2), 0.5),
    (4, 120): ((-1, -2, 4), 0.8090169),
    (5, 16): ((-1, 5), 0.2),
    (6, 27): ((-1, 4), 0.25),
    (7, 56): ((-1, 3), 0.3333333),
    (8, 240): ((-1, 2), 0.5),
}

#: What is to be cited for which code, as far as this package cites at all.
CITED = {
    (3, 7): "K. Schuette, B. L. van der Waerden 1951",
    (3, 8): "K. Schuette, B. L. van der Waerden 1951",
    (3, 9): "K. Schuette, B. L. van der Waerden 1951",
    (3, 10): "L. Danzer 1963 (Habilitation; Discrete Math. 60, 1986)",
    (3, 11): "L. Danzer 1963 (Habilitation; Discrete Math. 60, 1986)",
    (3, 12): "L. Fejes Toth 1943",
    (3, 13): "O. R. Musin, A. S. Tarasov 2012",
    (3, 14): "O. R. Musin, A. S. Tarasov 2015",
    (3, 24): "R. M. Robinson 1961",
    (4, 24): "D. de Laat, N. Leijenhorst, W. de Muinck Keizer 2024",
}

#: Antipodal codes: (dim, n_points) -> the square of the largest cosine, as a fraction; cross polytopes are formulas.
_LINES = {
    (3, 8): (1, 9),
    (3, 12): (1, 5),
    (4, 24): (1, 4),
    (5, 20): (1, 9),
    (6, 32): (1, 9),
    (7, 56): (1, 9),
    (8, 240): (1, 4),
}


def optimum(dim: int, n_points: int) -> mp.mpf | None:
    """Return the smallest possible max cosine of n_points points, where it is known."""
    if dim == 2:
        return mp.cos(2 * mp.pi / n_points) if n_points > 2 else mp.mpf(-1)
    if n_points <= dim + 1:
        return mp.mpf(-1) / (n_points - 1)
    if n_points <= 2 * dim:
        return mp.mpf(0)
    if (dim, n_points) not in _THEOREMS:
        return None
    coefficients, place = _THEOREMS[dim, n_points]
    return root_near(coefficients, place)


def root_near(coefficients: Sequence[int], place: float) -> mp.mpf:
    """Return the root of a polynomial, constant term first, by Newton's method."""
    down = list(reversed(coefficients))
    return mp.findroot(lambda x: mp.polyval(down, x), place)


def attained(dim: int, n_points: int, antipodal: bool = False) -> mp.mpf:
    """Return the max cosine of some code of at least n_points points in R^dim that is known to exist.

    A code of more points has subcodes; one in a smaller dimension is one here too.
    """
    if antipodal:
        return _attained_lines(dim, n_points)
    found = [mp.mpf(1)]
    for smaller in range(2, dim + 1):
        formula = optimum(smaller, n_points)
        if formula is not None:
            found.append(formula)
    found += [value for d, n, value in _table() if d <= dim and n >= n_points]
    return min(found)


def _attained_lines(dim: int, n_points: int) -> mp.mpf:
    found = [mp.mpf(1)]
    for smaller in range(2, dim + 1):
        if n_points <= 2 * smaller:
            found.append(mp.mpf(0))
    if n_points <= 2:
        return mp.mpf(-1)
    found.append(mp.cos(mp.pi / ((n_points + 1) // 2)))
    for (d, n), (top, bottom) in _LINES.items():
        if d <= dim and n >= n_points:
            found.append(mp.sqrt(mp.mpf(top) / bottom))
    return min(found)


def most_points(dim: int, cosine: mp.mpf, antipodal: bool = False) -> int:
    """Return the size of some code in R^dim that is known to exist with at most this max cosine."""
    best = 2
    if antipodal:
        if cosine < 0:
            return 2
        best = max(best, 2 * dim, 2 * int(mp.floor(mp.pi / mp.acos(cosine) + mp.mpf(10) ** -60)))
        sizes = [(n, mp.sqrt(mp.mpf(top) / bottom)) for (d, n), (top, bottom) in _LINES.items() if d <= dim]
    else:
        if cosine >= 0:
            best = 2 * dim
        elif cosine > -1:
            best = max(best, min(dim + 1, int(mp.floor(1 - 1 / cosine + mp.mpf(10) ** -60))))
        best = max(best, int(mp.floor(2 * mp.pi / mp.acos(cosine) + mp.mpf(10) ** -60)) if cosine < 1 else 0)
        sizes = [(n, root_near(*theorem)) for (d, n), theorem in _THEOREMS.items() if d <= dim]
        sizes += [(n, value + ROUNDING) for d, n, value in _table() if d <= dim]
    return max([best, *(n for n, value in sizes if value <= cosine)])


@functools.cache
def _table() -> list[tuple[int, int, mp.mpf]]:
    rows = []
    for name in ("best_known.csv", "sharp_and_sdp_optimal_codes.csv"):
        with (_REFERENCE / name).open(newline="") as file:
            for row in csv.DictReader(file):
                rows.append((int(row["dim"]), int(row.get("n") or row["n_points"]), mp.mpf(row[_column(row)])))
    with (_REFERENCE / "kissing_numbers.csv").open(newline="") as file:
        rows += [(int(row["dim"]), int(row["lower"]), mp.mpf(1) / 2) for row in csv.DictReader(file)]
    return rows


def _column(row: dict[str, str]) -> str:
    return next(name for name in row if name.startswith("cos"))
