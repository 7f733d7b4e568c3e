"""Open a path as a checkpoint: by its first bytes, else by its suffix; an index by its shards, a folder by its file."""

from __future__ import annotations

import codecs
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from sphcode._files import reading
from sphcode.classifiers.formats.checkpoint import Checkpoint, Format
from sphcode.classifiers.formats.flax import FLAX
from sphcode.classifiers.formats.gguf import GGUF
from sphcode.classifiers.formats.hdf5 import HDF5
from sphcode.classifiers.formats.keras import KERAS
from sphcode.classifiers.formats.numpy import NPY, NPZ
from sphcode.classifiers.formats.onnx import ONNX
from sphcode.classifiers.formats.partial_fc import open_ranks
from sphcode.classifiers.formats.sae import WEIGHTS as AUTOENCODERS
from sphcode.classifiers.formats.sae import as_autoencoder, is_autoencoder
from sphcode.classifiers.formats.safetensors import SAFETENSORS
from sphcode.classifiers.formats.torch import TORCH
from sphcode.errors import FileFormatError

#: All formats, in the order in which a file is held against them.
FORMATS: tuple[Format, ...] = (SAFETENSORS, NPY, NPZ, KERAS, HDF5, GGUF, ONNX, FLAX, TORCH)
SUFFIXES = tuple(suffix for one in FORMATS for suffix in one.suffixes)

#: What a model's folder is searched for, in this order; then for a single file of a known format.
FOLDER_ORDER = (
    "model.safetensors.index.json",
    "model.safetensors",
    "pytorch_model.bin.index.json",
    "pytorch_model.bin",
    "flax_model.msgpack",
    "model.keras",
    "model.onnx",
    *AUTOENCODERS,
)

#: What formats are recognised by; tar has its mark at byte 257.
_START_BYTES = 512
#: First bytes, in lower case, of texts that downloads leave in place of a model, and what to do about it.
_IMPOSTORS = {
    b"version https://git-lfs": "a git-lfs pointer, not the file itself; fetch it with `git lfs pull`",
    b"<!doctype html": "a web page saved under the name of a model; download the file itself",
    b"<html": "a web page saved under the name of a model; download the file itself",
    b"<?xml": "an answer of a server saved under the name of a model; download the file itself",
    b"entry not found": "a server's answer that there is no such file, saved under the name of a model",
    b"access to model": "a server's answer that access is restricted; log in, then download the file itself",
    b"invalid username": "a server's answer that access is restricted; log in, then download the file itself",
}


def open_checkpoint(path: Path | Sequence[Path]) -> Checkpoint:
    """Open a file, an index of shards, a model's folder, or the files of all ranks of a head that was trained in parts.

    Raises FileFormatError when it is missing, damaged or of no known format, MissingExtraError when a package that its
    format needs is not installed.
    """
    if not isinstance(path, Path):
        return open_ranks(path, open_checkpoint)
    if path.is_dir():
        path = file_in_folder(path)
    with reading(path, "a checkpoint"), path.open("rb") as stream:
        start = stream.read(_START_BYTES)
    if path.name.endswith(".index.json"):
        return _open_index(path)
    for mark, remedy in _IMPOSTORS.items():
        if start.removeprefix(codecs.BOM_UTF8).lstrip().lower().startswith(mark):
            raise FileFormatError(f"{path}: {remedy}")
    checkpoint = _format_of(path, start).open(path)
    return as_autoencoder(checkpoint, path.parent) if is_autoencoder(path.parent) else checkpoint


def _format_of(path: Path, start: bytes) -> Format:
    """Return the format that the first bytes tell, else the one of the suffix (the last that is known: `.pth.tar`)."""
    for one in FORMATS:
        if one.recognises(path, start):
            return one
    for suffix in reversed(path.suffixes):
        for one in FORMATS:
            if suffix.lower() in one.suffixes:
                return one
    raise FileFormatError(f"{path}: weights are read from {', '.join(SUFFIXES)} and *.index.json files")


def file_in_folder(folder: Path) -> Path:
    """Return the file that a model's folder is read from."""
    for name in FOLDER_ORDER:
        if (folder / name).is_file():
            return folder / name
    with reading(folder, "a model's folder"):
        files = sorted(entry for entry in folder.iterdir() if entry.suffix.lower() in SUFFIXES)
    if len(files) != 1:
        found = ", ".join(entry.name for entry in files) or "none"
        raise FileFormatError(f"{folder}: no model in this folder, or no single one; files of weights: {found}")
    return files[0]


def _open_index(path: Path) -> Checkpoint:
    """Open all shards that an index lists as one checkpoint."""
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

    return Checkpoint(
        path,
        tuple(shards),
        lambda name: shard_of(name).describe(name),
        lambda name: shard_of(name).read(name),
    )
