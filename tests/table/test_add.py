import json
import shutil

import numpy as np
import pytest

from sphcode import construct, generate
from sphcode.codes.store import Case, Store
from sphcode.errors import FileFormatError, InvalidInputError
from sphcode.table.add import add, merge
from sphcode.table.build import build, cases_of
from sphcode.table.check import check_rows

FALSE_CEILING = {
    "schema": "sphcode.bound-certificate/1", "kind": "rankin", "dim": 3,
    "claim": {"n_points": 9, "max_cosine_at_least": "1/3"},
}  # fmt: skip


def test_a_better_code_enters_the_table(campaign, tmp_path):
    shutil.copytree(campaign, tmp_path / "copy")
    code = generate(3, 11, effort=3000)
    found = add(code, folder=tmp_path / "copy", found_by="me")
    assert found.improved
    assert found.before == ""
    store = Store(tmp_path / "copy")
    row = store.rows[Case("points", 3, 11)]
    assert (row.found_by, row.max_cosine) == ("me", found.claim)
    assert check_rows(store, [row.case])[0].accepted
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


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"claim": "0.1"}, "claims a max cosine of 0.1"),
        ({"claim": "x"}, "finite number"),
        ({"max_cosine": float("nan")}, "`max_cosine`"),
        ({"n_points": "9"}, "`n_points`"),
        ({"dim": 1}, "record of a task"),
        ({"kind": "planes"}, "record of a task"),
        ({"points": "AAAA"}, "record of a task"),
        ({"points": "!"}, "journal of a table"),
        ({"improved": "yes"}, "`improved`"),
        ({"ceiling": {"kind": "rankin"}}, "schema|missing|claim"),
        ({"ceiling": FALSE_CEILING}, "ceiling that is not proven"),
    ],
)
def test_a_false_record_of_another_campaign_is_refused(campaign, tmp_path, values, said):
    other, own = tmp_path / "other", tmp_path / "own"
    shutil.copytree(campaign, other)
    build(own, cases_of([3], [7]), effort=0.001, rng=5)
    lines = (other / "journal.jsonl").read_text().splitlines()
    place = next(i for i, line in enumerate(lines[1:], 1) if json.loads(line)["n_points"] == 9)
    lines[place] = json.dumps(json.loads(lines[place]) | values)
    (other / "journal.jsonl").write_text("".join(f"{line}\n" for line in lines))
    before = (own / "journal.jsonl").read_bytes()
    with pytest.raises(FileFormatError, match=said):
        merge(own, other)
    assert (own / "journal.jsonl").read_bytes() == before
