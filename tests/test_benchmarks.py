"""The runner of the benchmarks keeps rows, goes on where it stopped, and measures again what may have changed."""

import importlib

import numpy as np
import pytest
from benchmarks import alone, field_bounds, field_heads, field_roofline, field_search, gate, peers, runner

HERE = {"commit": "1234567", "processor": "a machine"}


def cases(calls, *labels):
    def measure(label):
        calls.append(label)
        if label == "bad":
            raise ValueError("no such code")
        return {"value": len(label), "hits": 3}

    for label in labels:
        yield label, lambda label=label: measure(label)


def rows_after(cases, old, source=HERE, **options):
    found = [rows for rows, _, _ in runner.run(cases, old, source, **options)]
    return found[-1]


def test_a_stopped_run_goes_on(tmp_path):
    path, calls = tmp_path / "t.csv", []
    for rows, _, _ in runner.run(cases(calls, "a", "bb", "ccc"), [], HERE):
        runner.write(path, rows)
        if len(rows) == 2:
            break
    rows = rows_after(cases(calls, "a", "bb", "ccc"), runner.read(path))
    assert calls == ["a", "bb", "ccc"]
    runner.write(path, rows)
    assert path.read_text().splitlines()[0] == "case,value,status,hits,seconds,commit,date,processor"
    assert [(row["case"], row["value"], row["status"]) for row in runner.read(path)] == [
        ("a", "1", "ok"),
        ("bb", "2", "ok"),
        ("ccc", "3", "ok"),
    ]


@pytest.mark.parametrize(
    ("source", "options"),
    [
        (HERE | {"commit": "7654321"}, {}),
        (HERE | {"processor": "another"}, {}),
        (HERE | {"commit": "1234567+"}, {}),
        (HERE, {"again": True}),
    ],
)
def test_what_may_have_changed_is_measured_again(source, options):
    calls = []
    old = rows_after(cases([], "a", "b"), [], source if source["commit"].endswith("+") else HERE)
    rows_after(cases(calls, "a", "b"), old, source, **options)
    assert calls == ["a", "b"]


def test_rows_of_other_commits_are_kept_on_request_only():
    calls = []
    old = rows_after(cases([], "a", "bad"), [], HERE)
    rows = rows_after(cases(calls, "a", "bad", "ccc"), old, HERE | {"commit": "7654321"}, keep=True)
    assert calls == ["bad", "ccc"]
    assert [row["commit"] for row in rows] == ["1234567", "7654321", "7654321"]
    rows_after(cases(calls, "a"), old, HERE | {"processor": "another"}, keep=True)
    assert calls[-1] == "a"


def test_chapters_run_each_of_their_benchmarks(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert set(runner.GROUPS["chapters"]) <= set(runner.names())
    called, plain = [], runner.main
    monkeypatch.setattr(runner, "main", lambda given: called.append(given) or 0)
    assert plain(["chapters", "--quick"]) == 0
    assert called == [["paper", "--quick"], ["field", "--quick"]]


def test_errors_are_rows_and_are_tried_again():
    calls = []
    rows = rows_after(cases(calls, "bad", "a"), [])
    assert rows[0]["status"] == "ValueError: no such code"
    assert rows[1]["status"] == "ok"
    rows_after(cases(calls, "bad", "a"), rows)
    assert calls == ["bad", "a", "bad"]


def test_rows_of_other_cases_stay():
    old = rows_after(cases([], "old", "a"), [])
    assert [row["case"] for row in rows_after(cases([], "a"), old)] == ["a", "old"]


def test_every_benchmark_is_reached(capsys, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert "constructions" in runner.names()
    for name in runner.names():
        module = importlib.import_module(f"benchmarks.{name}")
        assert module.__doc__
        for table in getattr(module, "TABLES", {}).values():
            assert table.__doc__, f"{name}: the docstring of {table.__name__} says what `value` is"
            assert len(list(table(True))) <= len(list(table(False)))
    with pytest.raises(SystemExit):
        runner.main(["nonsense"])
    with pytest.raises(SystemExit):
        runner.main(["constructions", "nonsense"])
    assert "has the tables ceiling, sizes, speed" in capsys.readouterr().err


def test_the_gate_names_what_is_slower(monkeypatch):
    clock = {"": 0.0, "old": 0.0}

    def seconds(revision, name, seed):
        clock[revision] += 1
        return (1.2 if name == "slower" and not revision else 1.0) * (1.0 + 0.001 * seed)

    monkeypatch.setattr(gate, "seconds", seconds)
    assert gate.pairs_of("old", "same")["status"] == "ok"
    row = gate.pairs_of("old", "slower")
    assert (row["status"], row["value"]) == ("slower", "1.200")
    assert clock[""] == clock["old"] == 2 * (gate.PAIRS + 1)


def test_the_interval_of_a_median_leaves_out_the_extremes():
    assert gate.interval([float(value) for value in range(15)]) == (3.0, 11.0)


def test_every_hot_path_of_the_gate_can_be_made():
    assert gate.PATHS["rows of construct (512, 10000)"]()(0) == 10_000
    assert gate.PATHS["bound (10, 100)"]()(0) == 1.0


def test_a_peer_is_given_its_seconds_and_no_more():
    def never(points, seconds):
        while True:
            np.linalg.norm(points)

    peer = peers.Peer("endless", "numpy", never)
    assert not peers.run(peer, 3, 6, 0, 0.2, lambda points: True).met
    assert peers.Peer("absent", "no_such_module", never).refuses(3, 6) == "not installed"
    assert peers.Peer("large", "numpy", never, unknowns=10).refuses(3, 6).startswith("not run")


def test_a_peer_that_ends_near_the_best_code_counts_as_there():
    run = peers.run(peers.BY_NAME["REF"], 3, 6, 0, 5.0, field_search.meets(3, 6))
    assert run.met
    assert field_search.imbalance(run.points) < field_search.BALANCED
    rows = peers.random_rows(np.random.default_rng(0), 6, 3)
    assert not field_search.meets(3, 6)(rows)
    assert field_search.imbalance(rows) > field_search.BALANCED


def test_no_expected_time_is_given_where_nothing_was_met():
    assert field_search.cell([(1.0, True), (2.0, True)]) == "1.5 (2/2)"
    assert field_search.cell([(1.0, True), (10.0, False)]) == "11 (1/2)"
    assert field_search.cell([(10.0, False), (10.0, False)]) == "> 20 (0/2)"


def test_a_polynomial_in_floats_is_lowered_until_it_is_a_bound():
    assert field_bounds.repaired(3, np.array([0.0])) == np.inf
    assert field_bounds.repaired(3, field_bounds.by_grid(3, 27, "SCIPY", {})) == pytest.approx(13.158, abs=0.01)
    f = field_bounds.by_squares(4, 9, "CLARABEL", {})
    value = field_bounds.repaired(4, f)
    assert value == pytest.approx(25.55843, abs=1e-4)
    assert field_bounds.repaired(4, 0.999 * f) == pytest.approx(value)
    f[0] *= 1.01
    assert field_bounds.repaired(4, f) > value + 1e-3


def test_solvers_of_margins_agree():
    rows = field_heads.random_rows(12, 3)
    exact = field_heads.one_vs_rest(rows).distances[0]
    for name, (solver, _) in field_heads.SOLVERS.items():
        assert solver(rows, 0) == pytest.approx(exact, abs=1e-2 if name == "gradient ascent" else 1e-6), name


def test_a_ratio_has_the_spread_of_all_pairs():
    row = field_bounds.spread([1.0, 2.0, 4.0], [1.0, 4.0, 8.0])
    assert row == {"value": "0.5", "status": "lost", "spread": "0.125 to 4"}


def test_a_process_of_its_own_tells_its_seconds_and_memory():
    found = alone.alone("field_search", "fibonacci_cosine", 12)
    assert found["answer"] == pytest.approx(peers.largest_cosine(field_search.fibonacci(12)))
    assert 0.0 < found["warm"] < found["cold"]
    assert 10.0 < found["peak"] < 10_000.0
    with pytest.raises(RuntimeError, match="no_such_function"):
        alone.alone("peers", "no_such_function")


def test_the_roof_is_the_slower_of_operations_and_bytes(monkeypatch):
    monkeypatch.setattr(field_roofline, "peaks", lambda: {"float64": 1e9, "float32": 2e9, "bytes": 1e9})
    assert field_roofline.row_of(1e9, 1e8, [2.0, 4.0])["value"] == "50 %"
    row = field_roofline.row_of(1e9, 4e9, [8.0], "float32")
    assert (row["value"], row["bound by"], row["what is left"]) == ("50 %", "memory", "2 x")
    assert field_roofline.row_of(1e9, 0.0, [1.0], "float32")["value"] == "50 %"
