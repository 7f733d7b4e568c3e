"""Files are replaced whole or not at all; what a killed writer left behind is removed, and nothing else is."""

import os
import stat
import subprocess
import sys
import time

import pytest

from sphcode import SphericalCode, _files
from sphcode._files import check_fillable, check_writable, reading, write_atomically
from sphcode.errors import FileFormatError, InvalidInputError, MissingExtraError, WriteError

fcntl = pytest.importorskip("fcntl")


def hello(stream):
    stream.write(b"hello")


def left_behind(folder, name="code.npz", age=120.0):
    """The temporary file of a writer that was killed `age` seconds ago."""
    path = folder / f"{_files._family(folder / name)}abc_1234.part"
    path.write_bytes(b"half")
    then = time.time() - age
    os.utime(path, (then, then))
    return path


def test_nothing_but_the_file_is_there_afterwards(tmp_path):
    assert write_atomically(tmp_path / "code.npz", hello) == tmp_path / "code.npz"
    assert [entry.name for entry in tmp_path.iterdir()] == ["code.npz"]
    assert (tmp_path / "code.npz").read_bytes() == b"hello"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("x"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_no_other(error, tmp_path):
    (tmp_path / "code.npz").write_bytes(b"old")

    def fails(stream):
        stream.write(b"half")
        raise error

    with pytest.raises(WriteError if isinstance(error, OSError) else type(error)):
        write_atomically(tmp_path / "code.npz", fails)
    assert [entry.name for entry in tmp_path.iterdir()] == ["code.npz"]
    assert (tmp_path / "code.npz").read_bytes() == b"old"


def test_permissions_of_the_old_file_stay(tmp_path):
    path = tmp_path / "code.npz"
    path.write_bytes(b"old")
    path.chmod(0o600)
    write_atomically(path, hello)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_of_a_link_the_file_it_points_to_is_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "real.npz").write_bytes(b"old")
    (tmp_path / "link.npz").symlink_to(tmp_path / "folder" / "real.npz")
    write_atomically(tmp_path / "link.npz", hello)
    assert (tmp_path / "link.npz").is_symlink()
    assert (tmp_path / "folder" / "real.npz").read_bytes() == b"hello"


def test_what_a_killed_writer_left_behind_is_removed(tmp_path):
    script = """
import os, sys
from sphcode._files import write_atomically
write_atomically(sys.argv[1], lambda stream: (stream.write(b"half"), stream.flush(), os._exit(9)))
"""
    path = tmp_path / "code.npz"
    subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    (part,) = tmp_path.iterdir()
    assert part.suffix == ".part"
    write_atomically(path, hello)
    assert part.exists(), "it was changed less than a minute ago"
    os.utime(part, (time.time() - 61,) * 2)
    write_atomically(path, hello)
    assert [entry.name for entry in tmp_path.iterdir()] == ["code.npz"]


def test_what_is_locked_young_or_of_another_name_host_or_kind_stays(tmp_path, monkeypatch):
    young = left_behind(tmp_path).rename(tmp_path / f"{_files._family(tmp_path / 'code.npz')}young_12.part")
    os.utime(young, None)
    locked = left_behind(tmp_path)
    longer = left_behind(tmp_path, "code.npz.host")
    other = left_behind(tmp_path, "other.npz")
    with monkeypatch.context() as patch:
        patch.setattr(_files.platform, "node", lambda: "elsewhere")
        foreign = left_behind(tmp_path)
    family = _files._family(tmp_path / "code.npz")
    link = tmp_path / f"{family}link1234.part"
    link.symlink_to(other)
    pipe = tmp_path / f"{family}pipe1234.part"
    os.mkfifo(pipe)
    with locked.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        write_atomically(tmp_path / "code.npz", hello)
        for path in (locked, young, longer, other, foreign, pipe):
            assert path.exists(), path
        assert link.is_symlink()


def test_the_temporary_file_is_locked_while_it_is_written(tmp_path):
    seen = []

    def write(stream):
        (part,) = tmp_path.glob(".code.npz.*.part")
        with part.open("rb") as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        seen.append(part)

    write_atomically(tmp_path / "code.npz", write)
    assert len(seen) == 1


@pytest.mark.parametrize("name", ["flock", None])
def test_without_locks_files_are_written_and_nothing_is_removed(name, tmp_path, monkeypatch):
    part = left_behind(tmp_path)
    if name is None:
        monkeypatch.setattr(_files, "fcntl", None)
    else:

        def refuse(*_):
            raise OSError(95, "Operation not supported")

        monkeypatch.setattr(_files.fcntl, "flock", refuse)
    write_atomically(tmp_path / "code.npz", hello)
    assert (tmp_path / "code.npz").read_bytes() == b"hello"
    assert part.exists()


def test_a_name_of_255_bytes_is_written(tmp_path):
    path = tmp_path / ("x" * 251 + ".npz")
    check_writable(path)
    write_atomically(path, hello)
    assert path.read_bytes() == b"hello"


@pytest.mark.parametrize("name", ["x" * 300 + ".npz", "missing/code.npz", "file/code.npz", "."])
def test_what_cannot_be_written(name, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for function in (check_writable, lambda path: write_atomically(path, hello)):
        with pytest.raises(WriteError, match="could not write"):
            function(tmp_path / name)


def test_what_can_be_filled_is_a_new_or_an_empty_folder(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_bytes(b"")
    check_fillable(tmp_path / "empty")
    check_fillable(tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file"]
    for name, reason in [
        (".", "holds 2 things"),
        ("file", "is a file"),
        ("missing/new", "No such"),
        ("file/new", "Not a"),
    ]:
        with pytest.raises(WriteError, match=f"could not write .*{reason}"):
            check_fillable(tmp_path / name)


@pytest.mark.parametrize("path", [None, 1.5, b"code.npz", "a\0b.npz"])
def test_what_is_no_file_name(path):
    for function in (check_fillable, check_writable, lambda path: write_atomically(path, hello)):
        with pytest.raises(InvalidInputError, match="`path` must be a file name"):
            function(path)


def test_a_device_is_written_to(tmp_path):
    write_atomically("/dev/null", hello)
    with pytest.raises(WriteError, match="No space left"):
        write_atomically("/dev/full", lambda stream: stream.write(b"x" * 10**6))


@pytest.mark.parametrize(
    "error",
    [
        ValueError("two\nlines"),
        RuntimeError("encrypted"),
        NotImplementedError("compression"),
        MemoryError(),
        RecursionError(),
        SyntaxError("header"),
        IndexError(),
        OverflowError("large"),
        PermissionError(13, "Permission denied"),
        IsADirectoryError(),
        FileNotFoundError(),
        KeyError("points"),
        InvalidInputError("`points` must be ..."),
        ZeroDivisionError("x" * 10**5),
    ],
)
def test_every_error_of_a_reader_is_one_line_about_the_file(error):
    with pytest.raises(FileFormatError, match=r"^code\.npz: ") as caught, reading("code.npz", "a code file"):
        raise error
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 400


def test_a_missing_package_stays_what_it_is():
    with pytest.raises(MissingExtraError), reading("code.h5", "a code file"):
        raise MissingExtraError("install h5py")


def test_a_damaged_header_of_a_npy_file(tmp_path):
    code = SphericalCode([[1, 0], [0, 1], [-1, 0]])
    path = code.save(tmp_path / "code.npy")
    whole = path.read_bytes()
    for at in range(10, 58):
        path.write_bytes(whole[:at] + b"\n(" + whole[at + 2 :])
        with pytest.raises(FileFormatError, match=r"code\.npy"):
            SphericalCode.load(path)
