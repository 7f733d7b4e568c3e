"""Models in several files: one shard is followed to its index, shards without an index are joined, parts are told."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from sphcode.classifiers.formats.checkpoint import Checkpoint
from sphcode.classifiers.formats.opening import FOLDER_ORDER, SUFFIXES, open_checkpoint
from sphcode.errors import FileFormatError

_SHARD = re.compile(r"(?P<stem>.*?)[-_.]?(?P<place>\d{2,6})-of-(?P<count>\d{2,6})(?P<suffix>\.[\w.]+)$")
#: Files of tensors that are split over processes: each holds a piece of every tensor.
_PIECE = re.compile(r"(?P<stem>consolidated\.|.*(mp|tp|model_parallel)_?rank_?)(?P<place>\d+)(?P<rest>.*)$")
_ZERO = re.compile(r"(zero_pp_rank|bf16_zero_pp_rank)_\d+_")


def open_model(path: Path) -> tuple[Checkpoint, str | None]:
    """Open a file or folder, and what is missing when it is one part of a model whose other parts are not at hand."""
    if path.is_dir():
        shards = _shards_of_folder(path)
        return (open_checkpoint(path), None) if shards is None else (_join(path, shards), None)
    index = _index_of(path)
    if index is not None:
        whole = open_checkpoint(index)
        return replace(whole, notes=(f"{path.name} is one shard; read through {index.name}", *whole.notes)), None
    shard = _SHARD.fullmatch(path.name)
    if shard is not None and path.is_file():
        beside = _beside(path, shard)
        if len(beside) == int(shard["count"]):
            whole = _join(path, beside)
            return replace(whole, notes=(f"{path.name} is one shard; read with the others", *whole.notes)), None
        missing = int(shard["count"]) - len(beside)
        what = f"{path.name} is part {int(shard['place'])} of {int(shard['count'])}, {missing} others are not beside it"
        return open_checkpoint(path), f"{what}; get them with their index, and give the folder"
    _refuse_pieces(path)
    return open_checkpoint(path), None


def entries(folder: Path) -> list[Path]:
    """Return what a folder holds, in order; nothing for one that cannot be listed."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def snapshot(folder: Path) -> Path:
    """Return the folder of the current revision for one in the layout of the Hub's cache; any other folder itself."""
    snapshots = entries(folder / "snapshots")
    try:
        current = folder / "snapshots" / (folder / "refs" / "main").read_text().strip()
    except (OSError, ValueError):
        current = snapshots[0] if len(snapshots) == 1 else folder
    return current if current in snapshots else folder


def _index_of(path: Path) -> Path | None:
    """Return the index beside a file that names it as one of its shards."""
    if not path.is_file() or path.name.endswith(".index.json"):
        return None
    for index in sorted(path.parent.glob("*.index.json")):
        try:
            shards = json.loads(index.read_text())["weight_map"].values()
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
        if path.name in shards:
            return index
    return None


def _beside(path: Path, shard: re.Match[str]) -> list[Path]:
    """Return all files of the model that a shard belongs to, in order."""
    found = []
    for other in entries(path.parent):
        match = _SHARD.fullmatch(other.name)
        if match is not None and all(match[part] == shard[part] for part in ("stem", "count", "suffix")):
            found.append((int(match["place"]), other))
    return [other for _, other in sorted(found)]


def _shards_of_folder(folder: Path) -> list[Path] | None:
    """Return the shards of a folder that holds nothing else and no index."""
    if any((folder / name).is_file() for name in FOLDER_ORDER) or any(folder.glob("*.index.json")):
        return None
    files = sorted(entry for entry in entries(folder) if entry.suffix.lower() in SUFFIXES)
    matches = [_SHARD.fullmatch(entry.name) for entry in files]
    if len(files) < 2 or matches[0] is None:
        return None
    shards = _beside(files[0], matches[0])
    return shards if sorted(shards) == files and len(shards) == int(matches[0]["count"]) else None


def _join(path: Path, shards: list[Path]) -> Checkpoint:
    opened = [open_checkpoint(shard) for shard in shards]
    home = {name: one for one in opened for name in one.names}
    return Checkpoint(path, tuple(home), lambda name: home[name].describe(name), lambda name: home[name].read(name))


def _refuse_pieces(path: Path) -> None:
    """Raise FileFormatError for a file that holds a piece of every tensor."""
    if _ZERO.search(path.name):
        raise FileFormatError(f"{path}: one process's part of a ZeRO checkpoint; join them with zero_to_fp32.py first")
    piece = _PIECE.fullmatch(path.name)
    if piece is None or not path.is_file():
        return
    others = [
        other.name
        for other in entries(path.parent)
        if (match := _PIECE.fullmatch(other.name)) is not None
        and other.name != path.name
        and (match["stem"], match["rest"]) == (piece["stem"], piece["rest"])
    ]
    if others or int(piece["place"]) > 0:
        beside = f", {', '.join(sorted(others)[:3])} beside it" if others else ""
        raise FileFormatError(f"{path}: one part of tensors that are split over processes{beside}; join them first")
