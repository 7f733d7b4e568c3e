import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import naive
import numpy as np
import pytest

from sphcode import best_known, construct, generate, refine
from sphcode.errors import InvalidInputError, Status, WorkerError
from sphcode.search import costs
from sphcode.search.generate import search_plan
from sphcode.search.known import proven_optimum
from sphcode.search.largest import slack
from sphcode.search.polish import polish


def search(dim, n_points, **options):
    return generate(dim, n_points, rng=0, constructions=False, **options)


@pytest.mark.parametrize(
    ("dim", "n_points", "cosine"),
    [(2, 5, np.cos(2 * np.pi / 5)), (3, 4, -1 / 3), (3, 7, 0.2101383127306031), (3, 24, 0.7230784683335085),
     (4, 10, 1 / 6), (4, 24, 0.5), (5, 16, 0.2)],
)  # fmt: skip
def test_best_codes_are_found_to_the_last_digit(dim, n_points, cosine):
    result = search(dim, n_points)
    assert abs(result.max_cosine - cosine) < 1e-14
    assert result.status is Status.CONVERGED
    assert result.kkt_residual <= 1e-13
    assert result.contact_spread <= 1e-13
    assert result.hits >= 10 or proven_optimum(dim, n_points) > -1
    assert abs(result.max_cosine - naive.max_cosine(result.code.points)) < 1e-15


def test_a_rattler_is_reported():
    result = search(3, 19)
    assert abs(result.max_cosine - best_known(3, 19).max_cosine) < 1e-14
    assert len(result.rattlers) == 1


def in_fresh_process(seed, workers):
    """Search in a new process: compiled code may round differently once single kernels were called directly."""
    command = [sys.executable, "-m", "sphcode", "generate", "3", "30", "--no-constructions", "--effort", "20000"]
    command += ["--seed", str(seed), "--workers", str(workers), "-o", "code.npy", "--json"]
    with tempfile.TemporaryDirectory() as folder:
        shown = subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout
        return (Path(folder) / "code.npy").read_bytes(), {**json.loads(shown), "elapsed_s": 0}


def test_same_seed_same_bytes_for_any_number_of_workers():
    one = in_fresh_process(seed=0, workers=1)
    assert one == in_fresh_process(seed=0, workers=2)
    assert one[0] != in_fresh_process(seed=1, workers=1)[0]


def test_effort_caps_the_work_and_more_is_no_worse():
    little, much = search(5, 60, effort=3_000), search(5, 60, effort=60_000)
    assert little.effort < 30_000
    assert much.max_cosine <= little.max_cosine


@pytest.mark.parametrize(
    ("dim", "n_points", "effort"),
    [(5, 60, 1000), (5, 60, 3000), (20, 300, 150), (8, 240, 2000), (3, 24, 1), (3, 24, 700), (4, 60, 5000),
     (9, 60, 4000)],
)  # fmt: skip
def test_effort_is_exceeded_by_one_start_and_its_polish_at_most(dim, n_points, effort):
    plan = search_plan(dim, n_points, effort=effort)
    assert search(dim, n_points, effort=effort).effort <= effort + plan.overrun


def test_without_a_dear_polish_effort_is_a_cap():
    for effort in (20_000, 50_000):
        assert search(3, 40, effort=effort).effort < 1.1 * effort
        assert search(4, 60, effort=effort).effort < 1.05 * effort


def test_a_large_code_stops_at_its_effort():
    result = search(24, 420, effort=150)
    # A polish would take more than three times all of it.
    assert result.status is Status.EFFORT
    assert result.effort < 600
    assert result.kkt_residual is None
    assert abs(result.max_cosine - naive.max_cosine(result.code.points)) < 1e-14


def test_time_and_target_end_the_search():
    cut = search(5, 40, time_limit=0.2)
    assert cut.status is Status.TIME
    reached = search(3, 50, target=0.875)
    assert reached.max_cosine <= 0.875


def test_kissing_configuration_of_d5_is_found_by_symmetry():
    result = search(5, 40, target=0.5 + 1e-12)
    assert abs(result.max_cosine - 0.5) < 1e-14
    # Unions of orbits, enumerated or drawn; or one of them, kept as a parent and relaxed.
    assert result.strategy.startswith(("symmetric", "catalogue", "parents"))


def test_lines_are_antipodal_and_optimal():
    for dim, n_lines, coherence in [(3, 6, 5**-0.5), (3, 7, 3**-0.5), (4, 12, 0.5), (6, 16, 1 / 3)]:
        result = search(dim, 2 * n_lines, antipodal=True, effort=40_000)
        assert result.status is Status.CONVERGED
        assert abs(result.max_cosine - coherence) < 1e-14
        points = result.code.points
        assert np.abs(points[::2] + points[1::2]).max() < 1e-15


def test_named_symmetry():
    result = search(3, 32, symmetry="icosahedral", effort=60_000)
    assert abs(result.max_cosine - best_known(3, 32).max_cosine) < 1e-14
    # Unions of orbits, enumerated or drawn; or one of them, kept as a parent and relaxed.
    assert result.strategy.startswith(("symmetric", "catalogue", "parents"))


def test_expensive_polishing_is_done_once_at_the_end():
    result = search(7, 56, effort=10_000)
    assert abs(result.max_cosine - 1 / 3) < 1e-14
    assert result.status is Status.CONVERGED


def test_formula_cases_are_returned_at_once():
    for dim, n_points, cosine in [(2, 7, np.cos(2 * np.pi / 7)), (5, 4, -1 / 3), (4, 7, 0.0), (3, 12, 5**-0.5)]:
        result = generate(dim, n_points)
        assert result.status is Status.FORMULA
        assert result.max_cosine == pytest.approx(cosine, abs=1e-15)


def test_the_better_of_search_and_construction_is_returned_with_the_reason():
    for dim, n_points, effort in [(16, 197, 60), (9, 306, 60), (3, 26, 2000)]:
        result = generate(dim, n_points, rng=0, effort=effort)
        assert result.max_cosine <= construct(dim, n_points).max_cosine + slack(dim)
        assert result.provenance["strategy"] == result.strategy
        if result.strategy.startswith("construction "):
            assert result.hits == 0
            assert result.provenance["returned"].startswith(f"the {result.strategy}: ")
            assert result.provenance["known"]["source"].startswith("construction ")
        else:
            assert result.provenance["returned"].startswith(f"the search, by strategy {result.strategy!r}: the constr")
    assert result.strategy in search_plan(3, 26).parts


def test_a_construction_is_a_start():
    construction = construct(16, 250)
    result = generate(16, 250, rng=0, effort=50)
    assert result.strategy.startswith("construction ")
    assert result.max_cosine <= construction.max_cosine + slack(16)


def test_a_stored_code_is_returned_where_the_search_is_worse():
    result = generate(5, 41, rng=0, effort=500)
    assert abs(result.max_cosine - best_known(5, 41).max_cosine) < 1e-14
    assert (result.strategy, result.status) == ("stored code", Status.CONVERGED)
    assert result.provenance["known"]["source"] == "row (5, 41) of the table"
    fewer = generate(10, 99, rng=0, effort=500)
    assert fewer.max_cosine <= best_known(10, 100).max_cosine + slack(10)


def test_a_known_code_that_reaches_the_target_ends_the_search():
    result = generate(5, 41, rng=0, target=0.515)
    assert (result.strategy, result.n_starts) == ("stored code", 0)
    assert "nothing was searched" in result.provenance["returned"]


def test_beyond_a_million_coordinates_a_construction_is_returned_and_says_why():
    result = generate(512, 10_000)
    assert result.status is Status.FORMULA
    assert result.max_cosine == pytest.approx(1 / 22)
    assert result.elapsed < 60
    assert "without a search" in result.provenance["returned"]
    assert "1,000,000" in result.provenance["returned"]


def test_a_search_alone_uses_neither_constructions_nor_stored_codes(monkeypatch):
    before = search(5, 41, effort=5_000)

    def nothing(*arguments):
        raise AssertionError("looked at")

    # Of constructions it takes the value alone, and that only where it is proven optimal.
    monkeypatch.setattr("sphcode.codes.constructions.construction.Construction.code", nothing)
    monkeypatch.setattr("sphcode.search.known.stored_code", nothing)
    after = search(5, 41, effort=5_000)
    assert (before.code.points == after.code.points).all()
    assert before.provenance == after.provenance
    assert "returned" not in before.provenance
    with pytest.raises(AssertionError, match="looked at"):
        generate(5, 41, effort=5_000)


@pytest.mark.parametrize(
    ("dim", "n_points", "most_starts"), [(4, 120, 1), (5, 16, 1), (6, 27, 1), (7, 56, 1), (3, 12, 20)]
)
def test_a_search_ends_where_it_meets_a_value_that_is_proven_optimal(dim, n_points, most_starts):
    for seed in (1, 2, 3):
        result = generate(dim, n_points, rng=seed, constructions=False)
        assert result.status is Status.CONVERGED
        assert result.max_cosine <= construct(dim, n_points).max_cosine + slack(dim)
        assert result.n_starts <= most_starts
    # Where no proof is known, it goes on.
    assert proven_optimum(5, 41) == -np.inf
    assert proven_optimum(8, 240) == pytest.approx(0.5, abs=1e-14)
    assert proven_optimum(8, 240) >= 0.5


def test_workers_may_be_a_map_or_an_executor():
    one = search(3, 20, effort=20_000)
    with ThreadPoolExecutor(2) as threads:
        for workers in (map, threads, threads.map):
            again = search(3, 20, effort=20_000, workers=workers)
            assert (one.code.points == again.code.points).all()
            assert one.provenance == again.provenance


class Dying:
    """An executor whose workers die in its second round."""

    def __init__(self, after):
        self.left = after

    def __call__(self, function, items):
        self.left -= 1
        if self.left < 0:
            raise BrokenProcessPool("killed")
        return map(function, items)


def test_a_worker_that_dies_leaves_the_best_so_far():
    with pytest.warns(RuntimeWarning, match="a worker process ended before its time"):
        result = search(3, 20, effort=20_000, workers=Dying(1))
    assert result.status is Status.INTERRUPTED
    assert result.max_cosine < 0.72
    with pytest.raises(WorkerError, match="there is no code yet"):
        search(3, 20, effort=20_000, workers=Dying(0))


def test_a_killed_worker_process_is_one_line_and_the_best_code_is_written(tmp_path):
    command = [sys.executable, "-m", "sphcode", "generate", "3", "100", "--no-constructions", "--effort", "1e12"]
    command += ["--workers", "2", "-o", "code.npy", "--json"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 240.0
    try:
        # A worker has compiled kernels when it has used some seconds; the first round is then over soon.
        while time.monotonic() < deadline:
            workers = [pid for pid in children.read_text().split() if b"spawn_main" in cmdline(pid)]
            if len(workers) == 2 and all(cpu_seconds(pid) > 6.0 for pid in workers):
                break
            time.sleep(0.1)
        os.kill(int(workers[0]), signal.SIGKILL)
        shown, errors = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130
    # Where the machine is slow, lines of progress come first.
    *_, warned, wrote = errors.splitlines()
    assert "worker process ended before its time" in warned
    assert wrote == "wrote code.npy"
    assert json.loads(shown)["status"] == "interrupted"
    assert np.load(tmp_path / "code.npy").shape == (100, 3)


def cmdline(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_progress_is_reported():
    events = []
    search(3, 9, effort=5_000, progress=events.append)
    assert events
    assert all(event.stage == "search" for event in events)
    assert [event.done for event in events] == sorted(event.done for event in events)


def test_ctrl_c_returns_the_best_so_far():
    script = (
        "from sphcode import generate\n"
        "result = generate(8, 100, rng=0, effort=1e12, progress=lambda event: print(event.best, flush=True))\n"
        "print(result.status, result.max_cosine)"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    first_round = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    last = process.communicate()[0].splitlines()[-1].split()
    assert process.returncode == 0
    assert last[0] == "interrupted"
    assert float(last[1]) <= float(first_round)


@pytest.mark.parametrize(
    ("arguments", "options", "named"),
    [((1, 5), {}, "dim"), ((3, 1), {}, "n_points"), ((3.5, 4), {}, "dim"), ((3, 5), {"effort": 0}, "effort"),
     ((3, 5), {"time_limit": 0}, "time_limit"), ((3, 5), {"workers": 0}, "workers"),
     ((3, 5), {"antipodal": "x"}, "antipodal"), ((3, 5), {"target": 2}, "target"),
     ((3, 5), {"antipodal": True}, "n_points"), ((3, 6), {"symmetry": "cyclic"}, "symmetry"),
     ((3, 6), {"symmetry": "cyclic-1"}, "symmetry"), ((3, 13), {"symmetry": "antipodal"}, "symmetry"),
     ((2, 6), {"symmetry": "octahedral"}, "symmetry"), ((3, 5), {"rng": -1}, "rng"),
     ((3, 5), {"rng": "x"}, "rng"), ((3, 5), {"effort": float("nan")}, "effort"), ((3,), {}, "n_points"),
     ((3, 5), {"max_cosine": 0.5}, "n_points"), ((3,), {"max_cosine": 1.0}, "max_cosine"),
     ((3,), {"max_cosine": 0.5, "target": 0.5}, "max_cosine")],
)  # fmt: skip
def test_bad_input(arguments, options, named):
    with pytest.raises(InvalidInputError, match=f"`{named}` must be"):
        generate(*arguments, **options)


def test_refine_recovers_the_last_digits():
    code = search(3, 32, effort=50_000).code
    for digits in (12, 6, 3):
        rounded = np.round(code.points, digits)
        rough = rounded / np.linalg.norm(rounded, axis=1, keepdims=True)
        result = refine(rough)
        assert result.status is Status.CONVERGED
        assert abs(result.max_cosine - code.max_cosine) < 1e-14


def test_refine_of_a_dear_code_goes_at_once_to_the_gap_that_it_has(monkeypatch):
    monkeypatch.setattr(costs, "is_dense", lambda *_: True)
    gaps = []

    def polish_from(points, gap, **options):
        gaps.append(gap)
        return polish(points, gap, **options)

    monkeypatch.setattr("sphcode.search.polish.polish", polish_from)
    rough = search(6, 60, effort=300).code.points
    rough = rough + 1e-3 * np.random.default_rng(0).standard_normal(rough.shape)
    result = refine(rough / np.linalg.norm(rough, axis=1, keepdims=True))
    again = refine(result.code)
    assert result.status is again.status is Status.CONVERGED
    assert abs(again.max_cosine - result.max_cosine) < 1e-14
    assert gaps == [2.0**-10, 2.0**-40]


def test_refine_refuses_bad_points():
    for points in ([[1, 0], [1, 0]], [[2, 0], [0, 1]], [[1, 0], [0, np.nan]], "x"):
        with pytest.raises(InvalidInputError, match="`points`"):
            refine(points)


@pytest.mark.parametrize("symmetry", [3, 2.5, {}, ["cyclic-3"], np.eye(3), b"cyclic-3"])
def test_what_is_neither_a_name_nor_generators_is_no_symmetry(symmetry):
    with pytest.raises(InvalidInputError, match=r"`symmetry` must be (a name|rows that are permutations)"):
        generate(3, 6, symmetry=symmetry)


def test_no_groups_of_enormous_matrices():
    with pytest.raises(InvalidInputError, match="`dim` must be at most 1024 when `symmetry` is set"):
        generate(10**6, 4, symmetry="cyclic-3")


@pytest.mark.parametrize("wrong", [{"antipodal": "yes"}, {"constructions": 1}, {"progress": 3}])
def test_arguments_of_wrong_types(wrong):
    with pytest.raises(InvalidInputError, match=f"`{next(iter(wrong))}` must be"):
        generate(3, 6, **wrong)


@pytest.mark.parametrize(("dim", "n_points"), [(3, 64), (3, 90), (4, 60), (5, 16), (8, 100)])
def test_every_point_of_an_antipodal_code_has_its_antipode(dim, n_points):
    points = search(dim, n_points, antipodal=True, effort=3000).points
    assert points[::2] == pytest.approx(-points[1::2], abs=1e-15)
