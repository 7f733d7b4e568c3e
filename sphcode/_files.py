"""Files: results are written atomically, and unreadable input gets one clear error."""

from __future__ import annotations

import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sphcode.errors import FileFormatError, WriteError


def write_atomically(path: str | os.PathLike[str], write: Callable[[IO[bytes]], object]) -> Path:
    """Call `write(stream)` on a temporary file beside `path`, then replace `path` by it.

    A reader sees the old file or the whole new one, never a part; on any failure `path` is untouched.
    A device or a pipe cannot be replaced and is written to. Raises WriteError when the folder is missing, not writable
    or full.
    """
    target = Path(path)
    temporary: str | None = None
    try:
        if _is_device(target):
            with target.open("wb") as stream:
                write(stream)
            return target
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
        with os.fdopen(descriptor, "wb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, target)
        temporary = None
    except OSError as error:
        raise WriteError(f"could not write {target}: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
    return target


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise WriteError if `path` cannot be written, before the work whose result it is to hold."""
    target = Path(path)
    if _is_device(target):
        return
    if target.is_dir():
        raise WriteError(f"could not write {target}: Is a directory")
    if not target.parent.is_dir():
        raise WriteError(f"could not write {target}: No such file or directory")
    if not os.access(target.parent, os.W_OK):
        raise WriteError(f"could not write {target}: Permission denied")


def _is_device(path: Path) -> bool:
    """Whether `path` is a device or a pipe: what is written goes through it, and its folder does not matter."""
    return path.exists() and not (path.is_file() or path.is_dir())


@contextmanager
def reading(path: str | os.PathLike[str], kind: str) -> Iterator[None]:
    """Turn any error met while reading `path` into a FileFormatError that names the file and what it should be."""
    try:
        yield
    except FileFormatError:
        raise
    except FileNotFoundError:
        raise FileFormatError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise FileFormatError(f"{path}: is a folder, not {kind}") from None
    except OSError as error:
        raise FileFormatError(f"{path}: cannot be read as {kind}: {error.strerror or error}") from error
    except RecursionError:
        raise FileFormatError(f"{path}: not {kind}: nested too deeply") from None
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        detail = f"missing key {error}" if isinstance(error, KeyError) else (str(error) or type(error).__name__)
        raise FileFormatError(f"{path}: not {kind}: {detail.splitlines()[0]}") from error
