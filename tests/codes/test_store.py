import dataclasses
import json

import numpy as np
import pytest

from sphcode import _certificates
from sphcode.codes.store import COLUMNS, Case, Row, Store, as_store, write_store
from sphcode.errors import FileFormatError, InvalidInputError

CASE, LINES = Case("points", 3, 4), Case("lines", 3, 2)


def row(case):
    texts = dict.fromkeys(COLUMNS, "") | dict.fromkeys(("max_cosine", "min_angle_deg", "one_vs_rest_distance"), "0.5")
    texts |= {"proof": "exists", "status": "not listed", "evaluations": "0"}
    return Row(**{**texts, "kind": case.kind, "dim": case.dim, "n_points": case.n_points})


@pytest.fixture
def store(tmp_path):
    points = {CASE: np.arange(12.0).reshape(4, 3), LINES: np.eye(2, 3)}
    return write_store(tmp_path, [row(LINES), row(CASE)], points, {CASE: {"kind": "rankin"}})


def test_what_was_written_comes_back(store):
    assert list(store.rows) == [LINES, CASE]
    assert store.rows[CASE] == row(CASE)
    np.testing.assert_array_equal(store.points(CASE), np.arange(12.0).reshape(4, 3))
    np.testing.assert_array_equal(store.points(LINES), np.eye(2, 3))
    assert store.points(Case("points", 3, 5)) is None
    assert store.points(Case("points", 9, 5)) is None
    assert store.ceiling(CASE) == {"kind": "rankin"}
    assert store.ceiling(LINES) is None


def test_the_same_content_is_the_same_bytes(store, tmp_path):
    other = tmp_path / "other"
    write_store(other, [row(CASE), row(LINES)], {c: store.points(c) for c in (LINES, CASE)}, {CASE: {"kind": "rankin"}})
    for name in ("index.csv", "points/3.npz", "ceilings/3.jsonl"):
        assert (other / name).read_bytes() == (tmp_path / name).read_bytes()


def test_points_of_another_shape_are_refused(store, tmp_path):
    np.savez(tmp_path / "points" / "3.npz", **{"4": np.zeros((3, 3))})
    with pytest.raises(FileFormatError, match="4 rows of 3"):
        Store(tmp_path).points(CASE)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("kind", "sort", 1),
        lambda text: text.replace("points,0.5", "balls,0.5", 1),
        lambda text: text.replace("3,4,", "1,4,", 1),
        lambda text: text + text.splitlines()[-1] + "\n",
        lambda text: text + "3,5\n",
    ],
)
def test_a_damaged_index_is_refused(store, tmp_path, change):
    path = tmp_path / "index.csv"
    path.write_text(change(path.read_text()))
    with pytest.raises(FileFormatError):
        _ = Store(tmp_path).rows


def test_a_folder_without_a_table(tmp_path):
    with pytest.raises(InvalidInputError, match=r"index\.csv"):
        as_store(tmp_path / "nothing")


def test_lines_are_doubled():
    np.testing.assert_array_equal(LINES.whole(np.eye(2, 3)), np.vstack([np.eye(2, 3), -np.eye(2, 3)]))
    assert (LINES.size, CASE.size) == (4, 4)


def test_a_certificate_may_be_a_file_that_rows_share(tmp_path):
    certificate = json.loads(_certificates.content("3-9.json"))
    more = CASE._replace(n_points=5)
    kept = write_store(tmp_path, [row(CASE)], {}, {CASE: certificate, more: certificate, LINES: {"kind": "rankin"}})
    assert (tmp_path / "ceilings" / "3.jsonl").read_text().count("3-9.json") == 2
    assert kept.ceiling(CASE) == kept.ceiling(more) == certificate
    assert kept.ceiling(LINES) == {"kind": "rankin"}


def test_a_certificate_that_is_not_there(tmp_path):
    (tmp_path / "ceilings").mkdir()
    line = {"kind": "points", "n_points": CASE.n_points, "file": "../index.csv"}
    (tmp_path / "ceilings" / f"{CASE.dim}.jsonl").write_text(json.dumps(line))
    with pytest.raises(FileFormatError, match="no certificate"):
        Store(tmp_path).ceiling(CASE)


@pytest.mark.parametrize(
    ("values", "optimal", "long"),
    [
        ({"status": "better", "evaluations": "10"}, False, True),
        ({"status": "equal", "evaluations": "10", "proof": "optimal-cited"}, True, False),
        ({"status": "not listed", "evaluations": "6000000", "proof": "kkt"}, False, True),
        ({"status": "not listed", "evaluations": ""}, False, False),
    ],
)
def test_what_a_row_is_worth(values, optimal, long):
    one = dataclasses.replace(row(CASE), **values)
    assert (one.optimal, one.searched_long) == (optimal, long)
