import json

import pytest

from sphcode import SphericalCode, generate
from sphcode.cli.main import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / "campaign"
    assert main(["table", "build", "--dims", "3", "--points", "5-7,9", "--effort", "0.01", "--resume", str(path)]) == 0
    return path


def run(arguments, capsys):
    capsys.readouterr()
    code = main(["table", *map(str, arguments)])
    return code, capsys.readouterr()


def test_build_says_what_it_has(folder, capsys):
    arguments = ["build", "--dims", "3", "--points", "5-7,9", "--effort", "0.01", "--resume", folder]
    code, said = run([*arguments, "--json"], capsys)
    assert code == 0
    assert json.loads(said.out)["rows"] == 4
    code, said = run(arguments, capsys)
    assert "4 rows in" in said.out


def test_check(folder, capsys):
    code, said = run(["check", "--table", folder], capsys)
    assert (code, said.out) == (0, "4 of 4 rows accepted\n")


def test_check_of_a_false_row(folder, capsys, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "index.csv").write_text((folder / "index.csv").read_text())
    code, said = run(["check", "--table", copy, "--json"], capsys)
    assert code == 3
    assert json.loads(said.out)["accepted"] == 0


def test_show_export_and_add(folder, capsys, tmp_path):
    code, said = run(["show", 3, 9, "--table", folder, "--json"], capsys)
    assert code == 0
    assert json.loads(said.out)["proof"] == "optimal-cited"
    code, said = run(["show", 3, 9, "--table", folder, "-o", tmp_path / "nine.npz"], capsys)
    assert code == 0
    assert SphericalCode.load(tmp_path / "nine.npz").max_cosine == pytest.approx(1 / 3, abs=1e-14)
    code, said = run(["export", "--table", folder, "--points", "5-6", "--format", "md"], capsys)
    assert len(said.out.splitlines()) == 4
    code, said = run(["export", "--table", folder, "--format", "sloane", "-o", tmp_path / "out"], capsys)
    assert code == 0
    assert len(list((tmp_path / "out").iterdir())) == 4
    code, said = run(["page", "--table", folder, "-o", tmp_path / "table.html"], capsys)
    assert code == 0
    assert (tmp_path / "table.html").stat().st_size > 10_000
    generate(3, 8).save(tmp_path / "code.npz")
    code, said = run(["add", tmp_path / "code.npz", "--resume", folder], capsys)
    assert code == 0
    assert "better than the row, which is new" in said.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build", "--dims", "3", "--points", "4"], "--resume"),
        (["build", "--resume", "x"], "--dims"),
        (["build", "--dims", "3-", "--points", "4", "--resume", "x"], "ranges"),
        (["show", "3"], "DIM and N"),
        (["add"], "one FILE"),
        (["page"], "-o"),
        (["merge", "x"], "--resume"),
        (["check", "--table", "missing"], "index.csv"),
        (["forget"], "invalid choice"),
    ],
)
def test_bad_usage(arguments, said, capsys):
    try:
        code = main(["table", *arguments])
    except SystemExit as error:
        code = error.code
    assert code == 2
    assert said in capsys.readouterr().err
