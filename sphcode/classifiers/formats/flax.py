"""Flax files (`.msgpack`): nested tables of arrays, as `flax.serialization` writes them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.classifiers.formats.checkpoint import Checkpoint, Format, TensorFacts, parsing, type_name
from sphcode.errors import MissingExtraError

#: Numbers of the extension types of flax: an array, a complex number, a scalar.
_ARRAY, _COMPLEX, _SCALAR = 1, 2, 3
_CHUNKED = "__msgpack_chunked_array__"
#: Nested maps of a tree deeper than any model's; a file beyond is made to exhaust the stack.
_DEPTH = 100
#: For each first byte of a header: the bytes of its length field, and how many things or bytes it announces at least.
_SIZED = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xC7: 1, 0xC8: 2, 0xC9: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_COUNTED = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}
_FIXED = {0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}
_FIXED |= {0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8, 0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17}


def check_sizes(data: bytes | memoryview) -> None:
    """Raise ValueError unless every length and count of a msgpack message fits into the bytes that follow it.

    A parser makes room for what a header announces before it reads it; this is looked at first.
    """
    position, awaited, end = 0, 1, len(data)
    while awaited:
        if awaited > end - position:
            raise ValueError(f"truncated: {awaited} values announced, {end - position} bytes are left")
        first, position, awaited = data[position], position + 1, awaited - 1
        n_bytes = 0
        if first <= 0x7F or first >= 0xE0:
            continue
        if first <= 0x8F:
            awaited += 2 * (first & 0x0F)
        elif first <= 0x9F:
            awaited += first & 0x0F
        elif first <= 0xBF:
            n_bytes = first & 0x1F
        elif first in _SIZED:
            width = _SIZED[first]
            # The extension types 0xC7 to 0xC9 have one byte more, for their number.
            n_bytes = int.from_bytes(data[position : position + width], "big") + width + (0xC7 <= first <= 0xC9)
        elif first in _COUNTED:
            width, each = _COUNTED[first]
            awaited += each * int.from_bytes(data[position : position + width], "big")
            n_bytes = width
        elif first in _FIXED:
            n_bytes = _FIXED[first]
        else:
            raise ValueError(f"byte {first:#x} starts no value")
        if n_bytes > end - position:
            raise ValueError(f"truncated: {n_bytes} bytes announced at {position}, {end - position} are left")
        position += n_bytes


def _open(path: Path) -> Checkpoint:
    try:
        import msgpack
    except ImportError:
        raise MissingExtraError(
            f"{path}: reading Flax files needs msgpack, which is not installed: pip install 'sphcode[weights]'"
        ) from None
    tensors: dict[str, NDArray[Any]] = {}
    facts: dict[str, TensorFacts] = {}

    def unpack(data: bytes | memoryview) -> Any:
        check_sizes(data)
        return msgpack.unpackb(data, ext_hook=decode, raw=False, strict_map_key=False)

    def decode(code: int, data: bytes) -> Any:
        if code not in (_ARRAY, _SCALAR):
            return None
        shape, name, content = unpack(data)
        return _array(shape, name, content)

    def collect(prefix: str, entry: Any, depth: int) -> None:
        if depth > _DEPTH:
            raise ValueError("nested too deeply")
        if isinstance(entry, tuple) and len(entry) == 2:
            tensors[prefix], dtype = entry
            facts[prefix] = TensorFacts(type_name(dtype), tensors[prefix].shape, path)
        elif isinstance(entry, Mapping) and _CHUNKED in entry:
            collect(prefix, _joined(entry), depth + 1)
        elif isinstance(entry, Mapping | list):
            for name, value in entry.items() if isinstance(entry, Mapping) else enumerate(entry):
                collect(f"{prefix}/{name}" if prefix else str(name), value, depth + 1)

    with parsing(path, "a Flax file"):
        content = unpack(path.read_bytes())
        if not isinstance(content, Mapping | list):
            raise ValueError("it holds no table of arrays")
        collect("", content, 0)

    def read(name: str) -> NDArray[Any]:
        values = tensors[name]
        if facts[name].dtype == "BF16":
            # bfloat16 is the upper half of float32.
            return (values.astype(np.uint32) << 16).view(np.float32)
        return values

    return Checkpoint(path, tuple(tensors), facts.__getitem__, read)


def _array(shape: Any, name: Any, content: Any) -> tuple[NDArray[Any], str]:
    """Return an array as it was stored, and the name of its type; bfloat16 stays in 16 bits."""
    name = name.decode() if isinstance(name, bytes) else str(name)
    dtype = np.dtype("<u2" if name in ("bfloat16", "V2") else name)
    if dtype.hasobject or not isinstance(content, bytes):
        raise ValueError(f"an array of type {name!r}")
    sizes = [int(size) for size in shape]
    if min(sizes, default=0) < 0 or math.prod(sizes) * dtype.itemsize != len(content):
        raise ValueError(f"an array claims the shape {tuple(sizes)}, which its {len(content)} bytes do not fill")
    return np.frombuffer(content, dtype).reshape(sizes), "bfloat16" if name == "V2" else name


def _joined(entry: Mapping[Any, Any]) -> tuple[NDArray[Any], str]:
    """Return an array that flax has cut, because it is longer than msgpack allows."""
    chunks = [entry["chunks"][str(number)] for number in range(len(entry["chunks"]))]
    shape = [int(entry["shape"][str(number)]) for number in range(len(entry["shape"]))]
    return np.concatenate([chunk for chunk, _ in chunks]).reshape(shape), chunks[0][1]


FLAX = Format("a Flax file", (".msgpack",), lambda _, __: False, _open)
