"""The state of the three-point solver in a file: the last iterate of one program, and the values of those solved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from sphcode._files import write_atomically
from sphcode.bounds.sdp.primal_dual import Iterate
from sphcode.errors import FileFormatError

__all__ = ["Checkpoint"]


class Checkpoint:
    """A file (.npz) that is read when it is there, and written at every iterate.

    Programs are told apart by a key. `values` are those of the programs that were solved, by key; they go into the file
    with the next iterate.
    """

    def __init__(self, file: str | Path) -> None:
        self.file = Path(file)
        self.key = ""
        self.values: dict[str, float] = {}
        if self.file.exists():
            try:
                with np.load(self.file) as arrays:
                    self.key, self.values = str(arrays["key"]), json.loads(str(arrays["values"]))
            except (ValueError, KeyError, TypeError, EOFError) as error:
                raise FileFormatError(f"{self.file}: not a checkpoint of the three-point solver") from error

    def resumed(self, key: str, n_blocks: int) -> tuple[Iterate, int] | None:
        """Return the iterate in the file and its number, if it is one of this program."""
        if key != self.key:
            return None
        with np.load(self.file) as arrays:
            return Iterate.from_arrays(arrays, n_blocks), int(arrays["done"])

    def save(self, key: str, iterate: Iterate, done: int) -> None:
        """Write an iterate and its number."""
        named: dict[str, Any] = {"key": key, "values": json.dumps(self.values), "done": done, **iterate.arrays()}
        write_atomically(self.file, lambda stream: np.savez(stream, **named))
        self.key = key
