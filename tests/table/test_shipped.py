"""The table that comes with the package: some rows checked at a time, all of them by `nox -s table`."""

import hashlib
import random

import pytest

from sphcode import bound
from sphcode.codes.store import Case, shipped
from sphcode.proofs.bound.check import check_bound
from sphcode.table.build import build, cases_of
from sphcode.table.check import check_rows
from sphcode.table.journal import Journal, Settings
from sphcode.table.numbers import ceiling_value
from sphcode.table.plan import planned_cases

#: Rows of more points take the checker from a second to minutes.
MOST_POINTS = 1000


def files_of(folder):
    """Everything but the journal, whose lines hold seconds."""
    files = [path for path in folder.rglob("*.*") if path.name != "journal.jsonl"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_it_holds_a_thousand_rows_of_the_plan():
    assert len(shipped().rows) >= 1000
    assert set(shipped().rows) <= set(planned_cases())


def test_fifty_rows_are_accepted():
    # Another index, another fifty; the same index, the same fifty.
    digest = hashlib.sha256((shipped().folder / "index.csv").read_bytes()).digest()
    cases = [case for case in shipped().rows if case.n_points <= MOST_POINTS]
    chosen = random.Random(digest).sample(cases, 50)
    assert [(verdict.case, verdict.failed) for verdict in check_rows(shipped(), chosen) if not verdict.accepted] == []


def test_every_row_has_its_code_and_its_ceiling():
    for case, row in shipped().rows.items():
        assert (shipped().points(case) is None) == (row.construction is not None), case
        assert ceiling_value(shipped().ceiling(case), case) is not None, case
        assert float(row.ceiling) <= float(row.max_cosine), case
        assert row.found_by, case


def test_bound_says_what_fifty_rows_say():
    digest = hashlib.sha256((shipped().folder / "index.csv").read_bytes()).digest()
    for case in random.Random(digest).sample(list(shipped().rows), 50):
        row, found = shipped().rows[case], bound(case.dim, case.size, antipodal=case.kind == "lines")
        assert found.name == row.ceiling_theorem, case
        assert float(row.ceiling) - 1e-15 <= found.max_cosine_lower_bound <= float(row.ceiling) + 1e-15, case


def test_certificates_that_take_long_are_files():
    for dim in {case.dim for case in shipped().rows}:
        assert {certificate["kind"] for certificate in shipped().own_ceilings(dim)}.isdisjoint(
            {"three-point", "three-point-exact"}
        )


def test_records_are_better_than_what_is_published():
    better = {case[1:] for case, row in shipped().rows.items() if row.status == "better"}
    assert {(3, 111), (3, 119), (5, 41), (13, 57), (14, 81), (16, 79), (17, 85)} <= better


def test_a_ceiling_that_rows_share_is_checked_once_here():
    case = next(case for case in shipped().rows if case[1:] == (5, 17))
    assert check_bound(shipped().ceiling(case)).accepted


def test_its_rows_are_known_to_a_campaign_with_their_ceilings(tmp_path):
    case = Case("points", 5, 41)
    store = build(tmp_path, [case], rounds=0, from_shipped=True)
    row, ours = store.rows[case], shipped().rows[case]
    assert (row.max_cosine, row.found_by, row.ceiling) == (ours.max_cosine, ours.found_by, ours.ceiling)
    assert store.ceiling(case) == shipped().ceiling(case)


def test_a_campaign_that_goes_on_does_not_take_in_rows_that_shipped_meanwhile(tmp_path):
    one, other = Case("points", 3, 7), Case("points", 3, 8)
    build(tmp_path, [one, other], effort=0.001, rounds=1)
    settings = Settings((one, other), 0.001, 0, from_shipped=True)
    Journal(tmp_path, settings, Journal.read(tmp_path).records.values()).rewrite()
    assert len(build(tmp_path, [one, other], effort=0.001, rounds=0, from_shipped=True).rows) == 2
    assert not any(record.foreign for record in Journal.read(tmp_path).records.values())


def test_it_is_what_a_campaign_that_begins_with_it_writes(tmp_path):
    build(tmp_path, shipped().rows, rounds=0, from_shipped=True)
    ours = files_of(tmp_path)
    assert ours == {name: (shipped().folder / name).read_bytes() for name in ours}


@pytest.mark.slow
def test_rows_of_three_dimensions_from_nothing(tmp_path):
    cases = cases_of([3], range(4, 31))
    one = build(tmp_path / "one", cases, effort=0.05)
    build(tmp_path / "two", cases, effort=0.05, workers=2)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    assert {row.status for row in one.rows.values()} <= {"equal", "not listed"}
