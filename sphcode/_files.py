"""Files: results are written atomically, and unreadable input gets one clear error."""

from __future__ import annotations

import errno
import hashlib
import importlib
import os
import platform
import re
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import IO

from sphcode._validate import check_path
from sphcode.errors import FileFormatError, MissingExtraError, WriteError

#: Elsewhere there are no such locks, and nothing that was left behind is removed.
fcntl: ModuleType | None = importlib.import_module("fcntl") if os.name == "posix" else None

#: A temporary file is removed at the earliest so many seconds after its last change: its writer opens it first and
#: locks it then.
_ABANDONED_AFTER = 60.0
#: A longer name is replaced by its digest in the name of the temporary file: file systems allow 255 bytes in all.
_LONGEST_NAME = 120
#: Some parsers put all that they read into their errors.
_LONGEST_DETAIL = 300


def write_atomically(path: str | os.PathLike[str], write: Callable[[IO[bytes]], object]) -> Path:
    """Call `write(stream)` on a temporary file beside `path`, then replace `path` by it.

    A reader sees the old file or the whole new one, never a part; on any failure `path` is untouched. The temporary
    file is locked while it is written. A writer that is killed leaves it behind; the next one of the same name removes
    it. A device or a pipe cannot be replaced and is written to. Raises WriteError when the folder is missing, not
    writable or full.
    """
    target = check_path(path)
    temporary: Path | None = None
    try:
        if _is_device(target):
            with target.open("wb") as stream:
                write(stream)
            return target
        # Of a link, the file that it points to is replaced.
        real = Path(os.path.realpath(target))
        family = _family(real)
        descriptor, name = tempfile.mkstemp(dir=real.parent, prefix=family, suffix=".part")
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as stream:
            _try_lock(descriptor)
            _remove_abandoned(real.parent, family, os.fstat(descriptor).st_mtime)
            write(stream)
            stream.flush()
            os.fsync(descriptor)
            temporary.chmod(_mode(real))
            temporary.replace(real)
            temporary = None
    except OSError as error:
        raise WriteError(f"could not write {target}: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
    return target


def check_fillable(path: str | os.PathLike[str]) -> None:
    """Raise WriteError unless `path` is an empty folder that can be written to, or a new one can be made there."""
    target = check_path(path)
    try:
        if target.exists() and not target.is_dir():
            raise FileExistsError(errno.EEXIST, "it is a file, and not a folder")
        held = sum(1 for _ in target.iterdir()) if target.is_dir() else 0
        if held:
            what = "something" if held == 1 else f"{held} things"
            raise OSError(errno.ENOTEMPTY, f"the folder holds {what}; one that is new or empty is needed")
        if target.is_dir() and not os.access(target, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise WriteError(f"could not write {target}: {error.strerror or error}") from error
    if not target.is_dir():
        check_writable(target)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise WriteError if `path` cannot be written, before the work whose result it is to hold."""
    target = check_path(path)
    try:
        if _is_device(target):
            return
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISDIR(target.parent.stat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(target.parent, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise WriteError(f"could not write {target}: {error.strerror or error}") from error


def _is_device(path: Path) -> bool:
    """Whether `path` is a device or a pipe: what is written goes through it, and its folder does not matter."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _mode(path: Path) -> int:
    """Return the permissions of the file that is replaced, or of a new one."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask


def _family(path: Path) -> str:
    """Return what the names of all temporary files of `path` that this host writes begin with."""
    name = path.name
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()
    host = re.sub(r"[^A-Za-z0-9-]", "-", platform.node())[:_LONGEST_NAME]
    return f".{name}.{host or 'host'}."


def _try_lock(descriptor: int) -> bool:
    """Lock an open file if nobody else has; False where that is so, or where the file system has no locks."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove_abandoned(folder: Path, family: str, now: float) -> None:
    """Remove the temporary files of one family whose writer is gone: unlocked, unchanged for a minute, our own.

    `now` is the time by the clock of the file system, which need not be that of this host. Whatever cannot be opened,
    locked or removed stays: it is another's, or in use.
    """
    if fcntl is None:
        return
    pattern = re.compile(re.escape(family) + r"[a-z0-9_]+\.part")
    for entry in os.scandir(folder):
        if not pattern.fullmatch(entry.name):
            continue
        with suppress(OSError):
            # Neither links nor pipes that someone has put there are followed or waited for.
            descriptor = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                facts = os.fstat(descriptor)
                ours = stat.S_ISREG(facts.st_mode) and facts.st_uid == os.getuid()
                if ours and now - facts.st_mtime > _ABANDONED_AFTER and _try_lock(descriptor):
                    os.unlink(entry.path)
            finally:
                os.close(descriptor)


@contextmanager
def reading(path: str | os.PathLike[str], kind: str) -> Iterator[None]:
    """Turn any error met while reading `path` into a FileFormatError that names the file and what it should be."""
    try:
        yield
    except (FileFormatError, MissingExtraError):
        raise
    except FileNotFoundError:
        raise FileFormatError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise FileFormatError(f"{path}: is a folder, not {kind}") from None
    except OSError as error:
        raise FileFormatError(f"{path}: cannot be read as {kind}: {error.strerror or error}") from error
    except RecursionError:
        raise FileFormatError(f"{path}: not {kind}: nested too deeply") from None
    except MemoryError:
        raise FileFormatError(f"{path}: not {kind} that fits into memory") from None
    except KeyError as error:
        raise FileFormatError(f"{path}: not {kind}: missing key {error}") from error
    except Exception as error:  # Parsers of damaged files raise errors that have no class in common.
        detail = (str(error).splitlines() or [type(error).__name__])[0][:_LONGEST_DETAIL]
        raise FileFormatError(f"{path}: not {kind}: {detail}") from error
