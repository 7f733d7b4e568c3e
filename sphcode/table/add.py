"""A user's better code: proven, compared with the row, and written into the journal of a campaign."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_choice, check_path, fail
from sphcode.bounds.bound import bound
from sphcode.codes.code import as_code
from sphcode.codes.store import KINDS, Case, Store, shipped
from sphcode.errors import FileFormatError
from sphcode.proofs.bound.check import check_bound
from sphcode.proofs.rounding import read_exact
from sphcode.search.orbits import paired
from sphcode.table.build import write_table
from sphcode.table.journal import FOREIGN, Journal, Record, merged
from sphcode.table.work import claim_of

__all__ = ["Addition", "add", "merge"]

#: A proof may be about the exact code next to the points.
_ROUNDED = 1e-9
#: Rows x and -x are the same line to this.
_SAME_LINE = 1e-12


@dataclass(frozen=True)
class Addition:
    """What a code does for the table.

    Attributes
    ----------
    case : Case
        The row.
    claim : str
        Its proven max cosine, a decimal; smaller is better.
    proof : str
        Level of the proof.
    before : str
        The max cosine of the row so far, empty where there is none.
    improved : bool
        Whether the code is better than the row.
    """

    case: Case
    claim: str
    proof: str
    before: str
    improved: bool


def add(
    code: object, *, folder: str | os.PathLike[str] | None = None, kind: str = "points", found_by: str = "a user's file"
) -> Addition:
    """Prove a code, say what it improves, and with `folder` write it into the campaign there.

    Parameters
    ----------
    code : SphericalCode, result, construction, path or array_like
        The code; with kind "lines" both points of each line.
    folder : path, optional
        A campaign's folder (`build`), whose table is then written anew. Without it the table shipped is compared with.
    kind : {"points", "lines"}
        What the code is.
    found_by : str
        Who found it, for the row.

    Raises
    ------
    InvalidInputError
        If the code is none, or lines are asked for and it is not antipodal.
    """
    kind = check_choice("kind", kind, KINDS)
    points = as_code(code).points
    if kind == "lines":
        points = _lines(points)
    case = Case(kind, points.shape[1], len(points))
    journal = None if folder is None else Journal.read(check_path(folder, "folder"))
    store = shipped() if journal is None else Store(journal.folder)
    row = store.rows.get(case) if (store.folder / "index.csv").exists() else None
    found = claim_of(case, points)
    if row is None:
        found["ceiling"] = dict(bound(case.dim, case.size, antipodal=kind == "lines").certificate)
    better = row is None or read_exact(found["claim"], "claim") < read_exact(row.max_cosine, "max_cosine")
    addition = Addition(case, found["claim"], found["proof"], "" if row is None else row.max_cosine, better)
    if journal is not None and better:
        number = sum(record.foreign.startswith("added") for record in journal.records.values())
        with journal.appending():
            journal.append(
                Record(
                    kind=kind,
                    dim=case.dim,
                    n_points=case.n_points,
                    round=FOREIGN,
                    improved=True,
                    max_cosine=float(found["claim"]),
                    strategy=found_by,
                    status="converged",
                    hits=1,
                    n_starts=0,
                    evaluations=0.0,
                    foreign=f"added {number}",
                    **found,
                )
            )
        write_table(journal)
    return addition


def merge(folder: str | os.PathLike[str], other: str | os.PathLike[str]) -> int:
    """Take the records of another campaign into that of a folder and write its table; return how many were new.

    Where both are one campaign (the same cases, effort and seed), the tasks done by the other count as done; codes of
    another campaign are known before the first round.

    Raises FileFormatError, and leaves the campaign as it was, where a claimed cosine or a ceiling is not proven.
    """
    own, its = (Journal.read(check_path(path, "folder")) for path in (folder, other))
    both = merged(own, its)
    for record in both.records.values():
        if record.key not in own.records:
            _check(record)
    if len(both.records) > len(own.records):
        with own.appending():
            both.rewrite()
    write_table(both)
    return len(both.records) - len(own.records)


def _check(record: Record) -> None:
    """Raise FileFormatError where a record of another campaign says what is not so.

    The level of a code is left to `table check`: its proof takes as long as its search.
    """
    about = f"the record of ({record.dim}, {record.n_points}, {record.kind})"
    rows = record.unpacked()
    if rows is not None and _largest(record.case.whole(rows)) > float(record.claim) + _ROUNDED:
        raise FileFormatError(f"{about} claims a max cosine of {record.claim}, and its points have a larger one")
    if record.ceiling is not None and not check_bound(record.ceiling).accepted:
        raise FileFormatError(f"{about} has a ceiling that is not proven")


def _largest(points: NDArray[np.float64]) -> float:
    """Return the largest cosine of unit rows."""
    return float((points @ points.T - 2.0 * np.eye(len(points))).max())


def _lines(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one point of each line of a code, which must be antipodal."""
    pairs = paired(points) if len(points) % 2 == 0 else None
    if pairs is None or np.abs(pairs[::2] + pairs[1::2]).max() > _SAME_LINE:
        raise fail("code", "antipodal (x and -x) for lines", "a code that is not")
    return pairs[::2]
