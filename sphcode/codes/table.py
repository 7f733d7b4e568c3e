"""The best code on record for a dimension and a number of points: of the published values and of the table shipped.

Published values are in data/reference/best_known.csv; the codes of the package, with proofs and ceilings, are rows of
`sphcode.codes.store`. Where both have a value, that of the package stands only if it is better.
"""

from __future__ import annotations

import csv
import re
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from sphcode._notebook import Shown
from sphcode._validate import check_dim, check_n_points
from sphcode.codes.store import Case, Row, shipped

__all__ = ["TableRow", "best_known", "best_known_at_least", "published", "rows"]

#: The day on which the table of the package was written.
TABLE_DATE = "2026-11-30"
#: Rows that are older than the campaign name their command and its day.
_DATED = re.compile(r"(.*) \((\d{4}-\d\d-\d\d)\)")


@dataclass(frozen=True)
class TableRow(Shown):
    """The best value on record for a case.

    Attributes
    ----------
    dim, n_points : int
        The case.
    max_cosine : float
        Largest cosine of the best code on record; smaller is better. `digits` is the same number as it stands
        in the source.
    digits : str
        Decimal digits of the source.
    source : str
        Who found or proved it, and where it was read; "sphcode table: ..." for a code of the package.
    date : str
        The day (ISO) on which the row was taken from its source.
    proven_optimal : bool
        Whether no better code can exist, by a published proof or by that of the package.
    """

    dim: int
    n_points: int
    max_cosine: float
    digits: str
    source: str
    date: str
    proven_optimal: bool

    @property
    def one_vs_rest_distance(self) -> float:
        """One-vs-rest distance `1 - max_cosine` that the code attains; larger is better."""
        return 1.0 - self.max_cosine

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-able dictionary."""
        return asdict(self)


@cache
def published() -> dict[tuple[int, int], TableRow]:
    """Return all published values by (dim, n_points), sorted."""
    text = (files("sphcode.data") / "reference" / "best_known.csv").read_text(encoding="utf-8")
    table = [
        TableRow(
            dim=int(row["dim"]),
            n_points=int(row["n"]),
            max_cosine=float(row["cos_max"]),
            digits=row["cos_max"],
            source=row["source"],
            date=row["as_of"],
            proven_optimal=row["proven_optimal"] == "yes",
        )
        for row in csv.DictReader(text.splitlines())
    ]
    return {(row.dim, row.n_points): row for row in sorted(table, key=lambda row: (row.dim, row.n_points))}


def rows() -> tuple[TableRow, ...]:
    """Return the best value on record of each case, sorted by dimension and number of points."""
    return tuple(_best().values())


@cache
def _best() -> dict[tuple[int, int], TableRow]:
    found = dict(published())
    for case, row in shipped().rows.items():
        listed = row.status not in ("better", "not listed")
        if case.kind == "points" and not listed and (row.optimal or row.searched_long):
            found[case.dim, case.n_points] = _own(row)
    return dict(sorted(found.items()))


def _own(row: Row) -> TableRow:
    """Return a row of the table of the package as the best on record, of its own day where it names one."""
    dated = _DATED.fullmatch(row.found_by)
    name, day = dated.groups() if dated else (row.found_by, TABLE_DATE)
    return TableRow(
        dim=row.dim,
        n_points=row.n_points,
        max_cosine=float(row.max_cosine),
        digits=row.max_cosine,
        source=f"sphcode table: {name}",
        date=day,
        proven_optimal=row.optimal,
    )


def stored_as_good(dim: int, n_points: int) -> bool:
    """Return whether the table of the package has a code as good as the best on record, to the digits of that."""
    row = shipped().rows.get(Case("points", dim, n_points))
    return row is not None and row.status != "worse"


def best_known(dim: int, n_points: int) -> TableRow | None:
    """Return the best value on record for exactly (dim, n_points), or None.

    A published value, with its source, unless the code of the package is better. Where nothing is published, the row of
    the package, if it is proven optimal or was searched for as long as a default search does.

    Parameters
    ----------
    dim, n_points : int
        Both at least 2.

    Examples
    --------
    >>> from sphcode import best_known
    >>> best_known(3, 24).max_cosine
    0.7230784683335085
    >>> best_known(3, 999) is None
    True
    """
    return _best().get((check_dim(dim), check_n_points(n_points)))


def best_known_at_least(dim: int, n_points: int) -> TableRow | None:
    """Return the row in dimension `dim` with at least `n_points` points and the smallest max cosine, or None.

    Any `n_points` of the points of that code form a code at least as good.
    """
    dim, n_points = check_dim(dim), check_n_points(n_points)
    candidates = [row for row in rows() if row.dim == dim and row.n_points >= n_points]
    return min(candidates, key=lambda row: (row.max_cosine, row.n_points), default=None)
