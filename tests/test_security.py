"""What SECURITY.md states: nothing in a file is executed, nothing outside is read, sizes are checked first."""

import ast
import json
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

import sphcode
from sphcode.errors import FileFormatError, InvalidInputError, MissingExtraError

PACKAGE = Path(sphcode.__file__).parent
TREES = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}
READERS = [sphcode.SphericalCode.load, sphcode.load_weights, sphcode.verify, sphcode.compare]

#: Modules that run code, unpickle or reach a network.
FORBIDDEN = {
    *("pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle", "code", "codeop", "runpy", "subprocess", "pty"),
    *("socket", "ssl", "http", "urllib", "ftplib", "smtplib", "xmlrpc", "requests", "httpx", "webbrowser"),
}


class Marker:
    """A pickle that leaves a file behind when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("path", TREES)
def test_no_module_runs_code_unpickles_or_reaches_a_network(path):
    for node in ast.walk(TREES[path]):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        for module in modules:
            if module == "pickle":  # the name of the error that torch raises
                source = (PACKAGE / path).read_text()
                assert source.count("pickle.") == source.count("pickle.UnpicklingError"), path
                continue
            assert module.split(".")[0] not in FORBIDDEN, f"{path}:{node.lineno} imports {module}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("eval", "exec", "compile", "__import__"), f"{path}:{node.lineno}"


def test_every_loader_is_told_not_to_unpickle():
    seen = {"np.load": 0, "torch.load": 0}
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) not in seen:
                continue
            name = ast.unparse(node.func)
            word, safe = ("allow_pickle", False) if name == "np.load" else ("weights_only", True)
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            assert isinstance(given.get(word), ast.Constant), f"{path}:{node.lineno}"
            assert given[word].value is safe, f"{path}:{node.lineno}"
            seen[name] += 1
    assert min(seen.values()) > 0


def poisoned(folder, marker):
    """Files that would run code if they were unpickled."""
    array = np.array([[Marker(marker), 1], [2, 3]], dtype=object)
    np.save(folder / "array.npy", array, allow_pickle=True)
    np.savez(folder / "archive.npz", points=array, weight=array, provenance=array, key=array, values=array)
    (folder / "bare.npy").write_bytes(pickle.dumps(Marker(marker)))
    (folder / "bare.npz").write_bytes(pickle.dumps(Marker(marker)))
    (folder / "bare.pt").write_bytes(pickle.dumps({"weight": Marker(marker)}))
    with zipfile.ZipFile(folder / "zipped.pt", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"weight": Marker(marker)}, protocol=2))
        archive.writestr("archive/version", "3\n")
    return sorted(folder.iterdir())


def test_pickles_are_never_loaded(tmp_path):
    marker = tmp_path / "executed"
    (tmp_path / "files").mkdir()
    for path in poisoned(tmp_path / "files", marker):
        for read in READERS:
            with pytest.raises((InvalidInputError, MissingExtraError)):
                read(path)
        with pytest.raises((InvalidInputError, MissingExtraError)):
            sphcode.bound(3, 13, method="three-point", degree=1, checkpoint=path)
        assert not marker.exists(), path


def test_a_shard_in_another_folder_is_not_read(tmp_path):
    (tmp_path / "model").mkdir()
    np.save(tmp_path / "secret.npy", np.eye(3))
    for place in ("../secret.npy", str(tmp_path / "secret.npy"), "./../secret.npy"):
        index = {"metadata": {}, "weight_map": {"fc.weight": place}}
        (tmp_path / "model" / "model.safetensors.index.json").write_text(json.dumps(index))
        with pytest.raises(FileFormatError):
            sphcode.load_weights(tmp_path / "model")


def header_of(shape):
    text = str({"descr": "<f8", "fortran_order": False, "shape": shape}).encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + text.ljust(117) + b"\n"


@pytest.mark.parametrize("shape", [(10**15, 3), (2**62, 2**62), (10**9, 8)])
def test_what_declares_more_than_is_there_is_refused_before_it_is_allocated(shape, tmp_path):
    content = header_of(shape) + b"\0" * 100
    (tmp_path / "code.npy").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "code.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("points.npy", content)
    (tmp_path / "code.safetensors").write_bytes(
        struct.pack("<Q", 80)
        + json.dumps({"weight": {"dtype": "F64", "shape": list(shape), "data_offsets": [0, 8]}}).encode().ljust(80)
    )
    for path in sorted(tmp_path.iterdir()):
        for read in READERS:
            with pytest.raises(FileFormatError):
                read(path)


def test_a_small_archive_of_many_zeros_is_refused_before_it_is_unpacked(tmp_path):
    # 600 MB of zeros are 600 kB.
    path = tmp_path / "code.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("points.npy", "w") as member:
        member.write(header_of((25 * 10**6, 3)))
        for _ in range(600):
            member.write(b"\0" * 10**6)
    assert path.stat().st_size < 10**6
    with pytest.raises(FileFormatError, match="coordinates"):
        sphcode.SphericalCode.load(path)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 10**5,
        '{"schema":' * 10**4,
        '{"schema": "sphcode.code/1", "points": [[' + "9" * 5000 + ", 0], [0, 1]]}",
        '{"schema": "sphcode.code/1", "points": [[1, 0], [0, 1]], "claim": {"max_cosine": "' + "9" * 30_000 + '"}}',
        '{"schema": "sphcode.code/1", "points": [[1, 0], [0, 1]], "claim": {"max_cosine": "1e999999999"}}',
        '{"schema": "sphcode.bound-certificate/1", "kind": "delsarte", "dim": 1' + "0" * 4400 + "}",
    ],
)
def test_texts_without_measure_are_clear_errors(text, tmp_path):
    path = tmp_path / "code.json"
    path.write_text(text)
    with pytest.raises(FileFormatError) as caught:
        sphcode.verify(path)
    assert len(str(caught.value)) < 500
