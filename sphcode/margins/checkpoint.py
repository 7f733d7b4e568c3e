"""A folder that keeps the blocks that a measurement has finished, so that a run that was stopped goes on.

The folder belongs to one matrix and one set of settings, which `checkpoint.json` names. Each measurement in it (of the
rows as loaded, of the unit rows) has a file of its own, named by the digest of what is measured: records are appended
in order and forced to the disk, each with its length and digest. What a kill left of a last record is cut off.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from sphcode._files import fcntl, reading, write_atomically
from sphcode._validate import check_path, fail
from sphcode.errors import InvalidInputError, WriteError
from sphcode.margins.rows import Rows, as_rows

SCHEMA = "sphcode.checkpoint/1"
NAME = "checkpoint.json"
#: Settings of which only a digest is written, which says nothing to a reader.
DIGESTS = ("matrix", "classes")
_MARK = b"sphcode blocks 1\n"
#: A record begins with the length of its content and the digest of that.
_HEADER = struct.Struct("<Q32s")

Arrays = Mapping[str, NDArray[Any]]


def digest_of(*parts: Any) -> str:
    """Digest of rows, arrays, and what JSON holds."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, Rows):
            single = part.is_narrow  # rows of the same numbers are the same rows, in 16 bits or 32
            total.update(f"{part.shape} {np.dtype(np.float32).str if single else part.stored.dtype.str}".encode())
            for rows in part.slices():
                total.update(np.ascontiguousarray(part.single(rows) if single else part.stored[rows]).data)
            for values in (part.shift, part.factors, part.column):
                total.update(digest_of(values).encode())
        elif isinstance(part, np.ndarray):
            total.update(f"{part.shape} {part.dtype.str}".encode())
            total.update(np.ascontiguousarray(part).data)
        else:
            total.update(json.dumps(part).encode())
    return total.hexdigest()


class Checkpoint:
    """A folder for the measurements of one matrix.

    Parameters
    ----------
    folder : path
        A folder that a former run has made, or that is empty or not there yet.
    matrix, bias : ndarray
        What is measured.
    settings : mapping
        How; what JSON can hold.

    Raises
    ------
    InvalidInputError
        If the folder belongs to another matrix or other settings, or to something else.
    WriteError
        If it cannot be made or written to.
    """

    def __init__(
        self, folder: Any, matrix: NDArray[Any], bias: NDArray[Any] | None, settings: Mapping[str, Any]
    ) -> None:
        self.folder = check_path(folder, "resume")
        wanted = {"schema": SCHEMA, "matrix": digest_of(as_rows(matrix), bias), **settings}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            names = {path.name for path in self.folder.iterdir() if not path.name.startswith(".")}
        except OSError as error:
            raise WriteError(f"could not use {self.folder}: {error.strerror or error}") from error
        if NAME in names:
            self._compare(wanted)
        elif names:
            raise fail("resume", "a new or empty folder, or that of a former run", f"{self.folder}, which has others")
        else:
            text = json.dumps(wanted, indent=1, sort_keys=True) + "\n"
            write_atomically(self.folder / NAME, lambda stream: stream.write(text.encode()))

    def _compare(self, wanted: Mapping[str, Any]) -> None:
        path = self.folder / NAME
        with reading(path, "a checkpoint"):
            found = json.loads(path.read_text())
            if not isinstance(found, dict) or found.get("schema") != SCHEMA:
                raise ValueError(f"its schema is not {SCHEMA}")
        other = [name for name in sorted({*wanted, *found}) if found.get(name) != wanted.get(name)]
        if other:
            shown = ", ".join(name if name in DIGESTS else f"{name} {found.get(name)}" for name in other)
            raise fail("resume", "a folder of this matrix and these settings", f"{self.folder}: another {shown}")

    def journal(self, *parts: Any) -> Journal:
        """Return the journal of one measurement, which `parts` define."""
        return Journal(self.folder / f"{digest_of(*parts)[:16]}.blocks")


class Journal:
    """Records of one measurement: dicts of arrays, in the order in which they were appended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._stream: IO[bytes] = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
            self._lock()
            self.count = self._whole()
        except OSError as error:
            raise WriteError(f"could not use {path}: {error.strerror or error}") from error

    def _lock(self) -> None:
        """Refuse to work beside another process; the lock ends with the process."""
        if fcntl is None:
            return
        try:
            fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._stream.close()
            raise InvalidInputError(f"{self.path}: another process is at work on this checkpoint.") from None

    def _whole(self) -> int:
        """Count the whole records and cut off what follows them."""
        if self._stream.read(len(_MARK)) != _MARK:
            self._stream.seek(0)
            self._stream.truncate()
            self._stream.write(_MARK)
        count, end = 0, self._stream.tell()
        while self._record() is not None:
            count, end = count + 1, self._stream.tell()
        self._stream.truncate(end)
        self._force()
        return count

    def _record(self) -> bytes | None:
        """Read the next record; None where it is not whole."""
        header = self._stream.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return None
        length, digest = _HEADER.unpack(header)
        content = self._stream.read(min(length, os.fstat(self._stream.fileno()).st_size))
        return content if len(content) == length and hashlib.sha256(content).digest() == digest else None

    def _force(self) -> None:
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def records(self) -> Iterator[Arrays]:
        """Read all records that were there, one at a time; then more can be appended."""
        self._stream.seek(len(_MARK))
        for _ in range(self.count):
            content = self._record()
            if content is None:
                raise InvalidInputError(f"{self.path}: changed by another program while it was read.")
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                yield dict(arrays)

    def append(self, arrays: Arrays) -> None:
        """Write a record behind the others, and force it to the disk."""
        content = io.BytesIO()
        np.savez(content, allow_pickle=False, **arrays)
        data = content.getvalue()
        try:
            self._stream.seek(0, os.SEEK_END)
            self._stream.write(_HEADER.pack(len(data), hashlib.sha256(data).digest()))
            self._stream.write(data)
            self._force()
        except OSError as error:
            raise WriteError(f"could not write {self.path}: {error.strerror or error}") from error
        self.count += 1

    def close(self) -> None:
        """End the lock."""
        self._stream.close()
