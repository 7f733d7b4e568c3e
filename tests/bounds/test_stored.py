import csv
import hashlib
import io
from fractions import Fraction

import pytest
from flint import fmpq

from sphcode import _certificates, bound
from sphcode.bounds import stored
from sphcode.errors import FileFormatError
from sphcode.proofs.bound.check import check_bound

HEAVY = [entry for entry in stored.index() if entry.name.startswith("three-point-") and "exact" not in entry.name]
#: Of the heavy ones the fast tests check one: the kissing number of four dimensions.
LIGHT = [entry for entry in stored.index() if entry not in HEAVY or entry.file == "4-cosine-1_2.json"]
ALL = ("closed-form", "lp", "three-point")


def test_index_and_folder_agree():
    names = {path.name for path in _certificates.FOLDER.iterdir() if path.name.endswith(".json")}
    assert names == {entry.file for entry in stored.index()}
    assert len(names) == len(stored.index())


@pytest.mark.parametrize("entry", stored.index(), ids=lambda entry: entry.file)
def test_index_says_what_the_file_says(entry):
    content = (_certificates.FOLDER / entry.file).read_bytes()
    assert stored.Entry.of(entry.file, content, entry.checked) == entry
    assert hashlib.sha256(content).hexdigest() == entry.sha256


@pytest.mark.parametrize("entry", LIGHT, ids=lambda entry: entry.file)
def test_checker_accepts(entry):
    assert check_bound(stored.load(entry)).accepted


@pytest.mark.slow
@pytest.mark.parametrize("entry", HEAVY, ids=lambda entry: entry.file)
def test_checker_accepts_heavy(entry):
    assert check_bound(stored.load(entry)).accepted


def test_a_stored_proof_serves_more_points_and_smaller_cosines():
    exact = stored.stored_cosine(4, 120, ALL)
    assert exact.name == "sharp-17"
    assert stored.stored_cosine(4, 500, ALL).value >= exact.value
    assert stored.stored_cosine(4, 119, ["lp"]) is None
    assert stored.stored_cosine(4, 120, ["closed-form"]) is None
    assert stored.stored_n_points(4, Fraction("0.809"), ["lp"]).value == 119
    assert stored.stored_n_points(4, Fraction("0.8091"), ["lp"]) is None
    assert bound(4, 120).optimal == "600-cell"
    assert bound(4, 121).optimal is None
    assert bound(4, max_cosine=0.809).n_points_upper_bound == 119


def test_a_file_that_is_not_the_one_checked_is_refused(monkeypatch, tmp_path):
    entry = stored.index()[0]
    content = (_certificates.FOLDER / entry.file).read_text()
    (tmp_path / entry.file).write_text(content.replace("1", "2", 1))
    monkeypatch.setattr(_certificates, "FOLDER", tmp_path)
    with pytest.raises(FileFormatError, match=entry.file):
        stored.load(entry)


def test_the_index_is_the_one_whose_files_were_checked():
    assert hashlib.sha256((_certificates.FOLDER / "index.csv").read_bytes()).hexdigest() == stored.INDEX_SHA256
    assert all(entry.checked for entry in stored.index())


@pytest.fixture
def tampered(monkeypatch, tmp_path):
    """Return a function that stores some certificates with a changed index, both given as texts."""

    def store(change, names):
        lines = (_certificates.FOLDER / "index.csv").read_text().splitlines()
        kept = [line for line in lines[1:] if any(f",{name}," in line for name in names)]
        for name in names:
            (tmp_path / name).write_bytes((_certificates.FOLDER / name).read_bytes())
        (tmp_path / "index.csv").write_text("\n".join([lines[0], *map(change, kept)]) + "\n")
        monkeypatch.setattr(_certificates, "FOLDER", tmp_path)
        stored.index.cache_clear()
        return tmp_path

    yield store
    stored.index.cache_clear()


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace("1/6", "45/100"),
        lambda line: line.replace("4,9,", "4,7,"),
        lambda line: line.replace("4,9,", "5,9,"),
        lambda line: line.replace("4,9,", "x,y,"),
        lambda line: line.replace(",no,", ",yes,"),
        lambda line: "",
    ],
)
def test_a_tampered_index_changes_no_statement(tampered, change):
    tampered(change, ["4-10.json"])
    assert stored.stored_cosine(4, 10, ALL).value == fmpq(1, 6)
    assert stored.stored_cosine(4, 8, ALL) is None
    assert stored.stored_cosine(5, 10, ALL) is None
    assert stored.stored_n_points(4, Fraction(1, 6), ALL) is None
    assert stored.stored_n_points(4, Fraction(16, 100), ALL).value == 9


def test_a_forged_certificate_in_a_tampered_index_is_not_used(tampered):
    folder = tampered(lambda line: line, ["4-10.json"])
    forged = (folder / "4-10.json").read_text().replace('"1/6"', '"1/5"')
    (folder / "4-10.json").write_text(forged)
    assert stored.stored_cosine(4, 10, ALL) is None


def test_table_of_gaps_is_what_bound_says():
    text = (_certificates.FOLDER / "gaps.csv").read_text()
    table = list(csv.DictReader(io.StringIO(text)))
    assert len(table) == 96
    for row in table:
        top, best = float(row["one_vs_rest_upper_bound"]), float(row["best"])
        assert best <= top
        assert float(row["gap_percent"]) == pytest.approx(100 * (top / best - 1), abs=0.006)
    for row in table[::10]:
        found = bound(int(row["dim"]), int(row["n_points"]))
        assert found.name == row["theorem"]
        assert found.one_vs_rest_upper_bound <= float(row["one_vs_rest_upper_bound"])
