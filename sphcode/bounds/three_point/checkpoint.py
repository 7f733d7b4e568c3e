"""The state of the three-point solver in a file: the last iterate of one program, and the values of those solved."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from sphcode._files import reading, write_atomically
from sphcode.bounds.sdp.primal_dual import Iterate

__all__ = ["Checkpoint"]

_KIND = "a checkpoint of the three-point solver"


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
            with self._arrays() as arrays:
                key, values = str(arrays["key"]), json.loads(str(arrays["values"]))
                if not all(isinstance(value, float) and math.isfinite(value) for value in values.values()):
                    raise ValueError("a value is not a finite number")
            self.key, self.values = key, values

    def resumed(self, key: str, n_blocks: int) -> tuple[Iterate, int] | None:
        """Return the iterate in the file and its number, if it is one of this program."""
        if key != self.key:
            return None
        with self._arrays() as arrays:
            return Iterate.from_arrays(arrays, n_blocks), int(arrays["done"])

    @contextmanager
    def _arrays(self) -> Iterator[Any]:
        with reading(self.file, _KIND), self.file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            if isinstance(arrays, np.ndarray):
                raise TypeError("it holds one array")
            yield arrays

    def save(self, key: str, iterate: Iterate, done: int) -> None:
        """Write an iterate and its number."""
        named: dict[str, Any] = {"key": key, "values": json.dumps(self.values), "done": done, **iterate.arrays()}
        write_atomically(self.file, lambda stream: np.savez(stream, **named))
        self.key = key
