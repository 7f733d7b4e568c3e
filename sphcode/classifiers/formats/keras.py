"""Keras 3 files (`.keras`): a zip archive of the configuration and an HDF5 file, in which layers have other names."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.classifiers.formats.checkpoint import Checkpoint, Format, Proposal, TensorFacts, check_expansion, parsing
from sphcode.classifiers.formats.hdf5 import datasets, import_h5py
from sphcode.classifiers.formats.numpy import zip_members

_WEIGHTS, _CONFIG = "model.weights.h5", "config.json"
#: Layers that may follow the head: they keep one score a class.
_KEEPING = frozenset(
    [
        *("Activation", "Softmax", "ReLU", "Dropout", "Reshape", "Flatten", "Identity", "Rescaling", "Permute"),
        *("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "InputLayer"),
    ]
)
_NESTED = 20


@dataclass(frozen=True)
class _Layer:
    """A layer of the configuration: class, name, settings, and its place in the weights where names are not stored."""

    kind: str
    name: str
    settings: dict[str, Any]
    place: str


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
    """Return the last dense layer (or 1x1 convolution), if only layers that keep its scores follow it."""
    for layer in reversed(list(_layers(config, "", 0))):
        size = layer.settings.get("kernel_size")
        if layer.kind == "Dense" or (layer.kind in ("Conv1D", "Conv2D") and size and set(size) == {1}):
            group = groups.get(layer.name, layer.place)
            kernel, bias = f"{group}/0", f"{group}/1"
            if kernel not in tensors:
                return None
            has_bias = layer.settings.get("use_bias", True) and bias in tensors
            return Proposal(kernel, f"the last {layer.kind} layer ({layer.name!r})", 1, bias if has_bias else None)
        if layer.kind not in _KEEPING:
            return None
    return None


def _layers(entry: Any, place: str, depth: int) -> Iterator[_Layer]:
    """Yield the layers of a model in their order, those of models inside it in the place of these."""
    settings = entry.get("config", {}) if isinstance(entry, dict) else {}
    if not isinstance(settings, dict) or depth > _NESTED:
        return
    counts: Counter[str] = Counter()
    for layer in settings.get("layers", ()):
        if not isinstance(layer, dict):
            continue
        kind = str(layer.get("class_name"))
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", kind).lower().replace("_2_d", "2d")
        number, counts[snake] = counts[snake], counts[snake] + 1
        inside = f"{place}layers/{snake}" + (f"_{number}" if number else "")
        own = layer.get("config", {})
        if isinstance(own, dict) and "layers" in own:
            yield from _layers(layer, f"{inside}/", depth + 1)
        elif isinstance(own, dict):
            yield _Layer(kind, str(own.get("name", layer.get("name"))), own, f"{inside}/vars")


def _is_keras(path: Path, start: bytes) -> bool:
    return {_WEIGHTS, _CONFIG} <= set(zip_members(path, start))


KERAS = Format("a Keras file", (".keras",), _is_keras, _open)
