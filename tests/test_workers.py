import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

import pytest
import scipy.linalg  # noqa: F401 (it brings a library of its own)
from threadpoolctl import threadpool_info, threadpool_limits

from sphcode._workers import check_workers, mapper, one_thread, thread_mapper
from sphcode.errors import InvalidInputError


def results(workers):
    with mapper(check_workers(workers)) as run:
        return list(run(abs, [-3, 2, -1]))


def test_one_two_a_map_and_executors_give_the_same_in_order():
    with ThreadPoolExecutor(2) as threads, ThreadPool(2) as pool:
        for workers in (1, 2, map, pool.map, pool.imap, threads, threads.map):
            assert results(workers) == [3, 2, 1]
        assert list(threads.map(abs, [-1])) == [1], "the caller's executor is left running"


def test_a_number_may_be_one_of_threads():
    for workers in (1, 3, map):
        with thread_mapper(workers) as run:
            assert list(run(lambda x: x + 1, [1, 2])) == [2, 3]


def blas_threads(_):
    """Threads of every library for linear algebra, as a worker sees them."""
    import numpy as np
    from threadpoolctl import threadpool_info

    np.eye(3) @ np.eye(3)
    return [each["num_threads"] for each in threadpool_info()]


@pytest.mark.parametrize("kind", [mapper, thread_mapper])
@pytest.mark.parametrize(("cores", "workers", "share"), [(8, 2, 4), (8, 3, 2), (2, 4, 1)])
def test_threads_of_linear_algebra_do_not_multiply(monkeypatch, kind, cores, workers, share):
    if kind is mapper:  # processes of their own count the cores that there are
        share = max(1, (os.cpu_count() or 1) // workers)
    else:
        monkeypatch.setattr(os, "cpu_count", lambda: cores)
    with threadpool_limits(8):
        before = blas_threads(None)
        with kind(workers) as run:
            seen = [count for counts in run(blas_threads, range(workers)) for count in counts]
        assert blas_threads(None) == before
    assert seen
    assert max(seen) <= share
    if kind is thread_mapper and 8 in before:
        assert max(seen) == share


def test_linear_algebra_by_one_thread_ends_with_the_block():
    with threadpool_limits(8):
        before = blas_threads(None)
        with one_thread():
            assert {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"} == {1}
        assert blas_threads(None) == before


def test_a_library_that_was_set_to_fewer_threads_keeps_its_number(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    with threadpool_limits(1), thread_mapper(2) as run:
        assert {count for counts in run(blas_threads, range(2)) for count in counts} == {1}


def test_torch_shares_the_cores_too(monkeypatch):
    torch = pytest.importorskip("torch")
    pytest.importorskip("sklearn.cluster")  # brings an OpenMP of its own, with another number of threads
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    before = torch.get_num_threads()
    torch.set_num_threads(8)
    try:
        with thread_mapper(4) as run:
            assert list(run(lambda _: torch.get_num_threads(), range(4))) == [2] * 4
        assert torch.get_num_threads() == 8
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("workers", [0, -1, 1.5, True, "two", None, 10**9])
def test_what_is_neither_is_refused(workers):
    with pytest.raises(InvalidInputError, match="`workers` must be an integer from 1 to 4096, an executor, or a func"):
        check_workers(workers)


def test_a_pool_of_processes_of_the_caller_is_an_executor():
    assert isinstance(check_workers(ProcessPoolExecutor(1)), ProcessPoolExecutor)


def test_a_script_needs_no_guard_and_is_not_run_again(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from sphcode._workers import mapper\n"
        "print('once')\n"
        "with mapper(2) as run:\n"
        "    print(list(run(abs, [-1, 2, -3])))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("once\n[1, 2, 3]\n", "")
