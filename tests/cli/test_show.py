"""sphcode show: the invariants of a file, and what is known about a case."""

import json
from decimal import Decimal
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from sphcode import SphericalCode
from sphcode.cli.main import main
from sphcode.symmetry import automorphisms

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "show.json").read_text())


def run(arguments, capsys):
    code = main(["show", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_file(tmp_path, capsys):
    path = tmp_path / "octahedron.npz"
    SphericalCode(np.vstack([np.eye(3), -np.eye(3)]), {"source": "test"}).save(path)
    code, out, _ = run([path, "--json"], capsys)
    facts = json.loads(out)
    jsonschema.validate(facts, SCHEMA)
    assert code == 0
    assert facts["max_cosine"] == 0.0
    assert facts["contacts"] == 12
    assert facts["rattlers"] == {"count": 0, "first": []}
    assert facts["spectrum"] == {"values": [0.0, -1.0], "counts": [12, 3], "complete": True}
    assert facts["design_strength"] == 3
    orbits = {"sizes": [6], "counts": [1]}
    assert facts["symmetry"] == {"order": 48, "point_group": "Oh", "orbits": orbits, "lines": 24, "note": None}
    assert facts["energies"]["riesz_1"] == pytest.approx(12 / 2**0.5 + 3 / 2)
    assert facts["provenance"] == {"source": "test"}
    assert facts["best_known"]["proven_optimal"]
    code, out, _ = run([path], capsys)
    assert code == 0
    assert "design_strength" in out
    assert "Oh, order 48, 24 on the lines, orbits 6" in out


def test_no_symmetry_group_is_named_with_its_reason(tmp_path, capsys, monkeypatch):
    SphericalCode(np.vstack([np.eye(3), -np.eye(3)])).save(tmp_path / "six.npz")
    monkeypatch.setattr(automorphisms, "MOST_POINTS", 5)
    _, out, _ = run([tmp_path / "six.npz"], capsys)
    assert "not searched above 5 points" in out
    monkeypatch.undo()
    monkeypatch.setattr(automorphisms, "MOST_TRIED", 2)
    _, out, _ = run([tmp_path / "six.npz", "--json"], capsys)
    facts = json.loads(out)
    jsonschema.validate(facts, SCHEMA)
    assert facts["symmetry"]["order"] is None
    assert facts["symmetry"]["note"].startswith("not found: more than 2 images")


def test_a_case(capsys):
    code, out, _ = run([3, 24, "--json"], capsys)
    facts = json.loads(out)
    jsonschema.validate(facts, SCHEMA)
    assert code == 0
    assert facts["best_known"]["max_cosine"] == pytest.approx(0.7230784683335085, abs=1e-15)
    assert facts["max_cosine_lower_bound"] <= facts["best_known"]["max_cosine"] <= facts["construction"]["max_cosine"]
    code, out, _ = run([3, 24], capsys)
    assert code == 0
    assert "bound_method" in out
    assert "\nconstruction\n  name                   snub-cube\n" in out
    assert "; optimal: Robinson 1961\n" in out
    assert max(map(len, out.splitlines())) < 120


def test_a_case_names_the_row_of_the_table_with_its_proof_and_ceiling(capsys):
    # Nothing is published on 13 points in four dimensions.
    facts = json.loads(run([4, 13, "--json"], capsys)[1])
    jsonschema.validate(facts, SCHEMA)
    table = facts["table"]
    assert facts["max_cosine_lower_bound"] <= float(table["max_cosine"]) < facts["construction"]["max_cosine"]
    assert table["proof"] == "strict-local"
    assert table["status"] == "not listed"
    assert "  code                   sphcode table show 4 13 -o code.npz\n" in run([4, 13], capsys)[1]
    assert json.loads(run([4, 999, "--json"], capsys)[1])["table"] is None


@pytest.mark.parametrize("case", [[10, 100], [3, 24], [4, 13], [17, 85]])
def test_bounds_are_rounded_to_the_safe_side(case, capsys):
    facts = json.loads(run([*case, "--json"], capsys)[1])
    lines = dict(line.split(maxsplit=1) for line in run(case, capsys)[1].splitlines() if "bound " in line)
    assert Decimal(lines["one_vs_rest_upper_bound"]) >= Decimal(facts["one_vs_rest_upper_bound"])
    assert Decimal(lines["max_cosine_lower_bound"]) <= Decimal(facts["max_cosine_lower_bound"])


@pytest.mark.parametrize("arguments", [["missing.npz"], ["3", "x"], ["3", "4", "5"], ["1", "5"], ["3", "1"], ["a.xyz"]])
def test_bad_input(arguments, capsys):
    code, out, err = run(arguments, capsys)
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1


D4 = [[a, b, c, d] for a in (-1, 0, 1) for b in (-1, 0, 1) for c in (-1, 0, 1) for d in (-1, 0, 1)]
D4 = np.array([row for row in D4 if sum(x * x for x in row) == 2])


def test_layouts_of_points(tmp_path, capsys, monkeypatch):
    np.savetxt(tmp_path / "gram.txt", D4 @ D4.T, fmt="%d")
    np.savetxt(tmp_path / "few.txt", D4 / 2**0.5 + np.linspace(0, 2e-3, 96).reshape(24, 4), fmt="%.3f")
    np.savetxt(tmp_path / "flat.dat", D4.reshape(-1, 1), fmt="%d")
    for arguments, cosine in (
        (["gram.txt", "--gram"], 0.5),
        (["few.txt", "--normalize"], 0.5025),
        (["flat.dat", "--dim", "4"], 0.5),
        (["few.txt", "--format", "csv", "--normalize"], 0.5025),
    ):
        code, out, err = run([tmp_path / arguments[0], *arguments[1:], "--json"], capsys)
        assert code == 0, err
        facts = json.loads(out)
        jsonschema.validate(facts, SCHEMA)
        assert (facts["dim"], facts["n_points"]) == (4, 24)
        assert facts["max_cosine"] == pytest.approx(cosine, abs=1e-3)
    for arguments, message in (
        (["few.txt"], "--normalize"),
        (["flat.dat"], "give --dim"),
        (["gram.txt", "--complex"], "real points"),
    ):
        code, _, err = run([tmp_path / arguments[0], *arguments[1:]], capsys)
        assert code == 2
        assert message in err
    code, _, err = run([3, 24, "--gram"], capsys)
    assert code == 2
    assert "--gram is about a FILE" in err


@pytest.mark.parametrize("kind", ["npz", "npy", "txt", "json", "list", "csv"])
def test_standard_input(tmp_path, capsys, monkeypatch, kind):
    path = tmp_path / f"code.{kind}"
    if kind == "list":
        path.write_text(json.dumps(D4.tolist()))
    elif kind in ("csv", "txt"):
        np.savetxt(path, D4, fmt="%d", delimiter="," if kind == "csv" else " ")
    else:
        SphericalCode(D4).save(path)
    with path.open("rb") as stream:
        monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": stream}))
        code, out, err = run(["-", "--json"], capsys)
    assert code == 0, err
    assert json.loads(out)["max_cosine"] == pytest.approx(0.5, abs=1e-12)


def test_standard_input_that_is_no_code(capsys, monkeypatch, tmp_path):
    (tmp_path / "x").write_text("1 0\n0\n")
    with (tmp_path / "x").open("rb") as stream:
        monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": stream}))
        code, out, err = run(["-"], capsys)
    assert (code, out) == (2, "")
    assert err.startswith("sphcode show: standard input: not a .txt code file: line 2 holds 1 numbers")


def test_complex_lines(tmp_path, capsys):
    path = tmp_path / "lines.csv"
    path.write_text("1,0\n0,1\n1,1\n1,-1\n1,i\n1,-i\n")
    code, _, err = run([path], capsys)
    assert code == 2
    assert "complex lines" in err
    code, out, _ = run([path, "--complex", "--json"], capsys)
    facts = json.loads(out)
    jsonschema.validate(facts, SCHEMA)
    assert (facts["dim"], facts["n_points"]) == (2, 6)
    assert facts["coherence"] == pytest.approx(0.5**0.5)
    assert facts["orthoplex_bound"] == pytest.approx(0.5**0.5)
    assert facts["welch_bound"] == pytest.approx(0.4**0.5)
    code, out, _ = run([path, "--as-points", "--json", "-o", tmp_path / "points.npz"], capsys)
    assert json.loads(out)["n_points"] == 24
    assert SphericalCode.load(tmp_path / "points.npz").dim == 4
    assert run([path, "--complex", "--gram"], capsys)[0] == 2
