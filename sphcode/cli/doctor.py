"""sphcode doctor."""

from __future__ import annotations

import argparse
from typing import Any

from sphcode.cli._output import add_json_argument, print_json

HELP = "say what is installed and whether it can work: versions, optional packages, solvers, caches, threads"
EXAMPLES = ("sphcode doctor", "sphcode doctor --json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
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


def _kernel_cache() -> dict[str, Any]:
    """The folder where compiled kernels are kept between runs, and whether it can be written."""
    import os
    import tempfile
    from importlib.util import find_spec
    from pathlib import Path

    chosen = os.environ.get("NUMBA_CACHE_DIR")
    spec = find_spec("sphcode.kernels")
    own = Path((spec.submodule_search_locations or [""])[0] if spec else "") / "__pycache__"
    folder = Path(chosen) if chosen else own
    try:
        with tempfile.TemporaryFile(dir=folder if folder.is_dir() else folder.parent):
            writable = True
    except OSError:
        writable = False
    return {"folder": str(folder), "writable": writable}


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
    return lines
