"""The journal of a campaign: one finished task a line, appended and forced to the disk, never changed."""

from __future__ import annotations

import base64
import json
import math
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sphcode._files import fcntl, reading, write_atomically
from sphcode._validate import fail, shown
from sphcode.codes.store import KINDS, Case
from sphcode.errors import FileFormatError, WriteError
from sphcode.proofs.rounding import read_exact
from sphcode.proofs.verdict import LEVELS

__all__ = ["FOREIGN", "Journal", "Record", "Settings", "merged"]

SCHEMA = "sphcode.table-journal/1"
NAME = "journal.jsonl"
#: The round of records that came from elsewhere: they are known before the first.
FOREIGN = -1


@dataclass(frozen=True)
class Settings:
    """What a campaign is: its cases, its effort, its seed. The same settings give the same table.

    cases: all rows, sorted. effort: of the first search of each row, in units of the default effort of a search.
    from_shipped: whether the rows of the table that comes with the package were known at the beginning.
    """

    cases: tuple[Case, ...]
    effort: float = 1.0
    seed: int = 0
    from_shipped: bool = False


class Key(NamedTuple):
    """A task: its case and its round; `foreign` tells records of other campaigns apart."""

    case: Case
    round: int
    foreign: str = ""


@dataclass(frozen=True)
class Record:
    """What a task found.

    improved: whether the code is better than what was known, or as good with a stronger proof; only then `points`,
    `construction`, and the proof are there. claim: proven decimal, `proof`: its level. ceiling: the certificate, in the
    first record of a case.
    seconds: CPU time. version: of the code that searched.
    """

    kind: str
    dim: int
    n_points: int
    round: int
    improved: bool
    max_cosine: float
    strategy: str
    status: str
    hits: int
    n_starts: int
    evaluations: float
    seconds: float = 0.0
    version: str = ""
    construction: str | None = None
    points: str | None = None
    claim: str = ""
    proof: str = ""
    contacts: int | None = None
    rattlers: int | None = None
    ceiling: dict[str, Any] | None = None
    foreign: str = field(default="")

    @property
    def case(self) -> Case:
        """The row that it is about."""
        return Case(self.kind, self.dim, self.n_points)

    @property
    def key(self) -> Key:
        """The task that it is the result of."""
        return Key(self.case, self.round, self.foreign)

    def unpacked(self) -> NDArray[np.float64] | None:
        """Return the points."""
        if self.points is None:
            return None
        return np.frombuffer(base64.b64decode(self.points), "<f8").reshape(self.n_points, self.dim).astype(np.float64)


def packed(points: NDArray[np.float64]) -> str:
    """Return points as a record holds them: base64 of little-endian float64."""
    return base64.b64encode(np.ascontiguousarray(points, "<f8").tobytes()).decode()


class Journal:
    """The journal in a folder: read whole, then appended to."""

    def __init__(self, folder: Path, settings: Settings, records: Iterable[Record]) -> None:
        self.folder, self.settings = folder, settings
        self.records = {record.key: record for record in records}

    @classmethod
    def read(cls, folder: Path) -> Journal:
        """Read the journal of a folder. A last line that was cut off while it was written counts for nothing."""
        path = folder / NAME
        with reading(path, "the journal of a table"):
            lines = path.read_bytes().split(b"\n")
            head = json.loads(lines[0])
            if not isinstance(head, dict) or head.get("schema") != SCHEMA:
                raise FileFormatError(f"{path}: not the journal of a table: `schema` must be {SCHEMA!r}")
            cases = tuple(Case(*case) for case in head["cases"])
            begun = bool(head.get("from_shipped", False))
            settings = Settings(cases, float(head["effort"]), int(head["seed"]), begun)
            records = [_record(json.loads(line)) for line in lines[1:-1]]
        return cls(folder, settings, records)

    @classmethod
    def start(cls, folder: Path, settings: Settings) -> Journal:
        """Return the journal of a folder if it has these settings, or begin a new one."""
        if (folder / NAME).exists():
            journal = cls.read(folder)
            if journal.settings != settings:
                raise fail(
                    "resume",
                    "a folder whose campaign has the same dims, points, lines, effort, seed and beginning",
                    f"{shown(str(folder))}, which has others",
                )
            return journal
        journal = cls(folder, settings, ())
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WriteError(f"could not write {folder}: {error.strerror or error}") from error
        journal.rewrite()
        return journal

    def rewrite(self) -> None:
        """Write all of the journal anew."""
        head: dict[str, Any] = {"schema": SCHEMA, "effort": self.settings.effort, "seed": self.settings.seed}
        if self.settings.from_shipped:
            head["from_shipped"] = True
        lines = [json.dumps({**head, "cases": self.settings.cases}), *map(_line, self.records.values())]
        content = "".join(f"{line}\n" for line in lines).encode()
        write_atomically(self.folder / NAME, lambda stream: stream.write(content))

    @contextmanager
    def appending(self) -> Iterator[None]:
        """Hold the journal for appending: a line that was cut off goes, and no other process appends meanwhile."""
        path = self.folder / NAME
        try:
            with path.open("r+b") as stream:
                if fcntl is not None:
                    try:
                        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except OSError:
                        raise fail("resume", "a folder at which no other campaign is at work", str(path)) from None
                content = stream.read()
                stream.seek(content.rfind(b"\n") + 1)
                stream.truncate()
                self._stream = stream
                yield
        except WriteError:
            raise
        except OSError as error:
            raise WriteError(f"could not write {path}: {error.strerror or error}") from error

    def append(self, record: Record) -> None:
        """Add a record and force it to the disk; where that fails, the line is taken back."""
        if record.key in self.records:
            return
        stream, end = self._stream, self._stream.tell()
        try:
            stream.write(f"{_line(record)}\n".encode())
            stream.flush()
            os.fsync(stream.fileno())
        except OSError:
            with suppress(OSError):
                os.ftruncate(stream.fileno(), end)
            raise
        self.records[record.key] = record


def merged(journal: Journal, other: Journal) -> Journal:
    """Return a journal with the records of both; those of another campaign are known before the first round."""
    records = dict(journal.records)
    same = other.settings == journal.settings
    mark = json.dumps([other.settings.effort, other.settings.seed])
    for record in other.records.values():
        if same or record.foreign:
            records.setdefault(record.key, record)
        elif record.improved:
            values = asdict(record) | {"foreign": f"{mark} round {record.round}", "round": FOREIGN}
            taken = Record(**values)
            records.setdefault(taken.key, taken)
    cases = tuple(sorted({*journal.settings.cases, *other.settings.cases}))
    settings = replace(journal.settings, cases=cases)
    return Journal(journal.folder, settings, records.values())


def _line(record: Record) -> str:
    return json.dumps({key: value for key, value in asdict(record).items() if value not in (None, "")})


#: What the fields of a record are; the others are texts.
_TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("dim", "n_points", "round", "hits", "n_starts", "contacts", "rattlers"), int),
    **dict.fromkeys(("max_cosine", "evaluations", "seconds"), (int, float)),
    "improved": bool,
    "ceiling": dict,
}


def _record(content: Any) -> Record:
    known = {entry.name for entry in fields(Record)}
    if not isinstance(content, dict) or not content.keys() <= known:
        raise FileFormatError(f"not the record of a task: {shown(content)}")
    for name, value in content.items():
        if not isinstance(value, _TYPES.get(name, str)) or (isinstance(value, float) and not math.isfinite(value)):
            raise FileFormatError(f"not the record of a task: `{name}` is {shown(value)}")
    record = Record(**content)
    whole = len(base64.b64decode(record.points or "", validate=True)) == 8 * record.n_points * record.dim
    if record.kind not in KINDS or min(record.dim, record.n_points) < 2 or (record.points is not None and not whole):
        raise FileFormatError(f"not the record of a task: {shown(content)}")
    if record.proof not in ("", *LEVELS):
        raise FileFormatError(f"not the record of a task: `proof` is {shown(record.proof)}")
    if record.claim:
        read_exact(record.claim, "claim")
    return record
