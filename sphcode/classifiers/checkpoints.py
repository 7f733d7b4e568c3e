"""Files that hold tensors by name: safetensors, PyTorch, NumPy, HDF5, and folders of shards.

`open_checkpoint` lists the tensors without reading them and reads one at a time. Nothing in a file is executed: no
pickled objects, no code, no references to other files except the shards that an index names in its own folder.
"""

from __future__ import annotations

import json
import pickle
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from sphcode._files import reading
from sphcode._safetensors import read_header, read_tensor
from sphcode.errors import FileFormatError, MissingExtraError

#: What a model's folder is searched for, in this order; then for a single file of a known format.
FOLDER_ORDER = (
    "model.safetensors.index.json",
    "model.safetensors",
    "pytorch_model.bin.index.json",
    "pytorch_model.bin",
)
SUFFIXES = (".safetensors", ".npy", ".npz", ".h5", ".pt", ".pth", ".bin", ".ckpt")

FLOAT_TYPES = {
    "float64": "F64",
    "float32": "F32",
    "float16": "F16",
    "bfloat16": "BF16",
    "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2",
}
INTEGER_TYPES = {f"{sign}int{bits}": f"{sign.upper() or 'I'}{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}


@dataclass(frozen=True)
class TensorFacts:
    """A tensor before it is read: its type, named as in safetensors, its shape, its file, and that file's notes."""

    dtype: str
    shape: tuple[int, ...]
    path: Path
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Checkpoint:
    """An opened file or folder: the names of its tensors, their facts, and their values (floats widened exactly)."""

    names: tuple[str, ...]
    describe: Callable[[str], TensorFacts]
    read: Callable[[str], NDArray[Any]]


def open_checkpoint(path: Path) -> Checkpoint:
    """Open a file, an index of shards or a model's folder; the suffix decides the format.

    Raises FileFormatError when it is missing, damaged or of no known format, MissingExtraError when torch or h5py is
    needed and not installed.
    """
    if path.is_dir():
        path = _file_in_folder(path)
    with reading(path, "a checkpoint"), path.open("rb") as stream:
        magic = stream.read(4)
    if magic == b"GGUF" or path.suffix == ".gguf":
        raise FileFormatError(f"{path}: GGUF files hold quantised blocks; convert the head to float safetensors first")
    if path.name.endswith(".index.json"):
        return _open_index(path)
    openers = {".safetensors": _open_safetensors, ".npy": _open_npy, ".npz": _open_npz, ".h5": _open_hdf5}
    if path.suffix not in SUFFIXES:
        raise FileFormatError(f"{path}: weights are read from {', '.join(SUFFIXES)} and *.index.json files")
    return openers.get(path.suffix, _open_torch)(path)


def _file_in_folder(folder: Path) -> Path:
    for name in FOLDER_ORDER:
        if (folder / name).is_file():
            return folder / name
    with reading(folder, "a model's folder"):
        files = sorted(entry for entry in folder.iterdir() if entry.suffix in SUFFIXES)
    if len(files) != 1:
        found = ", ".join(entry.name for entry in files) or "none"
        raise FileFormatError(f"{folder}: no model in this folder, or no single one; files of weights: {found}")
    return files[0]


def _type_name(name: str) -> str:
    """Return the safetensors name of a NumPy or torch type; other types keep their own."""
    return (FLOAT_TYPES | INTEGER_TYPES).get(name, name)


@contextmanager
def _parsing(path: Path, kind: str) -> Iterator[None]:
    """Like `reading`, for foreign parsers: damaged bytes make them fail with errors that have no class in common."""
    with reading(path, kind):
        try:
            yield
        except (OSError, ValueError, KeyError, EOFError):
            raise
        except Exception as error:
            raise ValueError(f"damaged or truncated: {error or type(error).__name__}") from error


def _open_safetensors(path: Path) -> Checkpoint:
    header = read_header(path)

    def describe(name: str) -> TensorFacts:
        info = header.tensors[name]
        return TensorFacts(info.dtype, info.shape, path, header.metadata)

    return Checkpoint(tuple(header.tensors), describe, lambda name: read_tensor(path, name))


def _open_index(path: Path) -> Checkpoint:
    with reading(path, "an index of shards"):
        content = json.loads(path.read_text())
        shards = content.get("weight_map") if isinstance(content, dict) else None
        if not isinstance(shards, dict) or not shards:
            raise ValueError("it has no `weight_map`")
        for shard in shards.values():
            if not isinstance(shard, str) or Path(shard).name != shard or Path(shard).suffix not in SUFFIXES:
                raise ValueError(f"shard {shard!r} is not the name of a file of weights in the same folder")

    @cache
    def shard_of(name: str) -> Checkpoint:
        shard = open_shard(shards[name])
        if name not in shard.names:
            raise FileFormatError(f"{path}: says that {name!r} is in {shards[name]}, and it is not")
        return shard

    @cache
    def open_shard(name: str) -> Checkpoint:
        return open_checkpoint(path.parent / name)

    return Checkpoint(tuple(shards), lambda name: shard_of(name).describe(name), lambda name: shard_of(name).read(name))


def _open_npy(path: Path) -> Checkpoint:
    with _parsing(path, "a .npy file"):
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
        facts = TensorFacts(_type_name(mapped.dtype.name), mapped.shape, path)
    return Checkpoint(("",), lambda _: facts, lambda _: np.array(mapped))


def _open_npz(path: Path) -> Checkpoint:
    """Arrays by name; each header is compared with the size of its member before anything is allocated."""
    tensors: dict[str, TensorFacts] = {}
    with _parsing(path, "a .npz file"), zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            with archive.open(member) as stream:
                dtype, shape, begin = _npy_header(stream)
            name = member.filename.removesuffix(".npy")
            if dtype.hasobject:
                raise ValueError(f"array {name!r} holds Python objects, which are never unpickled")
            if np.prod(shape, dtype=object) * dtype.itemsize != member.file_size - begin:
                raise ValueError(f"array {name!r} claims a shape that does not fill its bytes")
            tensors[name] = TensorFacts(_type_name(dtype.name), shape, path)

    def read(name: str) -> NDArray[Any]:
        with _parsing(path, "a .npz file"), np.load(path, allow_pickle=False) as arrays:
            return np.asarray(arrays[name])

    return Checkpoint(tuple(tensors), tensors.__getitem__, read)


def _npy_header(stream: IO[bytes]) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(stream)
    return dtype, shape, stream.tell()


def _open_hdf5(path: Path) -> Checkpoint:
    try:
        import h5py
    except ImportError:
        raise MissingExtraError(
            f"{path}: reading HDF5 needs h5py, which is not installed: pip install 'sphcode[weights]'"
        ) from None
    tensors: dict[str, TensorFacts] = {}

    def collect(name: str, entry: Any) -> None:
        if isinstance(entry, h5py.Dataset) and entry.shape is not None:
            if entry.external or entry.is_virtual:
                raise ValueError(f"dataset {name!r} keeps its numbers in another file")
            tensors[name] = TensorFacts(_type_name(entry.dtype.name), entry.shape, path)

    with _parsing(path, "an HDF5 file"), h5py.File(path, "r") as file:
        file.visititems(collect)

    def read(name: str) -> NDArray[Any]:
        with _parsing(path, "an HDF5 file"), h5py.File(path, "r") as file:
            return np.asarray(file[name][()])

    return Checkpoint(tuple(tensors), tensors.__getitem__, read)


def _open_torch(path: Path) -> Checkpoint:
    """Load a PyTorch file with `weights_only`, which builds tensors and plain containers and refuses all else."""
    try:
        import torch
    except ImportError:
        raise MissingExtraError(
            f"{path}: reading PyTorch files needs torch, which is not installed; install it, or convert the head where "
            f"torch is: import torch, safetensors.torch as st; state = torch.load({path.name!r}, map_location='cpu', "
            "weights_only=True); st.save_file({'weight': state['KEY'].contiguous()}, 'head.safetensors')"
        ) from None
    with _parsing(path, "a PyTorch file"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # Only the zip layout (torch >= 1.6) can be mapped; the older one is read whole.
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
        except pickle.UnpicklingError:
            raise ValueError(
                "it holds more than tensors, or is damaged; sphcode never unpickles objects: save `model.state_dict()`"
            ) from None
    tensors: dict[str, Any] = {}

    def collect(prefix: str, entry: Any) -> None:
        if isinstance(entry, torch.Tensor):
            tensors[prefix] = entry
        elif isinstance(entry, Mapping):
            for name, value in entry.items():
                collect(f"{prefix}.{name}" if prefix else str(name), value)

    collect("", content)

    def describe(name: str) -> TensorFacts:
        tensor = tensors[name]
        dtype = str(tensor.dtype).removeprefix("torch.")
        if tensor.layout is not torch.strided or tensor.is_quantized:
            dtype = "quantised or sparse"
        return TensorFacts(_type_name(dtype), tuple(tensor.shape), path)

    def read(name: str) -> NDArray[Any]:
        tensor = tensors[name].detach()
        narrow = tensor.is_floating_point() and tensor.element_size() < 4
        return np.array((tensor.float() if narrow else tensor).numpy())

    return Checkpoint(tuple(tensors), describe, read)
