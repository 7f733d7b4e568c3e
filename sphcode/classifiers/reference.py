"""The code that a head is held against: the best one at hand, named for what it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sphcode._notebook import Shown
from sphcode._progress import ProgressCallback
from sphcode.codes.code import SphericalCode

#: Numbers n_points * dim up to which a search is made without being asked for.
SEARCH_SIZE = 20_000
#: Effort of that search in coordinate pairs: its evaluations are this over `n_points**2 * dim`, within limits.
SEARCH_WORK = 2e8
LEAST_EVALUATIONS, MOST_EVALUATIONS = 200, 100_000
#: A candidate replaces an earlier one only when it is better by more than rounding.
BETTER = 1e-9


@dataclass(frozen=True, eq=False)
class Reference(Shown):
    """The code that a head is held against.

    Attributes
    ----------
    one_vs_rest_distance : float
        Minimum one-vs-rest distance that the code attains, `1 - max_cosine`; larger is better.
    kind : str
        "table", "construction", "search", "midpoint" (made from the head itself) or "given".
    source : str
        How to call it: "best known (source, date)" for a row of the reference table only, else
        "best available (source)", or "given code (file)".
    code : SphericalCode or None
        The points, where they are at hand.
    """

    one_vs_rest_distance: float
    kind: str
    source: str
    code: SphericalCode | None = None

    @property
    def label(self) -> str:
        """Best known, best available or given."""
        return {"table": "best known", "given": "given code"}.get(self.kind, "best available")

    def __repr__(self) -> str:
        return f"Reference({self.one_vs_rest_distance:.9g}, {self.source!r})"

    def to_dict(self) -> dict[str, Any]:
        """Return the facts about the reference, without its points."""
        return {"one_vs_rest_distance": self.one_vs_rest_distance, "kind": self.kind, "source": self.source}


def choose_reference(
    dim: int,
    n_points: int,
    *,
    own: SphericalCode | None = None,
    ceiling: float = 2.0,
    search: bool = False,
    rng: Any = 0,
    progress: ProgressCallback | None = None,
) -> Reference | None:
    """Return the best code at hand with at least `n_points` points in dimension `dim`.

    Candidates in this order, a later one wins only if it is better: a row of the reference table with at least
    `n_points` points; a construction; a seeded search of fixed effort; `own`, the midpoint code of the head. The search
    is made when `n_points * dim` is at most 20,000 and the table has no row for exactly this case (its rows come from
    far longer searches), or when `search` asks for it. A candidate that reaches `ceiling`, a proven upper bound on
    the one-vs-rest distance, ends the choice. None if there is no candidate.
    """
    from sphcode.codes.table import best_known

    best = _better(_table_row(dim, n_points), _construction(dim, n_points))
    worthwhile = n_points * dim <= SEARCH_SIZE and best_known(dim, n_points) is None
    if (search or worthwhile) and not _reaches(best, ceiling):
        best = _better(best, _search(dim, n_points, rng, progress))
    if own is not None and not _reaches(best, ceiling):
        best = _better(
            best, Reference(own.one_vs_rest_distance, "midpoint", "best available (midpoint code of this head)", own)
        )
    return best


def _reaches(reference: Reference | None, ceiling: float) -> bool:
    return reference is not None and reference.one_vs_rest_distance >= ceiling - BETTER


def _better(first: Reference | None, second: Reference | None) -> Reference | None:
    """Return the better one, `first` on a tie, which then takes over the points of `second` where it has none."""
    if first is None or second is None:
        return first or second
    gain = second.one_vs_rest_distance - first.one_vs_rest_distance
    if gain > BETTER:
        return second
    return replace(first, code=second.code) if first.code is None and gain > -BETTER else first


def _table_row(dim: int, n_points: int) -> Reference | None:
    from sphcode.codes.stored import stored_code, stored_sizes
    from sphcode.codes.table import best_known_at_least, stored_as_good

    row = best_known_at_least(dim, n_points)
    if row is None:
        return None
    size = "" if row.n_points == n_points else f"{row.n_points} points, "
    held = (dim, row.n_points) in stored_sizes() and stored_as_good(dim, row.n_points)
    code = stored_code(dim, row.n_points) if held else None
    return Reference(row.one_vs_rest_distance, "table", f"best known ({size}{row.source}, {row.date})", code)


def _construction(dim: int, n_points: int) -> Reference | None:
    from sphcode.codes.constructions import construct
    from sphcode.errors import SphcodeError

    try:
        found = construct(dim, n_points)
    except SphcodeError:
        return None
    code = found.code() if n_points * dim <= SEARCH_SIZE else None
    return Reference(1.0 - found.max_cosine, "construction", f"best available (construction {found.name})", code)


@cache
def _search(dim: int, n_points: int, seed: Any, progress: ProgressCallback | None) -> Reference:
    """Search once per case: the checkpoints of one training run share it."""
    from sphcode.search.generate import generate

    effort = min(max(SEARCH_WORK / (n_points**2 * dim), LEAST_EVALUATIONS), MOST_EVALUATIONS)
    code = generate(dim, n_points, effort=effort, rng=seed, constructions=False, progress=progress).code
    return Reference(code.one_vs_rest_distance, "search", f"best available (search, seed {seed})", code)
