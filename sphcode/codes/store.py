"""The table as files: one index, the points of a dimension in one file, certificates of ceilings in another.

A store is a folder: `index.csv` (one `Row` a line), `points/DIM.npz` (arrays N and lines-N, unit rows in float64; of
lines one point each), `ceilings/DIM.jsonl` (one certificate a line, or the name of one that comes with the package). A
code with a formula is kept by its name alone. Nothing here judges: `sphcode.table.check` does.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property, partial
from importlib.resources import files
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sphcode import _certificates
from sphcode._files import reading, write_atomically
from sphcode._validate import check_choice, check_dim, check_n_points, check_path, fail, shown
from sphcode.errors import FileFormatError, WriteError
from sphcode.proofs.verdict import LEVELS

__all__ = ["KINDS", "Case", "Row", "Store", "shipped", "write_store"]

#: Codes of points, and codes of lines: x and -x of every point; n_points counts the lines.
KINDS = ("points", "lines")

#: Evaluations of a default search, at least: what was searched for less, `generate` finds by itself.
_DEFAULT_SEARCH = 1e6
#: How the texts of a row read; a line of another form is none. Decimals are as long as a proof can claim.
_DECIMAL = r"-?[0-9]{1,4}\.[0-9]{1,10000}"
_FORMS = {
    **dict.fromkeys(("max_cosine", "min_angle_deg", "one_vs_rest_distance"), _DECIMAL),
    **dict.fromkeys(("ceiling", "gap_percent"), rf"({_DECIMAL})?"),
    **dict.fromkeys(("rattlers", "contacts"), r"([0-9]{1,18})?"),
    "proof": "|".join(LEVELS[1:]),
    "public": rf"(-?[0-9]{{1,4}}|{_DECIMAL})?",
    "status": "better|equal|worse|not listed",
    "evaluations": "[0-9]{1,18}",
}
#: The date of every member of the files of points: the same codes are the same bytes.
_NO_DATE = (1980, 1, 1, 0, 0, 0)


class Case(NamedTuple):
    """What a row is about."""

    kind: str
    dim: int
    n_points: int

    @property
    def size(self) -> int:
        """Points of the code: twice the number of lines."""
        return self.n_points * (2 if self.kind == "lines" else 1)

    @property
    def member(self) -> str:
        """Name of its array in the file of points of its dimension."""
        return f"lines-{self.n_points}" if self.kind == "lines" else str(self.n_points)

    def whole(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return all points of the code of these rows: of lines, x and -x."""
        return np.vstack([rows, -rows]) if self.kind == "lines" else rows


@dataclass(frozen=True)
class Row:
    """One row of the table: the best code, its proof, the proven ceiling, and the public value; all texts as printed.

    Attributes
    ----------
    dim, n_points : int
        The case; for lines `n_points` counts lines.
    kind : str
        "points" or "lines".
    max_cosine : str
        Decimal not below the largest cosine, proven; smaller is better. For lines, of the largest |cosine|.
    min_angle_deg : str
        Smallest angle in degrees, rounded down; larger is better.
    one_vs_rest_distance : str
        1 - max_cosine: a distance that every class reaches; larger is better.
    rattlers, contacts : str
        How many points no contact holds, and how many pairs bear a force; empty where not known.
    proof : str
        Level of the proof: exists, kkt, strict-local, optimal-cited or optimal.
    ceiling : str
        Lower bound on the max cosine of every such code, rounded down; larger is stronger.
    ceiling_theorem : str
        What proves it.
    gap_percent : str
        100 (1 - (1 - max_cosine) / (1 - ceiling)), rounded up: how far the distance is below its ceiling, at most.
    public, public_source, public_date : str
        The best value published, where it was read and when; empty where none is listed.
    status : str
        Ours against the public value, within its last digit: better, equal, worse or not listed.
    found_by : str
        The strategy of the search, "construction NAME", or how it comes from another row.
    evaluations : str
        Energy evaluations spent on the row.
    """

    dim: int
    n_points: int
    kind: str
    max_cosine: str
    min_angle_deg: str
    one_vs_rest_distance: str
    rattlers: str
    contacts: str
    proof: str
    ceiling: str
    ceiling_theorem: str
    gap_percent: str
    public: str
    public_source: str
    public_date: str
    status: str
    found_by: str
    evaluations: str

    @property
    def case(self) -> Case:
        """What the row is about."""
        return Case(self.kind, self.dim, self.n_points)

    @property
    def searched_long(self) -> bool:
        """Whether a default search might not find so good a code: better than what is published, or as much effort."""
        return self.status == "better" or float(self.evaluations or 0) >= _DEFAULT_SEARCH

    @property
    def optimal(self) -> bool:
        """Whether the code is proven to be one of the best."""
        return self.proof in ("optimal", "optimal-cited")

    @property
    def construction(self) -> str | None:
        """Label of the construction that the code is, None for points of a search."""
        prefix = "construction "
        return self.found_by.removeprefix(prefix) if self.found_by.startswith(prefix) else None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-able dictionary, numbers as printed."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


COLUMNS = tuple(field.name for field in fields(Row))


class Store:
    """A folder that holds a table; what is asked for is read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def rows(self) -> dict[Case, Row]:
        """All rows, sorted by kind, dimension and number of points."""
        path = self.folder / "index.csv"
        with reading(path, "the index of a table"):
            lines = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")), strict=True)
            if tuple(lines.fieldnames or ()) != COLUMNS:
                raise FileFormatError(f"{path}: not the index of a table: its columns are not {', '.join(COLUMNS)}")
            rows = [_row(line) for line in lines]
        found = {row.case: row for row in sorted(rows, key=lambda row: row.case)}
        if len(found) < len(rows):
            raise FileFormatError(f"{path}: not the index of a table: two rows are about one case")
        return found

    def points(self, case: Case) -> NDArray[np.float64] | None:
        """Return the points of a case, for lines one of each, or None where they are not stored."""
        path = self.folder / "points" / f"{case.dim}.npz"
        if not path.exists():
            return None
        with reading(path, "the points of a table"), np.load(path, allow_pickle=False) as file:
            if case.member not in file.files:
                return None
            points = np.asarray(file[case.member])
        if points.dtype != np.float64 or points.shape != (case.n_points, case.dim):
            raise FileFormatError(f"{path}: {case.member} must be {case.n_points} rows of {case.dim} float64")
        return points

    @cache  # noqa: B019  a store lives as long as the process
    def _ceilings(self, dim: int) -> dict[Case, dict[str, Any] | str]:
        """Return the certificates of a dimension, or the names of those that are files of the package."""
        path = self.folder / "ceilings" / f"{dim}.jsonl"
        if not path.exists():
            return {}
        with reading(path, "the certificates of a table"):
            lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            return {
                Case(line["kind"], dim, line["n_points"]): str(line["file"])
                if "file" in line
                else dict(line["certificate"])
                for line in lines
            }

    def ceiling(self, case: Case) -> dict[str, Any] | None:
        """Return the certificate of the ceiling of a case, or None where none is stored."""
        held = self._ceilings(case.dim).get(case)
        if not isinstance(held, str):
            return held
        content = _certificates.content(held)
        if content is None:
            raise FileFormatError(f"no certificate {shown(held)} comes with this version of sphcode")
        return dict(json.loads(content))

    def own_ceilings(self, dim: int) -> list[dict[str, Any]]:
        """Return the certificates of a dimension that the table holds itself, and not as files of the package."""
        return [held for held in self._ceilings(dim).values() if not isinstance(held, str)]


def _row(line: Mapping[str, Any]) -> Row:
    """Return a line of the index as a row; its case is checked, its numbers are texts."""
    if None in line or None in line.values():
        raise FileFormatError(f"a line has not {len(COLUMNS)} fields: {shown(list(line.values()))}")
    for name, form in _FORMS.items():
        if not re.fullmatch(form, line[name]):
            about = f"({line['dim']}, {line['n_points']})"
            raise FileFormatError(f"`{name}` of {shown(about)} must have the form {form}, got {shown(line[name])}")
    dim = check_dim(int(line["dim"]))
    n_points = check_n_points(int(line["n_points"]))
    return Row(**{**line, "dim": dim, "n_points": n_points, "kind": check_choice("kind", line["kind"], KINDS)})


@cache
def shipped() -> Store:
    """Return the table that comes with the package."""
    return Store(Path(str(files("sphcode.data"))))


def as_store(value: str | os.PathLike[str] | None) -> Store:
    """Return the store in a folder, or the one shipped."""
    if value is None:
        return shipped()
    folder = check_path(value, "table")
    if not (folder / "index.csv").exists():
        raise fail("table", "a folder with an index.csv", shown(str(value)))
    return Store(folder)


def write_store(
    folder: Path,
    rows: Iterable[Row],
    points: Mapping[Case, NDArray[np.float64]],
    ceilings: Mapping[Case, Mapping[str, Any]],
) -> Store:
    """Write a store, each file atomically, the index last; the same content is the same bytes.

    A certificate that comes with the package is named, and not written once more.
    """
    try:
        for part in ("points", "ceilings"):
            (folder / part).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"could not write {folder}: {error.strerror or error}") from error
    for dim in sorted({case.dim for case in points}):
        members = {case.member: points[case] for case in sorted(points) if case.dim == dim}
        write_atomically(folder / "points" / f"{dim}.npz", partial(_write_npz, arrays=members))
    for dim in sorted({case.dim for case in ceilings}):
        lines = [
            json.dumps({"kind": case.kind, "n_points": case.n_points, **_told(ceilings[case])})
            for case in sorted(ceilings)
            if case.dim == dim
        ]
        content = "".join(f"{line}\n" for line in lines).encode()
        write_atomically(folder / "ceilings" / f"{dim}.jsonl", partial(write_bytes, content=content))
    text = index_text(sorted(rows, key=lambda row: row.case))
    write_atomically(folder / "index.csv", partial(write_bytes, content=text.encode()))
    return Store(folder)


def _told(certificate: Mapping[str, Any]) -> dict[str, Any]:
    """Return a certificate as a line holds it."""
    file = _files().get(json.dumps(certificate, sort_keys=True))
    return {"certificate": certificate} if file is None else {"file": file}


@cache
def _files() -> dict[str, str]:
    """Return the names of the certificates that come with the package, by their contents."""
    texts = {name: _certificates.content(name) for name in _certificates.names()}
    return {json.dumps(json.loads(text), sort_keys=True): name for name, text in texts.items() if text is not None}


def index_text(rows: Iterable[Row]) -> str:
    """Return rows as the text of an index, in the order given."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(row.to_dict() for row in rows)
    return text.getvalue()


def write_bytes(stream: IO[bytes], content: bytes) -> None:
    """Write bytes."""
    stream.write(content)


def _write_npz(stream: IO[bytes], arrays: Mapping[str, NDArray[np.float64]]) -> None:
    """Write arrays as numpy's savez does, without the date."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, values in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", _NO_DATE)
            with archive.open(member, "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.ascontiguousarray(values), allow_pickle=False)
