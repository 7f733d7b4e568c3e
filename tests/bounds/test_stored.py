import hashlib
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
    exact = stored.stored_cosine(4, 120)
    assert exact.name == "sharp-17"
    assert stored.stored_cosine(4, 500).value >= exact.value
    assert stored.stored_cosine(4, 119, "lp") is None
    assert stored.stored_cosine(4, 120, "closed-form") is None
    assert stored.stored_n_points(4, Fraction("0.809"), "lp").value == 119
    assert stored.stored_n_points(4, Fraction("0.8091"), "lp") is None
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
        monkeypatch.setattr(stored, "lines", lambda dim: ())
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
    assert stored.stored_cosine(4, 10).value == fmpq(1, 6)
    assert stored.stored_cosine(4, 8) is None
    assert stored.stored_cosine(5, 10) is None
    assert stored.stored_cosine(3, 10).value == fmpq(1, 6)
    assert stored.stored_n_points(4, Fraction(1, 6)) is None
    assert stored.stored_n_points(4, Fraction(16, 100)).value == 9


def test_a_forged_certificate_in_a_tampered_index_is_not_used(tampered):
    folder = tampered(lambda line: line, ["4-10.json"])
    forged = (folder / "4-10.json").read_text().replace('"1/6"', '"1/5"')
    (folder / "4-10.json").write_text(forged)
    assert stored.stored_cosine(4, 10) is None


def test_ceilings_of_the_table_answer_in_their_own_dimension():
    assert stored.stored_cosine(10, 90).name.startswith("levenshtein-")
    assert stored.stored_cosine(3, 41).name == "delsarte-34"
    assert stored.stored_cosine(3, 41, "lp") is None
    assert stored.stored_cosine(3, 41, above=fmpq(9, 10)) is None
    # What is only about antipodal codes answers for these alone.
    lines = stored.stored_cosine(3, 26, antipodal=True)
    assert lines.certificate["antipodal"]
    assert stored.stored_cosine(3, 26).value < lines.value


def test_what_holds_in_more_dimensions_holds_in_fewer():
    known = stored.stored_cosine(18, 51)
    assert (known.value, known.certificate["dim"]) == (fmpq(1, 21), 21)
    assert bound(18, 51).certificate["dim"] == 21
    assert bound(18, 51).optimal is None
    assert stored.stored_cosine(22, 51).certificate["dim"] == 22


def test_a_false_line_of_the_table_is_not_used(monkeypatch):
    forged = {"schema": "sphcode.bound-certificate/1", "kind": "rankin", "dim": 10}
    forged["claim"] = {"n_points": 30, "max_cosine_at_least": "1/2"}
    honest = stored.lines(10)
    monkeypatch.setattr(stored, "lines", lambda dim: (stored.Entry.of_line(forged, "10.jsonl"), *honest))
    assert stored.stored_cosine(10, 30).value < fmpq(1, 2)
    assert bound(10, 30).max_cosine_lower_bound < 0.5
