import shutil

import numpy as np
import pytest

from sphcode import construct, generate
from sphcode.codes.store import Case, Store
from sphcode.errors import InvalidInputError
from sphcode.table.add import add, merge
from sphcode.table.build import build, cases_of
from sphcode.table.check import check_rows


def test_a_better_code_enters_the_table(campaign, tmp_path):
    shutil.copytree(campaign, tmp_path / "copy")
    code = generate(3, 11, effort=3000)
    found = add(code, folder=tmp_path / "copy", found_by="me")
    assert found.improved
    assert found.before == ""
    store = Store(tmp_path / "copy")
    row = store.rows[Case("points", 3, 11)]
    assert (row.found_by, row.max_cosine) == ("me", found.claim)
    assert not add(code, folder=tmp_path / "copy").improved


def test_a_worse_code_does_not(campaign, tmp_path):
    shutil.copytree(campaign, tmp_path / "copy")
    before = (tmp_path / "copy" / "journal.jsonl").read_bytes()
    found = add(np.vstack([np.eye(3), -np.eye(3), [[0.6, 0.8, 0.0]]]), folder=tmp_path / "copy")
    assert not found.improved
    assert found.before.startswith("0.2101383")
    assert (tmp_path / "copy" / "journal.jsonl").read_bytes() == before


def test_lines_are_antipodal():
    assert add(construct(3, 12).code(), kind="lines").case == Case("lines", 3, 6)
    with pytest.raises(InvalidInputError, match="antipodal"):
        add(construct(3, 4).code(), kind="lines")


def test_another_campaign_is_taken_in(campaign, tmp_path):
    shutil.copytree(campaign, tmp_path / "copy")
    build(tmp_path / "other", cases_of([3], [11, 12]), effort=0.01)
    assert merge(tmp_path / "copy", tmp_path / "other") == 2
    assert merge(tmp_path / "copy", tmp_path / "other") == 0
    store = Store(tmp_path / "copy")
    assert {case.n_points for case in store.rows if case.kind == "points"} == set(range(5, 13))
    assert [verdict for verdict in check_rows(store) if not verdict.accepted] == []
