"""The table in the formats that papers, scripts and other tables take."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sphcode._files import check_fillable, write_atomically
from sphcode._validate import check_choice, check_path
from sphcode.codes.code import SphericalCode
from sphcode.codes.store import Row, Store, index_text, write_bytes
from sphcode.errors import WriteError

__all__ = ["FORMATS", "export", "export_points"]

#: Columns of the formats that are read rather than parsed.
_READ = ("dim", "n_points", "kind", "max_cosine", "min_angle_deg", "proof", "ceiling", "gap_percent", "status")
#: Characters of a number in those.
_SHOWN = 17
_HEADINGS = {"max_cosine": "max cosine", "min_angle_deg": "angle (deg)", "n_points": "N", "gap_percent": "gap %"}


def export(rows: Iterable[Row], format: str) -> str:
    """Return rows as text: csv (all columns), json (all, with a schema), md or latex (those that one reads).

    Raises
    ------
    InvalidInputError
        If there is no such format.
    """
    return FORMATS[check_choice("format", format, tuple(FORMATS))](rows)


def _json(rows: Iterable[Row]) -> str:
    return json.dumps({"schema": "sphcode.table/1", "rows": [row.to_dict() for row in rows]}) + "\n"


def _markdown(rows: Iterable[Row]) -> str:
    lines = [f"| {' | '.join(_HEADINGS.get(name, name) for name in _READ)} |", f"|{'---|' * len(_READ)}"]
    lines += [f"| {' | '.join(_cells(row))} |" for row in rows]
    return "".join(f"{line}\n" for line in lines)


def _latex(rows: Iterable[Row]) -> str:
    head = " & ".join(_HEADINGS.get(name, name).replace("%", r"\%") for name in _READ)
    lines = [rf"\begin{{tabular}}{{{'l' * len(_READ)}}}", rf"{head} \\ \hline"]
    lines += [rf"{' & '.join(_cells(row))} \\" for row in rows]
    return "".join(f"{line}\n" for line in [*lines, r"\end{tabular}"])


def _cells(row: Row) -> list[str]:
    """Return what is read of a row; a cosine cut is no longer rounded up, so it ends in dots."""
    cells = (str(getattr(row, name)) for name in _READ)
    return [cell if len(cell) <= _SHOWN + 1 else f"{cell[:_SHOWN]}..." for cell in cells]


FORMATS: dict[str, Callable[[Iterable[Row]], str]] = {
    "csv": index_text,
    "json": _json,
    "md": _markdown,
    "latex": _latex,
}


def export_points(store: Store, rows: Iterable[Row], folder: Path) -> int:
    """Write the points of rows in Sloane's layout, pack.DIM.N.txt (lines: of one point each); return how many.

    Raises WriteError if the folder is there and not empty, or cannot be made.
    """
    folder = check_path(folder, "output")
    check_fillable(folder)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise WriteError(f"could not write {folder}: {error.strerror or error}") from error
    count = 0
    for row in rows:
        points = points_of(store, row)
        name = f"{'lines' if row.kind == 'lines' else 'pack'}.{row.dim}.{row.n_points}.txt"
        content = "".join(f"{value!r}\n" for value in points.ravel().tolist()).encode()
        write_atomically(folder / name, partial(write_bytes, content=content))
        count += 1
    return count


def points_of(store: Store, row: Row) -> NDArray[np.float64]:
    """Return the unit rows of a row of the table, of lines one each: stored ones, or those of its construction."""
    points = store.points(row.case)
    if points is not None:
        return points
    from sphcode.codes.constructions import construct

    return construct(row.dim, row.n_points).code().points


def code_of(store: Store, row: Row) -> SphericalCode:
    """Return the code of a row of the table; of lines, with both points of each."""
    provenance = {"source": f"table row ({row.dim}, {row.n_points}, {row.kind})", "found_by": row.found_by}
    return SphericalCode(row.case.whole(points_of(store, row)), provenance)
