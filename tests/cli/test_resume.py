import numpy as np
import pytest

from sphcode.cli.main import main


@pytest.fixture
def head(tmp_path):
    np.save(tmp_path / "head.npy", np.random.default_rng(0).standard_normal((30, 4)))
    return str(tmp_path / "head.npy")


def test_the_same_command_goes_on(head, tmp_path, capsys):
    command = ["compare", head, "--only-argmax", "--resume", str(tmp_path / "run")]
    assert main(command) == 0
    first = capsys.readouterr().out
    assert main([*command, "--workers", "2"]) == 0
    assert capsys.readouterr().out == first


def test_a_folder_of_another_matrix_and_several_files_are_refused(head, tmp_path, capsys):
    np.save(tmp_path / "other.npy", np.eye(4))
    assert main(["compare", head, "--only-argmax", "--resume", str(tmp_path / "run")]) == 0
    assert main(["compare", str(tmp_path / "other.npy"), "--only-argmax", "--resume", str(tmp_path / "run")]) == 2
    assert "--resume must be a folder of this matrix and these settings" in capsys.readouterr().err
    assert main(["compare", head, head, "--resume", str(tmp_path / "run")]) == 2
    assert "--resume takes one file" in capsys.readouterr().err


def test_ctrl_c_says_how_to_go_on(head, tmp_path, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("sphcode.margins.blocks.solve_block", interrupted)
    assert main(["compare", head, "--only-argmax", "--resume", str(tmp_path / "run")]) == 130
    error = capsys.readouterr().err
    assert "finished blocks are in" in error
    assert "the same command goes on from them" in error
