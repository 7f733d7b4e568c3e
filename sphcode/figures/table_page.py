"""The table as one page: sorted, filtered and plotted in the browser, without a network."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import numpy as np

from sphcode.codes.store import Row, Store

__all__ = ["table_page"]


def table_page(store: Store, rows: Iterable[Row]) -> str:
    """Return the HTML page of some rows of a table, with the points that are stored.

    Parameters
    ----------
    store : Store
        The table.
    rows : iterable of Row
        The rows to show.

    Returns
    -------
    str
        One file that needs nothing else: filters, sorting, downloads, values and ceilings of a dimension over N, the
        gaps of all (dim, N), and the sphere for dim 3.
    """
    entries = [_entry(store, row) for row in rows]
    # A "<" could end the script element that the data stands in.
    data = json.dumps(entries).replace("<", "\\u003c")
    template = (files("sphcode.figures") / "table_page.html").read_text(encoding="utf-8")
    return template.replace("@DATA@", data)


def _entry(store: Store, row: Row) -> dict[str, Any]:
    """Return a row with its points in base64 of little-endian float64, "" where they are not stored."""
    points = store.points(row.case)
    text = "" if points is None else base64.b64encode(np.ascontiguousarray(points, "<f8").tobytes()).decode()
    return {**row.to_dict(), "points": text}
