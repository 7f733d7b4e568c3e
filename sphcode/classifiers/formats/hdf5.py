"""HDF5 files (Keras 2, h5py), read with h5py; datasets that keep their numbers in other files are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.classifiers.formats.checkpoint import Checkpoint, Format, TensorFacts, parsing, type_name
from sphcode.errors import MissingExtraError


def open_hdf5(path: Path) -> Checkpoint:
    """Open an HDF5 file; the names are those of its datasets."""
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
            tensors[name] = TensorFacts(type_name(entry.dtype.name), entry.shape, path)

    with parsing(path, "an HDF5 file"), h5py.File(path, "r") as file:
        file.visititems(collect)

    def read(name: str) -> NDArray[Any]:
        with parsing(path, "an HDF5 file"), h5py.File(path, "r") as file:
            return np.asarray(file[name][()])

    return Checkpoint(path, tuple(tensors), tensors.__getitem__, read)


HDF5 = Format("an HDF5 file", (".h5", ".hdf5"), lambda _, start: start.startswith(b"\x89HDF\r\n\x1a\n"), open_hdf5)
