"""The reference table: the best code on record for a dimension and a number of points, with who, when, how proven."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from sphcode._notebook import Shown
from sphcode._validate import check_dim, check_n_points

__all__ = ["TableRow", "best_known", "best_known_at_least", "rows"]


@dataclass(frozen=True)
class TableRow(Shown):
    """One row of the reference table.

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
        Who found or proved it, and where it was read.
    date : str
        The day (ISO) on which the row was taken from its source.
    proven_optimal : bool
        Whether no better code can exist, by a published proof.
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
def rows() -> tuple[TableRow, ...]:
    """Return all rows of the reference table, sorted by dimension and number of points."""
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
    return tuple(sorted(table, key=lambda row: (row.dim, row.n_points)))


def best_known(dim: int, n_points: int) -> TableRow | None:
    """Return the row of the reference table for exactly (dim, n_points), or None.

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
    dim, n_points = check_dim(dim), check_n_points(n_points)
    return next((row for row in rows() if (row.dim, row.n_points) == (dim, n_points)), None)


def best_known_at_least(dim: int, n_points: int) -> TableRow | None:
    """Return the row in dimension `dim` with at least `n_points` points and the smallest max cosine, or None.

    Any `n_points` of the points of that code form a code at least as good.
    """
    dim, n_points = check_dim(dim), check_n_points(n_points)
    candidates = [row for row in rows() if row.dim == dim and row.n_points >= n_points]
    return min(candidates, key=lambda row: (row.max_cosine, row.n_points), default=None)
