"""SearchResult: the code that a search ended with, and how sure one can be of it."""

from __future__ import annotations

import os
import time as clock
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sphcode._deprecated import renamed_field
from sphcode._notebook import Drawn, ball
from sphcode.codes.code import SphericalCode
from sphcode.errors import Status

if TYPE_CHECKING:
    from sphcode.search.polish import Polished


@dataclass(frozen=True)
class SearchResult(Drawn):
    """The outcome of `generate` or `refine`.

    Attributes
    ----------
    code : SphericalCode
        The best code found.
    max_cosine : float
        Its largest cosine; smaller is better.
    status : Status
        formula, converged, effort, time, unpolished or interrupted; `status.message` explains it.
    n_starts : int
        Independent starts made.
    hits : int
        How many of them ended at this max cosine (within 1e-11). Many hits make a better code unlikely, no more. 0
        where the search did not meet a construction or a stored code that is returned.
    kkt_residual : float or None
        Largest violation of the balance of contact forces, in units of their mean; smaller is better. None if
        the code was not polished.
    contact_spread : float or None
        Largest minus smallest cosine of the contacts; smaller is better. None likewise.
    n_contacts : int or None
        Number of pairs that bear a force; None likewise.
    rattlers : tuple of int
        Indices of the points that no contact holds.
    strategy : str
        What found the code: a strategy of the search, "construction NAME" or "stored code".
    effort : float
        Energy evaluations spent.
    elapsed : float
        Seconds.
    """

    code: SphericalCode
    max_cosine: float
    status: Status
    n_starts: int
    hits: int
    kkt_residual: float | None
    contact_spread: float | None
    n_contacts: int | None
    rattlers: tuple[int, ...]
    strategy: str
    effort: float
    elapsed: float

    contacts = renamed_field("n_contacts")

    @property
    def provenance(self) -> dict[str, Any]:
        """How the code came about, as its file says; "returned" tells in a sentence why this one was chosen."""
        return dict(self.code.provenance)

    def _picture(self) -> str:
        return ball(self.points)

    def __repr__(self) -> str:
        return (
            f"SearchResult(dim={self.code.dim}, n_points={self.code.n_points}, max_cosine={self.max_cosine!r}, "
            f"status={self.status.value!r}, hits={self.hits}/{self.n_starts})"
        )

    @property
    def points(self) -> NDArray[np.float64]:
        """The points of the code, shape (n_points, dim)."""
        return self.code.points

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the code, see `SphericalCode.save`."""
        return self.code.save(path)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.points, dtype=dtype, copy=copy)

    def __len__(self) -> int:
        return self.code.n_points

    def __iter__(self) -> Iterator[NDArray[np.float64]]:
        return iter(self.points)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as `sphcode generate --json` prints it, without table row and proof."""
        return {
            "dim": self.code.dim,
            "n_points": self.code.n_points,
            "max_cosine": self.max_cosine,
            "min_angle_deg": self.code.min_angle_deg,
            "one_vs_rest_distance": self.code.one_vs_rest_distance,
            "status": self.status.value,
            "n_starts": self.n_starts,
            "hits": self.hits,
            "kkt_residual": self.kkt_residual,
            "contacts": self.n_contacts,
            "n_contacts": self.n_contacts,
            "rattlers": {"count": len(self.rattlers), "first": list(self.rattlers[:100])},
            "strategy": self.strategy,
            "provenance": self.provenance,
            "elapsed_s": self.elapsed,
        }


def searched(
    polished: Polished, provenance: dict[str, Any], status: Status, started: float, **counts: Any
) -> SearchResult:
    """Return a polished code as the result of a search that began at `started` (`time.perf_counter`)."""
    code = SphericalCode(polished.points, provenance)
    known = len(polished.first) > 0
    return SearchResult(
        code=code,
        max_cosine=code.max_cosine,
        status=status,
        kkt_residual=polished.residual if known else None,
        contact_spread=polished.spread if known else None,
        n_contacts=len(polished.first) if known else None,
        rattlers=polished.rattlers,
        elapsed=clock.perf_counter() - started,
        **counts,
    )
