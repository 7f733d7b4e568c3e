"""Keras 3 files (`.keras`): a zip archive of the configuration and an HDF5 file, in which layers have other names."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.classifiers.formats.checkpoint import Checkpoint, Format, Proposal, TensorFacts, check_expansion, parsing
from sphcode.classifiers.formats.hdf5 import datasets, import_h5py
from sphcode.classifiers.formats.keras_layers import scores_layer
from sphcode.classifiers.formats.numpy import zip_members

_WEIGHTS, _CONFIG = "model.weights.h5", "config.json"


def _open(path: Path) -> Checkpoint:
    h5py = import_h5py(path)
    with parsing(path, "a Keras file"), zipfile.ZipFile(path) as archive:
        config = json.loads(_member(archive, _CONFIG, path))
        weights = _member(archive, _WEIGHTS, path)
        with h5py.File(io.BytesIO(weights), "r") as file:
            tensors = datasets(h5py, file, path)
            groups = {_text(file[name].attrs.get("name")): name for name in _variable_groups(file)}
        head = _head(config, tensors, groups)

    def describe(name: str) -> TensorFacts:
        return tensors[name]

    def read(name: str) -> NDArray[Any]:
        # The archive is read again, so that its bytes are not held between the reading of two tensors.
        with parsing(path, "a Keras file"):
            with zipfile.ZipFile(path) as archive:
                weights = _member(archive, _WEIGHTS, path)
            with h5py.File(io.BytesIO(weights), "r") as file:
                return np.asarray(file[name][()])

    return Checkpoint(path, tuple(tensors), describe, read, (head,) if head else ())


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    """Read a member of the archive, unless it declares far more bytes than the file can hold of it."""
    info = archive.getinfo(name)
    check_expansion(name, info.file_size, min(info.compress_size, path.stat().st_size))
    with archive.open(info) as stream:
        return stream.read(info.file_size)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _variable_groups(file: Any) -> list[str]:
    """Return the groups that hold the variables of a layer, and its name as an attribute."""
    found: list[str] = []
    file.visititems(lambda name, _: found.append(name) if name.endswith("/vars") else None)
    return found


def _head(config: Any, tensors: dict[str, TensorFacts], groups: dict[str, str]) -> Proposal | None:
    """Return the layer of the scores, found by its name in the weights, else by its place there."""
    layer = scores_layer(config)
    group = None if layer is None else groups.get(layer.name, layer.place)
    kernel, bias = f"{group}/0", f"{group}/1"
    if layer is None or kernel not in tensors:
        return None
    has_bias = layer.settings.get("use_bias", True) and bias in tensors
    return Proposal(kernel, f"the last {layer.kind} layer ({layer.name!r})", 1, bias if has_bias else None)


def _is_keras(path: Path, start: bytes) -> bool:
    return {_WEIGHTS, _CONFIG} <= set(zip_members(path, start))


KERAS = Format("a Keras file", (".keras",), _is_keras, _open)
