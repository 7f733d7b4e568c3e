import os
import pickle
import signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import ml_dtypes
import naive
import numpy as np
import pytest

from sphcode import one_vs_rest
from sphcode.errors import InvalidInputError
from sphcode.margins.rows import as_rows

ROWS = naive.random_unit(150, 12, seed=13)


def same_bytes(one, two):
    names = ("distances", "lower", "upper", "directions")
    assert all(getattr(one, name).tobytes() == getattr(two, name).tobytes() for name in names)
    assert [ids.tolist() for ids in one.supports] == [ids.tolist() for ids in two.supports]


def test_same_bytes_for_threads_maps_and_processes(tmp_path):
    np.save(tmp_path / "rows.npy", ROWS)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    alone = one_vs_rest(ROWS, block=40)
    same_bytes(alone, one_vs_rest(ROWS, block=40, workers=3))
    same_bytes(alone, one_vs_rest(ROWS, block=40, workers=map))
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        same_bytes(alone, one_vs_rest(mapped, block=40, workers=pool))
        bias = np.linspace(0, 1, 150)
        same_bytes(one_vs_rest(ROWS, bias=bias, block=40), one_vs_rest(ROWS, bias=bias, block=40, workers=pool.map))


def test_workers_that_are_none_of_these_are_refused():
    with pytest.raises(InvalidInputError, match="`workers` must be an integer from 1"):
        one_vs_rest(ROWS, workers="two")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", [np.float32, ml_dtypes.bfloat16])
def test_a_cluster_of_three_workers_gives_the_same_bytes(tmp_path, monkeypatch, dtype):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr("sphcode._validate.LARGE_BYTES", 1)
    rows = naive.random_unit(3000, 24, seed=1).astype(dtype)
    (tmp_path / "rows").write_bytes(rows.tobytes())
    mapped = np.memmap(tmp_path / "rows", dtype=dtype, mode="r", shape=rows.shape)
    assert len(pickle.dumps(as_rows(np.asarray(mapped)))) < 1000  # the path goes to the workers
    alone = one_vs_rest(mapped, block=100)
    with (
        distributed.LocalCluster(3, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        same_bytes(alone, one_vs_rest(mapped, block=100, workers=client.get_executor()))
        pids = list(client.run(os.getpid).values())
        killed = []

        def kill_one(event):
            if not killed:
                killed.append(pids.pop())
                os.kill(killed[0], signal.SIGKILL)

        executor = client.get_executor()
        same_bytes(alone, one_vs_rest(mapped, block=100, workers=executor, progress=kill_one))
        assert killed
