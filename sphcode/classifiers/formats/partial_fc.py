"""A head that was trained in parts, one file for each rank (PartialFC): the parts joined in the order of the ranks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_path, fail
from sphcode.classifiers.formats.checkpoint import Checkpoint, TensorFacts
from sphcode.errors import FileFormatError


def rank_files(path: Any) -> list[Path] | None:
    """Return the files that a list of names, or a pattern such as `rank_*.pt`, means; None for the name of one file.

    Raises FileFormatError for a pattern that no file fits.
    """
    if isinstance(path, (list, tuple)):
        if not path:
            raise fail("path", "a file, or the files of all ranks", "an empty list")
        return [check_path(one) for one in path]
    name = check_path(path)
    if name.exists() or not any(character in name.name for character in "*?["):
        return None
    found = sorted(name.parent.glob(name.name))
    if not found:
        raise FileFormatError(f"{name}: no file fits this pattern")
    return found


def open_ranks(paths: Sequence[Path], open_one: Callable[[Path], Checkpoint]) -> Checkpoint:
    """Open the files of all ranks as one: tensors of the same name are joined along their first axis.

    Raises FileFormatError when a rank is missing or given twice, or the parts do not fit together.
    """
    ordered, order = _in_rank_order(list(paths))
    parts = [open_one(path) for path in ordered]
    names = tuple(name for name in parts[0].names if all(name in part.names for part in parts))
    if not names:
        raise FileFormatError(f"{ordered[0]} and the files of the other ranks have no tensor's name in common")

    def describe(name: str) -> TensorFacts:
        facts = [part.describe(name) for part in parts]
        first = facts[0]
        if not first.shape:
            return first
        if any(one.dtype != first.dtype or one.shape[1:] != first.shape[1:] for one in facts):
            shapes = ", ".join(str(one.shape) for one in facts)
            raise FileFormatError(f"{ordered[0]}: the parts of {name!r} do not fit together: {shapes}")
        return TensorFacts(
            first.dtype, (sum(one.shape[0] for one in facts), *first.shape[1:]), first.path, first.metadata
        )

    def read(name: str) -> NDArray[Any]:
        values = [part.read(name) for part in parts]
        return np.concatenate(values) if values[0].ndim else values[0]

    note = f"joined from {len(parts)} files {order}: {', '.join(path.name for path in ordered[:3])}"
    note += ", ..." if len(ordered) > 3 else ""
    return Checkpoint(ordered[0], names, describe, read, notes=(note,))


def _in_rank_order(paths: list[Path]) -> tuple[list[Path], str]:
    """Sort the files by the number in which their names differ; every rank must be there once."""
    if len(set(paths)) != len(paths):
        raise FileFormatError(f"{paths[0].name}: the same file is given twice for two ranks")
    numbers = [[int(digits) for digits in re.findall(r"\d{1,9}", path.name)] for path in paths]
    if len({len(row) for row in numbers}) != 1 or not numbers[0]:
        return paths, "in the order given"
    differing = [place for place in range(len(numbers[0])) if len({row[place] for row in numbers}) > 1]
    if len(differing) != 1:
        return paths, "in the order given"
    ranks = [row[differing[0]] for row in numbers]
    missing = sorted(set(range(max(ranks) + 1)) - set(ranks) - ({0} if min(ranks) == 1 else set()))
    if missing:
        raise FileFormatError(
            f"{paths[0].parent}: the file of rank {missing[0]} is missing; a head needs those of all ranks"
        )
    if len(set(ranks)) != len(ranks):
        raise FileFormatError(f"{paths[0].parent}: two files have the same rank")
    return [path for _, path in sorted(zip(ranks, paths, strict=True))], "in the order of their ranks"
