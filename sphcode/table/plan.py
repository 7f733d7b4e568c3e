"""The rows of the table that comes with the package: what its campaign is about."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from importlib.resources import files

from sphcode.codes.store import Case

__all__ = ["planned_cases"]

#: Every number of points from 4 (of lines from 2) up to so many, by dimension. In 9 to 17 dimensions published lists
#: have most of their rows up to 100 points, and codes of neighbouring sizes come from each other.
_POINTS = {
    3: 130,
    **dict.fromkeys(range(4, 9), 64),
    **dict.fromkeys(range(9, 18), 100),
    **dict.fromkeys(range(18, 25), 48),
}
_LINES = dict.fromkeys(range(3, 9), 32)
#: Published rows and codes of group orbits are searched up to so many points, others are constructions.
_MOST_SEARCHED = 130
#: In three dimensions also sizes that tables list, and those of icosahedral symmetry (orbits of 12, 20, 30 and 60).
_LARGER_3 = (144, 150, 200)
_ICOSAHEDRAL = (0, 12, 20, 30, 32, 42, 50, 62)
_LARGEST_3 = 500
#: Unions of orbits of groups that no public table has (docs/symmetry.md).
_ORBITS = (
    (8, 70), (8, 72), (9, 84), (9, 96), (10, 77), (10, 98), (10, 108), (10, 192), (11, 88), (11, 144), (11, 156),
    (12, 124), (13, 104), (14, 112), (15, 85), (15, 128), (16, 72), (16, 84), (18, 69), (20, 81),
)  # fmt: skip
#: Kissing configurations that are no longer the best, and the best with a formula; sizes of a paper's figures.
_OTHERS = ((11, 582), (12, 840), (10, 100), (10, 200), (20, 100), (20, 200), (30, 100), (30, 200))
#: Exact rows of more dimensions take the checker minutes: their span is found in whole numbers.
_MOST_DIM, _MOST_SHARP_DIM = 24, 60


def planned_cases() -> tuple[Case, ...]:
    """Return the rows of the shipped table, sorted.

    Examples
    --------
    >>> from sphcode.table.plan import planned_cases
    >>> len(planned_cases()) > 1000
    True
    """
    cases = {Case("points", dim, n) for dim, most in _POINTS.items() for n in range(4, most + 1)}
    cases |= {Case("lines", dim, n) for dim, most in _LINES.items() for n in range(2, most + 1)}
    larger = (60 * k + size for k in range(_LARGEST_3 // 60 + 1) for size in _ICOSAHEDRAL)
    cases |= {Case("points", 3, n) for n in (*_LARGER_3, *larger) if _POINTS[3] < n <= _LARGEST_3}
    cases |= {Case("points", dim, n) for dim, n in (*_ORBITS, *_OTHERS, *_published()) if dim >= 3 and n >= 4}
    return tuple(sorted(cases))


def _published() -> Iterator[tuple[int, int]]:
    """Yield the published cases that can be searched, or for which a formula gives what is published."""
    for row in _read("best_known.csv"):
        dim, n_points = int(row["dim"]), int(row["n"])
        if dim <= _MOST_DIM and (n_points <= _MOST_SEARCHED or _by_formula(dim, n_points, float(row["cos_max"]))):
            yield dim, n_points
    for row in _read("sharp_and_sdp_optimal_codes.csv"):
        dim, n_points = int(row["dim"]), int(row["n"])
        if dim <= _MOST_SHARP_DIM and _by_formula(dim, n_points, float(row["cos_max"])):
            yield dim, n_points
    for row in _read("kissing_numbers.csv"):
        dim, n_points = int(row["dim"]), int(row["lower"])
        if 3 <= dim <= _MOST_DIM and _by_formula(dim, n_points, 0.5):
            yield dim, n_points


def _read(name: str) -> csv.DictReader[str]:
    text = (files("sphcode.data") / "reference" / name).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


def _by_formula(dim: int, n_points: int, cosine: float) -> bool:
    """Return whether a construction is as good as this cosine, with the exact rows that large codes need."""
    from sphcode.codes.constructions import construct

    try:
        found = construct(dim, n_points)
    except LookupError:
        return False
    return found.integer_rows is not None and found.max_cosine <= cosine + 1e-12
