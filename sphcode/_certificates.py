"""Certificates of bounds that come with the package, each in a file of its own: found, stored and named here alone.

They take long to find or to check, and rows of the table share them; beside them, `DIM.jsonl` are those of single rows.
"""

from __future__ import annotations

from importlib.resources import files

__all__ = ["FOLDER", "content", "names"]

FOLDER = files("sphcode.data") / "ceilings"


def names() -> list[str]:
    """Return the names of all certificates, sorted."""
    return sorted(path.name for path in FOLDER.iterdir() if path.name.endswith(".json"))


def content(name: str) -> bytes | None:
    """Return the bytes of a certificate, None where none has this name."""
    file = FOLDER / name
    return file.read_bytes() if name.endswith(".json") and "/" not in name and file.is_file() else None
