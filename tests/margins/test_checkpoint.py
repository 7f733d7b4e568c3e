import os
import random
import signal
import subprocess
import sys
import time

import ml_dtypes
import naive
import numpy as np
import pytest

from sphcode import argmax_classes, compare, one_vs_rest
from sphcode.errors import InvalidInputError, WriteError
from sphcode.margins import blocks
from sphcode.margins.checkpoint import NAME, Checkpoint, Journal

ROWS = naive.random_unit(150, 12, seed=13)
BIAS = np.linspace(0, 1, 150)


def same_bytes(one, two):
    names = ("distances", "lower", "upper", "directions", "certified", "inside_hull")
    assert all(getattr(one, name).tobytes() == getattr(two, name).tobytes() for name in names)
    for name in ("supports", "support_weights"):
        assert [part.tobytes() for part in getattr(one, name)] == [part.tobytes() for part in getattr(two, name)]


@pytest.fixture
def counted(monkeypatch):
    """The blocks that are solved; the one after `stop` of them is interrupted."""
    solve, solved = blocks.solve_block, []

    def solve_block(problem, classes):
        if len(solved) == solved_at.get("stop"):
            raise KeyboardInterrupt
        solved.append(classes)
        return solve(problem, classes)

    solved_at = {}
    monkeypatch.setattr(blocks, "solve_block", solve_block)
    return solved, solved_at


@pytest.mark.parametrize("bias", [None, BIAS])
def test_an_interrupted_run_goes_on_where_it_was(tmp_path, counted, bias):
    expected = one_vs_rest(ROWS, bias=bias, block=20)
    solved, at = counted
    all_blocks = len(solved)
    solved.clear()
    at["stop"] = 3
    with pytest.raises(KeyboardInterrupt):
        one_vs_rest(ROWS, bias=bias, block=20, resume=tmp_path / "run")
    at.clear()
    same_bytes(expected, one_vs_rest(ROWS, bias=bias, block=20, resume=tmp_path / "run"))
    assert len(solved) == all_blocks
    same_bytes(expected, one_vs_rest(ROWS, bias=bias, block=20, resume=tmp_path / "run", workers=2))
    assert len(solved) == all_blocks


def test_what_a_kill_left_of_a_record_is_cut_off(tmp_path):
    expected = one_vs_rest(ROWS, block=20, resume=tmp_path)
    (path,) = tmp_path.glob("*.blocks")
    whole = path.read_bytes()
    for end in (0, 5, 17, 30, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:end])
        same_bytes(expected, one_vs_rest(ROWS, block=20, resume=tmp_path))
        assert path.read_bytes()[:end] == whole[:end]
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 1
    path.write_bytes(damaged)
    same_bytes(expected, one_vs_rest(ROWS, block=20, resume=tmp_path))


def test_a_folder_of_something_else_is_refused(tmp_path):
    one_vs_rest(ROWS, resume=tmp_path / "run")
    for other, options, named in (
        (ROWS + 1e-16, {}, "another matrix"),
        (ROWS, {"bias": BIAS}, "another matrix"),
        (ROWS, {"tol": 1e-9}, "another tol 1e-13"),
        (ROWS, {"block": 7}, "another block None"),
        (ROWS, {"classes": [1, 2]}, r"another classes\."),
    ):
        with pytest.raises(InvalidInputError, match=f"`resume` must be a folder of this matrix .*{named}"):
            one_vs_rest(other, resume=tmp_path / "run", **options)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("a")
    with pytest.raises(InvalidInputError, match="a new or empty folder"):
        one_vs_rest(ROWS, resume=tmp_path / "letters")
    (tmp_path / "run" / NAME).write_text("[]")
    with pytest.raises(ValueError, match="its schema is not"):
        one_vs_rest(ROWS, resume=tmp_path / "run")
    with pytest.raises(WriteError):
        one_vs_rest(ROWS, resume=tmp_path / "letters" / "a.txt")
    with pytest.raises(InvalidInputError, match="`resume` must be a file name"):
        one_vs_rest(ROWS, resume=3)


def test_two_processes_do_not_share_a_journal(tmp_path):
    journal = Journal(tmp_path / "one.blocks")
    with pytest.raises(InvalidInputError, match="another process is at work"):
        Journal(tmp_path / "one.blocks")
    journal.append({"a": np.arange(3)})
    journal.close()
    again = Journal(tmp_path / "one.blocks")
    assert [record["a"].tolist() for record in again.records()] == [[0, 1, 2]]
    again.close()


def test_the_digest_is_that_of_the_numbers(tmp_path):
    Checkpoint(tmp_path / "a", ROWS, None, {})
    Checkpoint(tmp_path / "a", np.asfortranarray(ROWS), None, {})
    with pytest.raises(InvalidInputError):
        Checkpoint(tmp_path / "a", ROWS.astype(np.float32), None, {})


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_rows_in_16_bits_and_in_32_go_on_with_one_another(tmp_path, counted, monkeypatch, dtype):
    monkeypatch.setattr("sphcode._validate.LARGE_BYTES", 1)
    solved, at = counted
    rows = ROWS.astype(dtype)
    expected = one_vs_rest(rows, block=20)
    all_blocks, at["stop"] = len(solved), len(solved) + 3
    with pytest.raises(KeyboardInterrupt):
        one_vs_rest(rows, block=20, resume=tmp_path / "run")
    at.clear()
    same_bytes(expected, one_vs_rest(rows.astype(np.float32), block=20, resume=tmp_path / "run"))
    assert len(solved) == 2 * all_blocks


def test_comparisons_and_verdicts_go_on(tmp_path, counted):
    head = 2.0 * ROWS
    expected = compare(head, sample=30).to_dict()
    solved, _ = counted
    assert compare(head, sample=30, resume=tmp_path / "c").to_dict() == expected
    solved.clear()
    assert compare(head, sample=30, resume=tmp_path / "c").to_dict() == expected
    assert not solved
    with pytest.raises(InvalidInputError, match="another seed 0"):
        compare(head, sample=30, seed=1, resume=tmp_path / "c")
    with pytest.raises(InvalidInputError, match="another center False"):
        compare(head, sample=30, center=True, resume=tmp_path / "c")
    with pytest.raises(InvalidInputError, match="left out for several heads"):
        compare([tmp_path / "a.npy", tmp_path / "b.npy"], resume=tmp_path / "c")
    assert argmax_classes(head, resume=tmp_path / "v").to_dict() == argmax_classes(head).to_dict()


_RUN = """
import sys
import numpy as np
from sphcode import one_vs_rest
result = one_vs_rest(np.load(sys.argv[1], mmap_mode="r"), block=8, resume=sys.argv[2])
np.savez(sys.argv[3], distances=result.distances, lower=result.lower, upper=result.upper, directions=result.directions)
"""


def killed_and_resumed(folder, n_kills, n, dim):
    """Kill a run by SIGKILL at random moments while its journal grows, then let it end; return the bytes."""
    np.save(folder / "rows.npy", naive.random_unit(n, dim, seed=3))
    command = [sys.executable, "-c", _RUN, *(str(folder / name) for name in ("rows.npy", "run", "result.npz"))]
    moments = random.Random(0)
    kills = 0
    while kills < n_kills:
        size = sum(path.stat().st_size for path in folder.glob("run/*.blocks"))
        process = subprocess.Popen(command)
        while process.poll() is None:
            if sum(path.stat().st_size for path in folder.glob("run/*.blocks")) > size:
                time.sleep(moments.random() * 0.02)
                os.kill(process.pid, signal.SIGKILL)
                break
            time.sleep(0.001)
        kills += process.wait() == -signal.SIGKILL
        assert not (folder / "result.npz").exists()
    subprocess.run(command, check=True)
    with np.load(folder / "result.npz") as arrays:
        return {name: arrays[name].tobytes() for name in arrays}


@pytest.mark.parametrize("n_kills", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_runs_that_are_killed_give_the_same_bytes(tmp_path, n_kills):
    found = killed_and_resumed(tmp_path, n_kills, n=1200, dim=24)
    expected = one_vs_rest(np.load(tmp_path / "rows.npy"), block=8)
    assert found == {name: getattr(expected, name).tobytes() for name in found}
