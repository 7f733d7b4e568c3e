import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

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
    assert (code, said.out) == (0, "4 of 4 rows accepted; not examined: found_by, evaluations\n")


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


#: Every action that writes, with {} for the folder that it writes to.
WRITERS = [
    "build --dims 3 --points 5-7,9 --effort 0.01 --rounds 4 --resume {}/campaign",
    "build --dims 3 --points 5 --effort 0.01 --resume {}/new",
    "merge {}/other --resume {}/campaign",
    "add {}/code.npz --resume {}/campaign",
    "export --table {}/campaign -o {}/table.csv",
    "export --table {}/campaign --format sloane -o {}/points",
    "page --table {}/campaign -o {}/table.html",
    "show 3 9 --table {}/campaign -o {}/nine.npz",
]


@pytest.fixture(scope="module")
def place(folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("place")
    shutil.copytree(folder, path / "campaign")
    arguments = ["--dims", "3", "--points", "8", "--effort", "0.01", "--resume", str(path / "other")]
    assert main(["table", "build", *arguments]) == 0
    generate(3, 10).save(path / "code.npz")
    return path


def files_below(path):
    return {str(file): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}


@pytest.mark.parametrize("line", WRITERS)
@pytest.mark.parametrize("failing", ["mkstemp", "fsync"])
def test_a_full_disk_is_exit_6_and_leaves_every_file(line, failing, place, capsys, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    shutil.rmtree(place / "points", ignore_errors=True)
    before = files_below(place)
    monkeypatch.setattr(*((tempfile, failing, full) if failing == "mkstemp" else (os, failing, full)))
    code, said = run(line.replace("{}", str(place)).split(), capsys)
    monkeypatch.undo()
    assert code == 6
    assert said.err.count("could not write") == said.err.count(os.strerror(errno.ENOSPC)) == 1
    # A code that was proven may be in the journal before the table is written: the next build takes it from there.
    journal = str(place / "campaign" / "journal.jsonl")
    after = files_below(place)
    assert after.pop(journal).startswith(before.pop(journal))
    assert after == before


@pytest.mark.parametrize("line", [line for line in WRITERS if line.endswith(("new", "csv", "points", "html", "npz"))])
def test_a_file_in_the_place_of_the_folder_is_exit_6(line, place, capsys):
    (place / "file").write_text("x")
    head, _, tail = line.rpartition("{}")
    code, said = run(f"{head}{{}}/file{tail}".replace("{}", str(place)).split(), capsys)
    assert code == 6
    assert "could not write" in said.err
    assert (place / "file").read_text() == "x"
    (place / "file").unlink()


def test_a_folder_of_points_is_new_or_empty(place, capsys):
    line = WRITERS[5].replace("{}", str(place)).split()
    shutil.rmtree(place / "points", ignore_errors=True)
    (place / "points").mkdir()
    assert run(line, capsys)[0] == 0
    code, said = run(line, capsys)
    assert code == 6
    assert "new or empty" in said.err


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_campaign_in_the_background_of_a_script_hears_an_interrupt(tmp_path):
    # Such jobs begin with the signal ignored. (24, 196560) takes minutes, without a search.
    line = f"table build --dims 24 --points 196560 --resume {tmp_path}"
    script = "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); "
    script += "from sphcode.cli.main import main; sys.exit(main())"
    with subprocess.Popen([sys.executable, "-c", script, *line.split()], stderr=subprocess.PIPE) as process:
        while not (tmp_path / "journal.jsonl").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"interrupted" in said
