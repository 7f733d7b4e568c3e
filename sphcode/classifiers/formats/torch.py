"""PyTorch files, loaded with `weights_only`, which builds tensors and plain containers and refuses all else."""

from __future__ import annotations

import pickle
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._safetensors import MAPPED_BYTES
from sphcode._validate import tensor_as_stored
from sphcode.classifiers.formats.checkpoint import Checkpoint, Format, TensorFacts, parsing, type_name
from sphcode.classifiers.formats.numpy import zip_members
from sphcode.errors import FileFormatError, MissingExtraError


def _open(path: Path) -> Checkpoint:
    try:
        import torch
    except ImportError:
        raise MissingExtraError(
            f"{path}: reading PyTorch files needs torch, which is not installed; install it, or convert the head where "
            f"torch is: import torch, safetensors.torch as st; state = torch.load({path.name!r}, map_location='cpu', "
            "weights_only=True); st.save_file({'weight': state['KEY'].contiguous()}, 'head.safetensors')"
        ) from None
    with parsing(path, "a PyTorch file"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # Only the zip layout (torch >= 1.6) can be mapped; the older one is read whole.
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
        except pickle.UnpicklingError:
            raise ValueError(
                "it holds more than tensors, or is damaged; sphcode never unpickles objects: save `model.state_dict()`"
            ) from None
    return tensors_by_name(content, path)


def tensors_by_name(content: Any, path: Path) -> Checkpoint:
    """Open nested containers of tensors or arrays: their names are the keys and places on the way, joined by dots."""
    tensors: dict[str, Any] = {}

    def collect(prefix: str, entry: Any) -> None:
        if hasattr(entry, "shape") and hasattr(entry, "dtype"):
            tensors[prefix] = entry
        elif isinstance(entry, Mapping | list | tuple):
            for name, value in entry.items() if isinstance(entry, Mapping) else enumerate(entry):
                collect(f"{prefix}.{name}" if prefix else str(name), value)

    collect("", content)
    if not tensors:
        inside = list(content.values()) if isinstance(content, Mapping) else content
        items = inside if isinstance(inside, list | tuple) else [inside]
        kinds = ", ".join(sorted({type(item).__name__ for item in items})) or "nothing"
        raise FileFormatError(f"{path}: no tensors: {type(content).__name__} of {kinds}")

    def describe(name: str) -> TensorFacts:
        tensor = tensors[name]
        dtype = str(tensor.dtype).removeprefix("torch.")
        if not hasattr(tensor, "detach"):
            whole = np.dtype(dtype).kind in "iu" if isinstance(tensor, np.ndarray) else False
            return TensorFacts(type_name(dtype), tuple(tensor.shape), path, roundoff=0.0 if whole else None)
        if str(tensor.layout) != "torch.strided" or tensor.is_quantized:
            dtype = "quantised or sparse"
        return TensorFacts(type_name(dtype), tuple(tensor.shape), path)

    def read(name: str) -> NDArray[Any]:
        tensor = tensors[name]
        if not hasattr(tensor, "detach"):
            return np.array(tensor)
        if tensor.is_meta:
            raise FileFormatError(
                f"{path}: {name!r} is a tensor without data (device 'meta'): the model was saved while its weights "
                "were offloaded; load them first, then save it again"
            )
        tensor = tensor.detach()
        narrow = tensor.is_floating_point() and tensor.element_size() < 4
        stays = tensor.element_size() == 2 and 2 * tensor.numel() >= MAPPED_BYTES
        # A copy: the tensors of a model may change afterwards.
        return np.array(tensor_as_stored(tensor.float() if narrow and not stays else tensor))

    return Checkpoint(path, tuple(tensors), describe, read)


def _is_torch(path: Path, start: bytes) -> bool:
    """Tell a zip archive with one pickle of tensors, or the pickle with torch's number that was written before 2020."""
    if any(name.split("/", 1)[-1] == "data.pkl" for name in zip_members(path, start)):
        return True
    return start.startswith(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")


TORCH = Format("a PyTorch file", (".pt", ".pth", ".bin", ".ckpt"), _is_torch, _open)
