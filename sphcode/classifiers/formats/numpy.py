"""NumPy files: one array (`.npy`) or arrays by name (`.npz`), without pickled objects."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from sphcode._safetensors import MAPPED_BYTES
from sphcode.classifiers.formats.checkpoint import (
    Checkpoint,
    Format,
    TensorFacts,
    check_expansion,
    parsing,
    type_name,
)


def zip_members(path: Path, start: bytes) -> list[str]:
    """Return the names of the members of a zip archive; none for any other file."""
    if not start.startswith(b"PK"):
        return []
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except Exception:  # damaged archives fail with errors that have no class in common
        return []


def _open_npy(path: Path) -> Checkpoint:
    with parsing(path, "a .npy file"):
        mapped = np.load(path, mmap_mode="c", allow_pickle=False)
        facts = _facts(mapped.dtype, mapped.shape, path)
    kept = mapped.nbytes >= MAPPED_BYTES
    mapped.flags.writeable = not kept  # what it holds is what the file holds
    return Checkpoint(path, ("",), lambda _: facts, lambda _: mapped if kept else np.array(mapped))


def _open_npz(path: Path) -> Checkpoint:
    """Arrays by name; each header is compared with the size of its member before anything is allocated."""
    tensors: dict[str, TensorFacts] = {}
    with parsing(path, "a .npz file"), zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            check_expansion(f"array {name!r}", member.file_size, min(member.compress_size, path.stat().st_size))
            with archive.open(member) as stream:
                dtype, shape, begin = _npy_header(stream)
            if dtype.hasobject:
                raise ValueError(f"array {name!r} holds Python objects, which are never unpickled")
            if np.prod(shape, dtype=object) * dtype.itemsize != member.file_size - begin:
                raise ValueError(f"array {name!r} claims a shape that does not fill its bytes")
            tensors[name] = _facts(dtype, shape, path)

    def read(name: str) -> NDArray[Any]:
        with parsing(path, "a .npz file"), np.load(path, allow_pickle=False) as arrays:
            return np.asarray(arrays[name])

    return Checkpoint(path, tuple(tensors), tensors.__getitem__, read)


def _facts(dtype: np.dtype[Any], shape: tuple[int, ...], path: Path) -> TensorFacts:
    """Return the facts of an array; whole numbers are numbers here, not the storage of a quantised type."""
    return TensorFacts(type_name(dtype.name), shape, path, roundoff=0.0 if dtype.kind in "iu" else None)


def _npy_header(stream: IO[bytes]) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(stream)
    return dtype, shape, stream.tell()


def _is_npz(path: Path, start: bytes) -> bool:
    members = zip_members(path, start)
    return bool(members) and all(name.endswith(".npy") for name in members)


NPY = Format("a .npy file", (".npy",), lambda _, start: start.startswith(b"\x93NUMPY"), _open_npy)
NPZ = Format("a .npz file", (".npz",), _is_npz, _open_npz)
