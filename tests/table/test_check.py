import csv
import io
import json
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from sphcode.codes.store import Case, Store, shipped
from sphcode.errors import FileFormatError
from sphcode.table.check import check_rows, violations
from sphcode.table.numbers import ceiling_value, derived

NINE = Case("points", 3, 9)
FOUR_LINES = Case("lines", 3, 4)


@pytest.fixture
def copy(campaign, tmp_path):
    shutil.copytree(campaign, tmp_path / "copy")
    return tmp_path / "copy"


def change(folder, case, **values):
    """Change fields of a row in the index."""
    lines = list(csv.DictReader(io.StringIO((folder / "index.csv").read_text())))
    for line in lines:
        if (line["kind"], int(line["dim"]), int(line["n_points"])) == case:
            line.update(values)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    (folder / "index.csv").write_text(text.getvalue())


def failures(folder, case=NINE):
    return check_rows(Store(folder), [case])[0].failed


def told(row):
    """Return the store of the package with another row."""
    store = Store(shipped().folder)
    store.rows = {row.case: row}
    return store


def test_an_honest_table_is_accepted(campaign):
    verdicts = check_rows(Store(campaign))
    assert len(verdicts) == 8
    assert [verdict.failed for verdict in verdicts if not verdict.accepted] == []
    assert violations(Store(campaign)) == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"max_cosine": "0.333333333333333333333333333333"}, "the code"),
        ({"max_cosine": "0.3"}, "the code"),
        ({"max_cosine": "0.3333333333333333333333333333340"}, "the code"),
        ({"proof": "optimal"}, "the code"),
        ({"ceiling": "0.33240000000000000"}, "ceiling do not follow"),
        ({"gap_percent": "0.000000"}, "gap_percent do not follow"),
        ({"min_angle_deg": "70.528779365510"}, "min_angle_deg do not follow"),
        ({"one_vs_rest_distance": "0.7"}, "one_vs_rest_distance do not follow"),
        ({"status": "better"}, "status do not follow"),
        ({"public": "0.34"}, "public do not follow"),
        ({"public": ""}, "public do not follow"),
        ({"public_source": "somebody"}, "public_source do not follow"),
        ({"public_date": "1999-01-01"}, "public_date do not follow"),
        ({"rattlers": "1"}, "contacts and rattlers are not so many"),
        ({"contacts": "17"}, "contacts and rattlers are not so many"),
        ({"rattlers": "1", "contacts": "17"}, "contacts and rattlers are not so many"),
        ({"found_by": "construction cube"}, "construct"),
    ],
)
def test_a_false_row_is_refused(copy, values, said):
    change(copy, NINE, **values)
    assert any(said in reason for reason in failures(copy)), failures(copy)


@pytest.mark.parametrize(
    "values",
    [
        {"max_cosine": "x"}, {"max_cosine": ""}, {"max_cosine": " 0.4"}, {"max_cosine": "4e-1"}, {"max_cosine": "nan"},
        {"max_cosine": "0x1.5p-2"}, {"max_cosine": "1/3"}, {"ceiling": "-inf"}, {"gap_percent": "x"}, {"proof": "none"},
        {"proof": ""}, {"rattlers": "-1"}, {"contacts": "many"}, {"public": "nan"}, {"status": "best"},
        {"evaluations": "-5"}, {"evaluations": "nan"}, {"evaluations": ""}, {"min_angle_deg": "\u0661.\u0661"},
    ],
)  # fmt: skip
def test_a_row_of_another_form_is_no_row(copy, values):
    change(copy, NINE, **values)
    with pytest.raises(FileFormatError, match=f"`{next(iter(values))}` of .* must have the form"):
        failures(copy)


def test_an_optimum_has_its_own_cosine():
    """A formula that is optimal at a smaller cosine is not the one that the row speaks of."""
    case = Case("points", 24, 48)
    row, claim = shipped().rows[case], "0.100000000000000000000000000000"
    certificate = shipped().ceiling(case)
    false = replace(row, max_cosine=claim, **derived(claim, ceiling_value(certificate, case)))

    assert check_rows(told(false), [case])[0].failed[0].startswith("the code: max cosine <= 0.1")


@pytest.mark.parametrize(("dim", "n_points"), [(5, 41), (3, 119), (9, 11), (6, 45)])
def test_contacts_and_rattlers_are_proven(dim, n_points):
    case = Case("points", dim, n_points)
    row = shipped().rows[case]
    more = replace(row, rattlers=str(int(row.rattlers) + 1))
    none = replace(row, rattlers="0" if row.rattlers != "0" else "1")
    fewer = replace(row, contacts=str(int(row.contacts) - 1))
    assert all(check_rows(told(false), [case])[0].failed for false in (more, none, fewer))
    assert check_rows(told(row), [case])[0].accepted


def test_other_points_are_refused(copy):
    path = copy / "points" / "3.npz"
    arrays = dict(np.load(path))
    arrays["9"][0] = arrays["9"][1]
    np.savez(path, **arrays)
    assert "the code" in failures(copy)[0]


@pytest.mark.parametrize("factor", [0.0, 2.0, np.nan])
def test_points_that_are_no_unit_rows_are_refused(copy, factor):
    path = copy / "points" / "3.npz"
    arrays = dict(np.load(path))
    arrays["9"] = factor * arrays["9"]
    np.savez(path, **arrays)
    assert failures(copy)[0].startswith("the code: ")


def test_a_certificate_that_does_not_come_with_the_package_is_refused(copy):
    path = copy / "ceilings" / "3.jsonl"
    path.write_text(path.read_text().replace("3-9.json", "3-99.json"))
    assert failures(copy) == ("the ceiling: no certificate '3-99.json' comes with this version of sphcode",)


def test_missing_points_are_refused(copy):
    (copy / "points" / "3.npz").unlink()
    assert failures(copy) == ("the code: its points are not stored",)
    assert "the code: its points are not stored" in failures(copy, FOUR_LINES)


def test_lines_are_judged_with_both_points(copy):
    path = copy / "points" / "3.npz"
    arrays = dict(np.load(path))
    # Four points of a tetrahedron have cosine -1/3, but as lines 1/3: a smaller claim is a lie.
    change(copy, FOUR_LINES, max_cosine="0.1")
    np.savez(path, **arrays)
    assert any("the code" in reason for reason in failures(copy, FOUR_LINES))


@pytest.mark.parametrize("case", [NINE, FOUR_LINES])
def test_a_certificate_about_other_codes_is_refused(copy, case):
    path = copy / "ceilings" / "3.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    store = Store(copy)
    other = store.ceiling(Case("points", 3, 10)) if case is FOUR_LINES else store.ceiling(FOUR_LINES)
    for line in lines:
        if (line["kind"], line["n_points"]) == (case.kind, case.n_points):
            line.pop("file", None)
            line["certificate"] = other
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert any("the ceiling" in reason for reason in failures(copy, case))


def test_no_certificate_is_refused(copy):
    (copy / "ceilings" / "3.jsonl").unlink()
    assert failures(copy) == ("the ceiling: there is no certificate",)


def test_contradictions_are_named(copy):
    change(copy, Case("points", 3, 10), max_cosine="0.3")
    assert violations(Store(copy)) == ["(3, 9): 9 points of (3, 10) are better"]


def test_the_checker_needs_numpy_and_flint_alone(campaign):
    code = (
        "import sys, pathlib\n"
        "from sphcode.codes.store import Store\n"
        "from sphcode.table.check import check_rows\n"
        f"verdicts = check_rows(Store(pathlib.Path({str(campaign)!r})))\n"
        "assert all(verdict.accepted for verdict in verdicts)\n"
        "heavy = {'scipy', 'numba', 'cvxpy'} & set(sys.modules)\n"
        "producers = [name for name in sys.modules if name.startswith(('sphcode.search', 'sphcode.bounds'))]\n"
        "assert not heavy and not producers, (heavy, producers)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
