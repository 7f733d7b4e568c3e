"""HDF5 files (Keras 2, h5py), read with h5py; datasets that keep their numbers in other files are refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.classifiers.formats.checkpoint import (
    Checkpoint,
    Format,
    Proposal,
    TensorFacts,
    check_expansion,
    parsing,
    type_name,
)
from sphcode.classifiers.formats.keras_layers import scores_layer
from sphcode.errors import MissingExtraError


def open_hdf5(path: Path) -> Checkpoint:
    """Open an HDF5 file; the names are those of its datasets."""
    h5py = import_h5py(path)
    with parsing(path, "an HDF5 file"), h5py.File(path, "r") as file:
        tensors = datasets(h5py, file, path)
        head = _head(file.attrs.get("model_config"), tensors)

    def read(name: str) -> NDArray[Any]:
        with parsing(path, "an HDF5 file"), h5py.File(path, "r") as file:
            return np.asarray(file[name][()])

    return Checkpoint(path, tuple(tensors), tensors.__getitem__, read, (head,) if head else ())


def _head(config: Any, tensors: dict[str, TensorFacts]) -> Proposal | None:
    """Return the layer of the scores of a whole model of Keras 2, which has its configuration as an attribute."""
    if not isinstance(config, (str, bytes)):
        return None
    try:
        layer = scores_layer(json.loads(config))
    except (ValueError, RecursionError):
        return None
    found = [name for name in tensors if layer is not None and f"/{layer.name}/" in f"/{name}"]
    kernels, biases = ([name for name in found if re.search(rf"/{end}(:0)?$", name)] for end in ("kernel", "bias"))
    if layer is None or len(kernels) != 1:
        return None
    return Proposal(kernels[0], f"the last {layer.kind} layer ({layer.name!r})", 1, biases[0] if biases else None)


def import_h5py(path: Path) -> Any:
    """Return h5py, or raise the error that tells how to install it."""
    try:
        import h5py
    except ImportError:
        raise MissingExtraError(
            f"{path}: reading HDF5 needs h5py, which is not installed: pip install 'sphcode[weights]'"
        ) from None
    return h5py


def datasets(h5py: Any, file: Any, path: Path) -> dict[str, TensorFacts]:
    """Return the facts of all datasets, after their sizes were compared with the bytes that they take in the file."""
    tensors: dict[str, TensorFacts] = {}

    def collect(name: Any, entry: Any) -> None:
        if not isinstance(name, str):  # h5py gives names that are no UTF-8 as bytes
            raise ValueError(f"the name {name!r} is not text")
        if isinstance(entry, h5py.Dataset) and entry.shape is not None:
            if entry.external or entry.is_virtual:
                raise ValueError(f"dataset {name!r} keeps its numbers in another file")
            size = int(np.prod(entry.shape, dtype=object)) * entry.dtype.itemsize
            check_expansion(f"dataset {name!r}", size, int(entry.id.get_storage_size()))
            tensors[name] = TensorFacts(type_name(entry.dtype.name), entry.shape, path)

    file.visititems(collect)
    return tensors


HDF5 = Format("an HDF5 file", (".h5", ".hdf5"), lambda _, start: start.startswith(b"\x89HDF\r\n\x1a\n"), open_hdf5)
