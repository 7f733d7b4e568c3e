"""Safetensors files, by the package's own reader: the header is checked, one tensor is read at a time."""

from __future__ import annotations

from pathlib import Path

from sphcode._safetensors import read_header, read_tensor
from sphcode.classifiers.formats.checkpoint import Checkpoint, Format, TensorFacts


def _open(path: Path) -> Checkpoint:
    header = read_header(path)

    def describe(name: str) -> TensorFacts:
        info = header.tensors[name]
        return TensorFacts(info.dtype, info.shape, path, header.metadata)

    return Checkpoint(path, tuple(header.tensors), describe, lambda name: read_tensor(path, name))


#: Eight bytes of length, of which the last are zero, come before the header's brace.
SAFETENSORS = Format("a safetensors file", (".safetensors",), lambda _, start: start[6:9] == b"\0\0{", _open)
