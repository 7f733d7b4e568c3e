"""The literature layer: published theorems about (dim, n_points), cited and never mixed with what is computed here."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Any

from sphcode.codes.table import published

__all__ = ["cited_cosine", "cited_n_points"]


@cache
def _read(name: str) -> tuple[dict[str, str], ...]:
    text = (files("sphcode.data") / "reference" / name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def _theorems(dim: int) -> tuple[tuple[int, float, str, str], ...]:
    """Return (n, cosine, statement, source) of all published proofs that n points have max cosine >= cosine."""
    found = [
        (row.n_points, row.max_cosine, f"{row.n_points} points: optimal cosine {row.max_cosine:.12g}", row.source)
        for row in published().values()
        if row.dim == dim and row.proven_optimal
    ]
    for entry in _read("published_fixed_n_bounds.csv"):
        if int(entry["dim"]) == dim and entry["status"].split(",")[0] == "proved":
            n, cosine = int(entry["n"]), float(entry["cos_lower"])
            found.append((n, cosine, f"{n} points: {entry['kind']}, cosine {cosine:.12g}", entry["source"]))
    for entry in _read("kissing_numbers.csv"):
        if int(entry["dim"]) == dim and entry["upper"]:
            most = int(entry["upper"])
            found.append((most + 1, 0.5, f"the kissing number is at most {most}", entry["upper_source"]))
    return tuple(found)


def cited_cosine(dim: int, n_points: int) -> dict[str, Any] | None:
    """Return the strongest published lower bound on the max cosine of n_points points, from proofs for n <= n_points.

    The value is the decimal of the source, to its digits.
    """
    usable = [theorem for theorem in _theorems(dim) if theorem[0] <= n_points]
    if not usable:
        return None
    _, cosine, statement, source = max(usable, key=lambda theorem: (theorem[1], theorem[0]))
    return {"max_cosine_lower_bound": cosine, "statement": statement, "source": source}


def cited_n_points(dim: int, cosine: float) -> dict[str, Any] | None:
    """Return the strongest published upper bound on the number of points of a code with max cosine <= `cosine`."""
    usable = [theorem for theorem in _theorems(dim) if theorem[1] > cosine]
    kissing = [theorem for theorem in _theorems(dim) if theorem[1] == cosine == 0.5 and "kissing" in theorem[2]]
    if not usable + kissing:
        return None
    n, _, statement, source = min(usable + kissing, key=lambda theorem: theorem[0])
    return {"n_points_upper_bound": n - 1, "statement": statement, "source": source}
