import csv
import io
import json

import pytest

from sphcode import SphericalCode
from sphcode.codes.store import Store
from sphcode.errors import InvalidInputError
from sphcode.table.export import code_of, export, export_points


def test_csv_and_json_hold_every_field(campaign):
    rows = list(Store(campaign).rows.values())
    assert [dict(line) for line in csv.DictReader(io.StringIO(export(rows, "csv")))] == [
        {key: str(value) for key, value in row.to_dict().items()} for row in rows
    ]
    assert json.loads(export(rows, "json"))["rows"] == [row.to_dict() for row in rows]


def test_markdown_and_latex_have_a_line_a_row(campaign):
    rows = list(Store(campaign).rows.values())
    assert len(export(rows, "md").splitlines()) == len(rows) + 2
    assert export(rows, "latex").count(r"\\") == len(rows) + 1


def test_an_unknown_format(campaign):
    with pytest.raises(InvalidInputError, match="format"):
        export(Store(campaign).rows.values(), "xls")


def test_points_come_back(campaign, tmp_path):
    store = Store(campaign)
    assert export_points(store, store.rows.values(), tmp_path / "out") == len(store.rows)
    for row in store.rows.values():
        assert float(row.max_cosine) == pytest.approx(code_of(store, row).max_cosine, abs=1e-14)
        if row.kind == "points":
            found = SphericalCode.load(tmp_path / "out" / f"pack.{row.dim}.{row.n_points}.txt")
            assert found.max_cosine == pytest.approx(float(row.max_cosine), abs=1e-14)
