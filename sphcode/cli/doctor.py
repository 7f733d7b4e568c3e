"""sphcode doctor."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from sphcode.cli._output import add_json_argument, print_json
from sphcode.cli._parser import n_workers

if TYPE_CHECKING:
    from pathlib import Path

HELP = "say what is installed and whether it can work: versions, optional packages, solvers, caches, threads"
EXAMPLES = ("sphcode doctor", "sphcode doctor --warm")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--warm", action="store_true", help="compile all kernels now, on all cores, and keep them")
    parser.add_argument("--workers", type=n_workers, metavar="W", help="processes that compile (default: all cores)")
    add_json_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print what was found."""
    from sphcode._environment import OPTIONAL, SOLVERS, version_of, versions

    content = {
        "schema": "sphcode.doctor/1",
        "versions": versions(),
        "optional": {extra: {name: version_of(name) for name in names} for extra, names in OPTIONAL.items()},
        "platform": _platform(),
        "threads": _threads(),
        "kernel_cache": _kernel_cache(),
        "solvers": {name: version_of(name) for name in SOLVERS},
        "table": _table(),
    }
    if args.warm:
        content["warm"] = _warm(args)
    if args.json:
        print_json(content)
    else:
        print("\n".join(_lines(content)))
    return 0


def _platform() -> dict[str, Any]:
    import os
    import platform

    return {"system": platform.platform(), "machine": platform.machine(), "cpus": os.cpu_count()}


def _threads() -> dict[str, Any]:
    """The environment variables that limit the threads of BLAS; kernels of sphcode use one thread each."""
    import os

    return {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


def _warm(args: argparse.Namespace) -> dict[str, Any]:
    """Fill the cache; the CPU seconds of each kernel, and the seconds of it all."""
    import os

    from sphcode.cli._progress import progress
    from sphcode.cli._warm import fill

    with progress(args) as report:
        kernels, elapsed = fill(args.workers or os.cpu_count() or 1, report)
    slowest_first = sorted(kernels, key=lambda name: -kernels[name])
    return {"elapsed_s": round(elapsed, 2), "kernels": {name: round(kernels[name], 3) for name in slowest_first}}


def _kernel_cache() -> dict[str, Any]:
    """The folder where compiled kernels are kept between runs, and whether it can be written.

    Numba's own rule: NUMBA_CACHE_DIR; else beside the package; else, where that is read-only, the user's cache folder.
    """
    import os
    from importlib.util import find_spec
    from pathlib import Path

    chosen = os.environ.get("NUMBA_CACHE_DIR")
    spec = find_spec("sphcode.kernels")
    own = Path((spec.submodule_search_locations or [""])[0] if spec else "") / "__pycache__"
    folders = [Path(chosen)] if chosen else [own, _user_cache()]
    for folder in folders:
        if _writable(folder):
            return {"folder": str(folder), "writable": True}
    return {"folder": str(folders[-1]), "writable": False}


def _user_cache() -> Path:
    """The folder for caches of programs, as numba chooses it (`numba.misc.appdirs`)."""
    import os
    import sys
    from pathlib import Path

    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "numba" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "numba"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "numba"


def _writable(folder: Path) -> bool:
    """Whether files can be written into a folder, or it could be made."""
    import tempfile

    while not folder.exists() and folder.parent != folder:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _table() -> dict[str, Any]:
    """How much the reference table holds and when its youngest row was taken."""
    from sphcode.codes.table import rows

    table = rows()
    return {"rows": len(table), "date": max(row.date for row in table)}


def _lines(content: dict[str, Any]) -> list[str]:
    cache, table = content["kernel_cache"], content["table"]
    lines = [f"{name:<14}{version or 'missing'}" for name, version in content["versions"].items()]
    for extra, packages in content["optional"].items():
        for name, version in packages.items():
            lines.append(f"{name:<14}{version or 'not installed; optional'}  [{extra}]")
    system = content["platform"]
    limits = ", ".join(f"{name}={value}" for name, value in content["threads"].items() if value)
    remedy = "writable" if cache["writable"] else "NOT writable: set NUMBA_CACHE_DIR, or every process compiles anew"
    solvers = ", ".join(f"{name} {version}" for name, version in content["solvers"].items() if version)
    lines += [
        f"{'platform':<14}{system['system']}, {system['cpus']} cpus, {limits or 'no limit on threads'}",
        f"{'kernel cache':<14}{cache['folder']}, {remedy}",
        f"{'solvers':<14}{solvers}",
        f"{'table':<14}{table['rows']} rows, {table['date']}",
    ]
    if "warm" in content:
        kernels = content["warm"]["kernels"]
        spent = sum(kernels.values())
        lines.append(
            f"{'warm':<14}{len(kernels)} kernels compiled in {content['warm']['elapsed_s']:.0f} s, {spent:.0f} CPU s"
            if kernels
            else f"{'warm':<14}all kernels were in the cache"
        )
    return lines
