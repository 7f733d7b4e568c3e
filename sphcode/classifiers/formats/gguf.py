"""GGUF files (llama.cpp): the header is checked against the file's length, tensors are decoded by the gguf package."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from sphcode._files import reading
from sphcode.classifiers.formats.checkpoint import UNIT_ROUNDOFF, Checkpoint, Format, Proposal, TensorFacts, parsing
from sphcode.errors import FileFormatError, MissingExtraError

#: Bytes of the scalar types of a header, by their number there; a string is 8, an array 9.
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_FLOATS = {"F32": "F32", "F16": "F16", "BF16": "BF16", "F64": "F64"}
#: Each block of this many weights has its own scale in nearly all types; the others have smaller blocks.
_BLOCK = 32
#: Types whose levels are not evenly spaced: the bits of even levels with the same largest gap.
_COARSE_BITS = {"MXFP4": 2.5, "NVFP4": 2.5, "TQ2_0": 1}
#: Architectures that are encoders: llama.cpp has no output layer for them.
_ENCODERS = ("bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3", "modern-bert", "t5encoder")
#: Versions of the format with this layout; version 1 has shorter lengths.
_VERSIONS = (2, 3)


@dataclass(frozen=True)
class _Header:
    """What stands before the numbers: the metadata, and for each tensor its shape, type and place in the file."""

    metadata: dict[str, Any]
    tensors: dict[str, tuple[tuple[int, ...], int, int]]


class _Reader:
    """Reads a header from a stream; whatever asks for more than the file has left is an error."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self.stream, self.size = stream, size

    def left(self) -> int:
        return self.size - self.stream.tell()

    def take(self, n_bytes: int) -> bytes:
        if n_bytes > self.left():
            raise ValueError(f"truncated: {n_bytes} bytes announced at {self.stream.tell()}, {self.left()} are left")
        return self.stream.read(n_bytes)

    def scalar(self, code: str) -> Any:
        return struct.unpack(f"<{code}", self.take(struct.calcsize(f"<{code}")))[0]

    def count(self, what: str, smallest: int) -> int:
        """Read a number of things of which each takes at least so many bytes."""
        count = int(self.scalar("Q"))
        if count * smallest > self.left():
            raise ValueError(f"truncated: {count} {what} announced, {self.left()} bytes are left")
        return count

    def string(self) -> str:
        return self.take(self.count("characters", 1)).decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.string()
        if kind != _ARRAY:
            if kind not in _SCALARS:
                raise ValueError(f"unknown type {kind} of metadata")
            return self.scalar(_SCALARS[kind])
        inner = self.scalar("I")
        if inner == _STRING:
            return [self.string() for _ in range(self.count("strings", 8))]
        if inner not in _SCALARS:
            raise ValueError(f"unknown type {inner} of metadata in an array")
        code = np.dtype(_SCALARS[inner]).newbyteorder("<")
        count = self.count("numbers", code.itemsize)
        return np.frombuffer(self.take(count * code.itemsize), code)


def _read_header(path: Path) -> _Header:
    size = path.stat().st_size
    with path.open("rb") as stream:
        reader = _Reader(stream, size)
        reader.take(4)
        version = reader.scalar("I")
        if version not in _VERSIONS:
            raise ValueError(
                f"GGUF version {version} is not read, only {', '.join(map(str, _VERSIONS))} (little-endian)"
            )
        n_tensors, n_values = reader.count("tensors", 24), reader.count("values", 13)
        metadata: dict[str, Any] = {}
        for _ in range(n_values):
            key = reader.string()
            metadata[key] = reader.value(reader.scalar("I"))
        places: dict[str, tuple[tuple[int, ...], int, int]] = {}
        for _ in range(n_tensors):
            name, n_axes = reader.string(), reader.scalar("I")
            if n_axes > 8:
                raise ValueError(f"tensor {name[:40]!r} claims {n_axes} axes")
            shape = tuple(int(reader.scalar("Q")) for _ in range(n_axes))[::-1]
            places[name] = (shape, reader.scalar("I"), reader.scalar("Q"))
        alignment = metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 0 < alignment <= 2**20:
            raise ValueError(f"`general.alignment` is {alignment!r}")
        begin = -(-stream.tell() // alignment) * alignment
    return _Header(metadata, {name: (shape, kind, begin + at) for name, (shape, kind, at) in places.items()})


def _open(path: Path) -> Checkpoint:
    try:
        import gguf
    except ImportError:
        raise MissingExtraError(
            f"{path}: reading GGUF needs the gguf package, which is not installed: pip install 'sphcode[gguf]'"
        ) from None
    with reading(path, "a GGUF file"):
        header = _read_header(path)
        types: dict[str, Any] = {}
        for name, (shape, kind, begin) in header.tensors.items():
            try:
                types[name] = gguf.GGMLQuantizationType(kind)
                block, block_bytes = gguf.GGML_QUANT_SIZES[types[name]]
            except (ValueError, KeyError):
                raise ValueError(f"tensor {name[:40]!r} has the unknown type {kind}") from None
            # A product of Python integers: it cannot overflow.
            n_entries = int(np.prod(shape, dtype=object))
            if not shape or shape[-1] % block or begin + n_entries // block * block_bytes > path.stat().st_size:
                raise ValueError(f"tensor {name[:40]!r} of shape {shape} does not fit into the file")

    def describe(name: str) -> TensorFacts:
        kind = types[name].name
        return TensorFacts(_FLOATS.get(kind, kind), header.tensors[name][0], path, notes, _roundoff(kind))

    def read(name: str) -> NDArray[Any]:
        shape, _, begin = header.tensors[name]
        block, block_bytes = gguf.GGML_QUANT_SIZES[types[name]]
        rows = (*shape[:-1], shape[-1] // block * block_bytes)
        with parsing(path, "a GGUF file"):
            raw = np.memmap(path, np.uint8, "r", begin, rows)
            try:
                # Scales that are no numbers give entries that are none, which the reader of heads refuses.
                with np.errstate(all="ignore"):
                    return np.asarray(gguf.dequantize(raw, types[name])).reshape(shape)
            except NotImplementedError:
                raise FileFormatError(
                    f"{path}: {name!r} has type {types[name].name}, which the gguf package does not decode; convert it "
                    "to a float type first"
                ) from None

    notes = {key: str(value) for key, value in header.metadata.items() if isinstance(value, (str, int, float))}
    tokens = header.metadata.get("tokenizer.ggml.tokens")
    names = tuple(tokens) if isinstance(tokens, list) else ()
    return Checkpoint(
        path,
        tuple(header.tensors),
        describe,
        read,
        tuple(_proposals(header)),
        {"vocab_size": len(names)} if names else {},
        names,
        tuple(_rounding_notes(header, {name: kind.name for name, kind in types.items()})),
    )


def _proposals(header: _Header) -> Iterator[Proposal]:
    """Name the head as llama.cpp does: its output layer, and the token embedding where there is none."""
    architecture = str(header.metadata.get("general.architecture", "unknown"))
    for key in ("cls.output.weight", "output.weight"):
        if key in header.tensors:
            bias = key.replace("weight", "bias")
            what = "the output layer" if key == "output.weight" else "the classifier"
            yield Proposal(key, f"{what} of llama.cpp's names", 0, bias if bias in header.tensors else None)
    if "token_embd.weight" in header.tensors:
        if architecture in _ENCODERS:
            why = f"the file has no classifier head ({architecture} encodes); the token embedding is measured instead"
        else:
            why = "the file has no output.weight, and the token embedding is the output layer then (tied)"
        yield Proposal("token_embd.weight", why, 0, stand_in=architecture in _ENCODERS)


def _roundoff(kind: str) -> float | None:
    """Bound how far rounding has moved a row, as a share of its norm, for a quantised type of B bits; None for others.

    Each block of at most 32 weights is rounded on a scale of its largest: an entry is moved by at most max / 2^B, a
    block by at most sqrt(32) times that, and max is at most the norm of the block. (The scales of nested types are
    rounded too, which this leaves out; what rounding does to rows that are evenly large is a third of it.)
    """
    if kind in _FLOATS or (kind.startswith("I") and not kind.startswith("IQ")):
        return None
    digits = "".join(character for character in kind.split("_", maxsplit=1)[0] if character.isdigit())
    bits = _COARSE_BITS.get(kind, int(digits[:1] or 1))
    return float(np.sqrt(_BLOCK) * 2.0**-bits)


def _rounding_notes(header: _Header, types: dict[str, str]) -> Iterator[str]:
    for proposal in list(_proposals(header))[:1]:
        kind = types[proposal.key]
        share = _roundoff(kind)
        if share is not None and kind not in UNIT_ROUNDOFF:
            yield (
                f"{proposal.key} is quantised ({kind}) and was decoded by the gguf package: the numbers are those of "
                f"the rounded weights, and rounding has moved a row by up to about {100 * share:.0f} % of its norm"
            )


GGUF = Format("a GGUF file", (".gguf",), lambda _, start: start.startswith(b"GGUF"), _open)
