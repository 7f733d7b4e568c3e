"""One task of a campaign: search a row, prove what was found, bound what can be."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sphcode._environment import code_version
from sphcode._rng import start_rng
from sphcode.codes.code import SphericalCode
from sphcode.codes.constructions import construct
from sphcode.codes.store import Case
from sphcode.proofs.prove import prove
from sphcode.table.campaign import MOST_SEARCHED, Entry, Task
from sphcode.table.formula import formula_claim
from sphcode.table.journal import Record, packed
from sphcode.table.numbers import DIGITS, proven_cosine

if TYPE_CHECKING:
    from sphcode.search.known import KnownCode
    from sphcode.search.parents import Parent

__all__ = ["claim_of", "one_of_each", "run_task"]

#: Codes of more unknowns are proven to exist, and not to be optima: the balls of a larger system take minutes. Of 30
#: codes of fewer unknowns in 5 to 23 dimensions the longest proof took 32 CPU seconds, (13, 93), 20 took 5 or less.
MOST_PROVEN = 1500
#: What searches call the code that they begin with; the stream of a relaxation among those of the tasks of a search.
_KNOWN, _RELAXING, _FILLING = "known code", 0, 1
#: Where most effort of a search goes to groups and parents, that of a row with a code goes on from codes: the unions of
#: orbits, and what starts find early, are the same in every search of a row.
_FROM_KNOWN = (
    ("exchange", 60.0),
    ("improve", 20.0),
    ("laminated", 60.0),
    ("parents", 5.0),
    *((name, 0.0) for name in ("soft", "medium", "sharp", "slow", "symmetric", "symmetric hop", "hop", "neighbour")),
    ("catalogue", 0.0),
)


def run_task(task: Task) -> Record:
    """Return what a task found; the same for the same task, whoever runs it.

    Raises KeyboardInterrupt where Ctrl-C stopped the search: what it had depends on the moment, and is not recorded.
    """
    began = time.process_time()
    case, known = task.case, task.known
    facts: dict[str, Any] = {
        "kind": case.kind, "dim": case.dim, "n_points": case.n_points, "round": task.round, "improved": False,
        "hits": 0, "n_starts": 0, "evaluations": 0.0, "status": "formula",
    }  # fmt: skip
    if task.with_ceiling:
        from sphcode.bounds.bound import bound

        ceiling = bound(case.dim, case.size, antipodal=case.kind == "lines")
        facts["ceiling"] = dict(ceiling.certificate)
    facts |= _best(task, known)
    return Record(**facts, seconds=time.process_time() - began, version=code_version())


def _best(task: Task, known: Entry | None) -> dict[str, Any]:
    """Return what is to be recorded of the best of a search, the construction and the known code."""
    from sphcode.search.driver import Limits, begin, run_search
    from sphcode.search.known import KnownCode, constructed
    from sphcode.search.plan import default_effort, make_plan
    from sphcode.search.settings import SETTINGS
    from sphcode.table.filled import filled
    from sphcode.table.relaxed import relaxed

    case = task.case
    lines = case.kind == "lines"
    formula = None if lines else constructed(case.dim, case.n_points)
    start: KnownCode | None = None
    if formula is not None and (known is None or formula.max_cosine < known.max_cosine):
        start = formula
    elif known is not None:
        start = KnownCode(_KNOWN, known.max_cosine, known.construction is not None, known.closed, _points_of(known), {})
    if start is not None and (start.proven_optimal or case.size > MOST_SEARCHED):
        if known is not None and start is not formula:
            return {"max_cosine": known.max_cosine, "strategy": known.found_by}
        return _of_construction(case, start, known)
    effort = task.effort * default_effort(case.dim, case.size)
    settings = SETTINGS if known is None else replace(SETTINGS, structured_parts=_FROM_KNOWN)
    plan = make_plan(case.dim, case.size, effort=effort, antipodal=lines, settings=settings)
    stream = np.random.SeedSequence(task.seed, spawn_key=(int(lines), case.dim, case.n_points, task.round))
    parents = tuple(_as_parent(entry, case) for entry in task.parents)
    spent = 0.0
    if known is None or known.derived:
        # The code of a larger row less some points is better where it is relaxed.
        found = relaxed(parents, case.n_points, start_rng(stream, _RELAXING))
        if found is not None:
            code, origin, spent = found
            start = _better(start, origin, code.max_cosine, code.points, plan.settings.same)
    codes, effort = filled(plan, [_as_layer(entry) for entry in task.layers], stream, _FILLING)
    if codes:
        start = _better(start, codes[0].origin, codes[0].max_cosine, codes[0].points, plan.settings.same)
    parents, spent = (*parents, *codes), spent + effort
    best, end = run_search(plan, Limits(stream), 1, None, begin(start, parents))
    if end.interrupted:
        raise KeyboardInterrupt
    rows = one_of_each(best.points) if lines else best.points
    # What counts is the code that is kept: a code of lines has both points of each.
    reached = SphericalCode(_in_pairs(rows)).max_cosine if lines else best.max_cosine
    facts = {
        "status": end.status.value, "n_starts": end.n_starts, "evaluations": end.spent + spent,
        "hits": end.hits.total(), "max_cosine": reached, "strategy": end.strategy,
    }  # fmt: skip
    if end.has_given and formula is not None and start is formula:
        return facts | _of_construction(case, formula, known)
    # A known code that was only polished is better in its last digits at most.
    if known is not None and not reached < known.max_cosine - plan.settings.same:
        if known.derived and known.points is not None:
            # The code of another row is proven as one of this row, once.
            own = {"improved": True, "max_cosine": known.max_cosine, "strategy": known.derived}
            return facts | own | claim_of(case, known.points)
        if known.searches == 0 and known.proof == "exists" and known.points is not None:
            # What came from elsewhere may be no more than that; more is tried once.
            claim = claim_of(case, known.points)
            if claim["proof"] != "exists":
                own = {"improved": True, "max_cosine": known.max_cosine, "strategy": known.found_by}
                return facts | own | claim
        return facts | {"max_cosine": min(reached, known.max_cosine), "strategy": known.found_by}
    if end.strategy == _KNOWN and known is not None:
        facts["strategy"] = known.found_by
    return facts | {"improved": True} | claim_of(case, rows)


def _points_of(entry: Entry) -> Any:
    """Return a function that forms the code of a row, as searches begin with it."""

    def form() -> SphericalCode:
        if entry.points is None:
            return construct(entry.case.dim, entry.case.n_points).code()
        return SphericalCode(_in_pairs(entry.points) if entry.case.kind == "lines" else entry.points)

    return form


def _better(start: KnownCode | None, name: str, cosine: float, points: NDArray[np.float64], same: float) -> KnownCode:
    """Return these points as a known code, or `start` where they are not better."""
    from sphcode.search.known import KnownCode

    if start is not None and cosine >= start.max_cosine - same:
        return start
    return KnownCode(name, cosine, False, False, lambda: SphericalCode(points), {})


def _as_layer(entry: Entry) -> Parent:
    """Return the code of a row in its own dimension as a search of another row takes it."""
    from sphcode.search.parents import Parent

    return Parent(_points_of(entry)().points, entry.max_cosine, f"({entry.case.dim}, {entry.case.n_points})")


def _as_parent(entry: Entry, case: Case) -> Parent:
    """Return a row as a search of another one takes it; one of a dimension less has poles."""
    from sphcode.search.parents import Parent, with_poles

    own = _as_layer(entry)
    if entry.case.dim == case.dim:
        return own
    return Parent(with_poles(own.points), max(0.0, own.max_cosine), f"{own.origin} with poles")


def _of_construction(case: Case, formula: Any, known: Entry | None) -> dict[str, Any]:
    """Return a construction as the best: its name stands for its points."""
    found = {"max_cosine": formula.max_cosine, "strategy": formula.name, "improved": False}
    if known is not None and known.max_cosine <= formula.max_cosine:
        return found
    label = formula.name.removeprefix("construction ")
    return found | _formula_claim(case) | {"improved": True, "construction": label}


def _formula_claim(case: Case) -> dict[str, Any]:
    """Return what can be proven of a construction, of its exact rows where it has them."""
    code = construct(case.dim, case.n_points)
    claimed = formula_claim(code, DIGITS)
    if claimed is not None and (claimed[1] == "optimal" or case.n_points * (case.dim - 1) > MOST_PROVEN):
        return {"claim": claimed[0], "proof": claimed[1]}
    claim = claim_of(case, code.code().points)
    claim.pop("points")
    exact = code.exact_rows()
    if exact is not None:
        claim["claim"] = proven_cosine(exact)
    return claim


def claim_of(case: Case, rows: NDArray[np.float64]) -> dict[str, Any]:
    """Return what can be proven of a code: claim and level, contacts, rattlers, and the points that it holds of.

    rows: unit rows, of lines one each.
    """
    if case.kind == "points" and rows.shape[0] * (rows.shape[1] - 1) <= MOST_PROVEN:
        certificate = prove(rows, DIGITS)
        claim = certificate["claim"]
        # "kkt" says little, and its proof by parts of circuits takes the checker a minute.
        if claim["level"] != "kkt":
            return {
                "claim": claim["max_cosine"],
                "proof": claim["level"],
                "contacts": len(claim["contacts"]) if "contacts" in claim else None,
                "rattlers": len(claim["rattlers"]) if "rattlers" in claim else None,
                "points": packed(np.array(certificate["points"])),
            }
    return {"claim": proven_cosine(case.whole(rows)), "proof": "exists", "points": packed(rows)}


def one_of_each(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one point of each line of an antipodal code."""
    from sphcode.search.orbits import paired

    return paired(points)[::2]


def _in_pairs(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the points of lines in the order x, -x, y, -y, ... of searches."""
    return np.stack([rows, -rows], axis=1).reshape(-1, rows.shape[1])
