"""Files of every kind that is read, damaged."""

from __future__ import annotations

import json
import random
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import sphcode

_NUMBERS = (
    "NaN",
    "1e999",
    "-0",
    "1e-999",
    "9" * 40,
    "9" * 5000,
    "null",
    "true",
    '"x"',
    "[]",
    "{}",
    "0x1p3",
    "1/0",
    "\u0663",
)
_WHOLE = (
    b"",
    b"\0" * 50,
    b"PK\x03\x04",
    b"\x93NUMPY",
    b"{}",
    b"[]",
    b"null",
    b"\xff\xfe",
    b"[" * 10**5,
    b"1 2\n3",
    b"\xff" * 16,
)


def prepare(folder: Path) -> list[Path]:
    """Write one good file of every kind; return them."""
    weights = np.random.default_rng(0).standard_normal((8, 4))
    code = sphcode.SphericalCode(weights / np.linalg.norm(weights, axis=1, keepdims=True))
    for suffix in (".npz", ".npy", ".json", ".txt", ".safetensors"):
        code.save(folder / f"code{suffix}")
    np.savez(folder / "head.npz", weight=weights, bias=weights[:, 0])
    (folder / "proof.json").write_text(json.dumps(sphcode.prove(sphcode.construct(3, 6).code())))
    certificate = sphcode.bound(4, 12, method="closed-form").certificate
    (folder / "bound.json").write_text(json.dumps(dict(certificate)))
    lp = sphcode.bound(4, 12, method="lp", degree=3).certificate
    (folder / "lp.json").write_text(json.dumps(dict(lp)))
    # Members that declare more than is there, or would fill the memory.
    header = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118)
    text = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 4), }"
    (folder / "large.npy").write_bytes(header + text.ljust(117) + b"\n" + b"\0" * 64)
    with zipfile.ZipFile(folder / "large.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("points.npy", header + text.ljust(117) + b"\n" + b"\0" * 10**6)
    (folder / "large.safetensors").write_bytes(struct.pack("<Q", 2**62) + b"{}")
    return sorted(folder.iterdir())


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Return the bytes of a file after an accident."""
    data = bytearray(content)
    at = rng.randrange(len(data)) if data else 0
    kind = rng.randrange(8)
    if kind == 0:
        return bytes(data[:at])
    if kind == 1:
        return rng.choice(_WHOLE)
    if kind == 2:
        numbers = list(re.finditer(rb"-?\d+(\.\d+)?", content))
        if numbers:
            chosen = rng.choice(numbers)
            return content[: chosen.start()] + rng.choice(_NUMBERS).encode() + content[chosen.end() :]
    if kind == 3:
        return content[:at] + rng.randbytes(rng.choice([1, 8, 100])) + content[at:]
    if kind == 4:
        return content[:at] + content[at + rng.choice([1, 4, 64]) :]
    if kind == 5:
        return content + content[at:]
    for _ in range(rng.choice([1, 2, 8])):
        # The beginning is where the headers are.
        where = rng.randrange(min(len(data), 300 if kind == 6 else len(data))) if data else 0
        if data:
            data[where] = rng.randrange(256)
    return bytes(data)


def trials(seed: int, count: int, folder: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield `count` readings of damaged files, made in `folder` out of those that `prepare` wrote."""
    rng = random.Random(seed)
    kinds = sorted(folder.iterdir())
    for index in range(count):
        source = kinds[index % len(kinds)]
        path = folder.parent / f"damaged{source.suffix}"
        path.write_bytes(source.read_bytes() if index < len(kinds) else damaged(source.read_bytes(), rng))
        for read in (sphcode.SphericalCode.load, sphcode.load_weights, sphcode.verify):
            yield (
                f"{read.__qualname__} of {source.name}, trial {index} of seed {seed}",
                lambda read=read, path=path: read(path),
            )
