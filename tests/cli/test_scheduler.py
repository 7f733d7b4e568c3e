import json
import socket
import threading

import numpy as np
import pytest

from sphcode.cli.main import main


@pytest.fixture
def head(tmp_path):
    np.save(tmp_path / "head.npy", np.random.default_rng(0).standard_normal((30, 4)))
    return str(tmp_path / "head.npy")


def test_scheduler_and_workers_exclude_each_other(head, capsys):
    assert main(["compare", head, "--scheduler", "tcp://127.0.0.1:1", "--workers", "2"]) == 2
    assert "--scheduler and --workers exclude each other" in capsys.readouterr().err


def test_what_is_no_scheduler_is_refused(head, capsys):
    pytest.importorskip("distributed")
    assert main(["compare", head, "--scheduler", "nowhere"]) == 2
    assert "--scheduler must be the address of a Dask scheduler, got nowhere" in capsys.readouterr().err


def test_what_answers_in_another_language_is_refused(head, capsys):
    pytest.importorskip("distributed")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            connection = server.accept()[0]
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        assert main(["compare", head, "--scheduler", address]) == 2
        thread.join()
    assert f"--scheduler must be the address of a Dask scheduler, got {address}" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("options", [["--json"], ["--only-argmax", "--json"]])
def test_a_cluster_gives_the_same_answer(head, capsys, options):
    distributed = pytest.importorskip("distributed")
    assert main(["compare", head, *options]) == 0
    alone = json.loads(capsys.readouterr().out)
    with distributed.LocalCluster(3, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        assert main(["compare", head, *options, "--scheduler", cluster.scheduler_address]) == 0
    assert json.loads(capsys.readouterr().out) == alone
