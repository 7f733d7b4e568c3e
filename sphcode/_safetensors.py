"""Safetensors files: one tensor read by memory map, every claim of the header checked first, and a writer.

Layout: 8 bytes (little-endian length of the header), the header as JSON, the bytes of the tensors. The header maps
each name to dtype, shape and byte offsets, and `__metadata__` to a string-to-string map. Own code, because the NumPy
side of the reference package cannot read bfloat16, in which most language models are stored.
"""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from sphcode._files import reading
from sphcode.errors import FileFormatError

#: The format's own limit on the length of the header.
MAX_HEADER_BYTES = 100_000_000

#: Tensors of so many bytes are memory-mapped, not copied.
MAPPED_BYTES = 1 << 26

_NATIVE = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "|u1",
    "BOOL": "|b1",
}
#: Types without a NumPy counterpart that can be read: name -> stored as.
_WIDENED = {"BF16": "<u2", "F8_E4M3": "|u1", "F8_E5M2": "|u1", "F8_E8M0": "|u1"}


@dataclass(frozen=True)
class TensorInfo:
    """What the header says about a tensor: its type's name in the format, its shape, its first byte in the file."""

    dtype: str
    shape: tuple[int, ...]
    offset: int


@dataclass(frozen=True)
class Header:
    """The header of a file: its tensors by name, and the file's metadata."""

    tensors: Mapping[str, TensorInfo]
    metadata: Mapping[str, str]


def read_header(path: str | os.PathLike[str]) -> Header:
    """Read and check the header; no tensor is read. Raises FileFormatError for anything the format does not allow."""
    with reading(path, "a safetensors file"), Path(path).open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if size < 8:
            raise ValueError(f"{size} bytes are too few, it is truncated")
        (length,) = struct.unpack("<Q", stream.read(8))
        if length > MAX_HEADER_BYTES:
            raise ValueError(f"it claims a header of {length} bytes, more than the format allows")
        if length > size - 8:
            raise ValueError(f"it claims a header of {length} bytes and has {size} in all, it is truncated")
        content = _parse(stream.read(length))
        metadata = content.pop("__metadata__", {})
        if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
            raise ValueError("`__metadata__` is not a map from strings to strings")
        begin = 8 + length
        spans = {name: _span(name, entry) for name, entry in content.items()}
        _check_tiling(spans, size - begin)
        tensors = {name: TensorInfo(dtype, shape, begin + first) for name, (dtype, shape, first, _) in spans.items()}
        return Header(tensors, metadata)


def read_tensor(path: str | os.PathLike[str], name: str) -> NDArray[Any]:
    """Read one tensor as an array of its own; a large one that is stored as it is returned is memory-mapped, read-only.

    float64, float32 and integer tensors keep their type, and so do large ones of float16 and bfloat16 (a type of the
    package ml_dtypes); small ones of these and the 8-bit float types come out as float32, which holds each of their
    values exactly. Raises FileFormatError for a damaged file, a name not in it, or a type that has no such meaning (4-
    and 6-bit floats, complex numbers).
    """
    tensors = read_header(path).tensors
    if name not in tensors:
        raise FileFormatError(f"{path}: no tensor {name!r}; it has {', '.join(sorted(tensors)) or 'none'}")
    info = tensors[name]
    stored = _NATIVE.get(info.dtype) or _WIDENED.get(info.dtype)
    if stored is None:
        raise FileFormatError(f"{path}: tensor {name!r} has type {info.dtype}, which has no plain numbers to read")
    if math.prod(info.shape) == 0:
        return np.empty(info.shape, dtype=stored if info.dtype in _NATIVE else np.float32)
    with reading(path, "a safetensors file"):
        # Private pages, as torch takes no read-only ones; nothing writes.
        raw = np.memmap(path, dtype=stored, mode="c", offset=info.offset, shape=info.shape)
        large = raw.nbytes >= MAPPED_BYTES
        if not large and info.dtype in ("BF16", "F16"):
            return _widened(raw, info.dtype)
        if info.dtype in _WIDENED and info.dtype != "BF16":
            return np.take(_float8_values(info.dtype), raw)
        kept = large and info.offset % raw.itemsize == 0 and raw.dtype.isnative
        array = raw if kept else np.array(raw, dtype=raw.dtype.newbyteorder("="))
        array.flags.writeable = not kept  # what it holds is what the file holds
        return _as_bfloat16(array) if info.dtype == "BF16" else array


def _as_bfloat16(bits: NDArray[np.uint16]) -> NDArray[Any]:
    import ml_dtypes

    return bits.view(ml_dtypes.bfloat16)


def _widened(raw: NDArray[Any], dtype: str) -> NDArray[np.float32]:
    """Return 16-bit floats as float32."""
    if dtype == "F16":
        return np.array(raw, dtype=np.float32)
    return (raw.astype(np.uint32) << np.uint32(16)).view(np.float32)


def write_tensors(stream: IO[bytes], tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]) -> None:
    """Write a whole file to `stream`; the same tensors and metadata give the same bytes.

    Wide types come first, so that every tensor starts at a multiple of its item size.
    """
    arrays = {name: np.asarray(array) for name, array in tensors.items()}
    arrays = {name: np.ascontiguousarray(array, array.dtype.newbyteorder("<")) for name, array in arrays.items()}
    ordered = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))
    write_header(stream, {name: (arrays[name].dtype, np.shape(tensors[name])) for name in ordered}, metadata)
    for name in ordered:
        stream.write(arrays[name].tobytes())


def write_header(
    stream: IO[bytes], tensors: Mapping[str, tuple[np.dtype[Any], tuple[int, ...]]], metadata: Mapping[str, str]
) -> None:
    """Write what stands before the tensors, whose types and shapes are given; their bytes follow in this order."""
    names = {np.dtype(code): name for name, code in _NATIVE.items()}
    header: dict[str, Any] = {"__metadata__": dict(sorted(metadata.items()))}
    end = 0
    for name, (dtype, shape) in tensors.items():
        begin, end = end, end + math.prod(shape) * dtype.itemsize
        header[name] = {"dtype": names[dtype], "shape": list(shape), "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    stream.write(struct.pack("<Q", len(text)) + text)


def _parse(text: bytes) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) < len(pairs):
            raise ValueError("a name occurs twice in its header")
        return dict(pairs)

    try:
        content = json.loads(text.decode(), object_pairs_hook=unique)
    except RecursionError:
        raise ValueError("its header is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"its header is not JSON ({error})") from None
    if not isinstance(content, dict):
        raise ValueError("its header is not a JSON object")
    return content


def _span(name: str, entry: Any) -> tuple[str, tuple[int, ...], int, int]:
    """Return dtype, shape, first and last offset of one header entry, checked against each other."""
    try:
        dtype, shape, (first, last) = entry["dtype"], entry["shape"], entry["data_offsets"]
        whole = all(type(value) is int and value >= 0 for value in (*shape, first, last))
    except (TypeError, KeyError, ValueError):
        whole = False
    if not whole or not isinstance(dtype, str):
        raise ValueError(f"the entry of tensor {name!r} lacks a dtype, a shape or offsets")
    code = _NATIVE.get(dtype) or _WIDENED.get(dtype)
    if code is not None and math.prod(shape) * np.dtype(code).itemsize != last - first:
        raise ValueError(f"tensor {name!r} of shape {shape} and type {dtype} does not fill its {last - first} bytes")
    return dtype, tuple(shape), first, last


def _check_tiling(spans: Mapping[str, tuple[str, tuple[int, ...], int, int]], available: int) -> None:
    """Raise ValueError unless the tensors fill the bytes after the header, without overlap, gap or excess."""
    end = 0
    for name, (_, _, first, last) in sorted(spans.items(), key=lambda item: item[1][2:]):
        if first != end or last < first:
            raise ValueError(f"tensor {name!r} overlaps another, or leaves a gap")
        end = last
    if end > available:
        raise ValueError(f"its header claims {end} bytes of tensors and {available} follow, it is truncated")
    if end < available:
        raise ValueError(f"{available - end} bytes follow its last tensor")


@cache
def _float8_values(dtype: str) -> NDArray[np.float32]:
    """Return the values of all 256 bytes: sign, exponent (4 bits, bias 7, or 5 bits, bias 15), fraction.

    E8M0, the type of MX scales, has an exponent only (8 bits, bias 127), and 255 is not a number.
    """
    if dtype == "F8_E8M0":
        powers = np.append(np.ldexp(1.0, np.arange(255) - 127), np.nan).astype(np.float32)
        powers.flags.writeable = False
        return powers
    exponent_bits, fraction_bits, bias = (4, 3, 7) if dtype == "F8_E4M3" else (5, 2, 15)
    codes = np.arange(128)
    exponent = codes >> fraction_bits
    fraction = (codes & (2**fraction_bits - 1)) / 2.0**fraction_bits
    values = np.where(exponent > 0, np.ldexp(1.0 + fraction, exponent - bias), np.ldexp(fraction, 1 - bias))
    if dtype == "F8_E4M3":
        values[127] = np.nan
    else:
        top = exponent == 2**exponent_bits - 1
        values[top] = np.where(fraction[top] == 0, np.inf, np.nan)
    table = np.concatenate([values, -values]).astype(np.float32)
    table.flags.writeable = False
    return table
