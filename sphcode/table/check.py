"""Check a table with the checker of proofs alone: every row's code, ceiling and numbers; numpy and python-flint do."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.codes.store import Case, Row, Store
from sphcode.errors import SphcodeError
from sphcode.proofs.bound.check import check_bound
from sphcode.proofs.bound.kinds import theorem
from sphcode.proofs.code.check import CONTACT_TOLERANCES
from sphcode.proofs.code.contacts import find_contacts, find_rattlers
from sphcode.proofs.rounding import read_exact
from sphcode.proofs.schemas import CODE_SCHEMA
from sphcode.proofs.verdict import LEVELS
from sphcode.proofs.verify import verify
from sphcode.table.formula import formula_claim
from sphcode.table.numbers import ceiling_value, derived, public_facts

__all__ = ["NOT_EXAMINED", "RowVerdict", "check_rows", "violations"]

#: Columns that say where a row comes from: nothing proves them.
NOT_EXAMINED = ("found_by", "evaluations")
#: Rows of this norm, but for so much, are unit rows.
_UNIT = 1e-6
#: The cosine of an exact code and that of its points in float64 differ by less.
_ROUNDING = 1e-15


@dataclass(frozen=True)
class RowVerdict:
    """What the checker says about a row: `failed` names what is not proven, empty where all of it is."""

    case: Case
    failed: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        """Whether every statement of the row is proven."""
        return not self.failed


def check_rows(
    store: Store, cases: Iterable[Case] | None = None, each: Callable[[RowVerdict], Any] | None = None
) -> list[RowVerdict]:
    """Check rows of a table, all without `cases`; `each` is called with every verdict as it comes.

    Raises
    ------
    FileFormatError
        If a file of the table is malformed.
    """
    verdicts = []
    for case in store.rows if cases is None else cases:
        verdict = RowVerdict(case, tuple(_failures(store, store.rows[case])))
        verdicts.append(verdict)
        if each is not None:
            each(verdict)
    return verdicts


def _failures(store: Store, row: Row) -> Iterator[str]:
    """Yield what of a row is not proven."""
    try:
        yield from _code_failures(store, row)
    except SphcodeError as error:
        yield f"the code: {error}"
    try:
        certificate = store.ceiling(row.case)
        if certificate is None:
            yield "the ceiling: there is no certificate"
            return
        verdict = check_bound(certificate)
        value = ceiling_value(certificate, row.case) if verdict.accepted else None
    except SphcodeError as error:
        yield f"the ceiling: {error}"
        return
    if value is None or not _about(certificate, row):
        yield f"the ceiling: {verdict.reason if not verdict.accepted else 'the certificate is about other codes'}"
        return
    try:
        expected = derived(row.max_cosine, value) | {"ceiling_theorem": theorem(certificate)[0]}
        expected |= public_facts(row.max_cosine, row.case)
    except SphcodeError as error:
        yield f"the numbers: {error}"
        return
    wrong = [name for name, text in expected.items() if getattr(row, name) != text]
    if wrong:
        yield f"the numbers: {', '.join(wrong)} do not follow from claim, certificate and public value"


def _about(certificate: Mapping[str, Any], row: Row) -> bool:
    """Return whether an accepted certificate is about the codes of a row; what holds in more dimensions, does in it."""
    return certificate["dim"] >= row.dim and (row.kind == "lines" or not certificate.get("antipodal", False))


def _code_failures(store: Store, row: Row) -> Iterator[str]:
    """Yield what is not proven of the code of a row."""
    counted = bool(row.contacts or row.rattlers)
    if row.construction is not None:
        from sphcode.codes.constructions import construct

        found = construct(row.dim, row.n_points)
        if found.label != row.construction:
            yield f"the code: construct({row.dim}, {row.n_points}) is {found.label}"
            return
        formula = formula_claim(found, len(row.max_cosine.partition(".")[2]))
        if formula is not None and formula[1] == row.proof and not counted:
            proven, claimed = (read_exact(text, "max_cosine") for text in (formula[0], row.max_cosine))
            # A level is that of the code: its cosine is the one that is said to have it.
            if proven > claimed or (row.proof == "optimal" and proven != claimed):
                yield f"the code: max cosine <= {row.max_cosine}, it is {formula[0]}"
            return
        exact = found.exact_rows()
        floats = np.asarray(found.code().points)
        points: Any = floats if exact is None else exact
        rows = points.tolist() if isinstance(points, np.ndarray) else points
    else:
        stored = store.points(row.case)
        if stored is None:
            yield "the code: its points are not stored"
            return
        floats = row.case.whole(stored)
        rows = floats.tolist()
    claim: dict[str, Any] = {"max_cosine": row.max_cosine}
    if row.proof != "exists":
        claim["level"] = row.proof
    # Of other rows the verdict says what they are.
    if counted and (np.abs(np.linalg.norm(floats, axis=1) - 1) < _UNIT).all():
        counts = _counted(row, floats)
        if counts is None:
            yield "the code: its contacts and rattlers are not so many"
            return
        claim |= counts
    source = {"schema": CODE_SCHEMA, "dim": row.dim, "n_points": row.case.size, "claim": claim, "points": rows}
    verdict = verify(source)
    if not verdict.accepted or LEVELS.index(verdict.level) < LEVELS.index(row.proof):
        yield f"the code: {verdict.reason}"


def _counted(row: Row, points: NDArray[np.float64]) -> dict[str, list[Any]] | None:
    """Return contacts and rattlers, to be proven, that are as many as a row says; None where a code has not so many.

    Contacts are those of one of the tolerances that the prover tries. Rattlers are the points that these do not hold,
    whose pairs are none then, or those without any; or there are none.
    """
    everyone = np.arange(len(points))
    for tolerance in CONTACT_TOLERANCES:
        contacts = find_contacts(points, tolerance)
        if contacts is None:
            return None
        loose = find_rattlers(len(points), points.shape[1], contacts)
        held = contacts[~np.isin(contacts, loose).any(axis=1)]
        for pairs, free in ((held, loose), (contacts, []), (contacts, np.setdiff1d(everyone, contacts).tolist())):
            counts = {"contacts": pairs.tolist(), "rattlers": [{"point": i, "clearance": 0.0} for i in free]}
            if all(getattr(row, name) in ("", str(len(items))) for name, items in counts.items()):
                return {name: items for name, items in counts.items() if getattr(row, name)}
    return None


def violations(store: Store) -> list[str]:
    """Return where rows contradict each other: each is work that a campaign can do, none is a false row.

    A code less some points, or in one more dimension, is a code: the max cosine cannot fall with N nor rise with d, but
    for what rounding leaves of a code in float64.
    """
    found = []
    above = {case: other for case, other in itertools.pairwise(sorted(store.rows)) if case[:2] == other[:2]}
    for case, row in store.rows.items():
        below = case._replace(dim=case.dim - 1)
        fewer, flat = f"{case.n_points} points of {{}} are better", "{} with a coordinate 0 is better"
        for other, text in ((above.get(case), fewer), (below, flat)):
            better = None if other is None else store.rows.get(other)
            if better is not None and float(better.max_cosine) < float(row.max_cosine) - _ROUNDING:
                found.append(f"{_name(case)}: {text.format(_name(better.case))}")
    return found


def _name(case: Case) -> str:
    return f"({case.dim}, {case.n_points}{' lines' if case.kind == 'lines' else ''})"
