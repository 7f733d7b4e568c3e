import dataclasses
import json

import numpy as np
import pytest

from sphcode.codes.store import Case
from sphcode.errors import FileFormatError, InvalidInputError
from sphcode.table.journal import FOREIGN, Journal, Record, Settings, merged, packed

CASES = (Case("points", 3, 7), Case("points", 3, 8))


def record(n_points=7, round_index=0, improved=True):
    points = packed(np.arange(3.0 * n_points).reshape(n_points, 3)) if improved else None
    return Record(
        "points",
        3,
        n_points,
        round_index,
        improved,
        0.25,
        "soft",
        "converged",
        1,
        2,
        100.0,
        points=points,
        claim="0.25",
    )


def test_records_come_back(tmp_path):
    journal = Journal.start(tmp_path, Settings(CASES, 0.5, 7))
    with journal.appending():
        journal.append(record())
        journal.append(record(round_index=1, improved=False))
        journal.append(record())
    again = Journal.read(tmp_path)
    assert again.settings == Settings(CASES, 0.5, 7)
    assert list(again.records.values()) == [record(), record(round_index=1, improved=False)]
    np.testing.assert_array_equal(again.records[record().key].unpacked(), np.arange(21.0).reshape(7, 3))


def test_a_line_that_was_cut_off_is_dropped(tmp_path):
    journal = Journal.start(tmp_path, Settings(CASES))
    with journal.appending():
        journal.append(record())
    path = tmp_path / "journal.jsonl"
    path.write_bytes(path.read_bytes() + b'{"kind": "poi')
    journal = Journal.read(tmp_path)
    with journal.appending():
        journal.append(record(8))
    assert [one.n_points for one in Journal.read(tmp_path).records.values()] == [7, 8]


def test_two_campaigns_do_not_append_at_once(tmp_path):
    journal = Journal.start(tmp_path, Settings(CASES))
    other = Journal.read(tmp_path)
    with journal.appending(), pytest.raises(InvalidInputError, match="no other campaign is at work"):
        other.appending().__enter__()


@pytest.mark.parametrize("content", [b"", b"{}\n", b"[]\n", b'{"schema": "sphcode.code/1"}\n'])
def test_another_file_is_no_journal(tmp_path, content):
    (tmp_path / "journal.jsonl").write_bytes(content)
    with pytest.raises(FileFormatError):
        Journal.read(tmp_path)


def test_an_unknown_key_is_refused(tmp_path):
    Journal.start(tmp_path, Settings(CASES))
    path = tmp_path / "journal.jsonl"
    path.write_text(path.read_text() + json.dumps({"kind": "points", "prove": 1}) + "\n")
    with pytest.raises(FileFormatError, match="not the record of a task"):
        Journal.read(tmp_path)


def test_a_level_that_there_is_not_is_refused(tmp_path):
    journal = Journal(tmp_path, Settings(CASES), [dataclasses.replace(record(), proof="true")])
    journal.rewrite()
    with pytest.raises(FileFormatError, match="`proof` is 'true'"):
        Journal.read(tmp_path)


def test_merged_journals_hold_the_work_of_both(tmp_path):
    settings = Settings(CASES)
    one, same, other = Journal(tmp_path, settings, [record()]), Journal(tmp_path, settings, [record(8)]), None
    assert set(merged(one, same).records) == {record().key, record(8).key}
    other = Journal(tmp_path, Settings(CASES[:1], seed=5), [record(), record(round_index=1, improved=False)])
    taken = [found for found in merged(one, other).records.values() if found.foreign]
    assert [(found.case, found.round) for found in taken] == [(CASES[0], FOREIGN)]
    assert merged(merged(one, other), other).records.keys() == merged(one, other).records.keys()
