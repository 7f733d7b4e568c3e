"""Build a table: rounds of tasks shared out to workers, each result in the journal before the next, then the files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from flint import fmpq

from sphcode._progress import Progress, ProgressCallback
from sphcode._validate import check_callable, check_flag, check_int, check_path, check_real, fail
from sphcode._workers import Workers, check_workers, mapper
from sphcode.bounds.proven import method
from sphcode.bounds.questions import CosineQuestion
from sphcode.bounds.stored import stored_cosine
from sphcode.codes.store import Case, Row, Store, shipped, write_store
from sphcode.proofs.bound.kinds import theorem
from sphcode.table.campaign import Entry, state, tasks
from sphcode.table.journal import FOREIGN, Journal, Record, Settings, packed
from sphcode.table.numbers import ceiling_value, derived, public_facts, public_row
from sphcode.table.work import run_task

__all__ = ["build", "cases_of", "table_row", "write_table"]

#: The most rounds of one campaign.
MOST_ROUNDS = 1000


def cases_of(dims: Iterable[int], points: Iterable[int] = (), lines: Iterable[int] = ()) -> tuple[Case, ...]:
    """Return the cases of a campaign, sorted: every dimension with every number of points, and of lines."""
    dims = [check_int("dims", dim, minimum=2, maximum=10**4) for dim in dims]
    sizes = {"points": points, "lines": lines}
    return tuple(
        sorted(
            {
                Case(kind, dim, check_int(kind, size, minimum=2, maximum=10**6))
                for kind, wanted in sizes.items()
                for size in wanted
                for dim in dims
            }
        )
    )


def build(
    folder: str | os.PathLike[str],
    cases: Iterable[Case],
    *,
    effort: float = 1.0,
    rounds: int = 1,
    rng: int = 0,
    workers: Workers = 1,
    from_shipped: bool = False,
    progress: ProgressCallback | None = None,
) -> Store:
    """Build the table of some cases in a folder, or go on with the one that is there.

    Every task (one search of one row, with its proof and its ceiling) is a line of `journal.jsonl`, forced to the disk
    when it ends: a kill loses the tasks that were running. The same arguments give the same table, for any number of
    workers and of interruptions.

    Parameters
    ----------
    folder : path
        Holds the journal and the table; made where it is not there.
    cases : iterable of Case
        The rows, see `cases_of`.
    effort : float
        Effort of the first round for a row, in units of the default effort of `generate`.
    rounds : int
        The first searches every row; each later one the 1/16 that promises most, each with as much effort as was spent
        on it so far. 0: write the table of what is known.
    rng : int
        Seed; each task has its own stream, by kind, dimension, number of points and round.
    workers : int, Executor or callable
        As in `generate`: processes, an executor (of Dask, say), or a function called as `map` is.
    from_shipped : bool
        Begin with the rows of the table that comes with the package, in place of nothing; then the first round is as
        the later ones.
    progress : callable, optional
        Receives a Progress event after each task.

    Returns
    -------
    Store
        The table, written to the folder.

    Raises
    ------
    InvalidInputError
        If an argument is out of range, or the folder holds another campaign.
    WriteError
        If the folder cannot be written; the journal holds what was finished.
    KeyboardInterrupt
        On Ctrl-C; the journal holds what was finished, and the same call goes on.
    """
    path, workers = check_path(folder, "folder"), check_workers(workers)
    effort = check_real("effort", effort, low=0, open_low=True)
    rounds = check_int("rounds", rounds, minimum=0, maximum=MOST_ROUNDS)
    check_callable("progress", progress)
    chosen = tuple(sorted(set(cases)))
    if not chosen:
        raise fail("cases", "at least one case", "none")
    seed = check_int("rng", rng, minimum=0, maximum=2**128 - 1)
    journal = Journal.start(path, Settings(chosen, effort, seed, check_flag("from_shipped", from_shipped)))
    public = {case: row for case in chosen if (row := public_row(case)) is not None}
    with journal.appending(), mapper(workers) as run:
        # Once searches have begun, another table that ships meanwhile is not taken in.
        if from_shipped and all(record.round < 0 for record in journal.records.values()):
            for record in _shipped_records(chosen):
                journal.append(record)
        for round_index in range(rounds):
            rows = state(journal.records.values(), round_index)
            planned = tasks(journal.settings, rows, round_index, public)
            finished = {record.case for record in journal.records.values() if record.round == round_index}
            left = [task for task in planned if task.case not in finished]
            for count, record in enumerate(run(run_task, left), len(planned) - len(left) + 1):
                journal.append(record)
                if progress is not None:
                    progress(Progress(f"round {round_index + 1} of {rounds}", count, len(planned)))
    return write_table(journal)


def _shipped_records(cases: Iterable[Case]) -> Iterable[Record]:
    """Yield the rows of the shipped table as records known before the first round."""
    store = shipped()
    for case in cases:
        row = store.rows.get(case)
        if row is None:
            continue
        points = store.points(case)
        yield Record(
            kind=case.kind, dim=case.dim, n_points=case.n_points, round=FOREIGN, improved=True,
            max_cosine=float(row.max_cosine), strategy=row.found_by, status="formula", hits=1, n_starts=0,
            evaluations=float(row.evaluations), construction=row.construction,
            points=None if points is None else packed(points), claim=row.max_cosine, proof=row.proof,
            contacts=int(row.contacts) if row.contacts else None,
            rattlers=int(row.rattlers) if row.rattlers else None, ceiling=store.ceiling(case), foreign="shipped",
        )  # fmt: skip


def write_table(journal: Journal) -> Store:
    """Write the table of a journal as it stands."""
    entries = state(journal.records.values(), MOST_ROUNDS + 1)
    recorded: dict[Case, list[Mapping[str, Any]]] = {}
    for record in journal.records.values():
        if record.ceiling is not None and record.case in entries:
            recorded.setdefault(record.case, []).append(record.ceiling)
    ceilings = {case: strongest(case, certificates) for case, certificates in recorded.items()}
    rows = [table_row(entry, ceilings.get(case)) for case, entry in entries.items()]
    points = {case: entry.points for case, entry in entries.items() if entry.points is not None}
    return write_store(journal.folder, rows, points, ceilings)


def strongest(case: Case, certificates: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the certificate that says most of a case: of some, and of what comes with the package, perhaps since then.

    Three-point certificates, which may be of low degree, are compared with the theorems too.
    """
    lines = case.kind == "lines"
    values = [(ceiling_value(certificate, case) or fmpq(-1), certificate) for certificate in certificates]
    value, best = max(values, key=lambda pair: pair[0])
    stored = stored_cosine(case.dim, case.size, antipodal=lines, above=value)
    others = [] if stored is None else [stored]
    if method(best) == "three-point":
        others += CosineQuestion(case.dim, case.size, lines).closed_forms
    strongest = max(others, key=lambda proven: proven.value, default=None)
    return best if strongest is None or strongest.value <= value else strongest.certificate


def table_row(entry: Entry, certificate: Mapping[str, Any] | None) -> Row:
    """Return a row of the table: every number follows from claim, certificate and public value."""
    case = entry.case
    numbers = derived(entry.claim, ceiling_value(certificate, case))
    found_by = entry.found_by
    if entry.construction is not None:
        found_by = f"construction {entry.construction}"
    elif entry.derived:
        found_by = entry.derived
    return Row(
        dim=case.dim,
        n_points=case.n_points,
        kind=case.kind,
        max_cosine=entry.claim,
        rattlers="" if entry.rattlers is None else str(entry.rattlers),
        contacts="" if entry.contacts is None else str(entry.contacts),
        proof=entry.proof,
        ceiling_theorem="" if certificate is None else theorem(certificate)[0],
        found_by=found_by,
        evaluations=str(round(entry.evaluations)),
        **numbers,
        **public_facts(entry.claim, case),
    )
