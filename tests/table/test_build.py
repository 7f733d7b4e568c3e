import json
import os
import random
import shutil
import signal
import subprocess
import sys

import pytest

from sphcode.codes.store import Case
from sphcode.errors import InvalidInputError, WriteError
from sphcode.table.build import build, cases_of, strongest

EFFORT = 0.01


def files_of(folder):
    """Everything but the journal, whose lines hold seconds."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "journal.jsonl"
    }


def test_two_workers_give_the_same_bytes(campaign, cases, tmp_path):
    build(tmp_path, cases, effort=EFFORT, rounds=2, workers=2)
    assert files_of(tmp_path) == files_of(campaign)


def test_a_killed_campaign_goes_on_to_the_same_bytes(campaign, cases, tmp_path):
    # A kill leaves a journal that ends anywhere, within a line too.
    content = (campaign / "journal.jsonl").read_bytes()
    head = content.index(b"\n") + 1
    for part in (0.0, 0.3, 0.71):
        folder = tmp_path / str(part)
        folder.mkdir()
        (folder / "journal.jsonl").write_bytes(content[: head + int(part * (len(content) - head))])
        build(folder, cases, effort=EFFORT, rounds=2)
        assert files_of(folder) == files_of(campaign)


def test_rounds_are_added_later(campaign, cases, tmp_path):
    build(tmp_path, cases, effort=EFFORT, rounds=1)
    build(tmp_path, cases, effort=EFFORT, rounds=2)
    assert files_of(tmp_path) == files_of(campaign)


def test_what_was_found(campaign, cases):
    rows = build(campaign, cases, effort=EFFORT, rounds=2).rows
    assert len(rows) == len(cases)
    values = {case: row for case, row in rows.items() if case.kind == "points"}
    assert {row.proof for row in values.values()} <= {"optimal", "optimal-cited"}
    assert {row.status for row in values.values()} == {"equal"}
    nine = next(row for case, row in values.items() if case.n_points == 9)
    assert nine.max_cosine.startswith("0.33333333333333333333333333333")
    assert nine.ceiling_theorem == "three-point-7"
    lines = [row for case, row in rows.items() if case.kind == "lines"]
    assert [round(float(row.max_cosine), 9) for row in lines] == [0.0, round(1 / 3, 9)]


def test_a_certificate_that_came_with_the_package_later_is_taken_where_it_says_more():
    weak = {"kind": "rankin", "dim": 3, "claim": {"n_points": 9, "max_cosine_at_least": "0"}}
    assert strongest(Case("points", 3, 9), [weak])["kind"] == "three-point"
    strong = {**weak, "claim": {"n_points": 9, "max_cosine_at_least": "0.34"}}
    assert strongest(Case("points", 3, 9), [strong, weak]) is strong
    assert strongest(Case("points", 3, 9), [weak, strong]) is strong
    assert strongest(Case("points", 100, 9), [weak]) is weak
    assert strongest(Case("points", 18, 51), [weak])["dim"] == 21


def test_a_three_point_certificate_of_low_degree_is_compared_with_the_theorems():
    low = {"kind": "three-point", "dim": 20, "claim": {"n_points": 200, "max_cosine_at_least": "0.1648"}}
    assert strongest(Case("points", 20, 200), [low])["kind"] == "levenshtein"


def test_another_campaign_is_refused(campaign, cases):
    with pytest.raises(InvalidInputError, match="same dims, points, lines, effort, seed and beginning"):
        build(campaign, cases, effort=2 * EFFORT)


def test_no_cases_are_refused(tmp_path):
    with pytest.raises(InvalidInputError, match="at least one case"):
        build(tmp_path, cases_of([3], []))


def test_a_folder_that_cannot_be_made(cases, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(WriteError):
        build(tmp_path / "file" / "folder", cases)


def test_a_full_disk_leaves_journal_and_table(campaign, cases, tmp_path, monkeypatch):
    shutil.copytree(campaign, tmp_path / "copy")
    before = files_of(tmp_path / "copy")
    journal = (tmp_path / "copy" / "journal.jsonl").read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sphcode.table.journal.os.fsync", full)
    with pytest.raises(WriteError, match="No space left"):
        build(tmp_path / "copy", cases, effort=EFFORT, rounds=3)
    assert files_of(tmp_path / "copy") == before
    assert (tmp_path / "copy" / "journal.jsonl").read_bytes() == journal


def test_ctrl_c_records_no_task_that_it_cut(tmp_path, monkeypatch):
    from sphcode.search import interrupt

    monkeypatch.setattr(interrupt, "requested", lambda: True)
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path, cases_of([3], [7]), effort=EFFORT)
    assert len((tmp_path / "journal.jsonl").read_text().splitlines()) == 1
    assert json.loads((tmp_path / "journal.jsonl").read_text())["schema"] == "sphcode.table-journal/1"


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(campaign, cases, tmp_path):
    distributed = pytest.importorskip("distributed")
    killed = []

    def kill(event):
        if not killed:
            process = next(iter(cluster.workers.values()))
            killed.append(process.pid)
            os.kill(process.pid, signal.SIGKILL)

    with (
        distributed.LocalCluster(3, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        build(tmp_path, cases, effort=EFFORT, rounds=2, workers=client.get_executor(), progress=kill)
    assert killed
    assert files_of(tmp_path) == files_of(campaign)


@pytest.mark.slow
def test_kill_9_at_random_moments(campaign, cases, tmp_path):
    code = (
        "import sys\nfrom sphcode.table.build import build, cases_of\n"
        f"build(sys.argv[1], cases_of([3], range(5, 11), [3, 4]), effort={EFFORT}, rounds=2)\n"
    )
    rng = random.Random(0)
    for _ in range(20):
        process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "campaign")])
        try:
            process.wait(rng.uniform(0.5, 6.0))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "campaign")], check=True)
    assert files_of(tmp_path / "campaign") == files_of(campaign)
