import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

import pytest

from sphcode._workers import check_workers, mapper, thread_mapper
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
