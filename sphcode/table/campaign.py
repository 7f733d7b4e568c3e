"""What a campaign does next: the state of its rows, what each promises, the tasks of a round. All of it is pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sphcode.codes.store import Case
from sphcode.codes.table import TableRow
from sphcode.proofs.verdict import LEVELS
from sphcode.search.plan import default_effort
from sphcode.search.settings import SETTINGS
from sphcode.symmetry.codes import expected
from sphcode.table.journal import Record, Settings
from sphcode.table.numbers import against_public, ceiling_value, proven_cosine

__all__ = ["Entry", "Task", "layers", "parents", "promise", "state", "tasks"]

#: Share of the open rows that a round after the first works on, those that promise most. Small, for what a round finds
#: changes what the next is worth; of 1000 rows it still leaves 62 tasks to share out to workers.
SHARE = 1 / 16
#: A row whose code comes from another row has certainly not been searched well: as much as a gain of 1 % of 1 - s.
FROM_ANOTHER = 0.01
#: A better code is public, however little it is better: of no other row is it known that a search can gain. By as much
#: it comes before those whose code comes from another row, until it has had some ten default searches in vain.
IS_PUBLIC = 1.0
#: Its next search takes at least so many default searches: 33 rows stayed worse through two searches of a twentieth or
#: more, (3, 74) and (3, 94) among them, which default searches meet (docs/measurements/search_seeds.csv).
WORSE_EFFORT = 1.0
#: A row that is not there yet gains all of it; a construction that is not searched is listed elsewhere already.
NOT_THERE = 1.0
#: A value that one start of a search has met promises so much; one that h starts have met, 1 / (1 + h) of it. Between
#: searches of the same row, gains of codes met once are of this size (docs/measurements/search_hard.csv).
DOUBT = 1e-3
#: A max cosine is at its ceiling, or that of another record, within so much: what rounding leaves of a code in float64.
ROUNDING = 1e-14
#: The claim of a code is its value, but for rounding and the exact code nearby: a record with a larger one is of a code
#: that is not the row's, as one of (5, 8 lines) was, and brings nothing.
IS_CLAIMED = 1e-9
#: Codes of more points are taken from constructions alone: a search of one start takes minutes.
MOST_SEARCHED = 600
#: A search makes codes from at most so many other rows, as a search keeps itself in 9 dimensions or more.
MOST_PARENTS = SETTINGS.most_parents[True]
#: Codes of one and of two dimensions less that are filled up have at least this share of the points.
LEAST_LAYER = {1: 0.7, 2: 0.55}
#: Their max cosine is at most so far above that of the row, in units of 1 - s: they are to be its equator.
LAYER_WORTH = 0.002
#: A product of two exact rows costs so much of what searches spend in a row on each: 10^10 of them take some seconds.
PAIRS = 1e-5


@dataclass(frozen=True)
class Entry:
    """A row between rounds: the best code known and what was spent on it.

    points: unit rows, for lines one each; None where `construction` names the code. ceiling: certified lower bound on
    the max cosine, None where none is known. derived: how the code comes from another row, empty where it was found
    here.
    """

    case: Case
    max_cosine: float
    points: NDArray[np.float64] | None
    construction: str | None
    claim: str
    proof: str
    found_by: str
    hits: int
    searches: int
    evaluations: float
    contacts: int | None = None
    rattlers: int | None = None
    ceiling: float | None = None
    derived: str = ""

    @property
    def distance(self) -> float:
        """1 - max cosine; larger is better."""
        return 1.0 - self.max_cosine

    @property
    def closed(self) -> bool:
        """Whether no code can be better than in its last digits: its proof says so, or it is at its ceiling."""
        at_ceiling = self.ceiling is not None and self.max_cosine - self.ceiling <= ROUNDING
        return at_ceiling or self.proof in ("optimal", "optimal-cited")


@dataclass(frozen=True)
class Task:
    """A search of one row: from a known code, with so much effort in units of the default effort.

    parents: other rows, whose codes it makes codes from, those that promise most first. layers: rows of fewer
    dimensions, whose codes it fills up.
    """

    case: Case
    round: int
    seed: int
    effort: float
    known: Entry | None = None
    with_ceiling: bool = False
    parents: tuple[Entry, ...] = ()
    layers: tuple[Entry, ...] = ()


def state(records: Iterable[Record], before: int) -> dict[Case, Entry]:
    """Return the rows as they stand before a round, by the records of earlier rounds alone.

    A code less some points is a code, and so is one with a coordinate 0 more: where such a code is better than what was
    found, it is the row, so that the max cosine never falls with N nor rises with d.
    """
    found: dict[Case, Entry] = {}
    for record in sorted(records, key=lambda record: record.key):
        if record.round >= before:
            continue
        old = found.get(record.case)
        found[record.case] = _after(old, record)
    above: Case | None = None
    for case in sorted(found, key=lambda case: (case.kind, case.dim, -case.n_points)):
        if above is not None and (above.kind, above.dim) != (case.kind, case.dim):
            above = None
        for other in filter(None, (above, case._replace(dim=case.dim - 1))):
            source = found.get(other)
            if source is not None and source.max_cosine < found[case].max_cosine and source.points is not None:
                found[case] = _inherited(found[case], source)
        above = case
    return found


def _after(old: Entry | None, record: Record) -> Entry:
    """Return a row after one more search."""
    if record.improved and float(record.claim) > record.max_cosine + IS_CLAIMED:
        record = replace(record, improved=False, max_cosine=float(record.claim))
    searches = (0 if old is None else old.searches) + (record.round >= 0)
    spent = (0.0 if old is None else old.evaluations) + record.evaluations
    ceiling = None if old is None else old.ceiling
    if record.ceiling is not None:
        value = ceiling_value(record.ceiling, record.case)
        ceiling = None if value is None else float(value)
    if old is not None and not _is_better(record, old):
        hits = old.hits + (record.hits if record.max_cosine <= old.max_cosine else 0)
        return replace(old, hits=hits, searches=searches, evaluations=spent, ceiling=ceiling)
    return Entry(
        case=record.case,
        max_cosine=record.max_cosine,
        points=record.unpacked(),
        construction=record.construction,
        claim=record.claim,
        proof=record.proof,
        found_by=record.strategy,
        hits=record.hits,
        searches=searches,
        evaluations=spent,
        contacts=record.contacts,
        rattlers=record.rattlers,
        ceiling=ceiling,
    )


def _is_better(record: Record, old: Entry) -> bool:
    """Return whether a record has a better code than a row, or as good a one with a stronger proof."""
    if not record.improved or record.max_cosine > old.max_cosine + ROUNDING:
        return False
    stronger = LEVELS.index(record.proof or "none") - LEVELS.index(old.proof or "none")
    if record.max_cosine < old.max_cosine - ROUNDING or stronger == 0:
        return record.max_cosine < old.max_cosine
    return stronger > 0


def _inherited(entry: Entry, source: Entry) -> Entry:
    """Return a row that takes the code of more points, or of one dimension less; of its proof only this is left.

    A claim to exist is about the points themselves, and holds. One with contacts is about an exact code near them.
    """
    assert source.points is not None
    case, other = entry.case, source.case
    holds = source.proof == "exists" and source.contacts is None
    if other.dim == case.dim:
        derived = f"{case.n_points} of the {other.n_points} points of that row"
        points = source.points[: case.n_points]
    else:
        derived = f"the points of the row in {other.dim} dimensions"
        points = np.hstack([source.points, np.zeros((case.n_points, 1))])
    return replace(
        entry,
        max_cosine=source.max_cosine,
        points=points,
        construction=None,
        claim=source.claim if holds else proven_cosine(case.whole(points)),
        proof="exists",
        found_by=source.derived or derived,
        derived=derived,
        hits=0,
        contacts=None,
        rattlers=None,
    )


def promise(case: Case, rows: Mapping[Case, Entry], public: Mapping[Case, TableRow], unit: float = 1.0) -> float:
    """Return the gain in 1 - s that another search of a row may bring, over the effort that it will take; 0: none.

    A row that is not there comes first. Then four signs: a public value is better; the code comes from another row; few
    starts have met it; and neighbours in N suggest more than these met (1 - s falls about geometrically, but for jumps,
    as at 2 d + 1 points). unit: effort of the first search, in default searches.
    """
    entry, known = rows.get(case), public.get(case)
    if entry is None:
        return (NOT_THERE if case.size <= MOST_SEARCHED else DOUBT) / unit
    if entry.closed and entry.ceiling is not None:
        return 0.0
    gain = DOUBT / (1.0 + entry.hits)
    if entry.derived:
        gain += FROM_ANOTHER
    if known is not None and _is_worse(entry, known):
        gain += IS_PUBLIC + max(0.0, (1.0 - known.max_cosine) / entry.distance - 1.0)
    below, above = (rows.get(case._replace(n_points=case.n_points + step)) for step in (-1, 1))
    if below is not None and above is not None:
        slack = math.sqrt(below.distance * above.distance) / entry.distance - 1.0
        gain += max(0.0, slack) / (1.0 + entry.hits)
    return gain / next_effort(entry, known, unit)


def next_effort(entry: Entry | None, known: TableRow | None, unit: float) -> float:
    """Return the effort of the next search of a row, in default searches: as much as was spent on it so far.

    What is met rarely is met late, so that each search doubles what was spent; the first takes `unit`. A row that is
    worse than the public value, `known`, takes WORSE_EFFORT at least.
    """
    if entry is None:
        return unit
    least = unit if known is None or not _is_worse(entry, known) else max(unit, WORSE_EFFORT)
    return max(least, entry.evaluations / default_effort(entry.case.dim, entry.case.size))


def _is_worse(entry: Entry, known: TableRow) -> bool:
    """Return whether the public value of a row is better than the row, by more than its last digit."""
    return against_public(entry.claim, known) == "worse"


def _cost(case: Case) -> tuple[float, Case]:
    """Return an order by the cost of a search, or of all pairs of a code that is not searched: the dear ones last."""
    return case.size**2 * case.dim * (1.0 if case.size <= MOST_SEARCHED else PAIRS), case


def _own(cases: Iterable[Case], rows: Mapping[Case, Entry]) -> list[Entry]:
    """Return the rows of these cases that are there, but for those whose code is that of another row."""
    return [entry for case in cases if (entry := rows.get(case)) is not None and not entry.derived]


def parents(case: Case, rows: Mapping[Case, Entry]) -> tuple[Entry, ...]:
    """Return the rows that a search makes codes from: near in N, or of two points and one dimension less, for poles."""
    if case.kind == "lines" or case.size > MOST_SEARCHED:
        return ()
    reach = int(SETTINGS.parent_reach * case.n_points)
    near = [case._replace(n_points=case.n_points + step) for step in range(-reach, reach + 1) if step]
    near.append(case._replace(dim=case.dim - 1, n_points=case.n_points - 2))

    def worth(entry: Entry) -> float:
        poles = case.dim - entry.case.dim
        cosine = max(0.0, entry.max_cosine) if poles else entry.max_cosine
        return expected(cosine, entry.case.n_points + 2 * poles, case.n_points, case.dim)

    return tuple(sorted(_own(near, rows), key=lambda entry: (worth(entry), entry.case))[:MOST_PARENTS])


def layers(case: Case, rows: Mapping[Case, Entry]) -> tuple[Entry, ...]:
    """Return the rows of one or two dimensions less that may be the equator of a code better than the row."""
    if case.kind == "lines" or case.size > MOST_SEARCHED:
        return ()
    own = rows.get(case)
    most = np.inf if own is None else own.max_cosine + LAYER_WORTH * own.distance
    equators = (
        case._replace(dim=case.dim - less, n_points=size)
        for less, share in LEAST_LAYER.items()
        for size in range(math.ceil(share * case.n_points), case.n_points + 1)
    )
    return tuple(entry for entry in _own(equators, rows) if entry.max_cosine <= most)


def tasks(
    settings: Settings, rows: Mapping[Case, Entry], round_index: int, public: Mapping[Case, TableRow]
) -> list[Task]:
    """Return the tasks of a round, in the order of their worth, which matters to a campaign that ends early.

    The first round searches every row: those that have a public value before the others, the cheap before the dear.
    Later ones search the rows that promise most; so does the first one of a campaign that begins with known rows.
    """
    unit = settings.effort
    if round_index == 0 and not settings.from_shipped:
        chosen = sorted(settings.cases, key=lambda case: (case not in public, _cost(case)))
        efforts = dict.fromkeys(chosen, unit)
    else:
        promises = {case: promise(case, rows, public, unit) for case in settings.cases}
        left = [case for case, value in promises.items() if value > 0.0]
        chosen = sorted(left, key=lambda case: (-promises[case], _cost(case)))[: math.ceil(SHARE * len(left))]
        efforts = {case: next_effort(rows.get(case), public.get(case), unit) for case in chosen}
    return [
        Task(
            case, round_index, settings.seed, efforts[case], known, known is None or known.ceiling is None,
            parents(case, rows), layers(case, rows),
        )
        for case in chosen
        for known in (rows.get(case),)
    ]  # fmt: skip
